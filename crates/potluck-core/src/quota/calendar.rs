//! From one turn of the calendar to the next, in the provider's own zone.
//!
//! A day in Los Angeles has 23, 24 or 25 hours; a month has 28 to 31 days. The turns are asked of the time
//! zone database only when the window has passed, so reading a counter stays cheap.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::quota::Unit;
use crate::quota::kept::Uses;
use crate::time::Moment;

/// A calendar window and what was used in it.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    unit: Unit,
    zone: TimeZone,
    start: Moment,
    end: Moment,
    used: u64,
    /// How many turns there were: tells two windows apart that a clock set back made the same.
    turns: u64,
}

impl Calendar {
    pub(super) fn new(unit: Unit, zone: TimeZone) -> Self {
        let start = Moment::from_millis(i64::MIN);
        Self { unit, zone, start, end: start, used: 0, turns: 0 }
    }

    /// What counts at `now`.
    pub(super) fn used(&self, now: Moment) -> u64 {
        if now >= self.end { 0 } else { self.used }
    }

    /// When the window that holds `now` is over.
    pub(super) fn end(&self, now: Moment) -> Moment {
        if now >= self.end { window(self.unit, &self.zone, now).1 } else { self.end }
    }

    /// Milliseconds until the window is over, by the length of a usual one where it has yet to begin.
    pub(super) fn left(&self, now: Moment) -> i64 {
        let left = self.end.as_millis().saturating_sub(now.as_millis());
        if left > 0 { left } else { nominal(self.unit) }
    }

    /// When the window is over, if it holds `now`.
    pub(super) fn turns(&self, now: Moment) -> Option<Moment> {
        (now < self.end).then_some(self.end)
    }

    pub(super) fn unit(&self) -> Unit {
        self.unit
    }

    /// Counts `amount` at `now`; the answer tells the window in which it counted.
    pub(super) fn take(&mut self, amount: u64, now: Moment) -> u64 {
        self.turn(now);
        self.used = self.used.saturating_add(amount);
        self.turns
    }

    fn turn(&mut self, now: Moment) {
        if now >= self.end {
            (self.start, self.end) = window(self.unit, &self.zone, now);
            self.used = 0;
            self.turns += 1;
        }
    }

    /// Replaces a use of `reserved` by the truth. What belongs to a window that is over is not given back.
    pub(super) fn settle(&mut self, stamp: u64, reserved: u64, truth: u64, now: Moment) {
        self.turn(now);
        if truth > reserved {
            self.used = self.used.saturating_add(truth - reserved);
        } else if stamp == self.turns {
            self.used = self.used.saturating_sub(reserved - truth);
        }
    }

    /// The provider counts `counted`, in which `unsure` of ours may not be included.
    pub(super) fn correct(&mut self, counted: u64, unsure: u64, ends: Option<Moment>, now: Moment) {
        self.turn(now);
        self.used = if counted > self.used {
            counted
        } else {
            counted.saturating_add(unsure).min(self.used)
        };
        let latest = Moment::from_millis(now.as_millis().saturating_add(nominal(self.unit)));
        if let Some(end) = ends.filter(|end| *end > now && *end <= latest) {
            self.end = end;
        }
    }

    /// As it is written down.
    pub(super) const fn keep(&self) -> Uses {
        Uses::Calendar { unit: self.unit, start: self.start, end: self.end, used: self.used }
    }

    /// Takes over what was written down, and what was taken since, which counts from `now`.
    pub(super) fn recall(&mut self, window: (Moment, Moment), used: u64, since: u64, now: Moment) {
        (self.start, self.end) = window;
        self.used = used;
        self.take(since, now);
    }

    /// The clock went back to `now`.
    ///
    /// A little (up to one window): the window stays, so that no turn is counted twice. More: the clock
    /// was wrong before, and the count moves into the window that holds `now`.
    pub(super) fn rewind(&mut self, now: Moment) {
        let ahead = self.start.as_millis().saturating_sub(now.as_millis());
        if ahead > nominal(self.unit) {
            (self.start, self.end) = window(self.unit, &self.zone, now);
        }
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
