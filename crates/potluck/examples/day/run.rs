//! One load through one router: a queue of events, in the order of their time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::choose::Strategy;
use potluck_core::eligible;
use potluck_core::outcome::{Class, Failure, Outcome, Settlement, Stage, Wait};
use potluck_core::pool::{Pool, Settings, Ticket};
use potluck_core::requirements::Requirements;
use potluck_core::response::Usage;
use potluck_core::time::Moment;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::load::{Ask, Load};
use crate::provider::{Answer, Truth};
use crate::world::MIDNIGHT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Router {
    Balanced,
    Uniform,
    RoundRobin,
    Blind,
}

impl Router {
    pub(crate) const ALL: [Self; 4] =
        [Self::Balanced, Self::Uniform, Self::RoundRobin, Self::Blind];

    const fn word(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Uniform => "uniform",
            Self::RoundRobin => "round robin",
            Self::Blind => "blind",
        }
    }
}

/// What came of a day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    load: &'static str,
    router: &'static str,
    pub(crate) requests: u64,
    pub(crate) served: u64,
    /// Refused with no attempt: nothing had quota.
    dry: u64,
    /// Refused after attempts.
    failed: u64,
    attempts: u64,
    /// Attempts that a provider answered with 429.
    pub(crate) throttled: u64,
    /// Attempts that came to nothing.
    pub(crate) wasted: u64,
    images: u64,
    images_served: u64,
    by_offer: BTreeMap<OfferIndex, u64>,
}

impl Report {
    pub(crate) const HEADER: &'static str = "load      router       requests   served      %      dry   failed    429s   wasted  wasted/100  images %  offers";
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: u64, whole: u64| part as f64 * 100.0 / whole.max(1) as f64;
        write!(
            f,
            "{:<9} {:<11} {:>9} {:>8} {:>6.1} {:>8} {:>8} {:>7} {:>8} {:>11.1} {:>9.1} {:>7}",
            self.load,
            self.router,
            self.requests,
            self.served,
            percent(self.served, self.requests),
            self.dry,
            self.failed,
            self.throttled,
            self.wasted,
            percent(self.wasted, self.requests),
            percent(self.images_served, self.images),
            self.by_offer.len(),
        )
    }
}

/// Attempts that a request has at most, whatever the router.
const MOST_ATTEMPTS: u32 = 4;
const DAY: i64 = 86_400_000;

pub(crate) fn day(catalog: &Arc<Catalog>, load: Load, router: Router) -> Report {
    let strategy = match router {
        Router::Uniform => Strategy::Uniform,
        Router::Balanced | Router::RoundRobin | Router::Blind => Strategy::Balanced,
    };
    let mut day = Day {
        asks: load.asks(),
        catalog: Arc::clone(catalog),
        router,
        pool: Pool::new(Arc::clone(catalog), Settings { strategy, ..Settings::default() }),
        truth: Truth::new(catalog),
        rng: Xoshiro256PlusPlus::seed_from_u64(7),
        cursor: 0,
        queue: BinaryHeap::new(),
        jobs: BTreeMap::new(),
        report: Report { load: load.word(), router: router.word(), ..Report::default() },
        sequence: 0,
    };
    day.run();
    day.report
}

struct Day {
    asks: Vec<Ask>,
    catalog: Arc<Catalog>,
    router: Router,
    pool: Pool,
    truth: Truth,
    rng: Xoshiro256PlusPlus,
    /// Where round robin stands.
    cursor: u32,
    queue: BinaryHeap<Reverse<(i64, u64, Step, usize)>>,
    jobs: BTreeMap<usize, Job>,
    report: Report,
    sequence: u64,
}

/// A request under way.
struct Job {
    requirements: Requirements,
    /// Who is left to try, the next one last.
    candidates: Vec<OfferIndex>,
    attempts: u32,
    tried: BTreeSet<OfferIndex>,
    current: Option<(OfferIndex, Option<Ticket>)>,
    answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A client sends a request.
    Arrive,
    /// It reaches a provider.
    Reach,
    /// The provider's answer is over.
    End,
}

impl Day {
    fn run(&mut self) {
        for (which, ask) in self.asks.clone().iter().enumerate().filter(|(_, ask)| ask.opens) {
            self.push(ask.at, Step::Arrive, which);
        }
        while let Some(Reverse((at, _, step, which))) = self.queue.pop() {
            match step {
                Step::Arrive if at < DAY => self.arrive(at, which),
                Step::Arrive => {}
                Step::Reach => self.reach(at, which),
                Step::End => self.end(at, which),
            }
        }
    }

    fn push(&mut self, at: i64, step: Step, which: usize) {
        self.sequence += 1;
        self.queue.push(Reverse((at, self.sequence, step, which)));
    }

    fn arrive(&mut self, at: i64, which: usize) {
        let ask = self.asks[which];
        self.report.requests += 1;
        self.report.images += u64::from(ask.image);
        let requirements = ask.requirements();
        let candidates = self.candidates(&requirements, at);
        let tried = BTreeSet::new();
        let job = Job { requirements, candidates, attempts: 0, tried, current: None, answer: None };
        self.jobs.insert(which, job);
        self.attempt(at, which);
    }

