//! A counter that many want: what one request should take of it, and may take while others wait.

use crate::quota::bucket::{BucketState, Counter};
use crate::quota::thrift::{CROWD, is_alike};
use crate::time::Moment;

impl BucketState {
    /// Others wait: from now on no request takes too much of what they could share; or nobody does any more.
    pub const fn set_crowded(&mut self, crowded: bool) {
        self.crowded = crowded && !is_alike(self.meter);
    }

    /// The most that one request should take at `now`, so that there is enough for the others who want it.
    #[must_use]
    pub fn most(&self, now: Moment) -> u64 {
        self.thrift.map_or(u64::MAX, |thrift| thrift.most(self.capacity(now), now))
    }

    /// Whether requests take different amounts of it, and what nobody takes within minutes is lost.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        self.thrift.is_some_and(|thrift| !thrift.is_spent())
    }

    /// How often `of` goes into the most that one request should take of a flow; `None` of anything else.
    #[must_use]
    pub fn ease(&self, of: u64, now: Moment) -> Option<f64> {
        self.is_flow().then(|| amount(self.most(now)) / amount(of.max(1)))
    }

    pub(super) const fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// From when on one request may take `amount`, whatever is left.
    pub(super) fn allows(&self, amount: u64, now: Moment) -> Moment {
        let thrift = self.thrift.filter(|_| self.crowded);
        thrift.map_or(now, |thrift| thrift.allows(amount, now))
    }

    /// Somebody wanted `amount` of it. Whether it was not there, and that changes the most.
    pub fn turn_away(&mut self, amount: u64, now: Moment) -> bool {
        if self.remaining(now) >= amount {
            return false;
        }
        let capacity = self.capacity(now);
        self.thrift.as_mut().is_some_and(|thrift| thrift.turn_away(amount, capacity, now))
    }

    /// How much of it can be taken a second for as long as a crowd lasts.
    fn bears(&self, now: Moment) -> f64 {
        let length = match &self.counter {
            Counter::Sliding(window) => window.length_millis(),
            Counter::Calendar(window) => window.left(now),
            Counter::InFlight(_) => return f64::INFINITY,
        };
        let seconds = amount(length.unsigned_abs().max(1000)) / 1000.0;
        amount(self.remaining(now)) / seconds.min(CROWD.as_secs_f64())
    }

    pub(super) fn spend_of_budget(&mut self, amount: u64, now: Moment) {
        if let Some(mut thrift) = self.thrift.filter(|thrift| thrift.is_spent()) {
            thrift.spend(amount, self.bears(now), self.capacity(now), now);
            self.thrift = Some(thrift);
        }
    }

    pub(super) fn correct_budget(&mut self, reserved: u64, truth: u64, now: Moment) {
        if let Some(mut thrift) = self.thrift.filter(|thrift| thrift.is_spent()) {
            thrift.correct(reserved, truth, self.bears(now));
            self.thrift = Some(thrift);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a threshold needs no more than a few digits")]
const fn amount(of: u64) -> f64 {
    of as f64
}
