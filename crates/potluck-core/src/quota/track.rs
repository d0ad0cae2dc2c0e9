//! Uses in the order of their moments.
//!
//! Uses within one granule are merged under the *latest* of their moments, so memory is bounded by the number of
//! granules in a window. This room does not know what a moment means: when a request was sent, or when it arrived.

use std::collections::VecDeque;

use crate::time::Moment;

/// Uses, the oldest first.
#[derive(Clone, Debug)]
pub(super) struct Track {
    length: i64,
    granule: i64,
    /// Sum over `entries`.
    total: u64,
    /// All that has ever ceased to count by time.
    lapsed: u64,
    /// Moments do not descend.
    entries: VecDeque<Entry>,
    /// The number of the first entry, present or next. They are numbered as they come, so that a number says at once where
    /// the entry is: a search would walk through memory that nothing else needs.
    first: u64,
    /// Until when a use is merged into the last entry.
    closes: i64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The latest moment of what was merged into it: all of one granule.
    at: i64,
    amount: u64,
}

impl Track {
    /// Of uses that count for `length` milliseconds.
    pub(super) const fn new(length: i64, granule: i64) -> Self {
        let entries = VecDeque::new();
        Self { length, granule, total: 0, lapsed: 0, entries, first: 1, closes: i64::MIN }
    }

    fn gone(&self, at: i64, now: Moment) -> bool {
        at.saturating_add(self.length) <= now.as_millis()
    }

    /// What counts at `now`.
    pub(super) fn used(&self, now: Moment) -> u64 {
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

    /// What counts at `now`: until when, and how much.
    pub(super) fn ends(&self, now: Moment) -> impl Iterator<Item = (Moment, u64)> {
        let live = self.entries.iter().filter(move |entry| !self.gone(entry.at, now));
        live.map(|entry| (Moment::from_millis(entry.at.saturating_add(self.length)), entry.amount))
    }

    /// What counts at `now`: since when, and how much.
    pub(super) fn live(&self, now: Moment) -> impl Iterator<Item = (Moment, u64)> {
        let live = self.entries.iter().filter(move |e| !self.gone(e.at, now) && e.amount > 0);
        live.map(|entry| (Moment::from_millis(entry.at), entry.amount))
    }

    /// Counts `amount` from `at` on, or from the latest use; the number finds it again.
    pub(super) fn push(&mut self, amount: u64, at: Moment) -> u64 {
        self.total = self.total.saturating_add(amount);
        let at = at.as_millis().max(self.entries.back().map_or(i64::MIN, |last| last.at));
        match self.entries.back_mut().filter(|_| at < self.closes) {
            Some(last) => {
                last.at = at;
                last.amount = last.amount.saturating_add(amount);
            }
            None => {
                self.entries.push_back(Entry { at, amount });
                self.closes = self.granule_end(at);
            }
        }
        self.first + self.entries.len() as u64 - 1
    }

    /// When the granule of a moment is over.
    fn granule_end(&self, at: i64) -> i64 {
        at.div_euclid(self.granule).saturating_add(1).saturating_mul(self.granule)
    }

    /// Takes back up to `amount` of the use of that number; how much, and the moment it counted from. `None` once it is gone.
    pub(super) fn withdraw(&mut self, number: u64, amount: u64) -> Option<(u64, Moment)> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let entry = self.entries.get_mut(index)?;
        let taken = amount.min(entry.amount);
        entry.amount -= taken;
        let at = Moment::from_millis(entry.at);
        self.total = self.total.saturating_sub(taken);
        Some((taken, at))
    }

    /// Takes back `amount` of the oldest uses; how much there was not.
    pub(super) fn drop_oldest(&mut self, mut amount: u64) -> u64 {
        for entry in &mut self.entries {
            let part = entry.amount.min(amount);
            entry.amount -= part;
            self.total = self.total.saturating_sub(part);
            amount -= part;
            if amount == 0 {
                break;
            }
        }
        amount
    }

    /// Lets go of what no longer counts.
    pub(super) fn forget(&mut self, now: Moment) {
        while let Some(oldest) = self.entries.front().copied() {
            if !self.gone(oldest.at, now) && oldest.amount > 0 {
                return;
            }
            self.total = self.total.saturating_sub(oldest.amount);
            self.lapsed = self.lapsed.saturating_add(oldest.amount);
            self.entries.pop_front();
            self.first += 1;
        }
        self.total = 0;
    }

    /// All that has ever ceased to count by time.
    pub(super) const fn lapsed(&self) -> u64 {
        self.lapsed
    }

    /// The clock was set `by` milliseconds forward, or back below zero.
    pub(super) fn shift(&mut self, by: i64) {
        for entry in &mut self.entries {
            entry.at = entry.at.saturating_add(by);
        }
        self.closes = self.entries.back().map_or(i64::MIN, |last| self.granule_end(last.at));
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
