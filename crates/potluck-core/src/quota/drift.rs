//! How far a provider's count and our own are apart, and what is held back for it.
//!
//! A provider that counts more than we do knows of uses that we do not: another program under the same account, or
//! requests that it counts twice. Its word is heeded whenever it speaks; what it will have counted on top before it
//! speaks again is the margin, which is held back from what is left.
//!
//! The margin is the smaller of two excesses one after another: a single one (the first word of a day, uses of before
//! the start) teaches nothing. Every word that agrees takes an eighth of it back, and a week without an excess all of
//! it. It is never more than a quarter of the limit, and nothing is held back from a limit of which nothing is
//! used: so that no request is kept out for good.

use std::time::Duration;

use crate::time::Moment;

/// A provider's last word on a count, beside our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What it counted, in the meter's unit.
    pub counted: u64,
    /// What we counted, reservations included.
    pub own: u64,
    /// By how much its count is above all that ours can explain; below zero: by how much ours is above its. Zero where
    /// the difference is no more than what is under way.
    pub by: i64,
    /// When it spoke.
    pub at: Moment,
}

/// What is held back because a provider counts more than we do. In 256ths of the meter's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// The last excess, less by what was taken back since.
    pub recent: u64,
    /// What two excesses had in common, less by what was taken back since.
    pub held: u64,
    /// When an excess was last heard of.
    pub since: Option<Moment>,
}

const PARTS: u64 = 256;

/// Every word that agrees takes back one part in so many.
const EASING: u64 = 8;

/// No more than one part in so many of a limit is held back.
const MOST: u64 = 4;

/// How long an excess is remembered.
const REMEMBERED: Duration = Duration::from_hours(7 * 24);

impl Margin {
    /// The provider spoke: it counts `excess` more than we do, or as much.
    pub(super) fn note(&mut self, excess: u64, now: Moment) {
        if self.is_over(now) {
            *self = Self::default();
        }
        if excess == 0 {
            self.recent = eased(self.recent, 0);
            self.held = eased(self.held, 0);
            return;
        }
        let excess = excess.saturating_mul(PARTS);
        let common = excess.min(self.recent);
        self.held = eased(self.held, common).max(common);
        self.recent = excess;
        self.since = Some(now);
    }

    /// What is held back of a limit of `capacity`.
    pub(super) fn of(&self, capacity: u64, now: Moment) -> u64 {
        if self.is_over(now) {
            return 0;
        }
        (self.held.saturating_add(PARTS / 2) / PARTS).min(capacity / MOST)
    }

    /// When nothing is held back any more, unless there is another excess.
    pub(super) fn ends(&self) -> Option<Moment> {
        self.since.map(|since| since.after(REMEMBERED))
    }

    fn is_over(&self, now: Moment) -> bool {
        self.ends().is_some_and(|end| end <= now)
    }

    pub(super) fn shift(&mut self, by: i64) {
        self.since = self.since.map(|since| since.moved(by));
    }
}

/// An eighth nearer to `to`, where it is above that.
fn eased(from: u64, to: u64) -> u64 {
    let above = from.saturating_sub(to);
    from - above.div_ceil(EASING)
}

#[cfg(test)]
mod tests;
