//! What others who keep the same count have used, and may use.
//!
//! Several routers may share one count (`docs/adr/0026-several-processes-one-count.md`). Each knows of the others what their
//! last safe records say: what was used, which counts until it lapses, and what was granted, which counts for as long
//! as the record stands, as nobody but its holder knows how much of it is gone.
//!
//! This room does not know who the others are, or where records are read.

use crate::quota::bucket::Counter;
use crate::quota::calendar::{Calendar, nominal};
use crate::quota::kept::{Kept, Uses};
use crate::time::Moment;

/// What others have used and may use of one limit, by their last records.
#[derive(Clone, Debug, Default)]
pub(super) struct Elsewhere {
    /// Until when something counts, and how much; ascending. Not of calendars.
    ends: Vec<(Moment, u64)>,
    /// Of calendars: a turn's end, what was used in it, and what of that may have arrived after it.
    turns: Vec<(Moment, u64, u64)>,
    /// What was granted to others.
    pub(super) lent: u64,
    /// How many others there are.
    pub(super) holders: u64,
}

impl Elsewhere {
    /// What these records say, for a counter that keeps to `counter`'s clock. A record of another clock counts whole, for
    /// as long as it could on this one.
    pub(super) fn of(records: &[Kept], counter: &Counter, now: Moment) -> Self {
        let mut all = Self::default();
        for kept in records {
            all.lent = all.lent.saturating_add(kept.allowance);
            all.holders += 1;
            all.add(&kept.uses, counter, now);
        }
        all.ends.sort_unstable();
        all
    }

    fn add(&mut self, uses: &Uses, counter: &Counter, now: Moment) {
        match (counter, uses) {
            (Counter::Sliding(own), Uses::Sliding { length, entries, .. })
                if own.length_millis() == *length =>
            {
                self.ends.extend(entries.iter().map(|(at, amount)| (at.moved(*length), *amount)));
            }
            (Counter::Calendar(own), Uses::Calendar { unit, end, used, late, .. })
                if own.unit() == *unit =>
            {
                self.turns.push((*end, *used, *late));
            }
            (Counter::InFlight(_), uses) => self.ends.extend(uses.lingering()),
            (Counter::Sliding(own), uses) => {
                self.ends.push((now.moved(own.length_millis()), uses.sum()));
            }
            (Counter::Calendar(own), uses) => {
                self.turns.push((now.moved(nominal(own.unit())), uses.sum(), 0));
            }
        }
    }

    /// What counts at `now`, what was granted left aside.
    pub(super) fn used(&self, counter: &Counter, now: Moment) -> u64 {
        self.live(counter, now).fold(0, |sum, (_, amount)| sum.saturating_add(amount))
    }

    /// What counts at `now`: until when, and how much.
    pub(super) fn live<'a>(
        &'a self,
        counter: &'a Counter,
        now: Moment,
    ) -> impl Iterator<Item = (Moment, u64)> + 'a {
        let gone = self.ends.partition_point(|(end, _)| *end <= now);
        let ends = self.ends.get(gone..).unwrap_or_default().iter().copied();
        let calendar = match counter {
            Counter::Calendar(own) => Some(own),
            Counter::Sliding(_) | Counter::InFlight(_) => None,
        };
        let turns = calendar.into_iter().flat_map(move |own| {
            self.turns.iter().filter_map(move |turn| counted(own, *turn, now))
        });
        ends.chain(turns).filter(|(_, amount)| *amount > 0)
    }

    /// The earliest moment at which this and what is `own` (until when it counts, and how much) come down to `room`.
    pub(super) fn down_to(
        &self,
        room: u64,
        counter: &Counter,
        own: &[(Moment, u64)],
        now: Moment,
    ) -> Moment {
        let mut all: Vec<_> = self.live(counter, now).chain(own.iter().copied()).collect();
        all.sort_unstable();
        let mut left = all.iter().fold(0u64, |sum, (_, amount)| sum.saturating_add(*amount));
        let mut ends = all.into_iter();
        let mut at = now;
        while left > room {
            let Some((end, amount)) = ends.next() else { break };
            left = left.saturating_sub(amount);
            at = end;
        }
        at
    }

    /// The clock was set. Calendars keep to both clocks: nothing comes back earlier by the new one.
    pub(super) fn shift(&mut self, by: i64) {
        for (end, _) in &mut self.ends {
            *end = end.moved(by);
        }
        for (end, ..) in &mut self.turns {
            *end = end.moved(by.max(0));
        }
    }
}

/// What counts at `now` of a turn that another noted, and until when. A provider's word on when a turn ends, of which
/// only one of them heard, holds for both.
fn counted(own: &Calendar, turn: (Moment, u64, u64), now: Moment) -> Option<(Moment, u64)> {
    let (end, used, late) = turn;
    let (start, own_end) = own.turn_of();
    if now < end || (start < end && now < own_end) {
        return Some((end.max(own_end), used));
    }
    if now < own_end {
        return (start == end).then_some((own_end, late));
    }
    // nobody has looked into the present turn yet; some are a little longer than others
    let length = nominal(own.unit());
    let over = end.moved(length + length / 16);
    (now < over).then_some((over, late))
}
