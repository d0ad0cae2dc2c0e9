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

/// Notices when the wall clock is set: it then leaps against a clock that only goes on, also while the machine
/// sleeps.
#[derive(Debug)]
pub struct Pulse {
    wall: Moment,
    steady: Duration,
}

/// By how many milliseconds the wall clock is ahead of one that is the same for all processes of this machine until it starts
/// anew. Moments that were written down say by it which clock they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(pub i64);

impl Epoch {
    /// The present one; `None` where the system has no such clock.
    #[must_use]
    pub fn now() -> Option<Self> {
        Self::of(Clock.now(), steady())
    }

    fn of(wall: Moment, steady: Duration) -> Option<Self> {
        let steady = i64::try_from(steady.as_millis()).ok()?;
        cfg!(unix).then(|| Self(wall.as_millis().saturating_sub(steady)))
    }

    /// By how much the clock of `here` was set forward since that of `there`, or back below zero.
    #[must_use]
    pub fn ahead(here: Option<Self>, there: Option<Self>) -> i64 {
        match (here, there) {
            (Some(here), Some(there)) if here.0.abs_diff(there.0) >= LEAP => {
                here.0.saturating_sub(there.0)
            }
            _ => 0,
        }
    }
}

/// How long the machine has been up, in milliseconds; `None` where processes cannot agree on it.
#[must_use]
pub fn uptime() -> Option<i64> {
    i64::try_from(steady().as_millis()).ok().filter(|_| cfg!(unix))
}

/// Less than this is the difference between looking at two clocks, in milliseconds.
const LEAP: u64 = 2000;

/// A wall clock that went on by less than this since the last look, in milliseconds, did not leap; or it leapt back by as much
/// as has passed, which the next look will see.
const CALM: i64 = 250;

impl Default for Pulse {
    fn default() -> Self {
        Self { wall: Clock.now(), steady: steady() }
    }
}

impl Pulse {
    /// By how many milliseconds the wall clock, which shows `now`, was set forward (or back, below zero) since the
    /// last look.
    pub fn leap(&mut self, now: Moment) -> Option<i64> {
        let passed = now.as_millis().saturating_sub(self.wall.as_millis());
        if (0..CALM).contains(&passed) { None } else { self.look(now, steady()) }
    }

    /// [`Epoch::now`] as of the last look.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        Epoch::of(self.wall, self.steady)
    }

    fn look(&mut self, now: Moment, steady: Duration) -> Option<i64> {
        let expected = self.wall.after(steady.saturating_sub(self.steady));
        (self.wall, self.steady) = (now, steady);
        let by = now.as_millis().saturating_sub(expected.as_millis());
        (by.unsigned_abs() >= LEAP).then_some(by)
    }
}

/// Since some moment that does not change.
#[cfg(unix)]
fn steady() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const STEADY: ClockId = ClockId::Boottime;
    // elsewhere this one goes on while the machine sleeps
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const STEADY: ClockId = ClockId::Monotonic;
    Duration::try_from(clock_gettime(STEADY)).unwrap_or_default()
}

#[cfg(not(unix))]
fn steady() -> Duration {
    static FIRST: std::sync::OnceLock<Mark> = std::sync::OnceLock::new();
    FIRST.get_or_init(|| Clock.mark()).elapsed()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_was_set_leaps() {
        let start = Moment::from_millis(1_795_348_800_000);
        let mut pulse = Pulse { wall: start, steady: Duration::from_secs(9) };
        let mut look = |wall: i64, steady: u64| {
            pulse.look(start.moved(wall * 1000), Duration::from_secs(9 + steady))
        };
        assert_eq!(look(5, 5), None, "both go on");
        assert_eq!(look(28_805, 28_805), None, "the machine slept");
        assert_eq!(look(32_415, 28_815), Some(3_600_000), "forward");
        assert_eq!(look(32_420, 28_820), None);
        assert_eq!(look(28_823, 28_823), Some(-3_600_000), "and back");
        assert_eq!(look(28_822, 28_823), None, "two threads race");
        assert!(Pulse::default().leap(Clock.now()).is_none());
    }
}
