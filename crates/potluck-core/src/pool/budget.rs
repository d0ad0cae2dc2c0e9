//! How many extra attempts there may be.
//!
//! A token bucket, as Finagle and Linkerd keep it: each request pays in a fifth of an attempt, each extra
//! attempt takes one out, and ten a second are paid in by time alone, up to ten seconds' worth. So a small
//! pool learns which offers are broken without a client noticing, and an outage of everything is not
//! answered by a storm of retries.

use std::time::Duration;

use crate::time::Moment;

/// How many extra attempts there may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Extra attempts that each request pays in.
    pub share: f64,
    /// Extra attempts a second that are paid in by time alone.
    pub per_second: f64,
    /// What it holds at the start, and up to which time alone fills it.
    pub floor: f64,
    /// What it holds at most.
    pub cap: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { share: 0.2, per_second: 10.0, floor: 100.0, cap: 1000.0 }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RetryBudget {
    set: Budget,
    held: f64,
    at: Option<Moment>,
}

impl RetryBudget {
    pub(crate) const fn new(set: Budget) -> Self {
        Self { set, held: set.floor, at: None }
    }

    /// A request came.
    pub(crate) fn deposit(&mut self) {
        self.held = (self.held + self.set.share).min(self.set.cap);
    }

    /// An extra attempt is wished for.
    pub(crate) fn spend(&mut self, now: Moment) -> bool {
        let since = self.at.replace(now).map_or(Duration::ZERO, |at| now.since(at));
        if self.held < self.set.floor {
            let paid = since.as_secs_f64() * self.set.per_second;
            self.held = (self.held + paid).min(self.set.floor);
        }
        let allowed = self.held >= 1.0;
        if allowed {
            self.held -= 1.0;
        }
        allowed
    }

    pub(crate) const fn held(&self) -> f64 {
        self.held
    }

    pub(crate) fn shift(&mut self, by: i64) {
        self.at = self.at.map(|at| at.moved(by));
    }
}
