//! A counter on the way through time, a minute at a step.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::quota::{Outlook, Refill, Unit, turn_after};
use crate::time::Moment;

/// A step: the window of most short limits. Whoever asks once a step meets each of them whole.
pub(super) const STEP: i64 = 60_000;

/// A sliding window gives back in so many portions at most, each at the end of its time.
const PORTIONS: u32 = 48;

/// A counter at some step.
#[derive(Clone, Debug)]
pub(super) struct Tank {
    pub(super) kind: Kind,
    /// The step before which nothing is left.
    pub(super) shut: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// So much in each step; in the first one only what is left now.
    Rate { first: u64, each: u64 },
    /// So much until something comes back.
    Stock { left: u64, capacity: u64, slides: Option<Slide> },
    /// Nobody knows how it moves.
    Free,
}

/// A window longer than a step, in steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slide {
    length: u32,
    /// Steps that a portion covers.
    pub(super) portion: u32,
}

/// What comes back into a stock at some step.
#[derive(Clone, Debug)]
pub(super) enum Back {
    /// All of it: the calendar turned, at this moment.
    Turn { at: Moment, unit: Unit, zone: TimeZone },
    /// So much of it.
    Portion(u64),
}

impl Tank {
    pub(super) fn new(outlook: &Outlook, now: Moment) -> Self {
        let Outlook { capacity, free, .. } = *outlook;
        let shut = outlook.blocked.map_or(0, |until| step_of(until, now));
        let kind = match &outlook.refill {
            Refill::InFlight => Kind::Free,
            Refill::Turns { unit: Unit::Minute, .. } => Kind::Rate { first: free, each: capacity },
            Refill::Turns { .. } => Kind::Stock { left: free, capacity, slides: None },
            Refill::Slides { length, .. } => match steps(*length) {
                0 | 1 => {
                    let each = capacity.saturating_mul(times_a_step(*length));
                    Kind::Rate { first: free, each }
                }
                length => {
                    let slide = Slide { length, portion: (length / PORTIONS).max(1) };
                    Kind::Stock { left: free, capacity, slides: Some(slide) }
                }
            },
        };
        Self { kind, shut }
    }

    /// Whether it limits anything over time.
    pub(super) const fn limits(&self) -> bool {
        !matches!(self.kind, Kind::Free)
    }

    /// How much can be taken at a step.
    pub(super) fn left(&self, step: u32) -> u64 {
        match self.kind {
            Kind::Free => u64::MAX,
            _ if step < self.shut => 0,
            Kind::Rate { first, .. } if step == 0 => first,
            Kind::Rate { each, .. } => each,
            Kind::Stock { left, .. } => left,
        }
    }

    /// Everything that comes back by itself before the step `end`.
    pub(super) fn returns(&self, outlook: &Outlook, now: Moment, end: u32) -> Vec<(u32, Back)> {
        let Kind::Stock { slides, .. } = &self.kind else { return Vec::new() };
        match (&outlook.refill, slides) {
            (Refill::Turns { unit, zone, next }, _) => turns(*unit, zone, *next, now, end),
            (Refill::Slides { back, .. }, Some(slide)) => {
                let portions = back.iter().map(|(at, amount)| {
                    (slide.round_up(step_of(*at, now)), Back::Portion(*amount))
                });
                portions.filter(|(step, _)| *step < end).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn refill(&mut self, back: &Back) {
        let Kind::Stock { left, capacity, .. } = &mut self.kind else { return };
        *left = match back {
            Back::Turn { .. } => *capacity,
            Back::Portion(amount) => left.saturating_add(*amount).min(*capacity),
        };
    }

    pub(super) fn take(&mut self, amount: u64) {
        if let Kind::Stock { left, .. } = &mut self.kind {
            *left = left.saturating_sub(amount);
        }
    }
}

impl Slide {
    /// When what is taken at a step is back.
    pub(super) const fn back_after(self, step: u32) -> u32 {
        self.round_up(step.saturating_add(self.length))
    }

    const fn round_up(self, step: u32) -> u32 {
        step.div_ceil(self.portion).saturating_mul(self.portion)
    }
}

fn turns(unit: Unit, zone: &TimeZone, next: Moment, now: Moment, end: u32) -> Vec<(u32, Back)> {
    let mut all = Vec::new();
    let mut at = next;
    while step_of(at, now) < end {
        all.push((step_of(at, now), Back::Turn { at, unit, zone: zone.clone() }));
        let following = turn_after(unit, zone, at);
        if following <= at {
            break;
        }
        at = following;
    }
    all
}

/// The first step at or after a moment.
pub(super) fn step_of(at: Moment, now: Moment) -> u32 {
    let millis = u64::try_from(at.since(now).as_millis()).unwrap_or(u64::MAX);
    u32::try_from(millis.div_ceil(STEP.unsigned_abs())).unwrap_or(u32::MAX)
}

/// Steps in a span, rounded up.
fn steps(span: Duration) -> u32 {
    step_of(Moment::default().after(span), Moment::default())
}

fn times_a_step(length: Duration) -> u64 {
    let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX).max(1);
    (STEP.unsigned_abs() / millis).max(1)
}
