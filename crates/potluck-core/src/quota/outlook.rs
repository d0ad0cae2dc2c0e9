//! What a counter will hold: for whoever looks ahead. Changes nothing.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::quota::bucket::Counter;
use crate::quota::calendar::window;
use crate::quota::{BucketState, Meter, Unit};
use crate::time::Moment;

/// A counter as it stands, and how it fills again.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// What it counts.
    pub meter: Meter,
    /// How much there is in all, less what is held back.
    pub capacity: u64,
    /// How much is left by the count, whatever [`Outlook::blocked`] says.
    pub free: u64,
    /// Until when the provider says that nothing is left.
    pub blocked: Option<Moment>,
    /// How it fills.
    pub refill: Refill,
}

/// How a counter fills again.
#[derive(Clone, Debug)]
pub enum Refill {
    /// All at once, when the calendar turns.
    Turns {
        /// Which turn.
        unit: Unit,
        /// Where.
        zone: TimeZone,
        /// The first turn to come.
        next: Moment,
    },
    /// Bit by bit: every use comes back one window after it was made.
    Slides {
        /// The window.
        length: Duration,
        /// The uses that count now: when each comes back, and how much; ascending.
        back: Vec<(Moment, u64)>,
    },
    /// When requests end.
    InFlight,
}

impl BucketState {
    /// How the counter stands at `now`, and how it fills again.
    #[must_use]
    pub fn outlook(&self, now: Moment) -> Outlook {
        // what is held back is held back of every window
        let capacity = self.capacity(now).saturating_sub(self.margin(now));
        let refill = match &self.counter {
            Counter::Calendar(own) => {
                Refill::Turns { unit: own.unit(), zone: own.zone().clone(), next: own.end(now) }
            }
            Counter::Sliding(own) => Refill::Slides {
                length: Duration::from_millis(own.length_millis().unsigned_abs()),
                back: self.returns(own.returns(now), now),
            },
            Counter::InFlight(_) => Refill::InFlight,
        };
        Outlook {
            meter: self.meter(),
            capacity,
            free: capacity.saturating_sub(self.used(now)),
            blocked: self.blocked.filter(|until| *until > now),
            refill,
        }
    }
}

/// When the calendar turns next in `zone`, after `at`.
#[must_use]
pub fn turn_after(unit: Unit, zone: &TimeZone, at: Moment) -> Moment {
    window(unit, zone, at).1
}
