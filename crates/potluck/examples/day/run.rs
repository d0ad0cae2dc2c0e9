//! One load through one router: a queue of events, in the order of their time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::pool::{Pool, RATHER, Settings, Ticket};
use potluck_core::requirements::Requirements;
use potluck_core::time::Moment;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::clairvoyant::Turn;
use crate::load::{Ask, Load};
use crate::provider::{Answer, Dice, Truth, travel};
use crate::report::Report;
use crate::router::{Memory, Router};
use crate::settlement::settlement;
use crate::waiting::{Found, Waiting, when_back};
use crate::world::MIDNIGHT;

/// Attempts that a request has at most, whatever the router.
const MOST_ATTEMPTS: u32 = 6;
/// How long a request may wait for its turn.
pub(crate) const PATIENCE: i64 = 30_000;
/// The line is walked no more often than this.
const PAUSE: i64 = 50;
/// How often it is walked where nobody can say when somebody is back.
const UNDATED: i64 = 250;
const DAY: i64 = 86_400_000;

pub(crate) fn day(
    catalog: &Arc<Catalog>,
    load: Load,
    router: Router,
    turns: &[Turn],
    bound: u64,
) -> Report {
    let report = Report { load: load.word(), router: router.word(), bound, ..Report::default() };
    let mut day = Day {
        asks: load.asks(),
        turns,
        catalog: Arc::clone(catalog),
        router,
        pool: Pool::new(Arc::clone(catalog), Settings::default()),
        memory: Memory::default(),
        waiting: Waiting::default(),
        truth: Truth::new(catalog),
        rng: Xoshiro256PlusPlus::seed_from_u64(7),
        queue: BinaryHeap::new(),
        jobs: BTreeMap::new(),
        report,
        sequence: 0,
        walked: i64::MIN,
        walks: i64::MAX,
    };
    day.run();
    day.report
}

struct Day<'a> {
    asks: Vec<Ask>,
    /// What the clairvoyant planned.
    turns: &'a [Turn],
    catalog: Arc<Catalog>,
    router: Router,
    pool: Pool,
    memory: Memory,
    waiting: Waiting,
    truth: Truth,
    rng: Xoshiro256PlusPlus,
    queue: BinaryHeap<Reverse<(i64, u64, Step, usize)>>,
    jobs: BTreeMap<usize, Job>,
    report: Report,
    sequence: u64,
    /// When the line was last walked, and when it will be next.
    walked: i64,
    walks: i64,
}

/// A request under way.
struct Job {
    requirements: Requirements,
    begun: i64,
    sent: i64,
    /// When the answer to its present attempt began.
    began: i64,
    /// Who is left to try, the next one last.
    candidates: Vec<OfferIndex>,
    attempts: u32,
    /// Who failed it, by no limit: it is not waited for them.
    failed: Vec<OfferIndex>,
    waits: bool,
    current: Option<(OfferIndex, Option<Ticket>)>,
    answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A client sends a request.
    Arrive,
    /// It is sent, as was planned.
    Send,
    /// It reaches a provider.
    Reach,
    /// The provider's answer begins.
    Begin,
    /// The provider's answer is over.
    End,
    /// Those who wait are looked after.
    Walk,
}

