//! How often it works, with recent attempts counting more.

use std::time::Duration;

use crate::time::Moment;

/// A rate of success in which an attempt counts half after ten minutes.
///
/// Two imagined successes keep the rate above zero and below certainty of failure: after one failure it is
/// 2/3, after three 2/5, and an hour of silence brings it back to almost 1. So an offer that failed is drawn
/// less often, and never never.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Success {
    good: f64,
    total: f64,
    at: Moment,
}

const HALF_LIFE_MILLIS: f64 = 600_000.0;
const IMAGINED: f64 = 2.0;

impl Success {
    /// The rate, above 0 and at most 1, as of the last attempt: cheap enough for every draw.
    #[must_use]
    pub fn rate(&self) -> f64 {
        (self.good + IMAGINED) / (self.total + IMAGINED)
    }

    /// The rate at `now`: old attempts have faded.
    #[must_use]
    #[inline]
    pub fn rate_at(&self, now: Moment) -> f64 {
        if self.total == self.good {
            return 1.0;
        }
        let fade = self.fade(now);
        (self.good * fade + IMAGINED) / (self.total * fade + IMAGINED)
    }

    fn fade(&self, now: Moment) -> f64 {
        // Beyond 2^60 half-lives nothing is left; the bound keeps the exponent sane.
        let lives = (millis(now.since(self.at)) / HALF_LIFE_MILLIS).min(60.0);
        (-lives).exp2()
    }

    /// One more attempt.
    pub(crate) fn note(&mut self, good: Good, now: Moment) {
        let fade = self.fade(now);
        let worth = if matches!(good, Good::Yes) { 1.0 } else { 0.0 };
        *self = Self {
            good: self.good.mul_add(fade, worth),
            total: self.total.mul_add(fade, 1.0),
            at: self.at.max(now),
        };
    }

    /// The clock was set `by` milliseconds forward, or back below zero.
    pub(crate) fn shift(&mut self, by: i64) {
        self.at = self.at.moved(by);
    }
}

/// How an attempt counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Good {
    /// It served.
    Yes,
    /// It did not.
    No,
}

#[expect(clippy::cast_precision_loss, reason = "a span in milliseconds needs no more than 53 bits")]
fn millis(span: Duration) -> f64 {
    span.as_millis() as f64
}
