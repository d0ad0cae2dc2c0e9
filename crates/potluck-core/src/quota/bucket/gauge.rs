//! A counter at a glance: what a draw needs of it, read once and right for a while.

use crate::quota::Meter;
use crate::quota::bucket::{BucketState, Counter};
use crate::time::Moment;

/// A bucket at a glance: what a draw needs of it. Right until [`Gauge::until`], unless the bucket is touched.
#[derive(Clone, Copy, Debug)]
pub struct Gauge {
    /// What it counts.
    pub meter: Meter,
    /// How much there is in all.
    pub capacity: u64,
    /// How much is left.
    pub remaining: u64,
    /// How much one request should take at most.
    pub most: u64,
    /// Whether others wait, so that none may take more.
    pub crowded: bool,
    /// How much of it may be taken before the count is written down again.
    pub lease: u64,
    /// What is left, per second until the window turns (of a sliding one, over its length). Infinite for
    /// requests in flight. Of a calendar window up to a 64th of the time left out of date.
    pub rate: f64,
    /// Until when this is right.
    pub until: Moment,
}

impl Gauge {
    /// A gauge that has yet to be read.
    pub const STALE: Self = Self {
        meter: Meter::Requests,
        capacity: 0,
        remaining: 0,
        most: 0,
        crowded: false,
        lease: 0,
        rate: 0.0,
        until: Moment::from_millis(i64::MIN),
    };
}

impl BucketState {
    /// The bucket at a glance.
    #[must_use]
    pub fn gauge(&self, now: Moment) -> Gauge {
        let remaining = self.remaining(now);
        let (rate, change) = match &self.counter {
            Counter::Sliding(window) => {
                (per_second(remaining, window.length_millis()), window.next_change(now))
            }
            Counter::Calendar(window) => {
                let left = window.left(now);
                let soon = Moment::from_millis(now.as_millis().saturating_add((left / 64).max(1)));
                let turn = window.turns(now).map_or(soon, |turn| turn.min(soon));
                (per_second(remaining, left), Some(turn))
            }
            Counter::InFlight(places) => (f64::INFINITY, places.next_change(now)),
        };
        let claimed = self.claimed.map(|(_, until)| until);
        let until = [change, claimed, self.blocked, self.margin.ends(), self.rises(now)]
            .into_iter()
            .flatten()
            .filter(|at| *at > now);
        Gauge {
            meter: self.meter,
            capacity: self.capacity(now),
            remaining,
            most: self.most(now),
            crowded: self.is_crowded(),
            lease: self.lease(),
            rate,
            until: until.min().unwrap_or(Moment::from_millis(i64::MAX)),
        }
    }
}

/// `remaining` spread over `millis`; the last second of a window counts as a whole one, or its end would
/// outweigh everything.
#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than a few digits")]
fn per_second(remaining: u64, millis: i64) -> f64 {
    remaining as f64 * 1000.0 / millis.max(1000) as f64
}
