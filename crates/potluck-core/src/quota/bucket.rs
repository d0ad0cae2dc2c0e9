//! One counter, whatever its clock: reserve, settle, and heed what the provider says of it.
//!
//! A plain value keyed elsewhere by [`Bucket::key`](crate::catalog::Bucket::key): it can be kept in memory,
//! written down or shared without this room noticing. Amounts that turn out larger than what was reserved
//! are counted all the same: the count may then stand above the amount, and the next request waits longer.

mod crowd;
mod gauge;
mod record;
mod shared;
mod told;

pub use gauge::Gauge;

use std::time::Duration;

use crate::quota::berths::Berths;
use crate::quota::calendar::{Calendar, nominal};
use crate::quota::drift::{Drift, Margin};
use crate::quota::elsewhere::Elsewhere;
use crate::quota::kept::Lease;
use crate::quota::places::Places;
use crate::quota::sliding::Sliding;
use crate::quota::thrift::Thrift;
use crate::quota::{Limit, Meter, Unit, Window};
use crate::time::Moment;

/// The state of one limit for one account, model or address.
#[derive(Clone, Debug)]
pub struct BucketState {
    pub(super) counter: Counter,
    meter: Meter,
    counts_failures: bool,
    /// What the table says there is.
    amount: u64,
    /// What the provider says there is, and until when we believe it.
    claimed: Option<(u64, Moment)>,
    /// The provider said that nothing is left until then.
    pub(super) blocked: Option<Moment>,
    /// What it turned out to be: it refused when so much was used.
    learnt: Option<(u64, Moment)>,
    /// How often in a row it turned out to be about that: each time it is believed twice as long.
    confirmed: u32,
    /// Reserved and not yet settled.
    pending: u64,
    /// Ever reserved.
    taken: u64,
    /// Ever given back, or taken off the count by the provider's word.
    returned: u64,
    /// When the provider last spoke of it.
    heard: Option<Moment>,
    /// Its last word on the count, beside our own.
    drift: Option<Drift>,
    /// What is held back because it counts more than we do.
    margin: Margin,
    /// What may be taken before it is written down again; `None` where nothing is written down.
    lease: Option<Lease>,
    /// The same of requests in flight.
    berths: Option<Box<Berths>>,
    /// What others who share the count have used, and may use; `None` where there are none.
    elsewhere: Option<Box<Elsewhere>>,
    /// Whether others wait.
    crowded: bool,
    /// What one request should take, where requests take different amounts.
    thrift: Option<Thrift>,
}

#[derive(Clone, Debug)]
pub(super) enum Counter {
    Sliding(Sliding),
    Calendar(Calendar),
    InFlight(Places),
}

/// Whose word the present figures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The table's amount; nothing of it is used.
    Table,
    /// The table's amount and our own count.
    Ledger,
    /// The provider has spoken of it within the last day.
    Provider,
    /// It refused before the table's amount was used.
    Learnt,
}

/// One reservation in one bucket: what [`BucketState::settle`] needs to find it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// How much was reserved.
    pub reserved: u64,
    stamp: u64,
    /// How much of all that was ever reserved had been settled by then, at least.
    settled: u64,
    /// How much had ceased to count by then.
    lapsed: u64,
}

/// How long what was learnt and confirmed is believed at most, before a little more is tried.
const BELIEVED: Duration = Duration::from_hours(1);

/// How long a claimed amount is believed: a day, as plans change at most that often.
const BELIEF: Duration = Duration::from_hours(24);

