//! Waiting instead of failing: requests that nobody can serve this moment, but somebody soon.
//!
//! They stand in a [`Line`]. One usher walks along it whenever something may have changed (an attempt ended, a limit
//! turned, the catalog was swapped) and gives each in turn what can be reserved for it. So nobody is overtaken
//! by a request that came later and wants the same, and a thousand who wait do not all draw at once.
//!
//! Whoever leaves is noticed at the next turn; what was reserved for them goes back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::catalog::OfferIndex;
use potluck_core::choose::Candidate;
use potluck_core::exclusion::Exclusion;
use potluck_core::line::{Line, Place};
use potluck_core::outcome::{Failure, Outcome, Settlement};
use potluck_core::pool::{Draw, RATHER, Ticket};
use potluck_core::requirements::Requirements;
use tokio::sync::{Notify, oneshot};

use crate::house::House;
use crate::shelf::Shelf;

/// The least time between two walks; a walk that took longer is followed by as long a pause.
const PAUSE: Duration = Duration::from_millis(2);

/// How often the line is walked while somebody waits for what nobody can date.
const PATIENCE: Duration = Duration::from_millis(250);

/// The most that wait at once; beyond that a client is told at once.
const ROOM: usize = 10_000;

/// Those who wait.
#[derive(Debug, Default)]
pub struct Queue {
    seats: Mutex<Seats>,
    /// How many wait, to be read without the lock.
    waiting: AtomicUsize,
    stirred: Notify,
}

#[derive(Debug, Default)]
struct Seats {
    line: Line,
    taken: BTreeMap<Place, Seat>,
}

/// One who waits.
#[derive(Debug)]
struct Seat {
    asked: Asked,
    turn: oneshot::Sender<Turn>,
}

/// What somebody waits for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The names asked for.
    pub names: Vec<String>,
    /// What serving it needs.
    pub requirements: Requirements,
    /// The seed of its draw.
    pub seed: u64,
    /// Since when it waits.
    pub since: Moment,
    /// Until when it may wait.
    pub until: Moment,
    /// Until when an answer is to begin.
    pub by: Moment,
    /// Offers that have failed it, by no limit: it does not wait for them.
    pub failed: Vec<String>,
}

impl Asked {
    /// Whether an offer has not failed it yet.
    fn hopes_for(&self, shelf: &Shelf, offer: OfferIndex) -> bool {
        let name = &shelf.catalog.offer(offer).name;
        !self.failed.iter().any(|failed| failed == name.as_str())
    }
}

/// What was reserved for one who waited. Dropped unused, it goes back.
#[derive(Debug)]
pub struct Turn {
    house: Arc<House>,
    /// What it was drawn from.
    pub shelf: Arc<Shelf>,
    /// The rest of the draw.
    pub draw: Draw,
    /// Whom, and by what chance.
    pub candidate: Candidate,
    ticket: Option<Ticket>,
}

/// What a walk found for one who waits.
enum Found {
    Turn(Box<Turn>),
    /// Nobody can serve before this moment; `None`: nobody can say.
    Later(Option<Moment>),
    /// Nobody will.
    Never,
}

impl Turn {
    /// The reservation, which the taker settles from now on.
    #[must_use]
    pub fn take(mut self) -> Option<Ticket> {
        self.ticket.take()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let settlement = Settlement {
                outcome: Outcome::Failure(Failure::client_left()),
                usage: None,
                dispatched: false,
                first_event: None,
                streamed: false,
                total: Duration::ZERO,
            };
            self.house.settle(ticket, &settlement);
        }
    }
}

impl Queue {
    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Something changed that somebody may wait for.
    pub fn stir(&self) {
        if !self.is_empty() {
            self.stirred.notify_one();
        }
    }

    /// Waits for a turn; `None` when there is none in time, or no room to wait in.
    pub async fn wait(&self, asked: Asked) -> Option<Turn> {
        let (turn, coming) = oneshot::channel();
        let seat = self.enter(Seat { asked, turn })?;
        let turn = coming.await.ok();
        drop(seat);
        turn
    }

