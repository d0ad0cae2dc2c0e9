//! What holds for any sequence of events.
//!
//! The reference is a provider with exact counters of its own, on a clock that only goes forward: a jump of
//! potluck's clock back is no time passing there, a jump forward is (nobody can tell it from an idle hour).

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use proptest::prelude::*;

mod sharing;

use super::*;
use crate::catalog::Catalog;
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, calendar, chat, ended, failure, limit, served, sliding};
use crate::outcome::{Class, Failure, Outcome, Scope, Settlement, Stage, Wait};
use crate::quota::{Claim, Limit, Meter, Unit, Window};

#[derive(Clone, Debug)]
enum Event {
    /// Time passes.
    Pass(u32),
    /// The clock is set forward or back.
    Jump(i32),
    /// A request comes, for one offer or for any.
    Ask { offer: u8, tokens: u16, seed: u64 },
    /// The oldest open attempt ends.
    End { share: u8, how: u8 },
    /// Notes are made, and are not safe yet.
    Note,
    /// The notes that were made are safe.
    Safe,
    /// The program is killed and started again with the notes that are safe.
    Kill,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0u32..90_000).prop_map(Event::Pass),
        1 => (0u32..8).prop_map(|hours| Event::Pass(hours * 3_600_000)),
        1 => prop_oneof![Just(-3_600_000), Just(3_600_000), -3_600_000..3_600_000i32]
            .prop_map(Event::Jump),
        8 => (any::<u8>(), any::<u16>(), any::<u64>())
            .prop_map(|(offer, tokens, seed)| Event::Ask { offer, tokens, seed }),
        8 => (any::<u8>(), any::<u8>()).prop_map(|(share, how)| Event::End { share, how }),
    ]
}

/// The same, and now and then the program is killed.
fn event_or_kill() -> impl Strategy<Value = Event> {
    prop_oneof![20 => event(), 6 => Just(Event::Note), 6 => Just(Event::Safe), 1 => Just(Event::Kill)]
}

fn catalog() -> Arc<Catalog> {
    let mut lenient = limit(Meter::Requests, 6, sliding(3600));
    lenient.counts_failures = false;
    Stock::default()
        .offer("a/x", "x")
        .limit("a/minute", limit(Meter::Requests, 3, sliding(60)))
        .limit("a/tokens", limit(Meter::Tokens, 60_000, sliding(3600)))
        .limit("a/day", limit(Meter::Requests, 12, calendar(Unit::Day, "America/Los_Angeles")))
        .offer("a/y", "y")
        .limit("a/day", limit(Meter::Requests, 12, calendar(Unit::Day, "America/Los_Angeles")))
        .limit("a/y/flight", limit(Meter::Concurrent, 2, Window::InFlight))
        .offer("b/x", "x")
        .limit("b/minute", limit(Meter::Requests, 2, calendar(Unit::Minute, "UTC")))
        .limit("b/hour", lenient)
        .offer("c/z", "z")
        .done()
}

struct Open {
    ticket: Ticket,
    offer: OfferIndex,
    uses: Vec<usize>,
    /// What the provider says of its limits in its answer: as it was when the request came.
    claims: Vec<Claim>,
}

/// One counted use at the reference provider.
struct Use {
    bucket: usize,
    /// By the provider's own clock, in milliseconds.
    at: i64,
    /// In which turn of the calendar it fell, where the bucket keeps to one.
    turn: u64,
    amount: u64,
    open: bool,
}

struct World {
    catalog: Arc<Catalog>,
    pool: Pool,
    now: Moment,
    /// What the pool takes for now.
    seen: Moment,
    elapsed: i64,
    turns: Vec<(i64, u64)>,
    uses: Vec<Use>,
    open: Vec<Open>,
    picks: Vec<Option<OfferIndex>>,
    /// Made, and not safe yet.
    made: Option<Notes>,
    safe: Notes,
}