    /// Who is to be tried, the first one last.
    fn candidates(&mut self, requirements: &Requirements, at: i64) -> Vec<OfferIndex> {
        let everything = self.catalog.everything();
        let mut candidates: Vec<OfferIndex> = match self.router {
            Router::Balanced | Router::Uniform => {
                let seed = self.rng.random();
                let draw = self.pool.draw(requirements, &everything, clock(at), seed);
                draw.order.map(|candidate| candidate.offer).collect()
            }
            Router::RoundRobin => {
                let seen = self.pool.explain(requirements, &everything, clock(at));
                self.in_turn(seen.eligible.iter().map(|weighted| weighted.offer).collect())
            }
            Router::Blind => {
                let able = self.catalog.enumerate();
                let able = able.filter(|(_, o)| eligible::capable(requirements, o).is_ok());
                let able = able.map(|(at, _)| at).collect();
                self.in_turn(able)
            }
        };
        candidates.reverse();
        candidates
    }

    /// Those from the cursor on, then those before it; the cursor moves behind the first.
    fn in_turn(&mut self, mut able: Vec<OfferIndex>) -> Vec<OfferIndex> {
        able.sort();
        let split = able.partition_point(|offer| offer.0 < self.cursor);
        able.rotate_left(split);
        if let Some(first) = able.first() {
            self.cursor = first.0 + 1;
        }
        able
    }

    fn attempt(&mut self, at: i64, which: usize) {
        let Some(job) = self.jobs.get_mut(&which) else { return };
        let may = job.attempts < MOST_ATTEMPTS
            && (job.attempts == 0
                || self.router == Router::Blind
                || self.pool.allow_retry(clock(at)));
        let mut picked = None;
        while may && picked.is_none() {
            let Some(offer) = job.candidates.pop() else { break };
            if self.router == Router::Blind {
                picked = Some((offer, None));
            } else if let Ok(ticket) = self.pool.admit(offer, &job.requirements, clock(at)) {
                picked = Some((offer, Some(ticket)));
            }
        }
        let Some(picked) = picked else { return self.give_up(at, which) };
        job.attempts += 1;
        job.tried.insert(picked.0);
        job.current = Some(picked);
        self.report.attempts += 1;
        let travel = self.rng.random_range(10..120);
        self.push(at + travel, Step::Reach, which);
    }

    fn reach(&mut self, at: i64, which: usize) {
        let ask = self.asks[which];
        let Some(job) = self.jobs.get_mut(&which) else { return };
        let Some((offer, _)) = &job.current else { return };
        let price = self.catalog.offer(*offer).price;
        let price = (price.neurons_input, price.neurons_output);
        let answer = self.truth.reach(*offer, price, &ask, at, &mut self.rng);
        let over = match &answer {
            Answer::Served(_, end) => *end,
            Answer::Throttled { .. } => 40,
            Answer::Broken => 400,
        };
        job.answer = Some(answer);
        self.push(at + over, Step::End, which);
    }

    fn end(&mut self, at: i64, which: usize) {
        let ask = self.asks[which];
        let Some(job) = self.jobs.get_mut(&which) else { return };
        let (Some((offer, ticket)), Some(answer)) = (job.current.take(), job.answer.take()) else {
            return;
        };
        if let Some(ticket) = ticket {
            self.pool.settle(ticket, &settlement(&answer, &ask), clock(at));
        }
        match answer {
            Answer::Served(..) => {
                self.truth.release(offer);
                self.report.served += 1;
                self.report.images_served += u64::from(ask.image);
                *self.report.by_offer.entry(offer).or_default() += 1;
                self.jobs.remove(&which);
                self.follow(at, which);
            }
            Answer::Throttled { .. } | Answer::Broken => {
                self.report.wasted += 1;
                self.report.throttled += u64::from(matches!(answer, Answer::Throttled { .. }));
                self.attempt(at, which);
            }
        }
    }

    fn give_up(&mut self, at: i64, which: usize) {
        let tried = self.jobs.remove(&which).is_some_and(|job| job.attempts > 0);
        if tried {
            self.report.failed += 1;
        } else {
            self.report.dry += 1;
        }
        // An agent that was refused waits half a minute and goes on with its next call.
        self.follow(at + 30_000, which);
    }

    fn follow(&mut self, at: i64, which: usize) {
        if let Some(next) = self.asks[which].next {
            self.push(at + self.asks[next].at, Step::Arrive, next);
        }
    }
}

fn clock(at: i64) -> Moment {
    MIDNIGHT.after(span(at))
}

fn span(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

fn settlement(answer: &Answer, ask: &Ask) -> Settlement {
    let (prompt, completion) = (u64::from(ask.prompt), u64::from(ask.answer));
    let usage = Usage { prompt, completion, total: prompt + completion, ..Usage::default() };
    match answer {
        Answer::Served(first, end) => Settlement {
            outcome: Outcome::Success,
            usage: Some(usage),
            dispatched: true,
            first_event: Some(span(*first)),
            total: span(*end),
        },
        Answer::Throttled { meter, window, stated } => {
            let long = *window >= DAY;
            let class = if long { Class::QuotaSpent } else { Class::RateLimited };
            let wait = stated.map_or(Wait::Guess, |wait| Wait::Stated(span(wait)));
            let named = stated.is_some();
            failed(Failure {
                meter: named.then_some(*meter),
                window: named.then_some(span(*window)),
                ..failure(class, wait, 429)
            })
        }
        Answer::Broken => failed(failure(Class::Overloaded, Wait::Guess, 503)),
    }
}

fn failure(class: Class, wait: Wait, status: u16) -> Failure {
    Failure {
        class,
        cause: None,
        scope: class.scope(),
        wait,
        meter: None,
        window: None,
        stage: Stage::Status,
        status: Some(status),
        detail: "simulated".to_owned(),
    }
}

fn failed(failure: Failure) -> Settlement {
    Settlement {
        outcome: Outcome::Failure(failure),
        usage: None,
        dispatched: true,
        first_event: None,
        total: Duration::from_millis(100),
    }
}
