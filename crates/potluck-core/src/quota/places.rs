//! Places for requests in flight, and those that a provider may still be filling after we gave the request up.
//!
//! A connection that is closed tells the provider nothing for certain: it may go on writing an answer that nobody
//! reads, and count it. So the place of such a request lingers for as long as the provider may be busy with it.

use crate::time::Moment;

/// Requests in flight to one offer, or under one limit.
#[derive(Clone, Debug, Default)]
pub struct Places {
    out: u64,
    /// Given up, and until when they may still count; never more than were out at once.
    lingering: Vec<(Moment, u64)>,
}

impl Places {
    /// Requests in flight, those given up left aside.
    #[must_use]
    pub const fn out(&self) -> u64 {
        self.out
    }

    /// Places that are taken at `now`.
    #[must_use]
    pub fn used(&self, now: Moment) -> u64 {
        self.lingering(now).fold(self.out, |sum, (_, amount)| sum.saturating_add(amount))
    }

    /// The earliest moment at which no more than `room` are taken; `None` where that is for requests in flight to say.
    #[must_use]
    pub fn down_to(&self, room: u64, now: Moment) -> Option<Moment> {
        let mut left = self.used(now);
        if left <= room {
            return Some(now);
        }
        let mut ends: Vec<_> = self.lingering(now).collect();
        ends.sort_unstable();
        ends.into_iter().find_map(|(end, amount)| {
            left = left.saturating_sub(amount);
            (left <= room).then_some(end)
        })
    }

    /// When the next one that was given up ceases to count.
    #[must_use]
    pub fn next_change(&self, now: Moment) -> Option<Moment> {
        self.lingering(now).map(|(end, _)| end).min()
    }

    /// Takes places.
    pub const fn take(&mut self, amount: u64) {
        self.out = self.out.saturating_add(amount);
    }

    /// Gives them back: the provider is done.
    pub const fn give_back(&mut self, amount: u64) {
        self.out = self.out.saturating_sub(amount);
    }

    /// Gives them up: the provider may be busy with them until then.
    pub fn give_up(&mut self, amount: u64, until: Moment, now: Moment) {
        self.give_back(amount);
        self.lingering.retain(|(end, _)| *end > now);
        if until > now && amount > 0 {
            self.lingering.push((until, amount));
        }
    }

    /// The clock was set `by` milliseconds forward, or back below zero.
    pub fn shift(&mut self, by: i64) {
        for (end, _) in &mut self.lingering {
            *end = end.moved(by);
        }
    }

    /// Those of somebody who was killed: the provider may be busy with them until then.
    pub fn linger(&mut self, amount: u64, until: Moment) {
        self.lingering.push((until, amount));
    }

    /// Places that are taken, or were of late.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.lingering.iter().fold(self.out, |sum, (_, amount)| sum.saturating_add(*amount))
    }

    /// Lets go of what no longer counts.
    pub fn forget(&mut self, now: Moment) {
        self.lingering.retain(|(end, _)| *end > now);
    }

    fn lingering(&self, now: Moment) -> impl Iterator<Item = (Moment, u64)> {
        self.lingering.iter().copied().filter(move |(end, _)| *end > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOON, secs};

    #[test]
    fn what_was_given_up_counts_for_a_while_and_what_is_done_does_not() {
        let mut places = Places::default();
        places.take(1);
        places.take(1);
        places.give_up(1, NOON.after(secs(3)), NOON);
        assert_eq!((places.out(), places.used(NOON)), (1, 2));
        assert_eq!(places.down_to(1, NOON), Some(NOON.after(secs(3))));
        assert_eq!(places.down_to(0, NOON), None, "one is in flight: nobody can say");
        assert_eq!(places.next_change(NOON), Some(NOON.after(secs(3))));
        places.give_back(1);
        assert_eq!(places.used(NOON.after(secs(3))), 0);
    }

    #[test]
    fn whoever_is_given_up_too_late_takes_no_place() {
        let mut places = Places::default();
        places.take(1);
        places.give_up(1, NOON, NOON);
        assert_eq!((places.used(NOON), places.next_change(NOON)), (0, None));
    }
}
