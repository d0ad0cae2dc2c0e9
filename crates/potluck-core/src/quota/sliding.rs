//! The last so many seconds, whenever one looks.
//!
//! Exact within a 256th of the window: uses are kept with their moment, and uses within one granule
//! (window / 256, at least a millisecond) are merged. So memory is bounded by about 514 entries, and nothing is
//! ever forgotten earlier than the provider forgets it.
//!
//! The provider counts a request when it arrives, which is some time after it was sent: only then begins the time
//! after which it falls out. So a use counts from the latest moment at which it can have arrived until the answer
//! begins, which tells a better one. Without this, requests sent exactly one window apart would be refused
//! whenever the second one travelled faster.

use crate::quota::kept::Uses;
use crate::quota::track::Track;
use crate::time::Moment;

/// A sliding window and what was used in it.
#[derive(Clone, Debug)]
pub(super) struct Sliding {
    length: i64,
    /// Sent, by the latest moment at which they can have arrived.
    sent: Track,
    /// Known to have arrived, by the moment at which that was known.
    arrived: Track,
    /// What the provider counts beyond our own, and until when.
    beyond: Option<(u64, Moment)>,
    /// All of that which has ever ceased to count by time.
    lapsed: u64,
}

const GRANULES: i64 = 256;

/// The longest that a request is thought to travel, in milliseconds: a sixtieth of the window, at least a second
/// and at most a minute. It is this long only where no answer comes.
pub(super) fn travel(length: i64) -> i64 {
    (length / 60).clamp(1000, 60_000)
}

impl Sliding {
    pub(super) fn new(length: std::time::Duration) -> Self {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX).max(1);
        let track = Track::new(length, (length / GRANULES).max(1));
        Self { length, sent: track.clone(), arrived: track, beyond: None, lapsed: 0 }
    }

    pub(super) const fn length_millis(&self) -> i64 {
        self.length
    }

    /// What counts at `now`, without forgetting anything.
    pub(super) fn used(&self, now: Moment) -> u64 {
        self.own(now).saturating_add(self.others(now).map_or(0, |(_, amount)| amount))
    }

    fn own(&self, now: Moment) -> u64 {
        self.sent.used(now).saturating_add(self.arrived.used(now))
    }

    fn others(&self, now: Moment) -> Option<(Moment, u64)> {
        self.beyond.filter(|(_, until)| *until > now).map(|(amount, until)| (until, amount))
    }

    /// The earliest moment at which no more than `room` is used.
    pub(super) fn down_to(&self, room: u64, now: Moment) -> Moment {
        let mut left = self.used(now);
        if left <= room {
            return now;
        }
        let all = self.sent.ends(now).chain(self.arrived.ends(now)).chain(self.others(now));
        let mut ends: Vec<(Moment, u64)> = all.collect();
        ends.sort_unstable();
        for (end, amount) in ends {
            left = left.saturating_sub(amount);
            if left <= room {
                return end;
            }
        }
        now
    }

    /// Counts `amount`, sent at `now`; the answer finds the use again.
    pub(super) fn take(&mut self, amount: u64, now: Moment) -> u64 {
        self.forget(now);
        self.sent.push(amount, now.moved(travel(self.length))) << 1 | 1
    }

    /// A use has arrived by `now`; the answer finds it from now on.
    pub(super) fn arrive(&mut self, stamp: u64, amount: u64, now: Moment) -> u64 {
        let is_sent = stamp & 1 == 1;
        let found = is_sent.then(|| self.sent.withdraw(stamp >> 1, amount)).flatten();
        let Some((taken, latest)) = found else { return stamp };
        let earliest = latest.moved(-travel(self.length));
        self.arrived.push(taken, now.clamp(earliest, latest)) << 1
    }

    /// Replaces a use of `reserved` by the truth. More than was reserved counts from `now`.
    pub(super) fn settle(&mut self, stamp: u64, reserved: u64, truth: u64, now: Moment) {
        self.forget(now);
        if truth > reserved {
            self.arrived.push(truth - reserved, now);
            return;
        }
        let track = if stamp & 1 == 1 { &mut self.sent } else { &mut self.arrived };
        track.withdraw(stamp >> 1, reserved - truth);
    }

    /// The first moment after `now` at which less counts; `None` when nothing does.
    pub(super) fn next_change(&self, now: Moment) -> Option<Moment> {
        let (sent, arrived) = (self.sent.ends(now).next(), self.arrived.ends(now).next());
        let all = [sent, arrived, self.others(now)];
        all.into_iter().flatten().map(|(end, _)| end).min()
    }

    /// The uses that count at `now`: when each falls out, and how much it is; ascending.
    pub(super) fn returns(&self, now: Moment) -> Vec<(Moment, u64)> {
        let all = self.sent.ends(now).chain(self.arrived.ends(now)).chain(self.others(now));
        let mut all: Vec<_> = all.filter(|(_, amount)| *amount > 0).collect();
        all.sort_unstable_by_key(|(at, _)| *at);
        all
    }

    pub(super) fn forget(&mut self, now: Moment) {
        self.sent.forget(now);
        self.arrived.forget(now);
        if let Some((amount, _)) = self.beyond.take_if(|(_, until)| *until <= now) {
            self.lapsed = self.lapsed.saturating_add(amount);
        }
    }

    /// All that has ever ceased to count by time.
    pub(super) const fn lapsed(&self) -> u64 {
        let own = self.sent.lapsed().saturating_add(self.arrived.lapsed());
        own.saturating_add(self.lapsed)
    }

    /// The provider counts `counted`, in which `unsure` of ours may not be included, and `others` of others who share
    /// the count may be.
    pub(super) fn correct(
        &mut self,
        (counted, others, unsure): (u64, u64, u64),
        ends: Option<Moment>,
        now: Moment,
    ) {
        self.forget(now);
        let own = self.own(now);
        if counted > own.saturating_add(others) {
            let latest = now.moved(self.length);
            let until = ends.filter(|end| *end > now).map_or(latest, |end| end.min(latest));
            self.beyond = Some((counted - own - others, until));
            return;
        }
        self.beyond = None;
        let target = counted.saturating_add(unsure).min(own);
        let rest = self.arrived.drop_oldest(own - target);
        self.sent.drop_oldest(rest);
    }

    /// The clock was set `by` milliseconds forward, or back below zero: what was used is as old as it was.
    pub(super) fn shift(&mut self, by: i64) {
        self.sent.shift(by);
        self.arrived.shift(by);
        self.beyond = self.beyond.map(|(amount, until)| (amount, until.moved(by)));
    }

    /// Another who shares the count has heard that the provider counts more than all of us.
    pub(super) const fn set_beyond(&mut self, beyond: Option<(u64, Moment)>) {
        self.beyond = beyond;
    }

    /// As it is written down.
    pub(super) fn keep(&self, now: Moment) -> Uses {
        let mut entries: Vec<_> = self.sent.live(now).chain(self.arrived.live(now)).collect();
        entries.sort_unstable();
        Uses::Sliding { length: self.length, entries, beyond: self.beyond }
    }

    /// Takes over what was written down, and what was taken since, which counts from `now`.
    pub(super) fn recall(
        &mut self,
        entries: &[(Moment, u64)],
        beyond: Option<(u64, Moment)>,
        since: u64,
        now: Moment,
    ) {
        for (at, amount) in entries {
            self.arrived.push(*amount, *at);
        }
        self.beyond = beyond;
        if since > 0 {
            self.take(since, now);
        }
        self.forget(now);
    }

    pub(super) fn entries(&self) -> usize {
        self.sent.len() + self.arrived.len()
    }
}
