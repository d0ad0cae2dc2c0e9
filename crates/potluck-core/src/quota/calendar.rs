//! From one turn of the calendar to the next, in the provider's own zone.
//!
//! A day in Los Angeles has 23, 24 or 25 hours; a month has 28 to 31 days. The turns are asked of the time
//! zone database only when the window has passed, so reading a counter stays cheap.
//!
//! # Which clock
//!
//! A clock that was set may be wrong now, or may have been wrong before. So for two days both are kept to: what is
//! used counts by the clock of before and by that of now, and less is left by the stricter of them. Nothing is
//! taken that the provider does not have, and nothing comes back later than by what the clock was moved.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::quota::Unit;
use crate::quota::face::Face;
use crate::quota::kept::Uses;
use crate::time::Moment;

/// A calendar window and what was used in it.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    unit: Unit,
    zone: TimeZone,
    /// By the clock that everybody goes by.
    face: Face,
    /// By clocks that were left of late; seldom any.
    others: Vec<Other>,
    /// The stamp of the next use.
    next: u64,
}

/// A clock that was left.
#[derive(Clone, Debug)]
struct Other {
    face: Face,
    /// By how many milliseconds the present clock is ahead of it.
    behind: i64,
    /// Until when it may be the right one, by the present clock.
    until: Moment,
}

/// A clock that has stood for two days is right.
const DOUBT: i64 = 48 * 3_600_000;
/// A clock that was moved by more than a day and an hour was wrong before.
const PLAINLY_WRONG: u64 = 25 * 3_600_000;
/// Clocks this close, in milliseconds, are the same.
const SAME: u64 = 2000;
/// More clocks than these are not kept to: the oldest goes first.
const CLOCKS: usize = 8;

impl Calendar {
    pub(super) const fn new(unit: Unit, zone: TimeZone) -> Self {
        Self { unit, zone, face: Face::NEW, others: Vec::new(), next: 0 }
    }

    fn doubted(&self, now: Moment) -> impl Iterator<Item = &Other> {
        self.others.iter().filter(move |other| now < other.until)
    }

    /// What counts at `now`.
    pub(super) fn used(&self, now: Moment) -> u64 {
        let others = self.doubted(now).map(|other| other.used(self.unit, now));
        others.fold(self.face.used(self.unit, now), u64::max)
    }

    /// When the window that holds `now` is over.
    pub(super) fn end(&self, now: Moment) -> Moment {
        let others = self.doubted(now).map(|other| other.end(self.unit, &self.zone, now));
        others.fold(self.face.end(self.unit, &self.zone, now), Moment::max)
    }

    /// The earliest moment at which no more than `room` is used.
    pub(super) fn down_to(&self, room: u64, now: Moment) -> Moment {
        let over = |used: u64, end: Moment| if used > room { end } else { now };
        let (unit, zone) = (self.unit, &self.zone);
        let others = self.doubted(now).map(|o| over(o.used(unit, now), o.end(unit, zone, now)));
        let own = over(self.face.used(unit, now), self.face.end(unit, zone, now));
        others.fold(own, Moment::max)
    }

    /// Milliseconds until the window is over, by the length of a usual one where it has yet to begin.
    pub(super) fn left(&self, now: Moment) -> i64 {
        let left = self.face.end.as_millis().saturating_sub(now.as_millis());
        if left > 0 { left } else { nominal(self.unit) }
    }

    /// When the count may change by time alone, if the window holds `now`.
    pub(super) fn turns(&self, now: Moment) -> Option<Moment> {
        let others = self.doubted(now).flat_map(|o| [o.face.end.moved(o.behind), o.until]);
        let turn = others.filter(|at| *at > now).fold(self.face.end, Moment::min);
        (now < self.face.end).then_some(turn)
    }

    pub(super) const fn unit(&self) -> Unit {
        self.unit
    }

    /// The turn of the last use.
    pub(super) const fn turn_of(&self) -> (Moment, Moment) {
        (self.face.start, self.face.end)
    }

    pub(super) const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Counts `amount` at `now`; the answer finds the use again.
    pub(super) fn take(&mut self, amount: u64, now: Moment) -> u64 {
        self.turn(now);
        let stamp = self.next;
        self.next += 1;
        self.face.take(stamp, amount, now);
        for other in &mut self.others {
            other.face.take(stamp, amount, now.moved(-other.behind));
        }
        stamp
    }

    pub(super) fn turn(&mut self, now: Moment) {
        if now < self.face.end && self.others.is_empty() {
            return;
        }
        self.face.turn(self.unit, &self.zone, self.next, now);
        self.others.retain(|other| now < other.until);
        for other in &mut self.others {
            other.face.turn(self.unit, &self.zone, self.next, now.moved(-other.behind));
        }
    }

    /// Whether what was taken with this stamp counts in the window that holds `now`.
    pub(super) fn is_of(&self, stamp: u64, now: Moment) -> bool {
        self.face.is_of(stamp, now)
    }

    /// A use has arrived by `now`.
    pub(super) fn arrive(&mut self, stamp: u64, amount: u64, now: Moment) {
        self.turn(now);
        self.faces().for_each(|face| face.arrive(stamp, amount));
    }