impl BucketState {
    /// A fresh counter for `limit`: nothing used.
    #[must_use]
    pub fn new(limit: &Limit) -> Self {
        let counter = match &limit.window {
            Window::Sliding { length } => Counter::Sliding(Sliding::new(*length)),
            Window::Calendar { unit, zone } => {
                Counter::Calendar(Calendar::new(*unit, zone.clone()))
            }
            Window::InFlight => Counter::InFlight(Places::default()),
        };
        let mut fresh = Self {
            counter,
            meter: limit.meter,
            counts_failures: limit.counts_failures,
            amount: limit.amount.max(1),
            claimed: None,
            blocked: None,
            learnt: None,
            confirmed: 0,
            pending: 0,
            taken: 0,
            returned: 0,
            heard: None,
            drift: None,
            margin: Margin::default(),
            lease: None,
            berths: None,
            elsewhere: None,
            crowded: false,
            thrift: None,
        };
        let length = fresh.length();
        fresh.thrift = length.and_then(|length| Thrift::new(limit.meter, length, fresh.amount));
        fresh
    }

    /// Takes over a changed promise; what was used stays used where the clock is the same. Where it is not, whoever
    /// shares the count is to be [heard](Self::hear) again.
    pub fn adopt(&mut self, limit: &Limit) {
        if !self.same_clock(&limit.window) || self.meter != limit.meter {
            let keeps = self.is_kept();
            *self = Self::new(limit);
            if keeps {
                self.begin_keeping();
            }
            return;
        }
        if self.amount != limit.amount.max(1) {
            self.claimed = None;
        }
        self.amount = limit.amount.max(1);
        self.counts_failures = limit.counts_failures;
    }

