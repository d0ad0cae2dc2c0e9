//! The command line, and how long each load lasts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use super::gateway::Column;

/// Measures direct, an nginx reverse proxy and potluck in one run, over loopback.
#[derive(Debug, Parser)]
#[command(name = "gateway")]
pub(crate) struct Options {
    /// A shorter run: two rounds of short loads, below 90 seconds
    #[arg(long)]
    pub(crate) quick: bool,
    /// How many rounds; the table shows medians over them
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: Option<u32>,
    /// Measure only this part (repeatable)
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Measure only this column (repeatable); what is relative to another column is then left out
    #[arg(long, value_enum)]
    gateway: Vec<Column>,
    /// Also write every figure of every round to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Measure this potluck instead of the one built with the benchmark
    #[arg(long, value_name = "PROGRAM", default_value = env!("CARGO_BIN_EXE_potluck"))]
    pub(crate) potluck: PathBuf,
    /// Given by `cargo bench`; means nothing
    #[arg(long, hide = true)]
    bench: bool,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// Requests that are answered in one piece.
    Plain,
    /// Streams.
    Stream,
    /// Resident memory.
    Memory,
    /// Time to the first answer.
    Start,
    /// Every client's door over every provider's dialect; only where it is named.
    Cross,
}

/// How long and how large the loads are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    /// Load that is not measured, before each that is.
    pub(crate) warm: Duration,
    /// One measured load.
    pub(crate) load: Duration,
    /// Texts of a stream that comes at a pace.
    pub(crate) paced_chunks: u64,
    /// Starts in one round; the median counts.
    pub(crate) starts: usize,
    /// Rest before memory is read.
    pub(crate) settle: Duration,
}

// === impl Options ===

impl Options {
    /// Whether a part is wanted.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.contains(&part) || (self.only.is_empty() && part != Part::Cross)
    }

    /// Whether any part is wanted that compares gateways.
    pub(crate) fn compares(&self) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| *part != Part::Cross)
    }

    /// Rounds over all pairs of a door and a dialect, which are short.
    pub(crate) fn cross_rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 2 } else { 7 })
    }

    /// The columns that are wanted, in the order of the table.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let wanted = |column: &Column| self.gateway.is_empty() || self.gateway.contains(column);
        Column::ALL.into_iter().filter(wanted).collect()
    }

    /// The lengths that the options ask for.
    pub(crate) fn plan(&self) -> Plan {
        let full = Plan {
            rounds: 3,
            warm: Duration::from_millis(300),
            load: Duration::from_millis(2500),
            paced_chunks: 100,
            starts: 5,
            settle: Duration::from_millis(1500),
        };
        let quick = Plan {
            rounds: 2,
            warm: Duration::from_millis(150),
            load: Duration::from_millis(700),
            paced_chunks: 40,
            starts: 3,
            settle: Duration::from_millis(700),
        };
        let plan = if self.quick { quick } else { full };
        Plan { rounds: self.rounds.unwrap_or(plan.rounds), ..plan }
    }
}