    /// Replaces a use of `reserved` by the truth. What belongs to a window that is over is not given back.
    pub(super) fn settle(&mut self, stamp: u64, reserved: u64, truth: u64, now: Moment) {
        self.turn(now);
        self.faces().for_each(|face| face.settle(stamp, reserved, truth));
    }

    fn faces(&mut self) -> impl Iterator<Item = &mut Face> {
        std::iter::once(&mut self.face).chain(self.others.iter_mut().map(|other| &mut other.face))
    }

    /// The provider counts `counted`, in which `unsure` of ours may not be included, and `others` of others who share
    /// the count may be.
    pub(super) fn correct(
        &mut self,
        (counted, others, unsure): (u64, u64, u64),
        ends: Option<Moment>,
        now: Moment,
    ) {
        self.turn(now);
        self.faces().for_each(|face| face.correct(counted, others, unsure));
        let latest = now.moved(nominal(self.unit));
        if let Some(end) = ends.filter(|end| *end > now && *end <= latest) {
            self.face.end = end;
            for other in &mut self.others {
                other.face.end = end.moved(-other.behind);
            }
        }
    }

    /// As it is written down.
    pub(super) fn keep(&self, now: Moment) -> Uses {
        let (start, end) = (self.face.start, self.face.end);
        let ends = self.doubted(now).map(|other| other.face.end.moved(other.behind));
        let used = if now < end { self.used(now).max(self.face.used) } else { self.face.used };
        let late = self.doubted(now).map(|other| other.face.late).fold(self.face.late, u64::max);
        Uses::Calendar { unit: self.unit, start, end: ends.fold(end, Moment::max), used, late }
    }

    /// Takes over what was written down, and what was taken since, which counts from `now`.
    pub(super) fn recall(
        &mut self,
        window: (Moment, Moment),
        (used, late): (u64, u64),
        since: u64,
        now: Moment,
    ) {
        (self.face.start, self.face.end) = window;
        (self.face.used, self.face.late) = (used, late);
        self.take(since, now);
    }

    /// The clock was set `by` milliseconds forward, or back below zero, to `now`.
    pub(super) fn shift(&mut self, by: i64, now: Moment) {
        let (unit, zone) = (self.unit, &self.zone);
        if by.unsigned_abs() > PLAINLY_WRONG {
            self.others.clear();
            self.face.move_to(unit, zone, now);
            return;
        }
        for other in &mut self.others {
            other.behind = other.behind.saturating_add(by);
            other.until = other.until.moved(by);
        }
        let left = Other { face: self.face.clone(), behind: by, until: now.moved(DOUBT) };
        let back = self.others.iter().position(|other| other.behind.unsigned_abs() < SAME);
        match back.map(|at| self.others.remove(at)) {
            Some(known) => self.face = known.face,
            None => self.face.go_back(unit, zone, now),
        }
        self.others.push(left);
        if self.others.len() > CLOCKS {
            self.others.remove(0);
        }
    }
}

impl Other {
    fn used(&self, unit: Unit, now: Moment) -> u64 {
        self.face.used(unit, now.moved(-self.behind))
    }

    fn end(&self, unit: Unit, zone: &TimeZone, now: Moment) -> Moment {
        self.face.end(unit, zone, now.moved(-self.behind)).moved(self.behind)
    }
}

/// The length of a usual turn, in milliseconds; a month is 31 days.
pub(super) const fn nominal(unit: Unit) -> i64 {
    match unit {
        Unit::Minute => 60_000,
        Unit::Hour => 3_600_000,
        Unit::Day => 86_400_000,
        Unit::Month => 31 * 86_400_000,
    }
}

/// The turn that holds `now`: its first moment, and the first moment of the next.
pub(super) fn window(unit: Unit, zone: &TimeZone, now: Moment) -> (Moment, Moment) {
    civil(unit, zone, now)
        .filter(|(start, end)| *start <= now && now < *end)
        .unwrap_or_else(|| plain(nominal(unit), 0, now))
}

fn civil(unit: Unit, zone: &TimeZone, now: Moment) -> Option<(Moment, Moment)> {
    let stamp = Timestamp::from_millisecond(now.as_millis()).ok()?;
    let offset = i64::from(zone.to_offset(stamp).seconds()) * 1000;
    let date = Zoned::new(stamp, zone.clone()).date();
    match unit {
        Unit::Minute | Unit::Hour => Some(plain(nominal(unit), offset, now)),
        Unit::Day => Some((midnight(date, zone)?, midnight(date.tomorrow().ok()?, zone)?)),
        Unit::Month => {
            let next = date.last_of_month().tomorrow().ok()?;
            Some((midnight(date.first_of_month(), zone)?, midnight(next, zone)?))
        }
    }
}

/// The first moment of a date: 00:00, or where the clocks skip that, what comes first.
fn midnight(date: Date, zone: &TimeZone) -> Option<Moment> {
    let zoned = date.to_zoned(zone.clone()).ok()?.start_of_day().ok()?;
    Some(Moment::from_millis(zoned.timestamp().as_millisecond()))
}

fn plain(length: i64, offset: i64, now: Moment) -> (Moment, Moment) {
    let local = now.as_millis().saturating_add(offset);
    let start = local.saturating_sub(local.rem_euclid(length)).saturating_sub(offset);
    (Moment::from_millis(start), Moment::from_millis(start.saturating_add(length)))
}
