//! One counter, whatever its clock: reserve, settle, and heed what the provider says of it.
//!
//! A plain value keyed elsewhere by [`Bucket::key`](crate::catalog::Bucket::key): it can be kept in memory,
//! written down or shared without this room noticing. Amounts that turn out larger than what was reserved
//! are counted all the same: the count may then stand above the amount, and the next request waits longer.

use std::time::Duration;

use crate::quota::calendar::{Calendar, nominal};
use crate::quota::drift::{Drift, Margin};
use crate::quota::kept::{Kept, Lease, Uses};
use crate::quota::sliding::Sliding;
use crate::quota::{Claim, Limit, Meter, Unit, Window};
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
}

#[derive(Clone, Debug)]
pub(super) enum Counter {
    Sliding(Sliding),
    Calendar(Calendar),
    InFlight(u64),
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

/// A bucket at a glance: what a draw needs of it. Right until [`Gauge::until`], unless the bucket is touched.
#[derive(Clone, Copy, Debug)]
pub struct Gauge {
    /// What it counts.
    pub meter: Meter,
    /// How much there is in all.
    pub capacity: u64,
    /// How much is left.
    pub remaining: u64,
    /// How much of it may be taken before the count is written down again.
    pub lease: u64,
    /// What is left, per second until the window turns (of a sliding one, over its length). Infinite for
    /// requests in flight. Of a calendar window up to a 64th of the time left out of date.
    pub rate: f64,
    /// Until when this is right.
    pub until: Moment,
}

impl Gauge {
    /// A gauge that has yet to be read.
    pub const STALE: Self = Self {
        meter: Meter::Requests,
        capacity: 0,
        remaining: 0,
        lease: 0,
        rate: 0.0,
        until: Moment::from_millis(i64::MIN),
    };
}

/// How long a claimed amount is believed: a day, as plans change at most that often.
const BELIEF: Duration = Duration::from_hours(24);

/// No limit is learnt to be less than a quarter of the table's: a refusal when nearly nothing was used is about
/// something else.
const LEAST_LEARNT: u64 = 4;

impl BucketState {
    /// A fresh counter for `limit`: nothing used.
    #[must_use]
    pub fn new(limit: &Limit) -> Self {
        let counter = match &limit.window {
            Window::Sliding { length } => Counter::Sliding(Sliding::new(*length)),
            Window::Calendar { unit, zone } => {
                Counter::Calendar(Calendar::new(*unit, zone.clone()))
            }
            Window::InFlight => Counter::InFlight(0),
        };
        Self {
            counter,
            meter: limit.meter,
            counts_failures: limit.counts_failures,
            amount: limit.amount.max(1),
            claimed: None,
            blocked: None,
            learnt: None,
            pending: 0,
            taken: 0,
            returned: 0,
            heard: None,
            drift: None,
            margin: Margin::default(),
            lease: None,
        }
    }

