//! The draw of a request, as it is kept: as the core gave it while it is fresh, by the roster's numbers once
//! somebody looks at it or it is written down.

use std::borrow::Cow;
use std::sync::Arc;

use potluck_core::catalog::OfferIndex;
use potluck_core::choose::{Strategy, chances};
use potluck_core::exclusion::Why;
use potluck_core::pool::Decision;

/// The draw of a request.
#[derive(Clone, Debug)]
pub enum Drawn {
    /// As the core gave it.
    Fresh {
        /// By positions in a catalog.
        decision: Decision,
        /// The roster's numbers by those positions.
        numbers: Arc<[u32]>,
    },
    /// As it was read.
    Read(Table),
}

/// A draw by the roster's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What decided.
    pub seed: u64,
    /// How chances were given.
    pub strategy: Strategy,
    /// How many offers the names meant.
    pub considered: u32,
    /// The offer that the session stuck to.
    pub sticky: Option<u32>,
    /// Who could serve, in the order of the draw.
    pub eligible: Vec<Seat>,
    /// Who could not.
    pub excluded: Vec<(u32, Why)>,
}

/// One who could serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// Its number.
    pub offer: u32,
    /// Its weight.
    pub weight: f32,
    /// Lower ones are tried first.
    pub tier: u32,
}

impl Drawn {
    /// By the roster's numbers.
    #[must_use]
    pub fn table(&self) -> Cow<'_, Table> {
        match self {
            Self::Read(table) => Cow::Borrowed(table),
            Self::Fresh { decision, numbers } => Cow::Owned(numbered(decision, numbers)),
        }
    }

    /// How many could serve, and how many could not.
    #[must_use]
    pub const fn counts(&self) -> (usize, usize) {
        match self {
            Self::Fresh { decision, .. } => (decision.count(), decision.excluded.len()),
            Self::Read(table) => (table.eligible.len(), table.excluded.len()),
        }
    }

    /// Why those could not that could not, in no order.
    pub fn reasons(&self) -> impl Iterator<Item = Why> {
        let (fresh, read) = match self {
            Self::Fresh { decision, .. } => (&*decision.excluded, &[][..]),
            Self::Read(table) => (&[][..], table.excluded.as_slice()),
        };
        fresh.iter().map(|(_, why)| *why).chain(read.iter().map(|(_, why)| *why))
    }

    /// What it takes of memory beside itself, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Fresh { decision, .. } => decision.size(),
            Self::Read(table) => size_of_val(&*table.eligible) + size_of_val(&*table.excluded),
        }
    }
}

impl Table {
    /// The chance of each of `eligible` to be the first pick.
    #[must_use]
    pub fn chances(&self) -> Vec<f64> {
        let weights: Vec<(u32, f32)> =
            self.eligible.iter().map(|seat| (seat.tier, seat.weight)).collect();
        let sticky = self.sticky;
        let sticky = sticky.and_then(|one| self.eligible.iter().position(|seat| seat.offer == one));
        chances(&weights, sticky)
    }
}

fn numbered(decision: &Decision, numbers: &[u32]) -> Table {
    let number = |offer: OfferIndex| numbers.get(offer.0 as usize).copied();
    let seats = decision.eligible().into_iter().filter_map(|share| {
        Some(Seat { offer: number(share.offer)?, weight: share.weight, tier: share.tier })
    });
    Table {
        seed: decision.seed,
        strategy: decision.strategy,
        considered: decision.considered,
        sticky: decision.sticky.and_then(number),
        eligible: seats.collect(),
        excluded: decision
            .excluded
            .iter()
            .filter_map(|(offer, why)| Some((number(*offer)?, *why)))
            .collect(),
    }
}
