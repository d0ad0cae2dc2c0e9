//! What was measured, round by round, and what follows from it.

use std::collections::BTreeMap;

use super::figures::{Aim, Figure};
use super::gateway::Column;
use super::samples::median;

/// Above this much work of others a load counts as disturbed, in cores.
const DISTURBED: f64 = 0.10;

/// Of what others did during each load, in cores: how many loads there were, how many were disturbed, and the worst.
pub(crate) fn disturbed(others: &[f64]) -> (usize, usize, f64) {
    let disturbed = others.iter().filter(|cores| **cores > DISTURBED).count();
    (others.len(), disturbed, others.iter().copied().fold(0.0, f64::max))
}

/// Every figure of every round.
#[derive(Debug, Default)]
pub(crate) struct Results {
    rounds: BTreeMap<(&'static str, Column), Vec<f64>>,
    others: Vec<f64>,
}

/// A figure over all rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// How potluck stands to an aim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// What is compared: the ratio to nginx, or the figure itself.
    pub(crate) reached: f64,
    pub(crate) met: bool,
}

// === impl Results ===

impl Results {
    /// Notes one round's figure.
    pub(crate) fn note(&mut self, figure: &Figure, column: Column, value: f64) {
        self.rounds.entry((figure.key, column)).or_default().push(value);
    }

    /// Notes by how much each gateway's newest `whole` exceeds that without one.
    pub(crate) fn note_added(&mut self, added: &Figure, whole: &Figure) {
        let Some(direct) = self.newest(whole, Column::Direct) else { return };
        for column in [Column::Nginx, Column::Potluck] {
            if let Some(value) = self.newest(whole, column) {
                self.note(added, column, value - direct);
            }
        }
    }

    /// Notes how much others worked during one load, in cores.
    pub(crate) fn note_others(&mut self, cores: f64) {
        self.others.push(cores);
    }

    /// The figures of a column, one a round.
    pub(crate) fn rounds(&self, figure: &Figure, column: Column) -> &[f64] {
        self.rounds.get(&(figure.key, column)).map_or(&[], Vec::as_slice)
    }

    /// A column's figure over all rounds.
    pub(crate) fn spread(&self, figure: &Figure, column: Column) -> Option<Spread> {
        let rounds = self.rounds(figure, column);
        (!rounds.is_empty()).then(|| Spread {
            median: median(rounds),
            least: rounds.iter().copied().fold(f64::INFINITY, f64::min),
            most: rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// potluck's median as a multiple of nginx's; none where nginx's is nothing.
    pub(crate) fn to_nginx(&self, figure: &Figure) -> Option<f64> {
        let nginx = self.spread(figure, Column::Nginx)?.median;
        let potluck = self.spread(figure, Column::Potluck)?.median;
        (nginx > 0.0).then(|| potluck / nginx)
    }

    /// How potluck stands to the figure's aim; none without an aim or without what it needs.
    pub(crate) fn verdict(&self, figure: &Figure) -> Option<Verdict> {
        let (reached, most) = match figure.aim? {
            Aim::TimesNginx(most) => (self.to_nginx(figure)?, most),
            Aim::AtMost(most) => (self.spread(figure, Column::Potluck)?.median, most),
        };
        Some(Verdict { reached, met: reached <= most })
    }

    /// The loads measured, how many of them others disturbed, and the worst disturbance in cores.
    pub(crate) fn disturbance(&self) -> (usize, usize, f64) {
        disturbed(&self.others)
    }

    fn newest(&self, figure: &Figure, column: Column) -> Option<f64> {
        self.rounds(figure, column).last().copied()
    }
}
