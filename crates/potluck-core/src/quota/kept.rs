//! What is written down of a counter, and how much may be taken before it is written down again.
//!
//! A program that is killed forgets what it did since it last wrote. So each record grants an allowance beside
//! the count: what may be taken until the next record is safe. A restart counts the whole allowance as used at
//! that moment. It then never counts less than the provider does, and at most an allowance more.
//!
//! This room does not know where records are kept, nor what it costs to write one.

use crate::quota::{Drift, Margin, Unit};
use crate::time::Moment;

/// A counter as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What was used, by the counter's clock.
    pub uses: Uses,
    /// What the provider says there is in all, and until when that is believed.
    pub claimed: Option<(u64, Moment)>,
    /// Until when the provider says that nothing is left.
    pub blocked: Option<Moment>,
    /// What it turned out to be when the provider refused, and when.
    pub learnt: Option<(u64, Moment)>,
    /// When the provider last spoke of it.
    pub heard: Option<Moment>,
    /// The provider's last word on the count, beside our own.
    pub drift: Option<Drift>,
    /// What is held back because it counts more than we do.
    pub margin: Margin,
    /// What may have been taken since.
    pub allowance: u64,
}

/// What was used, by the counter's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uses {
    /// In a sliding window.
    Sliding {
        /// Its length in milliseconds.
        length: i64,
        /// When, and how much; the oldest first.
        entries: Vec<(Moment, u64)>,
        /// What the provider counts beyond these, and until when.
        beyond: Option<(u64, Moment)>,
    },
    /// In a turn of the calendar.
    Calendar {
        /// Which turns.
        unit: Unit,
        /// The first moment of the turn.
        start: Moment,
        /// The first moment of the next.
        end: Moment,
        /// How much.
        used: u64,
    },
    /// Requests in flight: after a restart none is.
    InFlight,
}

/// How much of a counter may be taken before it is written down again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    /// Still to be taken.
    pub(super) left: u64,
    /// Taken since the last record was made, which may not be safe yet.
    since: u64,
    /// The most that somebody wanted to take at once and could not.
    wanted: u64,
    ended: bool,
}

/// A record grants an eighth of what there is: little is lost by a crash, and records are few.
const SHARE: u64 = 8;

impl Lease {
    /// Nothing may be taken before the first record is safe.
    pub(super) const NONE: Self = Self { left: 0, since: 0, wanted: 0, ended: false };

    /// Nothing may be taken any more.
    pub(super) const ENDED: Self = Self { ended: true, ..Self::NONE };

    pub(super) fn take(&mut self, amount: u64) {
        self.left = self.left.saturating_sub(amount);
        self.since = self.since.saturating_add(amount);
    }

    pub(super) fn want(&mut self, amount: u64) {
        self.wanted = self.wanted.max(amount);
    }

    /// What a record is to grant; what is taken is counted anew from here.
    pub(super) fn renew(&mut self, capacity: u64) -> u64 {
        self.since = 0;
        if self.ended {
            return 0;
        }
        (capacity / SHARE).max(1).max(self.wanted.saturating_mul(2)).max(self.left)
    }

    /// The record that grants `allowance` is safe.
    pub(super) fn grant(&mut self, allowance: u64) {
        self.left = allowance.saturating_sub(self.since);
        self.wanted = 0;
    }

    /// Whether the next record had better be made now.
    pub(super) fn is_low(&self, capacity: u64) -> bool {
        self.wanted > self.left || self.left <= (capacity / SHARE / 2)
    }
}