    fn same_clock(&self, window: &Window) -> bool {
        match (&self.counter, window) {
            (Counter::Sliding(own), Window::Sliding { length }) => {
                u128::from(own.length_millis().unsigned_abs()) == length.as_millis().max(1)
            }
            (Counter::Calendar(own), Window::Calendar { unit, .. }) => own.unit() == *unit,
            (Counter::InFlight(_), Window::InFlight) => true,
            _ => false,
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn meter(&self) -> Meter {
        self.meter
    }

    /// Whether failed attempts stay counted.
    #[must_use]
    pub const fn counts_failures(&self) -> bool {
        self.counts_failures
    }

    // ---- reading: nothing changes -----------------------------------------------------------------

    /// How much there is in all, by the provider's word or else by the table.
    #[must_use]
    pub fn capacity(&self, now: Moment) -> u64 {
        let told = match self.claimed {
            Some((amount, until)) if until > now => amount,
            _ => self.amount,
        };
        self.learnt(now).map_or(told, |learnt| told.min(learnt))
    }

    /// What was learnt from a refusal: it rises by a sixteenth of the table's amount with each window that passes,
    /// so that it is no guess for ever. Where another refusal confirmed it, it rises half as often from then on.
    fn learnt(&self, now: Moment) -> Option<u64> {
        let (amount, since) = self.learnt?;
        let length = self.length()?.as_millis().max(1);
        let believed = (length << self.confirmed).min(BELIEVED.as_millis()).max(length);
        let windows = now.since(since).as_millis() / believed;
        let rise = u64::try_from(windows).unwrap_or(u64::MAX).saturating_mul(self.step());
        Some(amount.saturating_add(rise)).filter(|amount| *amount < self.amount)
    }

    /// By how much what was learnt rises.
    fn step(&self) -> u64 {
        (self.amount / 16).max(1)
    }

    /// How much counts as used at `now`, reservations included.
    #[must_use]
    pub fn used(&self, now: Moment) -> u64 {
        self.own(now).saturating_add(self.elsewhere(now))
    }

    /// The same without what others used who share the count.
    pub(super) fn own(&self, now: Moment) -> u64 {
        match &self.counter {
            Counter::Sliding(window) => window.used(now),
            Counter::Calendar(window) => window.used(now),
            Counter::InFlight(places) => places.used(now),
        }
    }

    /// How much is left at `now`; nothing while the provider says so.
    #[must_use]
    pub fn remaining(&self, now: Moment) -> u64 {
        self.left(self.capacity(now), now)
    }

    /// How much is left at `now` of a `capacity`.
    fn left(&self, capacity: u64, now: Moment) -> u64 {
        self.beside_lent(capacity, now).saturating_sub(self.lent())
    }

    /// How much is left at `now`, with what others hold who share the count and may not need.
    #[must_use]
    pub fn attainable(&self, now: Moment) -> u64 {
        self.beside_lent(self.capacity(now), now)
    }

    fn beside_lent(&self, capacity: u64, now: Moment) -> u64 {
        if self.blocked.is_some_and(|until| until > now) {
            return 0;
        }
        let used = self.used(now);
        let margin = if used == 0 { 0 } else { self.margin.of(capacity, now) };
        capacity.saturating_sub(used).saturating_sub(margin)
    }

    /// What is held back because the provider counts more than we do; nothing while nothing is used.
    #[must_use]
    pub fn margin(&self, now: Moment) -> u64 {
        self.margin.of(self.capacity(now), now)
    }

    /// The earliest moment at which `amount` fits, and is not too much of it while others wait: `now` when it does
    /// already, `None` when it never does or when nobody can say (requests in flight). What others hold who share the
    /// count is taken for there: they give back what they do not need.
    #[must_use]
    pub fn free_at(&self, amount: u64, now: Moment) -> Option<Moment> {
        let room = self.capacity(now).checked_sub(amount)?.saturating_sub(self.margin(now));
        let fits = match (&self.counter, &self.elsewhere) {
            (_, Some(elsewhere)) => self.shared_down_to(elsewhere, room, now)?,
            (Counter::Sliding(window), None) => window.down_to(room, now),
            (Counter::Calendar(window), None) => window.down_to(room, now),
            (Counter::InFlight(places), None) => places.down_to(room, now)?,
        };
        let fits = self.blocked.map_or(fits, |until| fits.max(until));
        Some(fits.max(self.allows(amount, now)))
    }

    /// When the present window is over, or its oldest use falls out; `None` for requests in flight.
    #[must_use]
    pub fn resets(&self, now: Moment) -> Option<Moment> {
        let turn = match &self.counter {
            Counter::Sliding(window) => {
                let own = window.next_change(now).filter(|_| window.used(now) > 0);
                own.into_iter().chain(self.next_elsewhere(now)).min().unwrap_or(now)
            }
            Counter::Calendar(window) => window.end(now),
            Counter::InFlight(_) => return None,
        };
        Some(self.blocked.map_or(turn, |until| turn.max(until)))
    }

    /// Lets go of what no longer counts.
    pub fn forget(&mut self, now: Moment) {
        match &mut self.counter {
            Counter::Sliding(window) => window.forget(now),
            Counter::InFlight(places) => places.forget(now),
            // what others used counts by the present turn
            Counter::Calendar(window) if self.elsewhere.is_some() => window.turn(now),
            Counter::Calendar(_) => {}
        }
    }

    /// The length of its window, a month being 31 days; `None` for requests in flight.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        let millis = match &self.counter {
            Counter::Sliding(window) => window.length_millis(),
            Counter::Calendar(window) => nominal(window.unit()),
            Counter::InFlight(_) => return None,
        };
        Some(Duration::from_millis(millis.unsigned_abs()))
    }

    /// Whose word the figures are.
    #[must_use]
    pub fn source(&self, now: Moment) -> Source {
        match self.heard {
            _ if self.learnt(now).is_some() => Source::Learnt,
            Some(heard) if now.since(heard) < BELIEF => Source::Provider,
            _ if self.used(now) > 0 => Source::Ledger,
            _ => Source::Table,
        }
    }

    /// When the provider last spoke of it.
    #[must_use]
    pub const fn heard(&self) -> Option<Moment> {
        self.heard
    }

    /// The provider's last word on the count, beside our own.
    #[must_use]
    pub const fn drift(&self) -> Option<Drift> {
        self.drift
    }

