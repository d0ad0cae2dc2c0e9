//! How many requests may be in flight here, where others share the places.
//!
//! Whoever is alone has all places, and nothing is counted beside them. Whoever is not has a share that the safe
//! record says; it grows by what is wanted, and what is not needed goes back when somebody asks.

use crate::time::Moment;

/// A share of the places under one limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Berths {
    /// How many requests may be in flight now.
    limit: u64,
    /// How many there may be once the record is safe that was made last.
    next: u64,
    /// What the last record says, or the one before it where that may still stand.
    told: u64,
    /// Whether a record was ever made.
    begun: bool,
    /// Somebody wanted a place and had none.
    pub(super) wanted: u64,
    asked: bool,
    denied: Option<Moment>,
    ended: bool,
}

/// How the places stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    /// Requests in flight here, and those given up that the provider may be busy with.
    pub(super) taken: u64,
    /// Everybody's part.
    pub(super) fair: u64,
    /// Places that nobody has; `None` where nobody shares them.
    pub(super) room: Option<u64>,
    /// Whether those who share them have none.
    pub(super) idle: bool,
}

/// See [`Lease`](crate::quota::kept::Lease): so many milliseconds between wants that are denied.
const AGAIN: u64 = 100;

impl Berths {
    /// None may be in flight before the first record is safe.
    pub(super) const NONE: Self = Self {
        limit: 0,
        next: 0,
        told: 0,
        begun: false,
        wanted: 0,
        asked: false,
        denied: None,
        ended: false,
    };

    /// None may be any more.
    pub(super) const fn end(&mut self) {
        (self.limit, self.next, self.ended) = (0, 0, true);
    }

    /// How many more may be, where so many are `taken`.
    pub(super) const fn free(&self, taken: u64) -> u64 {
        self.limit.saturating_sub(taken)
    }

    pub(super) fn want(&mut self, amount: u64) {
        self.wanted = self.wanted.max(amount);
    }

    pub(super) fn may_ask(&self, now: Moment) -> bool {
        self.denied.is_none_or(|at| now.as_millis().abs_diff(at.as_millis()) >= AGAIN)
    }

    /// Somebody else waits for a place; whether one can be given back now or once it is free.
    pub(super) const fn ask(&mut self, taken: u64) -> bool {
        self.asked = true;
        self.limit > 0 || self.told > taken
    }

    /// What a record is to say and to ask for by how the places stand; `None` where the last record still says so.
    pub(super) fn renew(&mut self, stand: Stand, now: Moment) -> Option<(u64, u64)> {
        let Stand { taken, fair, room, idle } = stand;
        let asked = std::mem::take(&mut self.asked);
        self.denied = None;
        if self.ended {
            return self.say(0);
        }
        let Some(room) = room else {
            self.wanted = 0;
            return self.say_at_most(u64::MAX, u64::MAX);
        };
        let more = self.wanted.max(room / 4);
        let wish = match (asked, self.wanted) {
            (true, 0) => taken,
            (true, _) => fair,
            (false, _) if idle => u64::MAX,
            (false, 0) => self.limit,
            (false, _) => self.limit.max(taken.saturating_add(more)),
        };
        let limit = wish.min(taken.saturating_add(room));
        let asks = if self.wanted > limit.saturating_sub(taken) { self.wanted } else { 0 };
        if asks > 0 {
            self.denied = Some(now);
        } else {
            self.wanted = 0;
        }
        let record = limit.max(taken);
        let said = self.say_at_most(limit, record);
        said.or((asks > 0).then_some((record, 0))).map(|(record, _)| (record, asks))
    }

    /// The record says `record`, and `limit` may be in flight by it.
    fn say_at_most(&mut self, limit: u64, record: u64) -> Option<(u64, u64)> {
        self.next = limit;
        if record <= self.told && self.begun {
            // the record that stands covers it; one that says less is for the others
            self.limit = limit;
            let less = record < self.told;
            self.told = record;
            return less.then_some((record, 0));
        }
        self.limit = self.limit.min(limit);
        Some((record, 0))
    }

    fn say(&mut self, record: u64) -> Option<(u64, u64)> {
        let said = self.begun && self.told == record;
        (self.limit, self.next, self.told) = (0, 0, record);
        (!said).then_some((record, 0))
    }

    /// The record that says `record` is safe.
    pub(super) fn grant(&mut self, record: u64) {
        self.begun = true;
        self.told = record;
        self.limit = self.next;
    }
}
