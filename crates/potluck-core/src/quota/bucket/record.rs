//! What of a counter is written down, and what may be taken before the next record is safe.
//!
//! Knows no file: what is written and when is decided elsewhere.

use crate::quota::berths::{Berths, Stand};
use crate::quota::bucket::{BucketState, Counter};
use crate::quota::kept::{Kept, Lease, Uses};
use crate::time::Moment;

impl BucketState {
    /// From now on nothing is taken that a record has not granted.
    pub fn begin_keeping(&mut self) {
        if self.is_of_places() {
            self.berths.get_or_insert_with(|| Box::new(Berths::NONE));
        } else {
            self.lease.get_or_insert(Lease::NONE);
        }
    }

    /// Whether nothing is taken that a record has not granted.
    pub(super) const fn is_kept(&self) -> bool {
        self.lease.is_some() || self.berths.is_some()
    }

    /// How much may be taken before the next record is safe.
    #[must_use]
    pub fn lease(&self) -> u64 {
        match (&self.lease, &self.berths, &self.counter) {
            (Some(lease), ..) => lease.left,
            (None, Some(berths), Counter::InFlight(places)) => berths.free(places.taken()),
            _ => u64::MAX,
        }
    }

    /// Whether the next record had better be made now.
    #[must_use]
    pub fn is_low(&self, now: Moment) -> bool {
        self.lease.is_some_and(|lease| lease.is_low(self.capacity(now)))
    }

    /// Somebody wants to take `amount` at once: the next record is to grant it.
    pub fn want(&mut self, amount: u64) {
        if let Some(lease) = &mut self.lease {
            lease.want(amount);
        }
        if let Some(berths) = &mut self.berths {
            berths.want(amount);
        }
    }

    /// Whether a want had better be written down at `now`: not so soon after one that was denied.
    #[must_use]
    pub fn may_ask(&self, now: Moment) -> bool {
        self.lease.is_none_or(|lease| lease.may_ask(now))
            && self.berths.as_ref().is_none_or(|berths| berths.may_ask(now))
    }

    /// As it is to be written down; `None` where it is not.
    pub fn keep(&mut self, now: Moment) -> Option<Kept> {
        let (allowance, asks) = self.renew(now)?;
        let uses = match &self.counter {
            Counter::Sliding(window) => window.keep(now),
            Counter::Calendar(window) => window.keep(now),
            Counter::InFlight(_) => Uses::InFlight { lingering: None },
        };
        let Self { claimed, blocked, learnt, heard, drift, margin, .. } = *self;
        Some(Kept { uses, claimed, blocked, learnt, heard, drift, margin, allowance, asks })
    }

    /// What the next record grants, and asks of others; `None` where the last one still says so.
    fn renew(&mut self, now: Moment) -> Option<(u64, u64)> {
        let (capacity, room) = (self.capacity(now), self.room(now));
        let hopeless = self.wanted() > capacity.saturating_sub(self.used(now));
        let holders = self.elsewhere.as_ref().map_or(1, |elsewhere| elsewhere.holders + 1);
        let idle = self.lent() == 0 && self.elsewhere(now) == 0;
        if let (Some(berths), Counter::InFlight(places)) = (&mut self.berths, &mut self.counter) {
            places.forget(now);
            let stand = Stand { taken: places.taken(), fair: capacity / holders, room, idle };
            return berths.renew(stand, now);
        }
        let lease = self.lease.as_mut()?;
        if hopeless && room.is_some() {
            lease.wanted = 0;
        }
        let allowance = lease.renew(capacity, room, now);
        Some((allowance, if lease.wanted > allowance { lease.wanted } else { 0 }))
    }

    /// The end: nothing may be taken any more, and records grant nothing.
    pub fn end_lease(&mut self) {
        self.lease = self.lease.map(|_| Lease::ENDED);
        if let Some(berths) = &mut self.berths {
            berths.end();
        }
    }

    /// The record that grants `allowance` is safe.
    pub fn grant(&mut self, allowance: u64) {
        if let Some(lease) = &mut self.lease {
            lease.grant(allowance);
        }
        if let Some(berths) = &mut self.berths {
            berths.grant(allowance);
        }
    }

    /// Takes over what was written down before a restart. A record of another clock is nothing to it.
    pub fn recall(&mut self, kept: &Kept, now: Moment) {
        match (&mut self.counter, &kept.uses) {
            (Counter::Sliding(own), Uses::Sliding { length, entries, beyond })
                if own.length_millis() == *length =>
            {
                own.recall(entries, *beyond, kept.allowance, now);
            }
            (Counter::Calendar(own), Uses::Calendar { unit, start, end, used, late })
                if own.unit() == *unit =>
            {
                own.recall((*start, *end), (*used, *late), kept.allowance, now);
            }
            (Counter::InFlight(places), Uses::InFlight { .. }) => {
                // whoever had all places was alone: after a restart none is taken
                let killed = (kept.allowance < u64::MAX).then(|| kept.closed(now));
                if let Some((until, amount)) = killed.and_then(|kept| kept.uses.lingering()) {
                    places.linger(amount, until);
                }
            }
            _ => return,
        }
        self.claimed = kept.claimed;
        self.blocked = kept.blocked;
        self.learnt = kept.learnt;
        self.heard = kept.heard;
        self.drift = kept.drift;
        self.margin = kept.margin;
    }
}
