//! The last so many seconds, whenever one looks.
//!
//! Exact within a 256th of the window: uses are kept with their moment, and uses within one granule
//! (window / 256, at least a millisecond) are merged under the *latest* of their moments. So memory is
//! bounded by about 257 entries, and nothing is ever forgotten earlier than the provider forgets it.

use std::collections::VecDeque;

use crate::quota::kept::Uses;
use crate::time::Moment;

/// A sliding window and what was used in it.
#[derive(Clone, Debug)]
pub(super) struct Sliding {
    length: i64,
    granule: i64,
    /// Sum over `entries`.
    total: u64,
    /// Oldest first; ids ascend, moments do not descend.
    entries: VecDeque<Entry>,
    next_id: u64,
    /// What the provider counts beyond our own, and until when.
    beyond: Option<(u64, Moment)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u64,
    /// The latest moment of what was merged into it: all of one granule.
    at: i64,
    amount: u64,
}

const GRANULES: i64 = 256;

impl Sliding {
    pub(super) fn new(length: std::time::Duration) -> Self {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX).max(1);
        Self {
            length,
            granule: (length / GRANULES).max(1),
            total: 0,
            entries: VecDeque::new(),
            next_id: 1,
            beyond: None,
        }
    }

    pub(super) const fn length_millis(&self) -> i64 {
        self.length
    }

    fn gone(&self, at: i64, now: Moment) -> bool {
        at.saturating_add(self.length) <= now.as_millis()
    }

    /// What counts at `now`, without forgetting anything.
    pub(super) fn used(&self, now: Moment) -> u64 {
        self.own(now).saturating_add(self.others(now))
    }

    fn own(&self, now: Moment) -> u64 {
        let (Some(oldest), Some(newest)) = (self.entries.front(), self.entries.back()) else {
            return 0;
        };
        if !self.gone(oldest.at, now) {
            return self.total;
        }
        if self.gone(newest.at, now) {
            return 0;
        }
        let gone: u64 =
            self.entries.iter().take_while(|e| self.gone(e.at, now)).map(|e| e.amount).sum();
        self.total.saturating_sub(gone)
    }

    fn others(&self, now: Moment) -> u64 {
        self.beyond.filter(|(_, until)| *until > now).map_or(0, |(amount, _)| amount)
    }

    /// The earliest moment at which no more than `room` is used.
    pub(super) fn down_to(&self, room: u64, now: Moment) -> Moment {
        let mut left = self.used(now);
        if left <= room {
            return now;
        }
        let mut beyond = self.beyond.filter(|(_, until)| *until > now);
        for entry in self.entries.iter().filter(|e| !self.gone(e.at, now)) {
            let end = Moment::from_millis(entry.at.saturating_add(self.length));
            if let Some((amount, until)) = beyond.filter(|(_, until)| *until <= end) {
                beyond = None;
                left = left.saturating_sub(amount);
                if left <= room {
                    return until;
                }
            }
            left = left.saturating_sub(entry.amount);
            if left <= room {
                return end;
            }
        }
        beyond.map_or(now, |(_, until)| until)
    }

    /// Counts `amount` at `now`; the answer finds the use again.
    pub(super) fn take(&mut self, amount: u64, now: Moment) -> u64 {
        self.forget(now);
        self.push(amount, now)
    }

    fn push(&mut self, amount: u64, now: Moment) -> u64 {
        self.total = self.total.saturating_add(amount);
        let at = now.as_millis().max(self.entries.back().map_or(i64::MIN, |last| last.at));
        let granule = self.granule;
        let is_same = |last: &&mut Entry| last.at.div_euclid(granule) == at.div_euclid(granule);
        if let Some(last) = self.entries.back_mut().filter(is_same) {
            last.at = at;
            last.amount = last.amount.saturating_add(amount);
            return last.id;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.entries.push_back(Entry { id, at, amount });
        id
    }

    /// The first moment after `now` at which less counts; `None` when nothing does.
    pub(super) fn next_change(&self, now: Moment) -> Option<Moment> {
        let live = self.entries.iter().find(|entry| !self.gone(entry.at, now));
        let end = live.map(|entry| Moment::from_millis(entry.at.saturating_add(self.length)));
        let beyond = self.beyond.map(|(_, until)| until).filter(|until| *until > now);
        [end, beyond].into_iter().flatten().min()
    }

    pub(super) fn forget(&mut self, now: Moment) {
        while let Some(oldest) = self.entries.front().copied().filter(|e| self.gone(e.at, now)) {
            self.total = self.total.saturating_sub(oldest.amount);
            self.entries.pop_front();
        }
        if self.entries.is_empty() {
            self.total = 0;
        }
        self.beyond = self.beyond.filter(|(_, until)| *until > now);
    }

    /// Replaces a use of `reserved` by the truth. More than was reserved counts from `now`.
    ///
    /// The provider counts a request when it arrives, which is some time after it was sent. `arrived` is
    /// the latest moment at which that can have been: the use counts from then on, or from a fifth of
    /// the window (at most a second) after it was sent, whichever is earlier. Without this, requests sent
    /// exactly one window apart would be refused whenever the second one travelled faster.
    pub(super) fn settle(
        &mut self,
        id: u64,
        reserved: u64,
        truth: u64,
        arrived: Moment,
        now: Moment,
    ) {
        self.forget(now);
        if truth > reserved {
            self.push(truth - reserved, now);
        }
        let Ok(index) = self.entries.binary_search_by_key(&id, |entry| entry.id) else { return };
        let sent = self.entries[index].at;
        let taken = reserved.min(self.entries[index].amount);
        self.entries[index].amount -= taken;
        self.total -= taken;
        let latest = sent.saturating_add((self.length / 5).min(1000));
        let date = arrived.as_millis().clamp(sent, latest).min(now.as_millis().max(sent));
        self.count_from(taken.min(truth), date);
    }

    /// Counts `amount` from `date` on, or from the next later use: never from an earlier one.
    fn count_from(&mut self, amount: u64, date: i64) {
        let index = self.entries.partition_point(|entry| entry.at < date);
        match self.entries.get_mut(index) {
            Some(entry) => {
                entry.amount = entry.amount.saturating_add(amount);
                self.total = self.total.saturating_add(amount);
            }
            None if amount > 0 => {
                self.push(amount, Moment::from_millis(date));
            }
            None => {}
        }
    }

    /// The provider counts `counted`, in which `unsure` of ours may not be included.
    pub(super) fn correct(&mut self, counted: u64, unsure: u64, ends: Option<Moment>, now: Moment) {
        self.forget(now);
        if counted > self.total {
            let latest = now.after(std::time::Duration::from_millis(self.length.unsigned_abs()));
            let until = ends.filter(|end| *end > now).map_or(latest, |end| end.min(latest));
            self.beyond = Some((counted - self.total, until));
            return;
        }
        self.beyond = None;
        let target = counted.saturating_add(unsure).min(self.total);
        self.drop_oldest(self.total - target);
    }

    fn drop_oldest(&mut self, mut amount: u64) {
        self.total = self.total.saturating_sub(amount);
        for entry in &mut self.entries {
            let part = entry.amount.min(amount);
            entry.amount -= part;
            amount -= part;
            if amount == 0 {
                return;
            }
        }
    }

    /// The clock went back by `by` milliseconds: what was used is now that much older by the clock.
    pub(super) fn rewind(&mut self, by: i64) {
        for entry in &mut self.entries {
            entry.at = entry.at.saturating_sub(by);
        }
        let back = std::time::Duration::from_millis(by.unsigned_abs());
        self.beyond = self.beyond.map(|(amount, until)| (amount, until.before(back)));
    }

    /// As it is written down.
    pub(super) fn keep(&self, now: Moment) -> Uses {
        let live =
            self.entries.iter().filter(|entry| !self.gone(entry.at, now) && entry.amount > 0);
        let entries = live.map(|entry| (Moment::from_millis(entry.at), entry.amount)).collect();
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
            self.push(*amount, *at);
        }
        self.beyond = beyond;
        if since > 0 {
            self.push(since, now);
        }
        self.forget(now);
    }

    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }
}
