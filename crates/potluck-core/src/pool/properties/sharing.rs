//! Several pools that keep one count, through records that each reads of the others: together they never take more
//! than there is, in whatever order they write, read, are killed and begin again.
//!
//! The file is a map. One writes at a time: whoever begins a batch hears everybody, makes notes, and nobody else begins
//! before they are safe or lost. Whoever is killed leaves what was safe; it is closed when somebody notices.

use std::collections::BTreeMap;

use super::*;
use crate::pool::Heard;
use crate::quota::Kept;

const HOLDERS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Of(Event),
    /// A request comes to one of them.
    Ask {
        whom: usize,
        offer: u8,
        tokens: u16,
    },
    /// One reads what the others wrote.
    Look(usize),
    /// One begins a batch.
    Begin(usize),
    /// The batch is safe.
    Commit,
    /// The batch is lost.
    Fail,
    /// Whose batch is safe learns that it is.
    Grant(usize),
    Kill(usize),
    Start(usize),
    /// The clock is set, and no time passes.
    Set(i32),
    /// Somebody notices who is dead.
    Bury,
}

fn step() -> impl Strategy<Value = Step> {
    let whom = || 0..HOLDERS;
    prop_oneof![
        3 => (0u32..90_000).prop_map(|millis| Step::Of(Event::Pass(millis))),
        1 => (0u32..8).prop_map(|hours| Step::Of(Event::Pass(hours * 3_600_000))),
        1 => prop_oneof![Just(-3_600_000), Just(3_600_000), -3_600_000..3_600_000i32]
            .prop_map(|millis| Step::Of(Event::Jump(millis))),
        20 => (whom(), 0u8..4, any::<u16>())
            .prop_map(|(whom, offer, tokens)| Step::Ask { whom, offer, tokens }),
        10 => (any::<u8>(), any::<u8>()).prop_map(|(share, how)| Step::Of(Event::End { share, how })),
        4 => whom().prop_map(Step::Look),
        16 => whom().prop_map(Step::Begin),
        16 => Just(Step::Commit),
        1 => Just(Step::Fail),
        16 => whom().prop_map(Step::Grant),
        1 => whom().prop_map(Step::Kill),
        2 => whom().prop_map(Step::Start),
        1 => Just(Step::Bury),
    ]
}

#[derive(Clone, Debug)]
struct Row {
    kept: Kept,
    /// The number of the batch that wrote it.
    batch: u64,
    /// By which clock: see [`Sharing::clock`].
    epoch: i64,
}

impl Row {
    /// By the clock of `epoch`.
    fn at(&self, epoch: i64) -> Kept {
        self.kept.clone().moved(epoch - self.epoch)
    }
}

struct Life {
    pool: Pool,
    /// The last batch that it heard of.
    heard: u64,
    /// Safe, and not granted yet.
    safe: Option<Vec<(Arc<str>, u64)>>,
}

struct Sharing {
    /// The provider's count, and the clock.
    world: World,
    lives: Vec<Option<Life>>,
    file: Vec<BTreeMap<Arc<str>, Row>>,
    /// When the last batch was made, and by which clock.
    made: Option<(Moment, i64)>,
    batch: u64,
    /// Who writes what, and by which clock.
    writing: Option<(usize, Notes, i64)>,
    /// Whose each open attempt is, in their order.
    whose: Vec<usize>,
    /// By how much the clock was set back in all.
    epoch: i64,
    served: u64,
}

impl Sharing {
    fn new(world: World) -> Self {
        let file = vec![BTreeMap::new(); HOLDERS];
        let mut sharing = Self {
            world,
            lives: Vec::new(),
            file,
            made: None,
            batch: 0,
            writing: None,
            whose: Vec::new(),
            epoch: 0,
            served: 0,
        };
        sharing.lives.resize_with(HOLDERS, || None);
        for whom in 0..HOLDERS {
            sharing.start(whom);
        }
        sharing
    }

