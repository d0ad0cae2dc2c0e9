//! The clock is set an hour forward or back, and back again: no true window holds more than its amount, and nothing
//! comes back later than by what the clock was moved.
//!
//! The provider keeps to true time, and so did the clock before it was first set. Requests travel for up to a
//! second; potluck hears of them when their answer begins.

use proptest::prelude::*;

use super::pool;
use crate::catalog::OfferIndex;
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, limit, served, sliding};
use crate::pool::{Pool, Ticket};
use crate::quota::{Limit, Meter, Unit, Window};
use crate::time::Moment;

const HOUR: i64 = 3_600_000;

/// One offer for each.
fn limits() -> [Limit; 6] {
    [
        limit(Meter::Requests, 2, sliding(1)),
        limit(Meter::Requests, 3, sliding(60)),
        limit(Meter::Requests, 6, sliding(3600)),
        limit(Meter::Requests, 2, calendar(Unit::Minute, "UTC")),
        limit(Meter::Requests, 4, calendar(Unit::Hour, "Asia/Shanghai")),
        limit(Meter::Requests, 8, calendar(Unit::Day, "America/Los_Angeles")),
    ]
}

fn all() -> Pool {
    let stock = limits().into_iter().enumerate().fold(Stock::default(), |stock, (at, limit)| {
        let name = format!("p{at}/m");
        stock.offer(&name, &name).limit(&name, limit)
    });
    pool(&stock.done())
}

#[derive(Clone, Debug)]
enum Event {
    Pass(i64),
    Leap(i64),
    Ask {
        offer: u32,
        travel: i64,
    },
    /// An answer begins.
    Begin(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0i64..2000).prop_map(Event::Pass),
        3 => (0i64..120_000).prop_map(Event::Pass),
        1 => (0i64..2 * HOUR).prop_map(Event::Pass),
        1 => prop_oneof![Just(-HOUR), Just(HOUR), -HOUR..HOUR].prop_map(Event::Leap),
        12 => (0u32..6, 0i64..1000).prop_map(|(offer, travel)| Event::Ask { offer, travel }),
        8 => any::<u8>().prop_map(Event::Begin),
    ]
}

struct World {
    pool: Pool,
    /// True time, and what the clock is ahead of it.
    time: i64,
    ahead: i64,
    leaps: u32,
    open: Vec<(Ticket, i64)>,
    /// By offer: when the provider counted a request.
    counted: Vec<Vec<i64>>,
}

impl World {
    fn new(begin: i64) -> Self {
        let counted = vec![Vec::new(); limits().len()];
        Self { pool: all(), time: begin, ahead: 0, leaps: 0, open: Vec::new(), counted }
    }

    fn clock(&self) -> Moment {
        Moment::from_millis(self.time + self.ahead)
    }

    fn leap(&mut self, by: i64) {
        // what a clock that was never looked at before shows is not a leap
        self.pool.allow_retry(self.clock());
        self.ahead += by;
        self.leaps += 1;
        let now = self.clock();
        self.pool.shift_clock(by, now);
    }

    fn step(&mut self, event: &Event) {
        match *event {
            Event::Pass(millis) => self.time += millis,
            Event::Leap(by) if (self.ahead + by).abs() <= HOUR && self.leaps < 8 => self.leap(by),
            Event::Leap(_) => {}
            Event::Ask { offer, travel } => {
                let now = self.clock();
                if let Ok(ticket) = self.pool.admit(OfferIndex(offer), &chat(10), now) {
                    self.open.push((ticket, self.time + travel));
                    self.counted[offer as usize].push(self.time + travel);
                }
            }
            Event::Begin(which) if !self.open.is_empty() => {
                let (mut ticket, arrived) = self.open.remove(usize::from(which) % self.open.len());
                self.time = self.time.max(arrived);
                let now = self.clock();
                self.pool.arrive(&mut ticket, now);
                self.pool.settle(ticket, &served(10, 10), now);
            }
            Event::Begin(_) => {}
        }
    }
}