impl World {
    fn new() -> Self {
        let catalog = catalog();
        let turns = vec![(i64::MIN, 0); catalog.buckets.len()];
        let pool = Pool::new(Arc::clone(&catalog), Settings::default());
        Self {
            catalog,
            pool,
            now: NOON,
            seen: NOON,
            elapsed: 0,
            turns,
            uses: Vec::new(),
            open: Vec::new(),
            picks: Vec::new(),
            made: None,
            safe: Notes::default(),
        }
    }

    fn run(events: &[Event]) -> Self {
        let mut world = Self::new();
        for event in events {
            world.step(event);
        }
        world
    }

    fn step(&mut self, event: &Event) {
        match *event {
            Event::Pass(millis) => {
                self.now = self.now.after(Duration::from_millis(millis.into()));
            }
            Event::Jump(millis) => {
                self.now = Moment::from_millis(self.now.as_millis() + i64::from(millis));
            }
            Event::Ask { offer, tokens, seed } => self.ask(offer, tokens, seed),
            Event::End { share, how } => self.end(share, how),
            Event::Note => {
                self.clock();
                if self.made.is_none() {
                    self.made = Some(self.pool.keep(self.now));
                }
            }
            Event::Safe => {
                if let Some(made) = self.made.take() {
                    self.pool.grant(&made.allowances());
                    self.safe.merge(made);
                }
            }
            Event::Kill => self.kill(),
        }
    }

    /// The requests in flight die with the program; their providers have counted them.
    fn kill(&mut self) {
        self.clock();
        self.made = None;
        for open in self.open.drain(..) {
            for at in open.uses {
                self.uses[at].open = false;
            }
        }
        self.pool = Pool::new(Arc::clone(&self.catalog), Settings::default());
        self.pool.begin_keeping(self.safe.clone(), self.now);
    }

    /// The provider's clock, and its turns, as of the moment at which the pool is asked.
    fn clock(&mut self) {
        let back = self.seen.since(self.now);
        if back > Settings::default().jitter {
            self.seen = self.now;
        }
        self.elapsed += i64::try_from(self.now.since(self.seen).as_millis()).unwrap();
        self.seen = self.seen.max(self.now);
        for (bucket, turn) in self.catalog.buckets.iter().zip(&mut self.turns) {
            let label = match &bucket.limit.window {
                Window::Calendar { unit: Unit::Minute, .. } => {
                    self.seen.as_millis().div_euclid(60_000)
                }
                Window::Calendar { zone, .. } => day(zone, self.seen),
                Window::Sliding { .. } | Window::InFlight => 0,
            };
            if label > turn.0 {
                turn.1 += 1;
            }
            turn.0 = label;
        }
    }

    fn ask(&mut self, offer: u8, tokens: u16, seed: u64) {
        self.clock();
        let asked = chat(u32::from(tokens) % 20_000);
        let picked = if offer < 128 {
            Some(OfferIndex(u32::from(offer) % 4))
        } else {
            let everything = self.catalog.everything();
            let draw = self.pool.draw(&asked, &everything, self.now, seed);
            // The draw reads gauges, the explanation reads the counters themselves.
            let seen = self.pool.explain(&asked, &everything, self.now);
            assert_eq!(draw.excluded, seen.excluded);
            let mut order = draw.order;
            order.next().map(|candidate| candidate.offer)
        };
        let admitted =
            picked.and_then(|at| Some((at, self.pool.admit(at, &asked, self.now).ok()?)));
        self.picks.push(admitted.as_ref().map(|(at, _)| *at));
        let Some((at, ticket)) = admitted else { return };
        let uses = self.catalog.offer(at).buckets.iter().map(|bucket| {
            let bucket = bucket.0 as usize;
            let amount = ticket.reserved.of(self.catalog.buckets[bucket].limit.meter);
            let turn = self.turns[bucket].1;
            self.uses.push(Use { bucket, at: self.elapsed, turn, amount, open: true });
            self.uses.len() - 1
        });
        let uses = uses.collect();
        let claims = self.claims(at);
        self.open.push(Open { ticket, offer: at, uses, claims });
        self.check();
    }