    /// Everybody has a steady clock beside the wall's, and notices when that was set back.
    fn clock(&mut self) {
        let before = self.world.seen;
        self.world.clock();
        let back = before.since(self.world.now);
        if back > Settings::default().jitter {
            self.epoch -= i64::try_from(back.as_millis()).unwrap();
        }
        for life in self.lives.iter_mut().flatten() {
            life.pool.note_waiting(0, self.world.now);
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Of(Event::End { share, how }) => self.end(share, how),
            Step::Of(ref event) => {
                self.world.step(event);
                self.clock();
            }
            Step::Ask { whom, offer, tokens } => self.ask(whom, offer, tokens),
            Step::Look(whom) => {
                self.look(whom);
            }
            Step::Begin(whom) => self.begin(whom),
            Step::Commit => self.commit(),
            Step::Fail => {
                if let Some((whom, notes, _)) = self.writing.take()
                    && let Some(life) = &mut self.lives[whom]
                {
                    life.pool.unkeep(&notes);
                }
            }
            Step::Grant(whom) => {
                if let Some(life) = &mut self.lives[whom]
                    && let Some(safe) = life.safe.take()
                {
                    life.pool.grant(&safe);
                }
            }
            Step::Kill(whom) => self.kill(whom),
            Step::Start(whom) => self.start(whom),
            Step::Set(by) => self.set(by.into()),
            Step::Bury => self.bury(),
        }
        self.world.check();
    }

    /// All who are alive are told, as their steady clocks tell them.
    fn set(&mut self, by: i64) {
        self.clock();
        (self.world.now, self.world.seen) = (self.world.now.moved(by), self.world.seen.moved(by));
        self.epoch += by;
        for life in self.lives.iter_mut().flatten() {
            life.pool.shift_clock(by, self.world.now);
        }
    }

    /// Reads what the others wrote since the last time.
    fn look(&mut self, whom: usize) -> bool {
        let (file, epoch, now) = (&self.file, self.epoch, self.world.now);
        let Some(life) = &mut self.lives[whom] else { return false };
        let others = || file.iter().enumerate().filter(|(at, _)| *at != whom);
        let mut heard: BTreeMap<Arc<str>, Heard> = BTreeMap::new();
        for (key, row) in others().flat_map(|(_, rows)| rows) {
            if row.batch > life.heard {
                heard.entry(Arc::clone(key)).or_default().asked |= row.kept.asks > 0;
            }
        }
        for (key, heard) in &mut heard {
            let rows = others().filter_map(|(_, rows)| rows.get(key));
            heard.records = rows.map(|row| row.at(epoch)).collect();
        }
        life.heard = self.batch;
        life.pool.hear(&heard, now)
    }

    fn begin(&mut self, whom: usize) {
        let is_free = self.writing.is_none();
        if is_free && self.lives[whom].as_ref().is_some_and(|life| life.safe.is_none()) {
            self.look(whom);
            let now = self.world.now;
            let notes = self.lives[whom].as_mut().map(|life| life.pool.keep(now));
            self.writing = notes.map(|notes| (whom, notes, self.epoch));
        }
    }

    fn commit(&mut self) {
        let Some((whom, notes, epoch)) = self.writing.take() else { return };
        self.batch += 1;
        self.made = notes.made.map(|made| (made, epoch));
        let batch = self.batch;
        for (key, kept) in &notes.buckets {
            let row = Row { kept: kept.clone(), batch, epoch };
            self.file[whom].insert(Arc::clone(key), row);
        }
        if let Some(life) = &mut self.lives[whom] {
            life.safe = Some(notes.allowances());
        }
    }

    /// Hears, writes and grants at once.
    fn write(&mut self, whom: usize) {
        self.step(&Step::Begin(whom));
        self.step(&Step::Commit);
        self.step(&Step::Grant(whom));
    }

    fn kill(&mut self, whom: usize) {
        self.lives[whom] = None;
        if self.writing.as_ref().is_some_and(|(writer, ..)| *writer == whom) {
            self.writing = None;
        }
        for at in
            (0..self.whose.len()).rev().filter(|at| self.whose[*at] == whom).collect::<Vec<_>>()
        {
            self.whose.remove(at);
            for used in self.world.open.remove(at).uses {
                self.world.uses[used].open = false;
            }
        }
    }

