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
    /// How much one request may take: no more than is left, than is granted until the count is written down again, and than
    /// it should while others wait.
    pub free: u64,
    /// How much one request should take at most; [`Gauge::ALL`] where it may be all that there is.
    pub most: u64,
    /// Whether what nobody takes within minutes is lost.
    pub flow: bool,
    /// What is left, per second until the window turns (of a sliding one, over its length); an offer's part of it, where
    /// several draw on it. Infinite for requests in flight. Of a calendar window up to a 64th of the time left out of date.
    pub rate: f64,
    /// Until when this is right.
    pub until: Moment,
}

impl Gauge {
    /// What one request should take at most, where that is all that there is.
    pub const ALL: u64 = u64::MAX;

    /// A gauge that has yet to be read.
    pub const STALE: Self = Self {
        meter: Meter::Requests,
        capacity: 0,
        remaining: 0,
        free: 0,
        most: 0,
        flow: false,
        rate: 0.0,
        until: Moment::from_millis(i64::MIN),
    };
}

impl Gauge {
    /// The same of a bucket that so many offers draw on: to each of them counts its part of the rate.
    pub(crate) fn shared_by(mut self, offers: u32) -> Self {
        if offers > 1 {
            self.rate *= 1.0 / f64::from(offers);
        }
        self
    }

    /// A record was made safe that grants more.
    pub(crate) fn grant(&mut self, bucket: &BucketState) {
        self.free = bucket.free(self.remaining, self.most);
    }
}

impl BucketState {
    /// The bucket at a glance.
    #[must_use]
    pub fn gauge(&self, now: Moment) -> Gauge {
        let capacity = self.capacity(now);
        let remaining = self.left(capacity, now);
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
        let most =
            self.thrift.map(|thrift| thrift.most(capacity, now)).filter(|most| *most < capacity);
        let rises = self.thrift.filter(|_| most.is_some()).map(|thrift| thrift.next(now));
        let claimed = self.claimed.map(|(_, until)| until);
        let elsewhere = self.next_elsewhere(now);
        let until = [change, elsewhere, claimed, self.blocked, self.margin.ends(), rises]
            .into_iter()
            .flatten()
            .filter(|at| *at > now);
        let most = most.unwrap_or(Gauge::ALL);
        Gauge {
            meter: self.meter,
            capacity,
            remaining,
            free: self.free(remaining, most),
            most,
            flow: self.is_flow(),
            rate,
            until: until.min().unwrap_or(Moment::from_millis(i64::MAX)),
        }
    }

    fn free(&self, remaining: u64, most: u64) -> u64 {
        let free = remaining.min(self.lease());
        if self.is_crowded() { free.min(most) } else { free }
    }
}

/// `remaining` spread over `millis`; the last second of a window counts as a whole one, or its end would
/// outweigh everything.
#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than a few digits")]
fn per_second(remaining: u64, millis: i64) -> f64 {
    remaining as f64 * 1000.0 / millis.max(1000) as f64
}