    fn end(&mut self, share: u8, how: u8) {
        if self.open.is_empty() {
            return;
        }
        self.clock();
        // Answers overtake each other.
        let next = usize::from(share) % self.open.len();
        let Open { ticket, uses, offer, claims } = self.open.remove(next);
        if how % 5 < 2 {
            self.pool.observe(offer, Some(&ticket), &claims, self.now);
        }
        let settlement = settlement(&ticket, share, how);
        for at in uses {
            let used = &mut self.uses[at];
            used.open = false;
            let limit = &self.catalog.buckets[used.bucket].limit;
            used.amount = truth(&settlement, limit, used.amount, ticket.reserved.input_tokens);
        }
        self.pool.settle(ticket, &settlement, self.now);
    }

    /// What the provider would say of its limits now.
    fn claims(&self, offer: OfferIndex) -> Vec<Claim> {
        let buckets = self.catalog.offer(offer).buckets.iter().map(|at| at.0 as usize);
        let timed = buckets.filter_map(|at| {
            let limit = &self.catalog.buckets[at].limit;
            let window = crate::quota::BucketState::new(limit).length()?;
            let remaining = Some(limit.amount.saturating_sub(self.sum(at)));
            Some(Claim {
                meter: limit.meter,
                window: Some(window),
                amount: None,
                remaining,
                resets: None,
            })
        });
        timed.collect()
    }

    /// No window of any limit holds more than its amount.
    fn check(&self) {
        for (at, bucket) in self.catalog.buckets.iter().enumerate() {
            let sum = self.sum(at);
            assert!(sum <= bucket.limit.amount, "{}: {sum}", bucket.key);
        }
    }

    /// What the provider counts in the present window.
    fn sum(&self, at: usize) -> u64 {
        let bucket = &self.catalog.buckets[at];
        let all = || self.uses.iter().filter(|used| used.bucket == at);
        match &bucket.limit.window {
            Window::Sliding { length } => {
                let length = i64::try_from(length.as_millis()).unwrap();
                all().filter(|u| u.at > self.elapsed - length).map(|u| u.amount).sum()
            }
            Window::Calendar { .. } => {
                all().filter(|u| u.turn == self.turns[at].1).map(|u| u.amount).sum()
            }
            Window::InFlight => all().filter(|used| used.open).map(|used| used.amount).sum(),
        }
    }
}

fn day(zone: &TimeZone, now: Moment) -> i64 {
    let stamp = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap();
    let date = stamp.to_zoned(zone.clone()).date();
    i64::from(date.year()) * 400 + i64::from(date.day_of_year())
}

fn settlement(ticket: &Ticket, share: u8, how: u8) -> Settlement {
    let class = Class::ALL[usize::from(how) % 10];
    let wait = if how.is_multiple_of(3) {
        Wait::Stated(Duration::from_secs(u64::from(share)))
    } else {
        Wait::Guess
    };
    match how % 4 {
        0 | 1 => {
            let output = ticket.reserved.output_tokens * u64::from(share) / 255;
            served(ticket.reserved.input_tokens, output)
        }
        2 => ended(Failure { stage: Stage::BeforeCommit, ..failure(class, wait) }),
        _ => Settlement { dispatched: how % 8 == 3, ..ended(failure(class, wait)) },
    }
}