    /// The turn of the calendar that it keeps to, where it keeps to one.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match &self.counter {
            Counter::Calendar(window) => Some(window.unit()),
            Counter::Sliding(_) | Counter::InFlight(_) => None,
        }
    }

    /// How many entries it keeps: bounded, see the header of the sliding window.
    #[must_use]
    pub fn entries(&self) -> usize {
        match &self.counter {
            Counter::Sliding(window) => window.entries(),
            Counter::Calendar(_) | Counter::InFlight(_) => 1,
        }
    }

    // ---- counting -----------------------------------------------------------------------------------

    /// Counts `amount` from `now` on. The caller has asked [`remaining`](Self::remaining) before.
    pub fn take(&mut self, amount: u64, now: Moment) -> Hold {
        let settled = self.taken.saturating_sub(self.pending);
        self.spend_of_budget(amount, now);
        self.taken = self.taken.saturating_add(amount);
        self.pending = self.pending.saturating_add(amount);
        self.spend(amount);
        let stamp = match &mut self.counter {
            Counter::Sliding(window) => window.take(amount, now),
            Counter::Calendar(window) => window.take(amount, now),
            Counter::InFlight(places) => {
                places.take(amount);
                0
            }
        };
        Hold { reserved: amount, stamp, settled, lapsed: self.lapsed() }
    }

    /// The provider's answer to a request has begun by `now`: so the request has arrived.
    pub fn arrive(&mut self, hold: &mut Hold, now: Moment) {
        match &mut self.counter {
            Counter::Sliding(window) => {
                hold.stamp = window.arrive(hold.stamp, hold.reserved, now);
            }
            Counter::Calendar(window) => window.arrive(hold.stamp, hold.reserved, now),
            Counter::InFlight(_) => {}
        }
    }

    /// Replaces a reservation by the truth: gives back exactly the rest, or counts what came on top.
    pub fn settle(&mut self, hold: Hold, truth: u64, now: Moment) {
        self.pending = self.pending.saturating_sub(hold.reserved);
        self.spend(truth.saturating_sub(hold.reserved));
        self.correct_budget(hold.reserved, truth, now);
        self.returned = self.returned.saturating_add(hold.reserved.saturating_sub(truth));
        match &mut self.counter {
            Counter::Sliding(window) => window.settle(hold.stamp, hold.reserved, truth, now),
            Counter::Calendar(window) => window.settle(hold.stamp, hold.reserved, truth, now),
            Counter::InFlight(places) => places.give_back(hold.reserved),
        }
    }

    /// Gives a place in flight up: the provider may fill it until then. Anything else is settled.
    pub fn give_up(&mut self, hold: Hold, until: Moment, now: Moment) {
        self.pending = self.pending.saturating_sub(hold.reserved);
        if let Counter::InFlight(places) = &mut self.counter {
            places.give_up(hold.reserved, until, now);
        }
    }

    /// Whether it holds requests in flight.
    #[must_use]
    pub const fn is_of_places(&self) -> bool {
        matches!(self.counter, Counter::InFlight(_))
    }

    fn spend(&mut self, amount: u64) {
        if let Some(lease) = &mut self.lease {
            lease.take(amount);
        }
    }

    /// The clock was set `by` milliseconds forward, or back below zero, to `now`: what was measured against it
    /// moves along.
    pub fn shift(&mut self, by: i64, now: Moment) {
        match &mut self.counter {
            Counter::Sliding(window) => window.shift(by),
            Counter::Calendar(window) => window.shift(by, now),
            Counter::InFlight(places) => places.shift(by),
        }
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.shift(by);
        }
        self.blocked = self.blocked.map(|until| until.moved(by));
        self.claimed = self.claimed.map(|(amount, until)| (amount, until.moved(by)));
        self.heard = self.heard.map(|heard| heard.moved(by));
        self.learnt = self.learnt.map(|(amount, since)| (amount, since.moved(by)));
        self.margin.shift(by);
        if let Some(thrift) = &mut self.thrift {
            thrift.shift(by);
        }
        if let Some(drift) = &mut self.drift {
            drift.at = drift.at.moved(by);
        }
    }
}
