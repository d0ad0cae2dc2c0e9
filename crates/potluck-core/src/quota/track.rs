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
    /// Ids ascend, moments do not descend.
    entries: VecDeque<Entry>,
    next_id: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u64,
    /// The latest moment of what was merged into it: all of one granule.
    at: i64,
    amount: u64,
}

impl Track {
    /// Of uses that count for `length` milliseconds.
    pub(super) const fn new(length: i64, granule: i64) -> Self {
        Self { length, granule, total: 0, lapsed: 0, entries: VecDeque::new(), next_id: 1 }
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

    /// Counts `amount` from `at` on, or from the latest use; the answer finds it again.
    pub(super) fn push(&mut self, amount: u64, at: Moment) -> u64 {
        self.total = self.total.saturating_add(amount);
        let at = at.as_millis().max(self.entries.back().map_or(i64::MIN, |last| last.at));
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

    /// Takes back up to `amount` of a use; how much, and the moment it counted from. `None` once it is gone.
    pub(super) fn withdraw(&mut self, id: u64, amount: u64) -> Option<(u64, Moment)> {
        let index = self.entries.binary_search_by_key(&id, |entry| entry.id).ok()?;
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
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
