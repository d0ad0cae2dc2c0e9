//! What is written down of a counter, and how much may be taken before it is written down again.
//!
//! A program that is killed forgets what it did since it last wrote. So each record grants an allowance beside
//! the count: what may be taken until the next record is safe. A restart counts the whole allowance as used at
//! that moment. It then never counts less than the provider does, and at most an allowance more.
//!
//! Where several share one count, the others take a record for used as it stands, allowance and all. So an allowance
//! is then no more than what is left beside theirs, and goes back when somebody asks for it.
//!
//! This room does not know where records are kept, nor what it costs to write one.

use crate::quota::calendar::nominal;
use crate::quota::face::TRAVEL;
use crate::quota::sliding::travel;
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
    /// What may have been taken since. Of requests in flight: how many there may be at once.
    pub allowance: u64,
    /// How much somebody waits for that others hold and may not need.
    pub asks: u64,
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
        /// Of that, what may have arrived after its end: it counts in the next turn too.
        late: u64,
    },
    /// Requests in flight: after a restart none is.
    InFlight {
        /// Those of somebody who was killed, which a provider may be busy with until then.
        lingering: Option<(u64, Moment)>,
    },
}

/// For so many milliseconds a provider may be busy with requests of somebody who was killed.
const BUSY: i64 = 5000;

impl Kept {
    /// The record of somebody who is no more: all that it granted counts as used at `now`.
    #[must_use]
    pub fn closed(&self, now: Moment) -> Self {
        let granted = self.allowance;
        let mut closed = Self { allowance: 0, asks: 0, ..self.clone() };
        if granted == 0 {
            return closed;
        }
        match &mut closed.uses {
            Uses::Sliding { length, entries, .. } => {
                entries.push((now.moved(travel(*length)), granted));
            }
            Uses::Calendar { unit, end, used, late, .. } => {
                if now < *end {
                    *used = used.saturating_add(granted);
                }
                if now >= end.moved(-TRAVEL) {
                    *late = late.saturating_add(granted);
                }
                if now >= *end {
                    let length = nominal(*unit);
                    let of_before = if now < end.moved(length) { *late } else { granted };
                    // it counts in the turn that holds `now`, whichever that is
                    (*end, *used, *late) = (now, of_before, of_before);
                }
            }
            Uses::InFlight { lingering } => *lingering = Some((granted, now.moved(BUSY))),
        }
        closed
    }

    /// As it reads on a clock that is `by` milliseconds ahead of the one that it was written by.
    #[must_use]
    pub fn moved(mut self, by: i64) -> Self {
        let pair = |(amount, at): (u64, Moment)| (amount, at.moved(by));
        match &mut self.uses {
            Uses::Sliding { entries, beyond, .. } => {
                for (at, _) in entries {
                    *at = at.moved(by);
                }
                *beyond = beyond.map(pair);
            }
            // calendars keep to both clocks
            Uses::Calendar { end, .. } => *end = end.moved(by.max(0)),
            Uses::InFlight { lingering } => *lingering = lingering.map(pair),
        }
        self.claimed = self.claimed.map(pair);
        self.learnt = self.learnt.map(pair);
        self.blocked = self.blocked.map(|until| until.moved(by));
        self.heard = self.heard.map(|heard| heard.moved(by));
        self
    }
}

impl Uses {
    /// All of it.
    pub(super) fn sum(&self) -> u64 {
        match self {
            Self::Sliding { entries, .. } => {
                entries.iter().fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
            }
            Self::Calendar { used, .. } => *used,
            Self::InFlight { .. } => 0,
        }
    }

    /// Requests of somebody who was killed: until when they count, and how many.
    pub(super) fn lingering(&self) -> Option<(Moment, u64)> {
        match self {
            Self::InFlight { lingering } => lingering.map(|(amount, until)| (until, amount)),
            Self::Sliding { .. } | Self::Calendar { .. } => None,
        }
    }
}

/// How much of a counter may be taken before it is written down again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    /// Still to be taken.
    pub(super) left: u64,
    /// Taken since the last record was made, which may not be safe yet.
    since: u64,
    /// The most that somebody wanted to take at once and could not.
    pub(super) wanted: u64,
    /// Somebody else waits for what is not needed here.
    asked: bool,
    /// When it was last asked for in vain.
    denied: Option<Moment>,
    ended: bool,
}

/// So many milliseconds after a want that was denied it is written down again; sooner only where it can be granted.
const AGAIN: i64 = 100;

/// A record grants an eighth of what there is: little is lost by a crash, and records are few.
const SHARE: u64 = 8;

impl Lease {
    /// Nothing may be taken before the first record is safe.
    pub(super) const NONE: Self =
        Self { left: 0, since: 0, wanted: 0, asked: false, denied: None, ended: false };

    /// Nothing may be taken any more.
    pub(super) const ENDED: Self = Self { ended: true, ..Self::NONE };

    pub(super) fn take(&mut self, amount: u64) {
        self.left = self.left.saturating_sub(amount);
        self.since = self.since.saturating_add(amount);
    }

    pub(super) fn want(&mut self, amount: u64) {
        self.wanted = self.wanted.max(amount);
    }

    /// What a record is to grant; what is taken is counted anew from here. `room`: what is left beside others who share the
    /// count, where there are any.
    pub(super) fn renew(&mut self, capacity: u64, room: Option<u64>, now: Moment) -> u64 {
        self.since = 0;
        self.denied = None;
        let asked = std::mem::take(&mut self.asked);
        if self.ended {
            return 0;
        }
        let ample = (capacity / SHARE).max(1).max(self.wanted.saturating_mul(2)).max(self.left);
        let Some(room) = room else { return ample };
        let allowance = if self.wanted > room {
            self.denied = Some(now);
            // two who both hold a part of what each waits for would wait for ever
            if asked { 0 } else { self.left.min(room) }
        } else if asked {
            self.wanted
        } else {
            ample.min(room)
        };
        // what is given back is given back here first
        self.left = self.left.min(allowance);
        allowance
    }

    /// The record that grants `allowance` is safe.
    pub(super) fn grant(&mut self, allowance: u64) {
        self.left = allowance.saturating_sub(self.since);
        if allowance >= self.wanted {
            self.wanted = 0;
        }
    }

    /// Somebody else waits for what is left here; whether there is anything to give back.
    pub(super) const fn ask(&mut self) -> bool {
        self.asked = true;
        self.left > 0
    }

    /// Whether a want had better be written down at `now`.
    pub(super) fn may_ask(&self, now: Moment) -> bool {
        self.denied
            .is_none_or(|at| now.as_millis().abs_diff(at.as_millis()) >= AGAIN.unsigned_abs())
    }

    /// Whether the next record had better be made now.
    pub(super) fn is_low(&self, capacity: u64) -> bool {
        self.wanted > self.left || self.left <= (capacity / SHARE / 2)
    }
}