/// What the reference provider counts, never more than was reserved.
fn truth(settlement: &Settlement, limit: &Limit, reserved: u64, input: u64) -> u64 {
    let failure = match &settlement.outcome {
        Outcome::Success => None,
        Outcome::Failure(failure) => Some(failure),
    };
    if !settlement.dispatched {
        return 0;
    }
    if failure.is_some_and(|f| f.class != Class::ClientLeft) && !limit.counts_failures {
        return 0;
    }
    let broke = [Class::Overloaded, Class::TooSlow, Class::BadAnswer];
    match (limit.meter, &settlement.usage, failure) {
        (Meter::Tokens, Some(usage), _) => usage.total,
        (Meter::Tokens, None, Some(failure)) if failure.stage == Stage::Status => {
            if broke.contains(&failure.class) { input } else { 0 }
        }
        _ => reserved,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_window_ever_holds_more_than_its_amount(
        events in prop::collection::vec(event(), 1..200),
    ) {
        let world = World::run(&events);
        for (index, view) in world.pool.view(world.now).offers.iter().enumerate() {
            let open = world.open.iter().filter(|open| open.offer.0 as usize == index).count();
            prop_assert_eq!(view.in_flight as usize, open);
        }
    }

    #[test]
    fn no_window_ever_holds_more_than_its_amount_however_often_it_is_killed(
        events in prop::collection::vec(event_or_kill(), 1..300),
    ) {
        let mut world = World::new();
        world.pool.begin_keeping(Notes::default(), world.now);
        events.iter().for_each(|event| world.step(event));
    }

    #[test]
    fn a_provider_that_counts_as_we_do_teaches_no_margin(
        events in prop::collection::vec(event(), 1..200),
    ) {
        let world = World::run(&events);
        for limit in world.pool.view(world.now).offers.iter().flat_map(|offer| &offer.limits) {
            prop_assert_eq!(limit.margin, 0, "{}: {:?}", &limit.key, &limit.drift);
        }
    }

    #[test]
    fn the_same_events_give_the_same_picks(events in prop::collection::vec(event(), 1..100)) {
        prop_assert_eq!(World::run(&events).picks, World::run(&events).picks);
    }

    #[test]
    fn nobody_is_out_for_ever_but_the_retired_and_the_refused(
        events in prop::collection::vec(event(), 1..200),
    ) {
        let mut world = World::run(&events);
        while !world.open.is_empty() {
            world.end(0, 0);
        }
        // Past the longest stated rest (24 h), the longest guess (6 h), and a day in any zone.
        let later = world.now.after(Duration::from_hours(50));
        world.pool.allow_retry(later);
        let seen = world.pool.explain(&chat(10), &world.catalog.everything(), later);
        for (_, exclusion) in seen.excluded {
            let lasting = matches!(exclusion, Exclusion::Retired(_) | Exclusion::CredentialRefused);
            prop_assert!(lasting, "{:?}", exclusion);
        }
    }

    #[test]
    fn weights_are_above_zero_and_finite_and_chances_add_up(
        events in prop::collection::vec(event(), 1..100),
    ) {
        let world = World::run(&events);
        let seen = world.pool.explain(&chat(10), &world.catalog.everything(), world.now);
        for weighted in &seen.eligible {
            prop_assert!(weighted.weight > 0.0 && weighted.weight.is_finite());
        }
        let sum: f64 = seen.eligible.iter().map(|weighted| weighted.probability).sum();
        prop_assert!(seen.eligible.is_empty() || (sum - 1.0).abs() < 1e-9);
    }

    #[test]
    fn no_failure_breaks_the_pool(
        failures in prop::collection::vec(
            (0usize..10, 0u8..5, any::<Option<u64>>(), any::<Option<u64>>(), any::<i64>()), 1..50),
    ) {
        let mut world = World::new();
        for (class, scope, stated, window, now) in failures {
            world.now = Moment::from_millis(now);
            let wait = stated.map_or(Wait::Reset, |said| Wait::Stated(Duration::from_millis(said)));
            let scopes =
                [Scope::None, Scope::Offer, Scope::Account, Scope::Credential, Scope::Provider];
            let failure = Failure {
                scope: scopes[usize::from(scope)],
                window: window.map(Duration::from_millis),
                meter: window.map(|_| Meter::Tokens),
                ..failure(Class::ALL[class], wait)
            };
            for at in 0..4 {
                if let Ok(ticket) = world.pool.admit(OfferIndex(at), &chat(u32::MAX), world.now) {
                    world.pool.settle(ticket, &ended(failure.clone()), world.now);
                }
                if let Ok(ticket) = world.pool.admit(OfferIndex(at), &chat(1), world.now) {
                    world.pool.settle(ticket, &ended(failure.clone()), world.now);
                }
            }
            let _ = world.pool.view(world.now);
        }
    }
}
