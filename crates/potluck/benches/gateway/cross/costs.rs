//! What every pair cost in every round, and the tables that show it.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::{AIM, CHUNKS, Door, PROVIDERS};
use crate::results::disturbed;
use crate::samples::median;

/// CPU time of the gateway, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Of a whole answer.
    pub(crate) whole: f64,
    /// Of a stream.
    pub(crate) stream: f64,
}

/// The costs of all pairs.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    pairs: BTreeMap<(Door, &'static str), Vec<Measured>>,
    others: Vec<f64>,
}

/// One round of a pair, and of the passthrough around it.
#[derive(Clone, Copy, Debug)]
struct Measured {
    cost: Cost,
    passthrough: Cost,
}

/// One of the three things that are compared: whole answers, streams, or one of each together.
type Part = (&'static str, fn(Cost) -> f64);

const PARTS: [Part; 3] = [
    ("a chat: one whole answer and one stream", Cost::chat),
    ("a whole answer", |cost| cost.whole),
    ("a stream", |cost| cost.stream),
];

// === impl Cost ===

impl Cost {
    /// One whole answer and one stream.
    fn chat(self) -> f64 {
        self.whole + self.stream
    }

    /// Halfway between two measurements.
    pub(super) fn mean(self, other: Self) -> Self {
        Self {
            whole: f64::midpoint(self.whole, other.whole),
            stream: f64::midpoint(self.stream, other.stream),
        }
    }
}

// === impl Costs ===

impl Costs {
    /// Notes one round of a pair.
    pub(crate) fn note(
        &mut self,
        door: Door,
        provider: &'static str,
        cost: Cost,
        passthrough: Cost,
    ) {
        self.pairs.entry((door, provider)).or_default().push(Measured { cost, passthrough });
    }

    /// Notes how much others worked during one load, in cores.
    pub(super) fn note_others(&mut self, cores: f64) {
        self.others.push(cores);
    }

    /// A pair's multiples of the passthrough, one a round.
    fn ratios(&self, door: Door, provider: &'static str, part: fn(Cost) -> f64) -> Vec<f64> {
        let rounds = self.pairs.get(&(door, provider)).map_or(&[][..], Vec::as_slice);
        rounds.iter().map(|round| part(round.cost) / part(round.passthrough)).collect()
    }

    /// The pairs by what a chat of theirs costs, dearest first.
    pub(crate) fn by_chat(&self) -> Vec<(Door, &'static str, f64)> {
        let pairs = self.pairs.keys();
        let mut pairs: Vec<_> = pairs
            .map(|&(door, provider)| {
                (door, provider, median(&self.ratios(door, provider, Cost::chat)))
            })
            .collect();
        pairs.sort_by(|one, other| other.2.total_cmp(&one.2));
        pairs
    }

    /// What the passthrough cost, by the median.
    fn passthrough(&self, part: fn(Cost) -> f64) -> f64 {
        let rounds = self.pairs.values().flatten();
        median(&rounds.map(|round| part(round.passthrough)).collect::<Vec<_>>())
    }

    /// The tables and what to read out of them.
    pub(crate) fn draw(&self) -> String {
        let mut text = String::new();
        for (title, part) in PARTS {
            text.push_str(&format!(
                "{title}, as a multiple of the passthrough ({:.1} µs)\n",
                self.passthrough(part)
            ));
            text.push_str(&self.matrix(part));
            text.push_str("\n\n");
        }
        let pairs = self.by_chat();
        let met = pairs.iter().filter(|(.., ratio)| *ratio <= AIM).count();
        if let Some((door, provider, ratio)) = pairs.first() {
            text.push_str(&format!(
                "dearest chat: {} over {provider}, {ratio:.2}×; {met} of {} pairs at most {AIM}×\n",
                door.name(),
                pairs.len()
            ));
        }
        let (loads, count, worst) = disturbed(&self.others);
        text.push_str(&format!(
            "a stream is {CHUNKS} texts in one burst; medians over the rounds, least and most in brackets\n\
             {count} of {loads} loads were disturbed: others used more than 0.10 of a core, {worst:.2} at most"
        ));
        text
    }

    fn matrix(&self, part: fn(Cost) -> f64) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header([""].into_iter().chain(PROVIDERS));
        for door in Door::ALL {
            let cells = PROVIDERS.map(|provider| show(&self.ratios(door, provider, part)));
            table.add_row(std::iter::once(format!("  {}", door.name())).chain(cells));
        }
        for at in 1..=PROVIDERS.len() {
            if let Some(column) = table.column_mut(at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt()
    }

    /// Every figure of every round.
    pub(crate) fn json(&self) -> Value {
        let pairs = self.pairs.iter().map(|((door, provider), rounds)| {
            let rounds = rounds.iter().map(|Measured { cost, passthrough }| {
                json!({
                    "whole": cost.whole, "stream": cost.stream,
                    "passthrough_whole": passthrough.whole,
                    "passthrough_stream": passthrough.stream,
                })
            });
            let chat = median(&self.ratios(*door, provider, Cost::chat));
            json!({
                "door": door.name(), "provider": provider, "chat": chat,
                "rounds": rounds.collect::<Vec<_>>(),
            })
        });
        json!(pairs.collect::<Vec<_>>())
    }
}

fn show(ratios: &[f64]) -> String {
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match ratios {
        [] => "–".to_owned(),
        [one] => format!("{one:.2}"),
        _ => format!("{:.2} ({least:.2}–{most:.2})", median(ratios)),
    }
}
