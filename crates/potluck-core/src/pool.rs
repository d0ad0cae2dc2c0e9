//! All of it together, over time: draw, admit, settle.
//!
//! The pool is one plain value. It asks no clock (every call brings its `now`), has no random source (every draw
//! brings its seed) and does no I/O, so the relay keeps it behind one lock that is never held across an await.
//!
//! # Keeping to one catalog
//!
//! An [`OfferIndex`] is a position in one catalog. Whoever holds one while the
//! catalog may be swapped asks [`Pool::is_current`] under the same lock before using it. A [`Ticket`] is safe
//! over a swap: it finds what it reserved by identity, not by position.
//!
//! # The clock
//!
//! A `now` that is a little earlier than the last one (threads race for the lock) is read as the last one. A
//! `now` that is earlier by more than [`Settings::jitter`] means that the clock was set back: everything that
//! was measured against it moves along, so that nobody rests an hour too long. A clock set forward looks
//! like an hour without traffic, unless somebody who has a steady clock tells ([`Pool::shift_clock`]): then
//! everything moves along too, and the calendar's windows turn only when both clocks say so.

mod admit;
mod arena;
mod budget;
mod check;
mod counters;
mod decision;
mod draw;
mod idle;
mod keep;
mod layout;
mod learn;
mod prospect;
mod session;
mod settings;
mod sift;
mod state;
mod ticket;
mod view;

pub use budget::Budget;
pub use counters::Heard;
pub use decision::{Decision, Share};
pub use draw::{Draw, Explanation, Weighted};
pub use idle::{Finding, Inquiry};
pub use keep::{KeptFailure, KeptOffer, Notes};
pub use settings::Settings;
pub use sift::RATHER;
pub use ticket::Ticket;
pub use view::{FailureView, LimitView, OfferView, PoolView};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::{Catalog, OfferIndex};
use crate::names::ProviderId;
use crate::pool::budget::RetryBudget;
use crate::pool::layout::{Layout, Whose};
use crate::pool::session::Sessions;
use crate::pool::state::States;
use crate::quota::Claim;
use crate::time::Moment;

/// Every offer with its state: who can serve, who rests, how much is left.
#[derive(Debug)]
pub struct Pool {
    catalog: Arc<Catalog>,
    settings: Settings,
    layout: Layout,
    states: States,
    sessions: Sessions,
    budget: RetryBudget,
    last: Moment,
    /// Some counter's allowance runs low, or somebody wants more than one grants.
    low: bool,
    /// Whose health may have changed since it was last written down. `None` where nothing is written down.
    marked: Option<BTreeSet<Whose>>,
}

impl Pool {
    /// A pool over `catalog` in which nothing has happened yet.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, settings: Settings) -> Self {
        let mut states = States::default();
        let layout = Layout::new(&catalog, &mut states);
        Self {
            sessions: Sessions::new(settings.sessions, settings.session_idle),
            budget: RetryBudget::new(settings.budget),
            catalog,
            settings,
            layout,
            states,
            last: Moment::from_millis(i64::MIN),
            low: false,
            marked: None,
        }
    }

    /// What there is.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Whether positions in `catalog` are positions in the pool's own.
    #[must_use]
    pub fn is_current(&self, catalog: &Arc<Catalog>) -> bool {
        Arc::ptr_eq(&self.catalog, catalog)
    }

    /// How the pool is set.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes how chances are given; everything else stays.
    pub fn set_strategy(&mut self, strategy: crate::choose::Strategy) {
        self.settings.strategy = strategy;
    }

    /// Swaps the catalog. Counters, health and speed stay with whoever has the same name.
    ///
    /// An offer that is listed differently than before, or again after an absence, starts anew: its
    /// retirement, rest and learnt misfits are lifted. State of what is no longer listed is kept for two
    /// days, in case the list was wrong.
    pub fn replace_catalog(&mut self, catalog: Arc<Catalog>, now: Moment) {
        let now = self.tick(now);
        let before = std::mem::replace(&mut self.catalog, catalog);
        self.layout = Layout::renew(&before, &self.catalog, &mut self.states, now);
    }

    /// Lifts everything that stands against a provider: retirements, refused credentials, rests. For
    /// when the person has mended a key or an account.
    pub fn restore(&mut self, provider: &ProviderId, now: Moment) {
        self.tick(now);
        self.layout.restore(&self.catalog, provider, &mut self.states);
        self.mark_provider(provider);
    }

    /// Heeds what a provider said of an offer's limits, in its answer to `ticket` where it was an answer.
    pub fn observe(
        &mut self,
        offer: OfferIndex,
        ticket: Option<&Ticket>,
        claims: &[Claim],
        now: Moment,
    ) {
        let now = self.tick(now);
        let Some(places) = self.layout.buckets(offer) else { return };
        let holds = ticket.map(|ticket| ticket.holds.as_slice());
        for claim in claims {
            self.states.buckets.heed(places, holds, claim, now);
        }
    }

    /// Takes note of how many wait in line: while a crowd does, no request takes too much of what others could share.
    pub fn note_waiting(&mut self, waiting: usize, now: Moment) {
        self.tick(now);
        self.states.buckets.set_waiting(waiting);
    }

    /// Whether an extra attempt may be made: at most 20 % of the traffic, beyond a floor. Counts it if so.
    pub fn allow_retry(&mut self, now: Moment) -> bool {
        let now = self.tick(now);
        self.budget.spend(now)
    }

    /// Lets a session stick to the offer that served it.
    pub fn remember_session(&mut self, session: &str, offer: OfferIndex, now: Moment) {
        let now = self.tick(now);
        if let Some(lane) = self.layout.lane(offer) {
            self.sessions.remember(session, lane.offer, now);
        }
    }

    /// Takes note that the clock was set `by` milliseconds forward, or back below zero, and shows `now`.
    ///
    /// Whoever has a steady clock beside the wall's tells this. Without it a clock set forward looks like time that
    /// passed, and one set back is noticed by itself.
    pub fn shift_clock(&mut self, by: i64, now: Moment) {
        if self.last.as_millis() != i64::MIN {
            self.shift(by, now);
        }
    }

    /// Takes note of the time; see the header.
    fn tick(&mut self, now: Moment) -> Moment {
        let back = self.last.since(now);
        if self.last.as_millis() != i64::MIN && back > self.settings.jitter {
            self.shift(now.as_millis().saturating_sub(self.last.as_millis()), now);
        }
        self.last = self.last.max(now);
        self.last
    }

    fn shift(&mut self, by: i64, now: Moment) {
        self.states.shift(by, now);
        self.sessions.shift(by);
        self.budget.shift(by);
        self.last = now;
    }

    /// The time for calls that change nothing.
    fn read_time(&self, now: Moment) -> Moment {
        if self.last.since(now) <= self.settings.jitter { now.max(self.last) } else { now }
    }
}

/// How long the state of what is no longer listed is kept.
const ABSENCE: Duration = Duration::from_hours(48);

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
