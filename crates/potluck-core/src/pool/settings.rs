//! How a pool is set.

use std::time::Duration;

use crate::choose::Strategy;
use crate::health::Cooling;
use crate::pool::Budget;

/// How a pool is set. The defaults are what `serve` uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How chances are given.
    pub strategy: Strategy,
    /// How long who rests.
    pub cooling: Cooling,
    /// How many extra attempts there may be.
    pub budget: Budget,
    /// Sessions remembered at most; the one that was silent longest goes first.
    pub sessions: usize,
    /// A session that is silent for longer sticks to nothing.
    pub session_idle: Duration,
    /// A clock that goes back by no more than this did not go back: two threads raced.
    pub jitter: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            cooling: Cooling::default(),
            budget: Budget::default(),
            sessions: 10_000,
            session_idle: Duration::from_mins(30),
            jitter: Duration::from_secs(5),
        }
    }
}