    /// Takes over its own rows, which others take for closed from now on.
    fn start(&mut self, whom: usize) {
        if self.lives[whom].is_some() || self.writing.is_some() {
            return;
        }
        let made = self.made.map(|(made, epoch)| made.moved(self.epoch - epoch));
        let mut notes = Notes { made, ..Notes::default() };
        let own = self.file[whom].iter().map(|(key, row)| (Arc::clone(key), row.at(self.epoch)));
        notes.buckets = own.collect();
        self.close(whom);
        let mut pool = Pool::new(Arc::clone(&self.world.catalog), Settings::default());
        pool.begin_keeping(notes, self.world.now);
        self.lives[whom] = Some(Life { pool, heard: 0, safe: None });
        self.write(whom);
    }

    fn close(&mut self, whom: usize) {
        self.batch += 1;
        for row in self.file[whom].values_mut() {
            let kept = row.at(self.epoch).closed(self.world.now);
            *row = Row { kept, batch: self.batch, epoch: self.epoch };
        }
    }

    fn bury(&mut self) {
        if self.writing.is_some() {
            return;
        }
        for whom in 0..HOLDERS {
            if self.lives[whom].is_none() {
                self.close(whom);
            }
        }
    }

    fn ask(&mut self, whom: usize, offer: u8, tokens: u16) {
        let asked = chat(u32::from(tokens) % 20_000);
        let at = OfferIndex(u32::from(offer));
        let now = self.world.now;
        let Some(life) = &mut self.lives[whom] else { return };
        // the draw reads gauges, the explanation reads the counters themselves
        let everything = self.world.catalog.everything();
        let draw = life.pool.draw(&asked, &everything, now, 7);
        assert_eq!(draw.excluded, life.pool.explain(&asked, &everything, now).excluded);
        let Ok(ticket) = life.pool.admit(at, &asked, now) else { return };
        self.served += 1;
        let world = &mut self.world;
        let buckets: Vec<usize> =
            world.catalog.offer(at).buckets.iter().map(|bucket| bucket.0 as usize).collect();
        let uses = buckets.into_iter().map(|bucket| {
            let amount = ticket.reserved.of(world.catalog.buckets[bucket].limit.meter);
            let turn = world.turns[bucket].1;
            world.uses.push(Use { bucket, at: world.elapsed, turn, amount, open: true });
            world.uses.len() - 1
        });
        let uses = uses.collect();
        let claims = world.claims(at);
        world.open.push(Open { ticket, offer: at, uses, claims });
        self.whose.push(whom);
    }

    fn end(&mut self, share: u8, how: u8) {
        if self.whose.is_empty() {
            return;
        }
        let next = usize::from(share) % self.whose.len();
        let whom = self.whose.remove(next);
        let Open { ticket, uses, offer, claims } = self.world.open.remove(next);
        let now = self.world.now;
        let settlement = settlement(&ticket, share, how);
        let world = &mut self.world;
        for at in uses {
            let used = &mut world.uses[at];
            used.open = false;
            let limit = &world.catalog.buckets[used.bucket].limit;
            used.amount = truth(&settlement, limit, used.amount, ticket.reserved.input_tokens);
        }
        let Some(life) = &mut self.lives[whom] else { return };
        if how % 5 < 2 {
            life.pool.observe(offer, Some(&ticket), &claims, now);
        }
        life.pool.settle(ticket, &settlement, now);
    }

