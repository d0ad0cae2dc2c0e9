//! What of a counter is written down, and what may be taken before the next record is safe.
//!
//! Knows no file: what is written and when is decided elsewhere.

use crate::quota::bucket::{BucketState, Counter};
use crate::quota::kept::{Kept, Lease, Uses};
use crate::time::Moment;

impl BucketState {
    /// From now on nothing is taken that a record has not granted.
    pub fn begin_keeping(&mut self) {
        if !matches!(self.counter, Counter::InFlight(_)) {
            self.lease.get_or_insert(Lease::NONE);
        }
    }

    /// How much may be taken before the next record is safe.
    #[must_use]
    pub fn lease(&self) -> u64 {
        self.lease.map_or(u64::MAX, |lease| lease.left)
    }

    /// Whether the next record had better be made now.
    #[must_use]
    pub fn is_low(&self, now: Moment) -> bool {
        self.lease.is_some_and(|lease| lease.is_low(self.capacity(now)))
    }

    /// Somebody wants to take `amount` at once: the next record is to grant it.
    pub fn want(&mut self, amount: u64) {
        if let Some(lease) = &mut self.lease {
            lease.want(amount);
        }
    }

    /// As it is to be written down; `None` where it is not.
    pub fn keep(&mut self, now: Moment) -> Option<Kept> {
        let capacity = self.capacity(now);
        let allowance = self.lease.as_mut()?.renew(capacity);
        let uses = match &self.counter {
            Counter::Sliding(window) => window.keep(now),
            Counter::Calendar(window) => window.keep(now),
            Counter::InFlight(_) => Uses::InFlight,
        };
        let Self { claimed, blocked, learnt, heard, drift, margin, .. } = *self;
        Some(Kept { uses, claimed, blocked, learnt, heard, drift, margin, allowance })
    }

    /// The end: nothing may be taken any more, and records grant nothing.
    pub fn end_lease(&mut self) {
        self.lease = self.lease.map(|_| Lease::ENDED);
    }

    /// The record that grants `allowance` is safe.
    pub fn grant(&mut self, allowance: u64) {
        if let Some(lease) = &mut self.lease {
            lease.grant(allowance);
        }
    }

    /// Takes over what was written down before a restart. A record of another clock is nothing to it.
    pub fn recall(&mut self, kept: &Kept, now: Moment) {
        match (&mut self.counter, &kept.uses) {
            (Counter::Sliding(own), Uses::Sliding { length, entries, beyond })
                if own.length_millis() == *length =>
            {
                own.recall(entries, *beyond, kept.allowance, now);
            }
            (Counter::Calendar(own), Uses::Calendar { unit, start, end, used })
                if own.unit() == *unit =>
            {
                own.recall((*start, *end), *used, kept.allowance, now);
            }
            _ => return,
        }
        self.claimed = kept.claimed;
        self.blocked = kept.blocked;
        self.learnt = kept.learnt;
        self.heard = kept.heard;
        self.drift = kept.drift;
        self.margin = kept.margin;
    }
}
