//! What time a simulated provider believes it is.
//!
//! Quotas are counted in milliseconds since the Unix epoch. A running provider takes them from
//! the [`WallClock`]; a simulation hands in a [`SimulatedClock`] and pushes it forward, so that a
//! day of traffic takes as long as its requests. This is the only room that asks the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Where a provider takes the time from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's time, never going backwards.
    Wall(WallClock),
    /// A time that moves only when it is pushed.
    Simulated(SimulatedClock),
}

/// The system's time: read once, then carried on by the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    started: Instant,
    epoch_ms: u64,
}

/// A shared number of milliseconds; clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct SimulatedClock(Arc<AtomicU64>);

// === impl Clock ===

impl Clock {
    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::Wall(clock) => clock.now_ms(),
            Self::Simulated(clock) => clock.now_ms(),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::Wall(WallClock::start())
    }
}

impl From<SimulatedClock> for Clock {
    fn from(clock: SimulatedClock) -> Self {
        Self::Simulated(clock)
    }
}

// === impl WallClock ===

impl WallClock {
    /// Reads the system's time once.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock room of the testkit")]
    pub fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), epoch_ms: millis(since) }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.epoch_ms.saturating_add(millis(self.started.elapsed()))
    }
}

// === impl SimulatedClock ===

impl SimulatedClock {
    /// A clock that shows `now_ms` milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(now_ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now_ms)))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Pushes the clock forward and returns the new time in milliseconds.
    pub fn advance(&self, by: Duration) -> u64 {
        self.advance_ms(millis(by))
    }

    /// Pushes the clock forward by milliseconds and returns the new time.
    pub fn advance_ms(&self, by: u64) -> u64 {
        self.0.fetch_add(by, Ordering::SeqCst).saturating_add(by)
    }

    /// Sets the clock, also backwards: a system clock may jump.
    pub fn set_ms(&self, now_ms: u64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_simulated_clock_show_the_same_time() {
        let clock = SimulatedClock::at(1_000);
        let twin = clock.clone();
        assert_eq!(clock.advance(Duration::from_secs(2)), 3_000);
        assert_eq!(Clock::from(twin).now_ms(), 3_000);
    }

    #[test]
    fn the_wall_clock_is_past_the_year_2020_and_does_not_go_back() {
        let clock = Clock::default();
        let first = clock.now_ms();
        assert!(first > 1_577_836_800_000);
        assert!(clock.now_ms() >= first);
    }
}