    /// Asks one of them until it has nothing more to give, while all look at what the others write. How often it served.
    fn drain(&mut self, whom: usize, offer: u8) -> u64 {
        let before = self.served;
        for _ in 0..40 {
            self.step(&Step::Of(Event::Pass(150)));
            self.ask(whom, offer, 10);
            self.end(0, 0);
            self.write(whom);
            for other in (0..HOLDERS).filter(|other| *other != whom) {
                if self.look(other) {
                    self.write(other);
                }
            }
        }
        self.served - before
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn together_they_never_take_more_than_there_is(
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut sharing = Sharing::new(World::new());
        steps.iter().for_each(|step| sharing.step(step));
    }
}

/// The same where everything is about one small limit, all succeed, and many are killed.
fn dense() -> impl Strategy<Value = Step> {
    let whom = || 0..HOLDERS;
    prop_oneof![
        4 => (0u32..3000).prop_map(|millis| Step::Of(Event::Pass(millis))),
        1 => (0u32..40_000).prop_map(|millis| Step::Of(Event::Pass(millis))),
        20 => whom().prop_map(|whom| Step::Ask { whom, offer: 0, tokens: 10 }),
        8 => any::<u8>().prop_map(|share| Step::Of(Event::End { share, how: 0 })),
        4 => whom().prop_map(Step::Look),
        8 => whom().prop_map(Step::Begin),
        8 => Just(Step::Commit),
        1 => Just(Step::Fail),
        8 => whom().prop_map(Step::Grant),
        2 => whom().prop_map(Step::Kill),
        4 => whom().prop_map(Step::Start),
        2 => Just(Step::Bury),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn together_they_never_take_more_than_one_small_limit_holds(
        steps in prop::collection::vec(dense(), 1..300),
    ) {
        let limits = [
            limit(Meter::Requests, 4, sliding(60)),
            limit(Meter::Requests, 4, calendar(Unit::Minute, "UTC")),
            limit(Meter::Requests, 40, sliding(60)),
            limit(Meter::Requests, 9, calendar(Unit::Day, "America/Los_Angeles")),
            limit(Meter::Concurrent, 3, Window::InFlight),
        ];
        for limit in limits {
            let mut sharing = Sharing::new(of(limit));
            for step in &steps {
                sharing.step(step);
                // a round of everybody now and then, or hardly anything is granted
                if let Step::Bury = step {
                    (0..HOLDERS).for_each(|whom| sharing.write(whom));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_clock_that_is_set_moves_nothing_that_they_share(
        steps in prop::collection::vec(
            prop_oneof![
                12 => dense(),
                1 => prop_oneof![Just(-3_600_000), Just(3_600_000), -90_000..90_000i32]
                    .prop_map(Step::Set),
            ],
            1..300,
        ),
    ) {
        let limits = [
            limit(Meter::Requests, 4, sliding(60)),
            limit(Meter::Requests, 24, sliding(600)),
            limit(Meter::Concurrent, 3, Window::InFlight),
        ];
        for limit in limits {
            let mut sharing = Sharing::new(of(limit));
            steps.iter().for_each(|step| sharing.step(step));
        }
    }
}

/// One offer with one limit, without pace or rests in the way.
fn of(limit: Limit) -> World {
    let catalog = Stock::default().offer("a/x", "x").limit("a/x", limit).done();
    let turns = vec![(i64::MIN, 0); catalog.buckets.len()];
    let pool = Pool::new(Arc::clone(&catalog), Settings::default());
    World { pool, turns, catalog, ..World::new() }
}

#[test]
fn what_one_leaves_another_can_use_to_the_last() {
    let mut sharing = Sharing::new(of(limit(Meter::Requests, 5, calendar(Unit::Day, "UTC"))));
    for whom in 0..HOLDERS {
        sharing.write(whom);
    }
    sharing.ask(0, 0, 10);
    assert_eq!(sharing.served, 1, "each has an allowance");
    assert_eq!(sharing.drain(2, 0), 4, "and gives back what it does not need");
    assert_eq!(sharing.drain(1, 0), 0);
}

#[test]
fn places_in_flight_go_to_whoever_wants_them() {
    let mut sharing = Sharing::new(of(limit(Meter::Concurrent, 1, Window::InFlight)));
    for whom in [1, 2, 0, 1] {
        assert!(sharing.drain(whom, 0) >= 20, "{whom}: {}", sharing.served);
    }
}

#[test]
fn what_the_dead_held_comes_back_with_the_window() {
    let mut sharing = Sharing::new(of(limit(Meter::Requests, 8, sliding(60))));
    sharing.ask(0, 0, 10);
    sharing.write(0);
    sharing.kill(0);
    sharing.step(&Step::Bury);
    let served = sharing.drain(1, 0);
    assert!((5..8).contains(&served), "{served}");
    sharing.step(&Step::Of(Event::Pass(70_000)));
    assert_eq!(sharing.drain(2, 0), 8);
}