/// How long a calendar's window is, and how far its turns are from those of UTC. No clocks change in that winter.
fn clock_of(window: &Window) -> (i64, i64) {
    match window {
        Window::Calendar { unit: Unit::Minute, .. } => (60_000, 0),
        Window::Calendar { unit: Unit::Hour, .. } => (HOUR, 0),
        Window::Calendar { .. } => (24 * HOUR, 8 * HOUR),
        Window::Sliding { length } => (i64::try_from(length.as_millis()).unwrap(), 0),
        Window::InFlight => panic!("no clock"),
    }
}

/// When a use at `at` no longer counts.
fn falls_out(window: &Window, at: i64) -> i64 {
    let (length, offset) = clock_of(window);
    match window {
        Window::Sliding { .. } => at + length,
        _ => at - (at - offset).rem_euclid(length) + length,
    }
}

/// The most that any true window holds.
fn fullest(window: &Window, counted: &[i64]) -> usize {
    let ends: Vec<i64> = counted.iter().map(|at| falls_out(window, *at)).collect();
    let held =
        |now: &i64| counted.iter().zip(&ends).filter(|(at, end)| *at <= now && now < end).count();
    counted.iter().map(held).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_true_window_holds_more_than_its_amount(
        begin in 0i64..24 * HOUR,
        events in prop::collection::vec(event(), 1..300),
    ) {
        let mut world = World::new(NOON.as_millis() + begin);
        let end = world.time + 40 * HOUR;
        events.iter().take_while(|event| { world.step(event); world.time < end }).count();
        for (limit, counted) in limits().iter().zip(&world.counted) {
            let most = u64::try_from(fullest(&limit.window, counted)).unwrap();
            prop_assert!(most <= limit.amount, "{:?}: {most}", limit.window);
        }
    }

    #[test]
    fn nothing_comes_back_later_than_by_what_the_clock_was_moved(
        begin in 0i64..24 * HOUR,
        wait in 0i64..3 * HOUR,
        by in prop_oneof![Just(-HOUR), Just(HOUR), -HOUR..HOUR],
    ) {
        let leap = by.abs();
        for (offer, limit) in (0u32..).zip(limits()) {
            let mut world = World::new(NOON.as_millis() + begin);
            let (mut last, mut sent) = (world.time, 0);
            while let Ok(ticket) = world.pool.admit(OfferIndex(offer), &chat(10), world.clock()) {
                let now = world.clock();
                world.pool.settle(ticket, &served(10, 10), now);
                (last, sent) = (world.time, sent + 1);
            }
            prop_assert_eq!(sent, limit.amount);
            let back = falls_out(&limit.window, last);
            world.time = (last + wait).min(back - 1);
            world.leap(by);
            // with a sliding window nothing is lost at all
            let lost = if matches!(limit.window, Window::Sliding { .. }) { 0 } else { leap };
            world.time = back + lost + 1000;
            let now = world.clock();
            let admitted = world.pool.admit(OfferIndex(offer), &chat(10), now);
            prop_assert!(admitted.is_ok(), "{:?}: {:?}", limit.window, admitted.err());
            if let Ok(ticket) = admitted {
                world.pool.settle(ticket, &served(10, 10), now);
            }
        }
    }

    #[test]
    fn a_leap_that_is_taken_back_changes_nothing(
        begin in 0i64..24 * HOUR,
        by in prop_oneof![Just(-HOUR), Just(HOUR)],
        stays in 1i64..5 * HOUR,
    ) {
        let refused = |leaps: bool| {
            let mut world = World::new(NOON.as_millis() + begin);
            while let Ok(ticket) = world.pool.admit(OfferIndex(5), &chat(10), world.clock()) {
                let now = world.clock();
                world.pool.settle(ticket, &served(10, 10), now);
            }
            if leaps {
                world.leap(by);
            }
            world.time += stays;
            if leaps {
                world.leap(-by);
            }
            // two days on, no other clock is thought right
            world.time += 50 * HOUR;
            while let Ok(ticket) = world.pool.admit(OfferIndex(5), &chat(10), world.clock()) {
                let now = world.clock();
                world.pool.settle(ticket, &served(10, 10), now);
            }
            match world.pool.admit(OfferIndex(5), &chat(10), world.clock()) {
                Err(Exclusion::OutOfQuota { until, .. }) => until,
                other => panic!("{other:?}"),
            }
        };
        prop_assert_eq!(refused(true), refused(false));
    }
}
