//! How many requests of a kind can be served: now, within the hour, today, and what each reset brings.
//!
//! The answer is that of a client who asks for as much as there is, now and every minute from now on. Whatever it is
//! given can in fact be admitted, so a figure is never too high for want of a limit that is shared: each request takes
//! from all the counters of its offer, once. It is exact where shared limits nest (a model's inside its account's)
//! and a request takes the same of a shared counter whichever offer serves it; else it may be too low.
//!
//! What it does not know: how long requests take. Places in flight count for what can be served at once, and for
//! nothing later. Offers without any limit are counted apart.
//!
//! This room knows counters as [`Outlook`]s; it does not know the pool, nor why an offer rests.

mod tank;
mod walk;
mod words;

use jiff::tz::TimeZone;

use crate::catalog::OfferIndex;
use crate::quota::{Outlook, Unit, turn_after};
use crate::time::Moment;

pub use words::{grouped, sentence};

/// What a forecast is made of: who can serve such a request, and the counters that it takes from.
#[derive(Clone, Debug)]
pub struct Prospect {
    /// As of when.
    pub now: Moment,
    /// The counters.
    pub counters: Vec<Outlook>,
    /// Those who can serve such a request, now or later.
    pub offers: Vec<Prospective>,
}

/// One who can serve such a request, now or later.
#[derive(Clone, Debug)]
pub struct Prospective {
    /// Who.
    pub offer: OfferIndex,
    /// Whether it can serve one now.
    pub ready: bool,
    /// Until when it rests.
    pub rests: Option<Moment>,
    /// What one request takes: a position in [`Prospect::counters`], and an amount above zero.
    pub takes: Vec<(usize, u64)>,
}

/// How many requests can be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// As of when.
    pub now: Moment,
    /// When today ends.
    pub day_ends: Moment,
    /// Offers that can serve such a request now.
    pub ready: usize,
    /// Offers that can serve one at all.
    pub fit: usize,
    /// Of those, how many have no known limit over time. They are counted only in [`Forecast::at_once`].
    pub unlimited: usize,
    /// Requests that can be let through this moment, all together.
    pub at_once: u64,
    /// Requests within an hour.
    pub hour: u64,
    /// Requests until today ends.
    pub today: u64,
    /// Requests within 24 hours.
    pub day: u64,
    /// What comes back within 24 hours, in order of time.
    pub resets: Vec<Reset>,
}

/// Something that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// When.
    pub at: Moment,
    /// What.
    pub cause: Cause,
    /// Whose.
    pub offers: Vec<OfferIndex>,
    /// Requests that they can serve from then until something else comes back to them, or a day later.
    pub more: u64,
}

/// Why something comes back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The calendar turns.
    Turn {
        /// Which turn.
        unit: Unit,
        /// Where, by its IANA name; `None` for a fixed offset from UTC.
        zone: Option<String>,
    },
    /// Earlier uses fall out of their windows, in the hour that begins then.
    Return,
    /// A rest ends, in the hour that begins then.
    Rest,
}

/// Looks ahead. Today ends at the next midnight in `zone`.
#[must_use]
pub fn forecast(prospect: &Prospect, zone: &TimeZone) -> Forecast {
    let now = prospect.now;
    let day_ends = turn_after(Unit::Day, zone, now);
    let walked = walk::walk(prospect, day_ends);
    Forecast {
        now,
        day_ends,
        ready: prospect.offers.iter().filter(|offer| offer.ready).count(),
        fit: prospect.offers.len(),
        unlimited: walked.unlimited,
        at_once: walk::at_once(prospect),
        hour: walked.hour,
        today: walked.today,
        day: walked.day,
        resets: walked.resets,
    }
}

#[cfg(test)]
mod tests;
