//! What providers say of their limits: in headers on every answer, and in words when they refuse.
//!
//! Each provider spells this its own way, and the same name means other things elsewhere: Groq's
//! `x-ratelimit-*-requests` are a day's and its `-tokens` a minute's, OpenAI's both a minute's; a reset is
//! `2m59.56s`, `3564.36`, `1754667660000` or an RFC 3339 time. So which header counts what is data of the
//! provider's file ([`RateHeader`]), and every value is read tolerantly: what cannot be read is left out,
//! never guessed, and a number that is too large is the largest.
//!
//! This room knows no provider by name, and nothing of what is done with a claim.

mod account;
mod count;
mod headers;
mod span;
mod wait;

#[cfg(test)]
mod tests;

use std::time::Duration;

use potluck_core::Moment;
use potluck_core::quota::{Claim, Meter};

pub use account::AccountLimit;
pub use headers::Headers;
pub use span::{moment, span};
pub(crate) use wait::{Said, forwarded, stated};
pub use wait::{wait, wait_at};

/// Which headers of a provider speak of one limit: data of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateHeader {
    /// The header with the whole amount.
    pub limit: Option<Box<str>>,
    /// The header with what is left.
    pub remaining: Option<Box<str>>,
    /// The header with the time at which it is whole again.
    pub reset: Option<Box<str>>,
    /// What is counted.
    pub meter: Meter,
    /// The length of the window, where it is known.
    pub window: Option<Duration>,
    /// How the reset is written. A hint: what does not fit it is read as [`Format::Auto`].
    pub format: Format,
    /// On which answers the headers are expected. They are read wherever they are found.
    pub on: On,
}

/// How a reset is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// By its look: above 1e12 milliseconds since the epoch, above 1e9 seconds since the epoch, any other
    /// number seconds from now; else a duration, an RFC 3339 time or an HTTP date.
    #[default]
    Auto,
    /// Seconds from now, whole or not.
    Seconds,
    /// `7.66s`, `2m59.56s`, `26ms`.
    Duration,
    /// Seconds since the epoch.
    EpochSeconds,
    /// Milliseconds since the epoch.
    EpochMillis,
    /// `2026-01-14T16:31:16Z`.
    Rfc3339,
    /// `Wed, 21 Oct 2015 07:28:00 GMT`.
    HttpDate,
}

/// On which answers rate headers are expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum On {
    /// On all.
    #[default]
    Every,
    /// Only on refusals.
    Errors,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] = [
        Self::Auto,
        Self::Seconds,
        Self::Duration,
        Self::EpochSeconds,
        Self::EpochMillis,
        Self::Rfc3339,
        Self::HttpDate,
    ];

    /// The word used in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Seconds => "seconds",
            Self::Duration => "duration",
            Self::EpochSeconds => "epoch_seconds",
            Self::EpochMillis => "epoch_millis",
            Self::Rfc3339 => "rfc3339",
            Self::HttpDate => "http_date",
        }
    }
}

impl On {
    /// The word used in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Errors => "errors",
        }
    }
}

impl RateHeader {
    /// The claim of these headers, or `None` where none of them is there and readable.
    fn claim(&self, headers: &dyn Headers, now: Moment) -> Option<Claim> {
        let text = |name: &Option<Box<str>>| headers.get(name.as_deref()?);
        let amount = text(&self.limit).and_then(|text| count::read(text, self.meter));
        let remaining = text(&self.remaining).and_then(|text| count::read(text, self.meter));
        let resets = text(&self.reset).and_then(|text| moment(text, self.format, now));
        if amount.is_none() && remaining.is_none() && resets.is_none() {
            return None;
        }
        Some(Claim { meter: self.meter, window: self.window, amount, remaining, resets })
    }
}

/// What the headers of one answer, good or bad, say of the provider's limits.
#[must_use]
pub fn read(headers: &dyn Headers, shapes: &[RateHeader], now: Moment) -> Vec<Claim> {
    shapes.iter().filter_map(|shape| shape.claim(headers, now)).collect()
}
