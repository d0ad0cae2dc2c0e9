//! A calendar window as one clock shows it.
//!
//! A request that is sent just before a turn may arrive just after it: it counts in both until its arrival is
//! known. This room does not know whether its clock is the right one.

use jiff::tz::TimeZone;

use crate::quota::Unit;
use crate::quota::calendar::{nominal, window};
use crate::time::Moment;

/// A window, and what was used in it. All moments are those of its own clock.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) used: u64,
    /// Of what was used: sent shortly before the end, and not known to have arrived.
    pub(super) late: u64,
    /// The stamp of the window's first use; of its first late use.
    first: u64,
    first_late: u64,
}

/// What is sent so many milliseconds before a turn may arrive after it.
pub(super) const TRAVEL: i64 = 1000;

impl Face {
    /// Before the first window.
    pub(super) const NEW: Self = {
        let start = Moment::from_millis(i64::MIN);
        Self { start, end: start, used: 0, late: 0, first: 0, first_late: u64::MAX }
    };

    /// What counts at `now`.
    pub(super) fn used(&self, unit: Unit, now: Moment) -> u64 {
        if now < self.end {
            self.used
        } else if now < self.end.moved(nominal(unit)) {
            self.late
        } else {
            0
        }
    }

    /// When the window that holds `now` is over.
    pub(super) fn end(&self, unit: Unit, zone: &TimeZone, now: Moment) -> Moment {
        if now >= self.end { window(unit, zone, now).1 } else { self.end }
    }

    /// Goes to the window that holds `now`; `next` is the stamp of the next use.
    pub(super) fn turn(&mut self, unit: Unit, zone: &TimeZone, next: u64, now: Moment) {
        if now < self.end {
            return;
        }
        let before = self.end;
        (self.start, self.end) = window(unit, zone, now);
        // what may have arrived after the turn counts in the window that follows it
        self.used = if self.start <= before { self.late } else { 0 };
        (self.late, self.first, self.first_late) = (0, next, u64::MAX);
    }

    /// Counts `amount` at `now`.
    pub(super) fn take(&mut self, stamp: u64, amount: u64, now: Moment) {
        self.used = self.used.saturating_add(amount);
        if now >= self.end.moved(-TRAVEL) {
            self.first_late = self.first_late.min(stamp);
            self.late = self.late.saturating_add(amount);
        }
    }

    /// Whether a use of this stamp was taken in the window that holds `now`.
    pub(super) fn is_of(&self, stamp: u64, now: Moment) -> bool {
        stamp >= self.first && now < self.end
    }

    /// A use has arrived.
    pub(super) fn arrive(&mut self, stamp: u64, amount: u64) {
        if stamp >= self.first_late {
            self.late = self.late.saturating_sub(amount);
        }
    }

    /// Replaces a use of `reserved` by the truth. What belongs to a window that is over is not given back.
    pub(super) fn settle(&mut self, stamp: u64, reserved: u64, truth: u64) {
        if truth > reserved {
            self.used = self.used.saturating_add(truth - reserved);
        } else if stamp >= self.first {
            self.used = self.used.saturating_sub(reserved - truth);
        }
    }

    /// The provider counts `counted`, in which `unsure` of ours may not be included.
    /// `others`: what it may count of others who share the count.
    pub(super) fn correct(&mut self, counted: u64, others: u64, unsure: u64) {
        self.used = if counted > self.used.saturating_add(others) {
            counted - others
        } else {
            counted.saturating_add(unsure).min(self.used)
        };
    }

    /// Its clock was set back to `now`. By a little (up to one window): the window stays, so that no turn is
    /// counted twice. By more: the clock was wrong before, and the count moves into the window that holds `now`.
    pub(super) fn go_back(&mut self, unit: Unit, zone: &TimeZone, now: Moment) {
        if self.start.as_millis().saturating_sub(now.as_millis()) > nominal(unit) {
            self.move_to(unit, zone, now);
        }
    }

    /// The count moves into the window that holds `now`.
    pub(super) fn move_to(&mut self, unit: Unit, zone: &TimeZone, now: Moment) {
        if self.end > Self::NEW.end {
            (self.start, self.end) = window(unit, zone, now);
        }
    }
}
