//! The only room that asks what time it is.
//!
//! Decisions take a [`Moment`] as an argument; this is where the doors get one from.

use std::time::{Duration, Instant, SystemTime};

use potluck_core::Moment;

/// The wall clock and the steady clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

/// A point on the steady clock, for measuring how long something took.
#[derive(Clone, Copy, Debug)]
pub struct Mark(Instant);

impl Clock {
    /// The wall clock, for quotas and resets.
    #[expect(clippy::disallowed_methods, reason = "this is the clock room")]
    #[must_use]
    pub fn now(self) -> Moment {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The steady clock, for durations.
    #[expect(clippy::disallowed_methods, reason = "this is the clock room")]
    #[must_use]
    pub fn mark(self) -> Mark {
        Mark(Instant::now())
    }
}

impl potluck_dialect::Stopwatch for Mark {
    fn elapsed(&self) -> Duration {
        Self::elapsed(*self)
    }
}

impl Mark {
    /// How long ago that was.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Clock.mark().0.saturating_duration_since(self.0)
    }

    /// How long from this mark until `later`; zero when it is not later.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        later.0.saturating_duration_since(self.0)
    }

    /// The same point for timers of the runtime.
    #[must_use]
    pub fn plus(self, span: Duration) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.0 + span)
    }
}