    fn enter(&self, seat: Seat) -> Option<Leaving<'_>> {
        let mut seats = self.seats();
        if seats.taken.len() >= ROOM {
            return None;
        }
        let constraints = &seat.asked.requirements.constraints;
        let place = seats.line.enter(constraints.priority, &constraints.client);
        seats.taken.insert(place, seat);
        self.waiting.store(seats.taken.len(), Ordering::Relaxed);
        drop(seats);
        self.stirred.notify_one();
        Some(Leaving { queue: self, place })
    }

    /// Walks along the line for as long as the house stands.
    pub async fn usher(house: Arc<House>) {
        let queue = &house.queue;
        let mut pause = PAUSE;
        let mut next = None;
        loop {
            tokio::select! {
                () = queue.stirred.notified() => {}
                () = rest_until(&house, next), if next.is_some() => {}
            }
            let begun = house.clock.mark();
            next = queue.walk(&house);
            pause = begun.elapsed().max(pause / 2).max(PAUSE);
            tokio::time::sleep(pause).await;
        }
    }

    /// Gives everybody in turn what can be had; answers when to walk again at the latest.
    fn walk(&self, house: &Arc<House>) -> Option<Moment> {
        let order = self.seats().line.order();
        house.note_waiting(order.len());
        let now = house.clock.now();
        let mut next: Option<Moment> = None;
        for place in order {
            let Some(asked) = self.asked(place) else { continue };
            let again = match house.place(&asked) {
                _ if now >= asked.until => self.dismiss(place),
                Found::Turn(turn) => self.give(place, *turn),
                Found::Never => self.dismiss(place),
                Found::Later(Some(back)) if back > asked.until => self.dismiss(place),
                Found::Later(Some(back)) => Some(back),
                Found::Later(None) => Some(now.after(PATIENCE).min(asked.until)),
            };
            next = [next, again].into_iter().flatten().min();
        }
        if self.is_empty() {
            house.note_waiting(0);
        }
        next
    }

    fn asked(&self, place: Place) -> Option<Asked> {
        self.seats().taken.get(&place).map(|seat| seat.asked.clone())
    }

    fn give(&self, place: Place, turn: Turn) -> Option<Moment> {
        let mut seats = self.seats();
        let seat = seats.taken.remove(&place);
        seats.line.serve(place);
        self.waiting.store(seats.taken.len(), Ordering::Relaxed);
        drop(seats);
        if let Some(seat) = seat {
            // Who has left meanwhile gives it back by dropping it.
            drop(seat.turn.send(turn));
        }
        None
    }

    fn dismiss(&self, place: Place) -> Option<Moment> {
        let mut seats = self.seats();
        seats.taken.remove(&place);
        seats.line.leave(place);
        self.waiting.store(seats.taken.len(), Ordering::Relaxed);
        None
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves the line when dropped: the client has gone, or its turn has come.
struct Leaving<'a> {
    queue: &'a Queue,
    place: Place,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.queue.dismiss(self.place);
    }
}

async fn rest_until(house: &House, moment: Option<Moment>) {
    let left = moment.map_or(PATIENCE, |moment| moment.since(house.clock.now()));
    tokio::time::sleep(left).await;
}

impl House {
    /// Draws for one who waits, and reserves the first that can be had.
    fn place(self: &Arc<Self>, asked: &Asked) -> Found {
        let rather = asked.since.after(RATHER).min(asked.until);
        let Ok((shelf, mut draw)) =
            self.redraw(&asked.names, &asked.requirements, asked.seed, rather)
        else {
            return Found::Never;
        };
        let mut drawn = false;
        while let Some(candidate) = draw.order.next() {
            if !asked.hopes_for(&shelf, candidate.offer)
                || !self.answers_by(&shelf, candidate.offer, asked.by)
            {
                continue;
            }
            drawn = true;
            if let Ok(ticket) = self.admit(&shelf, candidate.offer, &asked.requirements) {
                let house = Arc::clone(self);
                let turn = Turn { house, shelf, draw, candidate, ticket: Some(ticket) };
                return Found::Turn(Box::new(turn));
            }
        }
        if drawn {
            // Others were quicker: they will be back.
            return Found::Later(None);
        }
        let others = draw.excluded.iter().filter(|(offer, _)| asked.hopes_for(&shelf, *offer));
        when_back(others.map(|(_, exclusion)| exclusion))
    }
}

/// When the first of those who cannot serve now can.
fn when_back<'a>(excluded: impl Iterator<Item = &'a Exclusion>) -> Found {
    let mut back: Option<Moment> = None;
    let mut may = false;
    let mut undated = false;
    for exclusion in excluded.filter(|exclusion| exclusion.passes()) {
        may = true;
        match exclusion.ends() {
            Some(end) => back = Some(back.map_or(end, |first| first.min(end))),
            None => undated = true,
        }
    }
    match (may, undated) {
        (false, _) => Found::Never,
        (true, true) => Found::Later(None),
        (true, false) => Found::Later(back),
    }
}

/// Whether somebody who cannot be served now could be, by `until`.
#[must_use]
pub fn may_wait(excluded: &[(OfferIndex, Exclusion)], until: Moment) -> bool {
    may_wait_for(excluded.iter().map(|(_, exclusion)| exclusion), until)
}

/// The same, by what keeps each of some offers from serving.
pub fn may_wait_for<'a>(excluded: impl Iterator<Item = &'a Exclusion>, until: Moment) -> bool {
    match when_back(excluded) {
        Found::Later(Some(back)) => back <= until,
        Found::Later(None) => true,
        Found::Never | Found::Turn(_) => false,
    }
}
