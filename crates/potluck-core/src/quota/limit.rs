//! The words of limits.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::time::Moment;

/// A promise: no more than `amount` of `meter` in any `window`.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is counted.
    pub meter: Meter,
    /// How much of it there is, in the meter's own unit; at least 1.
    pub amount: u64,
    /// Its clock.
    pub window: Window,
    /// Who shares it.
    pub scope: LimitScope,
    /// Whether the provider counts attempts that failed. True unless it is known not to.
    pub counts_failures: bool,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meter {
    /// Requests, each 1.
    Requests,
    /// Tokens read and written.
    Tokens,
    /// Tokens read.
    InputTokens,
    /// Tokens written.
    OutputTokens,
    /// Cloudflare's unit of work, in thousandths.
    MilliNeurons,
    /// Pictures made.
    Images,
    /// Seconds of sound.
    AudioSeconds,
    /// Millionths of a US dollar of credit.
    MicroDollars,
    /// Requests in flight at once.
    Concurrent,
}

/// The clock of a limit.
#[derive(Clone, Debug)]
pub enum Window {
    /// The last `length`, whenever one looks.
    Sliding {
        /// More than zero.
        length: Duration,
    },
    /// From one turn of the calendar to the next in the provider's own zone.
    Calendar {
        /// Which turn.
        unit: Unit,
        /// Where.
        zone: TimeZone,
    },
    /// No clock: what is out comes back when it is done ([`Meter::Concurrent`]).
    InFlight,
}

/// A turn of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// :00 of each minute.
    Minute,
    /// :00 of each hour.
    Hour,
    /// Midnight.
    Day,
    /// Midnight of the first.
    Month,
}

/// Who shares a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitScope {
    /// All models under one account (also called organisation or project).
    Account,
    /// Each model under one account has its own.
    Model,
    /// Everybody behind one address on the internet, whatever the model.
    Ip,
}

/// How much of each meter a request takes, or took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// 1 for a request.
    pub requests: u64,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Thousandths of neurons.
    pub milli_neurons: u64,
    /// Pictures.
    pub images: u64,
    /// Seconds of sound.
    pub audio_seconds: u64,
    /// Millionths of a dollar.
    pub micro_dollars: u64,
}

/// What a provider said of one of its limits, in a header or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it counts.
    pub meter: Meter,
    /// The length of its window, where known.
    pub window: Option<Duration>,
    /// How much there is in all.
    pub amount: Option<u64>,
    /// How much is left.
    pub remaining: Option<u64>,
    /// When it is whole again.
    pub resets: Option<Moment>,
}

impl Amounts {
    /// How much of `meter` this is; a concurrent slot is always 1.
    #[must_use]
    pub const fn of(&self, meter: Meter) -> u64 {
        match meter {
            Meter::Requests => self.requests,
            Meter::Tokens => self.input_tokens.saturating_add(self.output_tokens),
            Meter::InputTokens => self.input_tokens,
            Meter::OutputTokens => self.output_tokens,
            Meter::MilliNeurons => self.milli_neurons,
            Meter::Images => self.images,
            Meter::AudioSeconds => self.audio_seconds,
            Meter::MicroDollars => self.micro_dollars,
            Meter::Concurrent => 1,
        }
    }
}

/// [`Amounts`] laid out by meter, for whoever asks about many limits one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs([u64; Meter::ALL.len()]);

impl From<Amounts> for Needs {
    #[inline]
    fn from(amounts: Amounts) -> Self {
        Self(Meter::ALL.map(|meter| amounts.of(meter)))
    }
}

impl Needs {
    /// What [`Amounts::of`] says.
    #[inline]
    pub(crate) const fn of(&self, meter: Meter) -> u64 {
        self.0[meter as usize]
    }
}

impl Meter {
    /// All meters, for tables and for finding one by its word.
    pub const ALL: [Self; 9] = [
        Self::Requests,
        Self::Tokens,
        Self::InputTokens,
        Self::OutputTokens,
        Self::MilliNeurons,
        Self::Images,
        Self::AudioSeconds,
        Self::MicroDollars,
        Self::Concurrent,
    ];

    /// The word used in provider files, JSON and the dashboard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::InputTokens => "input_tokens",
            Self::OutputTokens => "output_tokens",
            Self::MilliNeurons => "neurons",
            Self::Images => "images",
            Self::AudioSeconds => "audio_seconds",
            Self::MicroDollars => "usd",
            Self::Concurrent => "concurrent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_what_the_amounts_say() {
        let amounts = Amounts {
            requests: 1,
            input_tokens: 2,
            output_tokens: 3,
            milli_neurons: 4,
            images: 5,
            audio_seconds: 6,
            micro_dollars: 7,
        };
        let needs = Needs::from(amounts);
        for meter in Meter::ALL {
            assert_eq!(needs.of(meter), amounts.of(meter), "{meter:?}");
        }
    }
}
