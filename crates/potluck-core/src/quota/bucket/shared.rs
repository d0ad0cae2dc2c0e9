//! A counter that several keep together: what the others have used counts here too.
//!
//! Knows no other process: what their records say is brought from outside.

use crate::quota::bucket::{BucketState, Counter};
use crate::quota::elsewhere::Elsewhere;
use crate::quota::kept::{Kept, Uses};
use crate::time::Moment;

impl BucketState {
    /// The records of all others who share the count, as they are now; one of them may ask for what is not needed here.
    /// Whether the next record had better be made at once: there is something to give back, or what is waited for
    /// is there.
    pub fn hear(&mut self, records: &[Kept], asked: bool, now: Moment) -> bool {
        self.forget(now);
        self.elsewhere =
            (!records.is_empty()).then(|| Box::new(Elsewhere::of(records, &self.counter, now)));
        for kept in records {
            self.take_word(kept, now);
        }
        let gives = asked && self.ask();
        let wanted = self.wanted();
        gives || (wanted > 0 && self.room(now).is_none_or(|room| wanted <= room))
    }

    /// What another heard of the provider holds here, where it is newer. What it did not hear unsays nothing.
    fn take_word(&mut self, kept: &Kept, now: Moment) {
        if self.is_of_places() {
            return;
        }
        let since = |learnt: Option<(u64, Moment)>| learnt.map(|(_, since)| since);
        if since(kept.learnt) > since(self.learnt) {
            self.learnt = kept.learnt;
        }
        if kept.heard <= self.heard {
            return;
        }
        self.heard = kept.heard;
        self.claimed = kept.claimed.or(self.claimed);
        self.blocked = self.blocked.max(kept.blocked);
        if let (Counter::Sliding(own), Uses::Sliding { beyond, .. }) =
            (&mut self.counter, &kept.uses)
        {
            own.set_beyond(beyond.filter(|(_, until)| *until > now));
        }
    }

    fn ask(&mut self) -> bool {
        let here = match &self.counter {
            Counter::InFlight(places) => places.taken(),
            Counter::Sliding(_) | Counter::Calendar(_) => 0,
        };
        let lease = self.lease.as_mut().is_some_and(|lease| lease.ask());
        self.berths.as_mut().is_some_and(|berths| berths.ask(here)) || lease
    }

    /// Whether others share the count.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// What others used who share the count, by their last records.
    #[must_use]
    pub fn elsewhere(&self, now: Moment) -> u64 {
        self.elsewhere.as_ref().map_or(0, |elsewhere| elsewhere.used(&self.counter, now))
    }

    /// What others hold who share the count: they may have used it since.
    #[must_use]
    pub fn lent(&self) -> u64 {
        self.elsewhere.as_ref().map_or(0, |elsewhere| elsewhere.lent)
    }

    /// What a record may grant; `None` where nobody shares the count.
    pub(super) fn room(&self, now: Moment) -> Option<u64> {
        let elsewhere = self.elsewhere.as_ref()?;
        let counted = self.used(now).saturating_add(elsewhere.lent);
        Some(self.capacity(now).saturating_sub(counted))
    }

    pub(super) fn wanted(&self) -> u64 {
        let lease = self.lease.map_or(0, |lease| lease.wanted);
        self.berths.as_ref().map_or(lease, |berths| berths.wanted)
    }

    /// When what others used changes next by time alone.
    pub(super) fn next_elsewhere(&self, now: Moment) -> Option<Moment> {
        let elsewhere = self.elsewhere.as_ref()?;
        elsewhere.live(&self.counter, now).map(|(end, _)| end).filter(|end| *end > now).min()
    }

    /// Uses of one's own, and those of others: when each falls out, ascending.
    pub(in crate::quota) fn returns(
        &self,
        mut own: Vec<(Moment, u64)>,
        now: Moment,
    ) -> Vec<(Moment, u64)> {
        if let Some(elsewhere) = &self.elsewhere {
            own.extend(elsewhere.live(&self.counter, now));
            own.sort_unstable();
        }
        own
    }

    pub(super) fn shared_down_to(
        &self,
        elsewhere: &Elsewhere,
        room: u64,
        now: Moment,
    ) -> Option<Moment> {
        let own = match &self.counter {
            Counter::Sliding(window) => window.returns(now),
            Counter::Calendar(window) => vec![(window.end(now), window.used(now))],
            // those of others who were killed; how long those of one's own take nobody can say
            Counter::InFlight(places) => {
                let room = room.checked_sub(elsewhere.used(&self.counter, now));
                return places.down_to(room.unwrap_or(0), now).filter(|_| room.is_some());
            }
        };
        Some(elsewhere.down_to(room, &self.counter, &own, now))
    }
}