impl Day<'_> {
    fn run(&mut self) {
        for (which, ask) in self.asks.clone().iter().enumerate().filter(|(_, ask)| ask.opens) {
            self.push(ask.at, Step::Arrive, which);
        }
        while let Some(Reverse((at, _, step, which))) = self.queue.pop() {
            match step {
                Step::Arrive if at < DAY => self.arrive(at, which),
                Step::Arrive => {}
                Step::Send => self.send_as_planned(at, which),
                Step::Reach => self.reach(at, which),
                Step::Begin => self.begin(at, which),
                Step::End => self.end(at, which),
                Step::Walk => self.walk(at),
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
        self.report.asked_by[ask.client] += 1;
        let mut requirements = ask.requirements();
        requirements.constraints.client = ask.client.to_string();
        let mut job = Job {
            requirements,
            begun: at,
            sent: at,
            began: at,
            candidates: Vec::new(),
            attempts: 0,
            failed: Vec::new(),
            waits: false,
            current: None,
            answer: None,
        };
        if self.is_planned() {
            self.jobs.insert(which, job);
            return self.send_next(at, which);
        }
        let crowd = self.router == Router::Potluck && !self.waiting.is_empty();
        let (candidates, found) = self.candidates(&job.requirements, at, at, true);
        job.candidates = candidates;
        let any = !job.candidates.is_empty();
        self.jobs.insert(which, job);
        if crowd && (any || !matches!(found, Found::Never)) {
            // others came before
            return self.wait(at, which);
        }
        self.attempt(at, which);
    }

    /// Who is to be tried, the first one last; where nobody is, when somebody will be.
    fn candidates(
        &mut self,
        requirements: &Requirements,
        begun: i64,
        at: i64,
        first: bool,
    ) -> (Vec<OfferIndex>, Found) {
        if self.router != Router::Potluck {
            let (catalog, rng) = (&self.catalog, &mut self.rng);
            let mut order = self.memory.order(self.router, catalog, requirements, at, rng);
            order.reverse();
            return (order, Found::Never);
        }
        let everything = self.catalog.everything();
        let (seed, now, rather) = (self.rng.random(), clock(at), clock(begun).after(RATHER));
        let draw = if first {
            self.pool.draw_or_wait(requirements, &everything, now, seed, rather)
        } else {
            self.pool.redraw(requirements, &everything, now, seed, rather)
        };
        let found = when_back(&draw.excluded, clock(at + PATIENCE));
        let mut order: Vec<_> = draw.order.map(|candidate| candidate.offer).collect();
        order.reverse();
        (order, found)
    }

    fn attempt(&mut self, at: i64, which: usize) {
        if self.is_planned() {
            return self.send_next(at, which);
        }
        let Some(job) = self.jobs.get_mut(&which) else { return };
        let counts = self.router == Router::Potluck;
        let may = job.attempts < MOST_ATTEMPTS
            && (job.attempts == 0 || !counts || self.pool.allow_retry(clock(at)));
        let mut picked = None;
        while may && picked.is_none() {
            let Some(offer) = job.candidates.pop() else { break };
            if counts && !self.pool.answers_by(offer, clock(job.begun + PATIENCE), clock(at)) {
                continue;
            }
            if !counts {
                picked = Some((offer, None));
            } else if let Ok(ticket) = self.pool.admit(offer, &job.requirements, clock(at)) {
                picked = Some((offer, Some(ticket)));
            }
        }
        match picked {
            Some(picked) => self.send(at, which, picked),
            None => self.wait_or_refuse(at, which),
        }
    }

    fn send(&mut self, at: i64, which: usize, picked: (OfferIndex, Option<Ticket>)) {
        let Some(job) = self.jobs.get_mut(&which) else { return };
        job.attempts += 1;
        job.sent = at;
        job.current = Some(picked);
        self.report.attempts += 1;
        let travel = travel(which, job.attempts);
        self.push(at + travel, Step::Reach, which);
    }

    const fn is_planned(&self) -> bool {
        matches!(self.router, Router::Clairvoyant(_))
    }

    /// The attempt that was planned next.
    fn planned(&self, which: usize) -> Option<(i64, OfferIndex)> {
        let made = self.jobs.get(&which)?.attempts as usize;
        self.turns.get(which)?.get(made).copied()
    }

    fn send_next(&mut self, at: i64, which: usize) {
        match self.planned(which) {
            Some((turn, _)) => self.push(turn, Step::Send, which),
            None => self.refuse(at, which),
        }
    }

    fn send_as_planned(&mut self, at: i64, which: usize) {
        if let Some((_, offer)) = self.planned(which) {
            self.send(at, which, (offer, None));
        }
    }

    fn wait_or_refuse(&mut self, at: i64, which: usize) {
        let Some(job) = self.jobs.get(&which) else { return };
        let left = job.begun + PATIENCE - at;
        let may = self.router == Router::Potluck && job.attempts < MOST_ATTEMPTS && left > 0;
        if may {
            let everything = self.catalog.everything();
            let seen = self.pool.explain(&job.requirements, &everything, clock(at));
            let others = |offer: OfferIndex| !job.failed.contains(&offer);
            let excluded: Vec<_> =
                seen.excluded.iter().copied().filter(|(offer, _)| others(*offer)).collect();
            let back = when_back(&excluded, clock(job.begun + PATIENCE));
            if seen.eligible.iter().any(|weighted| others(weighted.offer))
                || !matches!(back, Found::Never)
            {
                return self.wait(at, which);
            }
        }
        self.refuse(at, which);
    }

    fn wait(&mut self, at: i64, which: usize) {
        if let Some(job) = self.jobs.get_mut(&which) {
            job.waits = true;
            self.waiting.enter(self.asks[which].client, which);
            self.stir(at);
        }
    }

    /// Something changed that somebody may wait for.
    fn stir(&mut self, at: i64) {
        if !self.waiting.is_empty() {
            self.walk_at(at.max(self.walked.saturating_add(PAUSE)));
        }
    }

    fn walk_at(&mut self, at: i64) {
        if at < self.walks {
            self.walks = at;
            self.push(at, Step::Walk, 0);
        }
    }

    fn walk(&mut self, at: i64) {
        if at != self.walks {
            return;
        }
        (self.walked, self.walks) = (at, i64::MAX);
        let mut next: Option<i64> = None;
        let order = self.waiting.order();
        self.pool.note_waiting(order.len(), clock(at));
        for (place, which) in order {
            let again = match self.place(at, which) {
                Found::Turn => {
                    self.waiting.serve(place);
                    None
                }
                Found::Never => {
                    self.waiting.leave(place);
                    self.refuse(at, which);
                    None
                }
                Found::Later(back) => Some(back.map_or(at + UNDATED, millis)),
            };
            next = [next, again].into_iter().flatten().min();
        }
        if self.waiting.is_empty() {
            self.pool.note_waiting(0, clock(at));
        }
        if let Some(next) = next {
            self.walk_at(next.max(at + PAUSE));
        }
    }

    /// Draws for one who waits, and reserves the first that can be had.
    fn place(&mut self, at: i64, which: usize) -> Found {
        let Some(job) = self.jobs.get(&which) else { return Found::Never };
        let until = job.begun + PATIENCE;
        if at + PAUSE >= until {
            // the next walk would be too late to tell
            return Found::Never;
        }
        let (begun, failed) = (job.begun, job.failed.clone());
        let requirements = job.requirements.clone();
        let (mut candidates, found) = self.candidates(&requirements, begun, at, false);
        let any = !candidates.is_empty();
        while let Some(offer) = candidates.pop() {
            let in_time = self.pool.answers_by(offer, clock(until), clock(at));
            if !in_time || failed.contains(&offer) {
                continue;
            }
            if let Ok(ticket) = self.pool.admit(offer, &requirements, clock(at)) {
                if let Some(job) = self.jobs.get_mut(&which) {
                    job.candidates = candidates;
                }
                self.send(at, which, (offer, Some(ticket)));
                return Found::Turn;
            }
        }
        match found {
            _ if any => Found::Later(None),
            Found::Later(Some(back)) if millis(back) > until => Found::Never,
            found => found,
        }
    }

    fn reach(&mut self, at: i64, which: usize) {
        let ask = self.asks[which];
        let Some(job) = self.jobs.get_mut(&which) else { return };
        let Some((offer, _)) = &job.current else { return };
        let price = self.catalog.offer(*offer).price;
        let price = (price.neurons_input, price.neurons_output);
        let dice = Dice::new(which, job.attempts, *offer);
        let answer = self.truth.reach(*offer, price, &ask, at, &dice);
        let (head, over) = match &answer {
            Answer::Served(first, end) => (*first, *end),
            Answer::Throttled { .. } => (40, 40),
            Answer::Broken => (400, 400),
        };
        job.answer = Some(answer);
        self.push(at + head, Step::Begin, which);
        self.push(at + over, Step::End, which);
    }

    fn begin(&mut self, at: i64, which: usize) {
        let Some(job) = self.jobs.get_mut(&which) else { return };
        job.began = at;
        let Some((offer, Some(ticket))) = &mut job.current else { return };
        self.pool.arrive(ticket, clock(at));
        let claims = self.truth.says(&self.catalog, *offer);
        self.pool.observe(*offer, Some(ticket), &claims, clock(at));
        self.stir(at);
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
        let provider = self.catalog.provider(self.catalog.offer(offer).provider).id.to_string();
        let tally = self.report.at.entry(provider).or_default();
        match &answer {
            Answer::Served(..) => tally.0 += 1,
            Answer::Throttled { .. } | Answer::Broken => tally.1 += 1,
        }
        match answer {
            Answer::Served(..) => {
                self.truth.release(offer);
                self.report.served += 1;
                self.report.served_by[ask.client] += 1;
                self.report.waits.push(job.sent - job.begun);
                self.report.late += u64::from(job.waits && job.began > job.begun + PATIENCE);
                self.jobs.remove(&which);
                self.follow(at, which);
            }
            Answer::Throttled { stated, .. } => {
                self.report.throttled += 1;
                self.report.wasted += 1;
                self.memory.refused(offer, stated, at);
                self.attempt(at, which);
            }
            Answer::Broken => {
                job.failed.push(offer);
                self.report.wasted += 1;
                self.memory.refused(offer, None, at);
                self.attempt(at, which);
            }
        }
        self.stir(at);
    }

    fn refuse(&mut self, at: i64, which: usize) {
        let Some(job) = self.jobs.remove(&which) else { return };
        self.report.refused += 1;
        let reason = match (job.waits, job.attempts) {
            _ if !job.failed.is_empty() => "after a failure",
            (_, MOST_ATTEMPTS..) => "after six attempts",
            (_, 1..) => "after a refusal",
            (true, 0) if job.begun + PATIENCE - at < 500 => "waited to the end",
            (true, 0) => "nobody back in time, after a wait",
            (false, 0) => "nobody back in time, at once",
        };
        *self.report.refusals.entry(reason).or_default() += 1;
        self.report.gave_up += u64::from(job.waits);
        self.report.late += u64::from(job.waits && at > job.begun + PATIENCE);
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
    MIDNIGHT.moved(at)
}

fn millis(moment: Moment) -> i64 {
    moment.as_millis() - MIDNIGHT.as_millis()
}