    /// Takes over a changed promise; what was used stays used where the clock is the same.
    pub fn adopt(&mut self, limit: &Limit) {
        if !self.same_clock(&limit.window) || self.meter != limit.meter {
            *self = Self { lease: self.lease.map(|_| Lease::NONE), ..Self::new(limit) };
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
    /// so that it is no guess for ever.
    fn learnt(&self, now: Moment) -> Option<u64> {
        let (amount, since) = self.learnt?;
        let windows = now.since(since).as_millis() / self.length()?.as_millis().max(1);
        let rise =
            u64::try_from(windows).unwrap_or(u64::MAX).saturating_mul((self.amount / 16).max(1));
        Some(amount.saturating_add(rise)).filter(|amount| *amount < self.amount)
    }

    /// How much counts as used at `now`, reservations included.
    #[must_use]
    pub fn used(&self, now: Moment) -> u64 {
        match &self.counter {
            Counter::Sliding(window) => window.used(now),
            Counter::Calendar(window) => window.used(now),
            Counter::InFlight(out) => *out,
        }
    }

    /// How much is left at `now`; nothing while the provider says so.
    #[must_use]
    pub fn remaining(&self, now: Moment) -> u64 {
        if self.blocked.is_some_and(|until| until > now) {
            return 0;
        }
        let (capacity, used) = (self.capacity(now), self.used(now));
        let margin = if used == 0 { 0 } else { self.margin(now) };
        capacity.saturating_sub(used).saturating_sub(margin)
    }

    /// What is held back because the provider counts more than we do; nothing while nothing is used.
    #[must_use]
    pub fn margin(&self, now: Moment) -> u64 {
        self.margin.of(self.capacity(now), now)
    }

    /// The earliest moment at which `amount` fits: `now` when it does already, `None` when it never
    /// does or when nobody can say (requests in flight).
    #[must_use]
    pub fn free_at(&self, amount: u64, now: Moment) -> Option<Moment> {
        let room = self.capacity(now).checked_sub(amount)?.saturating_sub(self.margin(now));
        let fits = match &self.counter {
            Counter::Sliding(window) => window.down_to(room, now),
            Counter::Calendar(window) => window.down_to(room, now),
            Counter::InFlight(out) => (*out <= room).then_some(now)?,
        };
        Some(self.blocked.map_or(fits, |until| fits.max(until)))
    }

    /// When the present window is over, or its oldest use falls out; `None` for requests in flight.
    #[must_use]
    pub fn resets(&self, now: Moment) -> Option<Moment> {
        let turn = match &self.counter {
            Counter::Sliding(window) if window.used(now) == 0 => now,
            Counter::Sliding(window) => window.down_to(window.used(now) - 1, now),
            Counter::Calendar(window) => window.end(now),
            Counter::InFlight(_) => return None,
        };
        Some(self.blocked.map_or(turn, |until| turn.max(until)))
    }

    /// The bucket at a glance.
    #[must_use]
    pub fn gauge(&self, now: Moment) -> Gauge {
        let remaining = self.remaining(now);
        let (rate, change) = match &self.counter {
            Counter::Sliding(window) => {
                (per_second(remaining, window.length_millis()), window.next_change(now))
            }
            Counter::Calendar(window) => {
                let left = window.left(now);
                let soon = Moment::from_millis(now.as_millis().saturating_add((left / 64).max(1)));
                let turn = window.turns(now).map_or(soon, |turn| turn.min(soon));
                (per_second(remaining, left), Some(turn))
            }
            Counter::InFlight(_) => (f64::INFINITY, None),
        };
        let claimed = self.claimed.map(|(_, until)| until);
        let until = [change, claimed, self.blocked, self.margin.ends()]
            .into_iter()
            .flatten()
            .filter(|at| *at > now);
        Gauge {
            meter: self.meter,
            capacity: self.capacity(now),
            remaining,
            lease: self.lease(),
            rate,
            until: until.min().unwrap_or(Moment::from_millis(i64::MAX)),
        }
    }

    /// Lets go of what no longer counts.
    pub fn forget(&mut self, now: Moment) {
        if let Counter::Sliding(window) = &mut self.counter {
            window.forget(now);
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
        self.taken = self.taken.saturating_add(amount);
        self.pending = self.pending.saturating_add(amount);
        self.spend(amount);
        let stamp = match &mut self.counter {
            Counter::Sliding(window) => window.take(amount, now),
            Counter::Calendar(window) => window.take(amount, now),
            Counter::InFlight(out) => {
                *out = out.saturating_add(amount);
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
        self.returned = self.returned.saturating_add(hold.reserved.saturating_sub(truth));
        match &mut self.counter {
            Counter::Sliding(window) => window.settle(hold.stamp, hold.reserved, truth, now),
            Counter::Calendar(window) => window.settle(hold.stamp, hold.reserved, truth, now),
            Counter::InFlight(out) => *out = out.saturating_sub(hold.reserved),
        }
    }

    // ---- writing down ---------------------------------------------------------------------------------

    /// From now on nothing is taken that a record has not granted.
    pub fn begin_keeping(&mut self) {
        if !matches!(self.counter, Counter::InFlight(_)) {
            self.lease.get_or_insert(Lease::NONE);
        }
    }

    /// How much may be taken before the next record is safe.
    #[must_use]
    pub fn lease(&self) -> u64 {
        self.lease.map_or(u64::MAX, |lease| lease.left)
    }

    /// Whether the next record had better be made now.
    #[must_use]
    pub fn is_low(&self, now: Moment) -> bool {
        self.lease.is_some_and(|lease| lease.is_low(self.capacity(now)))
    }

    /// Somebody wants to take `amount` at once: the next record is to grant it.
    pub fn want(&mut self, amount: u64) {
        if let Some(lease) = &mut self.lease {
            lease.want(amount);
        }
    }

    /// As it is to be written down; `None` where it is not.
    pub fn keep(&mut self, now: Moment) -> Option<Kept> {
        let capacity = self.capacity(now);
        let allowance = self.lease.as_mut()?.renew(capacity);
        let uses = match &self.counter {
            Counter::Sliding(window) => window.keep(now),
            Counter::Calendar(window) => window.keep(now),
            Counter::InFlight(_) => Uses::InFlight,
        };
        let Self { claimed, blocked, learnt, heard, drift, margin, .. } = *self;
        Some(Kept { uses, claimed, blocked, learnt, heard, drift, margin, allowance })
    }

    /// The end: nothing may be taken any more, and records grant nothing.
    pub fn end_lease(&mut self) {
        self.lease = self.lease.map(|_| Lease::ENDED);
    }

    /// The record that grants `allowance` is safe.
    pub fn grant(&mut self, allowance: u64) {
        if let Some(lease) = &mut self.lease {
            lease.grant(allowance);
        }
    }

    /// Takes over what was written down before a restart. A record of another clock is nothing to it.
    pub fn recall(&mut self, kept: &Kept, now: Moment) {
        match (&mut self.counter, &kept.uses) {
            (Counter::Sliding(own), Uses::Sliding { length, entries, beyond })
                if own.length_millis() == *length =>
            {
                own.recall(entries, *beyond, kept.allowance, now);
            }
            (Counter::Calendar(own), Uses::Calendar { unit, start, end, used })
                if own.unit() == *unit =>
            {
                own.recall((*start, *end), *used, kept.allowance, now);
            }
            _ => return,
        }
        self.claimed = kept.claimed;
        self.blocked = kept.blocked;
        self.learnt = kept.learnt;
        self.heard = kept.heard;
        self.drift = kept.drift;
        self.margin = kept.margin;
    }

    fn spend(&mut self, amount: u64) {
        if let Some(lease) = &mut self.lease {
            lease.take(amount);
        }
    }

    // ---- what the provider says -----------------------------------------------------------------------

    /// Whether a claim over a window of `length` can be about this bucket; lengths may differ by a tenth,
    /// because a month is counted as 28 to 31 days.
    #[must_use]
    pub fn is_meant(&self, meter: Meter, length: Option<Duration>) -> bool {
        if self.meter != meter {
            return false;
        }
        let (Some(claimed), Some(own)) = (length, self.length()) else {
            return length.is_none() && self.length().is_some();
        };
        claimed.abs_diff(own) <= own / 9
    }

    /// Heeds the provider. Its word wins: fewer left than we thought raises our count; more left is
    /// trusted except for what the word may not include. That is everything that was not settled when the request
    /// was sent that it answers (`hold`), for words overtake each other on their way; without a request, what
    /// is in flight.
    pub fn apply(&mut self, claim: &Claim, hold: Option<&Hold>, now: Moment) {
        if matches!(self.counter, Counter::InFlight(_)) {
            return;
        }
        let spoke_before = self.heard.replace(now).is_some();
        if let Some(amount) = claim.amount.filter(|amount| *amount > 0) {
            self.learnt = None;
            self.claimed = (amount != self.amount).then(|| (amount, now.after(BELIEF)));
        }
        let Some(remaining) = claim.remaining else { return };
        let unsure = hold.map_or(self.pending, |hold| self.taken.saturating_sub(hold.settled));
        let mut counted = self.capacity(now).saturating_sub(remaining);
        if self.is_of_an_earlier_turn(hold, now) {
            // It may speak of a count that has begun anew since: of this one it knows at most what was under way.
            counted = counted.min(unsure);
        } else {
            self.compare(counted, unsure, hold, spoke_before, now);
        }
        if remaining > 0 {
            self.blocked = None;
        }
        let before = self.used(now);
        match &mut self.counter {
            Counter::Sliding(window) => window.correct(counted, unsure, claim.resets, now),
            Counter::Calendar(window) => window.correct(counted, unsure, claim.resets, now),
            Counter::InFlight(_) => {}
        }
        self.returned = self.returned.saturating_add(before.saturating_sub(self.used(now)));
    }

    fn is_of_an_earlier_turn(&self, hold: Option<&Hold>, now: Moment) -> bool {
        match (&self.counter, hold) {
            (Counter::Calendar(window), Some(hold)) => !window.is_of(hold.stamp, now),
            _ => false,
        }
    }

    /// Records how far the counts are apart. Ours explains what has ceased to count since the request was sent, too.
    ///
    /// A first word tells of uses before the start, and one that is no answer of a window that slides on meanwhile:
    /// neither teaches anything of what comes.
    fn compare(
        &mut self,
        counted: u64,
        unsure: u64,
        hold: Option<&Hold>,
        spoke_before: bool,
        now: Moment,
    ) {
        self.forget(now);
        let own = self.used(now);
        let lapsed = hold.map_or(0, |hold| self.lapsed().saturating_sub(hold.lapsed));
        let excess = counted.saturating_sub(own.saturating_add(lapsed));
        let lack = own.saturating_sub(unsure).saturating_sub(counted);
        let by = signed(excess).saturating_sub(signed(lack));
        self.drift = Some(Drift { counted, own, by, at: now });
        if spoke_before && (hold.is_some() || matches!(self.counter, Counter::Calendar(_))) {
            self.margin.note(excess, now);
        }
    }

    /// All that has ever ceased to count: by time, by being given back, or by the provider's word.
    const fn lapsed(&self) -> u64 {
        let by_time = match &self.counter {
            Counter::Sliding(window) => window.lapsed(),
            Counter::Calendar(_) | Counter::InFlight(_) => 0,
        };
        by_time.saturating_add(self.returned)
    }

    /// The provider refused for want of quota: nothing is left until `until`, or until the window's own
    /// turn. Never shortens an earlier word. Where less was used than there is in all, beside the refused request
    /// (`hold`), the rest is not there: somebody else uses it, or the table is wrong.
    pub fn exhaust(&mut self, until: Option<Moment>, hold: Option<&Hold>, now: Moment) {
        if let Some(refused) = hold {
            self.learn(refused, now);
        }
        let until = until.unwrap_or_else(|| self.turn(now));
        self.heard = Some(now);
        self.blocked = Some(self.blocked.map_or(until, |earlier| earlier.max(until)));
    }

    /// Learns from a refused request (`hold`) that there is no more than what the others used; whether it did. A word
    /// on the amount itself is better than what can be learnt from a refusal.
    pub fn learn(&mut self, hold: &Hold, now: Moment) -> bool {
        let is_told = self.claimed.is_some_and(|(_, until)| until > now);
        let others = self.used(now).saturating_sub(hold.reserved);
        let learns = !is_told
            && others < self.capacity(now)
            && !matches!(self.counter, Counter::InFlight(_));
        if learns {
            self.learnt = Some((others.max(self.amount / LEAST_LEARNT).max(1), now));
        }
        learns
    }

    /// When a provider that says "used up" can be asked again.
    ///
    /// A calendar window turns. A sliding one gives back bit by bit: up to a minute it is waited out,
    /// a longer one is asked again after a sixteenth of it, at least a minute.
    fn turn(&self, now: Moment) -> Moment {
        match &self.counter {
            Counter::Calendar(window) => window.end(now),
            Counter::Sliding(window) => {
                let length = window.length_millis();
                let wait = if length <= 60_000 { length } else { (length / 16).max(60_000) };
                Moment::from_millis(now.as_millis().saturating_add(wait))
            }
            Counter::InFlight(_) => now,
        }
    }

    /// The clock was set `by` milliseconds forward, or back below zero, to `now`: what was measured against it
    /// moves along.
    pub fn shift(&mut self, by: i64, now: Moment) {
        match &mut self.counter {
            Counter::Sliding(window) => window.shift(by),
            Counter::Calendar(window) => window.shift(by, now),
            Counter::InFlight(_) => {}
        }
        self.blocked = self.blocked.map(|until| until.moved(by));
        self.claimed = self.claimed.map(|(amount, until)| (amount, until.moved(by)));
        self.heard = self.heard.map(|heard| heard.moved(by));
        self.learnt = self.learnt.map(|(amount, since)| (amount, since.moved(by)));
        self.margin.shift(by);
        if let Some(drift) = &mut self.drift {
            drift.at = drift.at.moved(by);
        }
    }
}

/// `remaining` spread over `millis`; the last second of a window counts as a whole one, or its end would
/// outweigh everything.
#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than a few digits")]
fn per_second(remaining: u64, millis: i64) -> f64 {
    remaining as f64 * 1000.0 / millis.max(1000) as f64
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
