//! The assembled router: what requests share.
//!
//! One short lock guards the pool's decisions together with the shelf they are about, so that a draw and
//! what it draws from are always of the same catalog. It is never held across an await.

mod errand;
mod open;
mod queue;
mod records;
mod terms;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use potluck_core::Moment;
use potluck_core::catalog::{OfferIndex, Selection, UnknownModel};
use potluck_core::choose;
use potluck_core::exclusion::Exclusion;
use potluck_core::forecast::Prospect;
use potluck_core::pool::{
    self, Draw, Explanation, Finding, Inquiry, Pool, PoolView, RATHER, Ticket,
};
use potluck_core::quota::Claim;
use potluck_core::requirements::Requirements;

pub use errand::{Errand, Errands};
pub use queue::{Asked, Queue, Turn, may_wait, may_wait_for};
pub use terms::{Door, Terms};

use crate::clock::{Clock, Pulse};
use crate::darkroom::Darkroom;
use crate::events::Events;
use crate::gallery::Gallery;
use crate::journal::Journal;
use crate::keys::Keys;
use crate::ledger::Bell;
use crate::meters::Meters;
use crate::recent::{Fact, Listed, Recent, Wanted};
use crate::reload::Reloads;
use crate::settings::{self, Settings};
use crate::shelf::Shelf;
use crate::telemetry::Export;
use crate::upstream::Upstream;

/// What requests share.
#[derive(Debug)]
pub struct House {
    /// The time.
    pub clock: Clock,
    /// Connections to providers.
    pub upstream: Upstream,
    /// Client keys that were made here.
    pub keys: Keys,
    /// Those who wait until somebody can serve them.
    pub queue: Queue,
    /// Wakes whoever writes the counters down.
    pub bell: Bell,
    /// What became of the last requests.
    pub recent: Recent,
    /// The same on disk.
    pub journal: Arc<Journal>,
    /// Where a collector is told of requests, if anywhere.
    pub export: Export,
    /// What the process counts of itself.
    pub meters: Meters,
    /// Those who listen to what happens.
    pub events: Arc<Events>,
    /// Requests that nobody waits for.
    pub errands: Errands,
    /// Where pictures are decoded and written anew.
    pub darkroom: Darkroom,
    /// Pictures that clients were given an address of.
    pub gallery: Gallery,
    /// Whoever wants the settings to be read again, and what became of that.
    pub reloads: Reloads,
    terms: RwLock<Arc<Terms>>,
    stock: Mutex<Stock>,
    seeds: Seeds,
    /// How many other routers share the count.
    sharers: AtomicUsize,
}

#[derive(Debug)]
struct Stock {
    pool: Pool,
    shelf: Arc<Shelf>,
    pulse: Pulse,
}

impl House {
    /// Assembles a router over a first shelf.
    #[must_use]
    pub fn new(settings: &Settings, shelf: Arc<Shelf>, seed: u64) -> Self {
        let pool = Pool::new(Arc::clone(&shelf.catalog), pool_settings(settings));
        Self {
            clock: Clock,
            upstream: Upstream::new(settings.timeouts.connect),
            keys: Keys::default(),
            queue: Queue::default(),
            bell: Bell::default(),
            recent: Recent::default(),
            journal: Arc::default(),
            export: Export::default(),
            meters: Meters::default(),
            events: Arc::default(),
            errands: Errands::default(),
            darkroom: Darkroom::new(settings.images.convert),
            gallery: Gallery::new(settings.images.room, settings.images.keep),
            reloads: Reloads::default(),
            terms: RwLock::new(Arc::new(Terms::from(settings))),
            stock: Mutex::new(Stock { pool, shelf, pulse: Pulse::default() }),
            seeds: Seeds(AtomicU64::new(seed)),
            sharers: AtomicUsize::new(0),
        }
    }

    /// A number that no other request of this house has.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seeds.next()
    }

    /// What is on offer now.
    #[must_use]
    pub fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.stock().shelf)
    }

    /// What holds for every request now.
    #[must_use]
    pub fn terms(&self) -> Arc<Terms> {
        Arc::clone(&self.terms.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts settings that were read again, and what is on offer by them, in place of those before. What was learnt of
    /// offers that stay is kept; what stood against a provider whose key is another one now is lifted.
    pub fn renew(&self, settings: &Settings, shelf: Arc<Shelf>) {
        let now = self.clock.now();
        let terms = Arc::new(Terms::from(settings));
        *self.terms.write().unwrap_or_else(PoisonError::into_inner) = terms;
        let mut stock = self.stock();
        stock.pool.set_strategy(pool_settings(settings).strategy);
        stock.pool.replace_catalog(Arc::clone(&shelf.catalog), now);
        for provider in shelf.mended(&stock.shelf) {
            stock.pool.restore(&provider, now);
        }
        stock.shelf = shelf;
        drop(stock);
        self.queue.stir();
    }

    /// Puts a new catalog in place of the old one; what was learnt of offers that stay is kept.
    pub fn restock(&self, shelf: Arc<Shelf>) {
        let now = self.clock.now();
        let mut stock = self.stock();
        stock.pool.replace_catalog(Arc::clone(&shelf.catalog), now);
        stock.shelf = shelf;
        drop(stock);
        self.queue.stir();
    }

    /// Draws a random order among the offers that these names mean and that can serve.
    ///
    /// # Errors
    /// [`UnknownModel`] with near names, when they mean nothing here.
    pub fn draw(
        &self,
        names: &[String],
        requirements: &Requirements,
        seed: u64,
    ) -> Result<(Arc<Shelf>, Draw), UnknownModel> {
        let waits = requirements.constraints.patience(self.terms().wait).min(RATHER);
        self.draw_by(names, requirements, |pool, among, now| {
            pool.draw_or_wait(requirements, among, now, seed, now.after(waits))
        })
    }

    /// Draws once more for a request that waits, and had rather wait until then than take what others need more.
    ///
    /// # Errors
    /// [`UnknownModel`] when its names have come to mean nothing here.
    pub fn redraw(
        &self,
        names: &[String],
        requirements: &Requirements,
        seed: u64,
        until: Moment,
    ) -> Result<(Arc<Shelf>, Draw), UnknownModel> {
        self.draw_by(names, requirements, |pool, among, now| {
            pool.redraw(requirements, among, now, seed, until)
        })
    }

    fn draw_by(
        &self,
        names: &[String],
        requirements: &Requirements,
        draw: impl FnOnce(&mut Pool, &Selection, Moment) -> Draw,
    ) -> Result<(Arc<Shelf>, Draw), UnknownModel> {
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        let selection = stock.select(names, requirements)?;
        let drawn = draw(&mut stock.pool, &selection, now);
        self.ring_if_low(&stock);
        Ok((Arc::clone(&stock.shelf), drawn))
    }

    /// Reserves a drawn offer.
    ///
    /// # Errors
    /// Why it cannot be reserved now; [`Exclusion::Busy`] too when the catalog changed in between.
    pub fn admit(
        &self,
        drawn_from: &Arc<Shelf>,
        offer: OfferIndex,
        requirements: &Requirements,
    ) -> Result<Ticket, Exclusion> {
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        let offer = stock.translate(drawn_from, offer).ok_or(Exclusion::Busy)?;
        let admitted = stock.pool.admit(offer, requirements, now);
        self.ring_if_low(&stock);
        admitted
    }

    /// So many wait for a turn.
    fn note_waiting(&self, waiting: usize) {
        let now = self.clock.now();
        self.stock_at(now).pool.note_waiting(waiting, now);
    }

    /// Whether an offer is likely to begin an answer by then.
    #[must_use]
    pub fn answers_by(&self, drawn_from: &Arc<Shelf>, offer: OfferIndex, by: Moment) -> bool {
        let now = self.clock.now();
        let stock = self.stock();
        let offer = stock.translate(drawn_from, offer);
        offer.is_some_and(|offer| stock.pool.answers_by(offer, by, now))
    }

    /// The provider's answer has begun: it has counted the request by now.
    pub fn arrive(&self, ticket: &mut Ticket) {
        let now = self.clock.now();
        self.stock_at(now).pool.arrive(ticket, now);
        self.queue.stir();
    }

    /// Closes an attempt with the truth.
    pub fn settle(&self, ticket: Ticket, settlement: &potluck_core::outcome::Settlement) {
        let now = self.clock.now();
        self.stock_at(now).pool.settle(ticket, settlement, now);
        self.queue.stir();
    }

    /// Takes in what a provider says of its limits, in its answer to `ticket` where it was an answer.
    pub fn observe(
        &self,
        drawn_from: &Arc<Shelf>,
        offer: OfferIndex,
        ticket: Option<&Ticket>,
        claims: &[Claim],
    ) {
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        if let Some(offer) = stock.translate(drawn_from, offer) {
            stock.pool.observe(offer, ticket, claims, now);
        }
    }

    /// Notes that the account behind an offer is asked about now.
    #[must_use]
    pub fn inquire(&self, drawn_from: &Arc<Shelf>, offer: OfferIndex) -> Option<Inquiry> {
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        let offer = stock.translate(drawn_from, offer)?;
        stock.pool.inquire(offer, now)
    }

    /// Heeds what an account endpoint answered.
    pub fn conclude(&self, inquiry: &Inquiry, finding: &Finding) {
        let now = self.clock.now();
        self.stock_at(now).pool.conclude(inquiry, finding, now);
        self.queue.stir();
    }

    /// Offers that rest because no answer came from their host, one for each idle provider.
    #[must_use]
    pub fn unreached(&self) -> (Arc<Shelf>, Vec<OfferIndex>) {
        let now = self.clock.now();
        let stock = self.stock_at(now);
        (Arc::clone(&stock.shelf), stock.pool.unreached(now))
    }

    /// Heeds whether the host of an offer could be connected to.
    pub fn reach(&self, drawn_from: &Arc<Shelf>, offer: OfferIndex, reached: bool) {
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        if let Some(offer) = stock.translate(drawn_from, offer) {
            stock.pool.reach(offer, reached, now);
        }
        drop(stock);
        self.queue.stir();
    }

    /// Whether the budget allows another attempt.
    #[must_use]
    pub fn allow_retry(&self) -> bool {
        let now = self.clock.now();
        self.stock().pool.allow_retry(now)
    }

    /// Keeps a conversation where it was served.
    pub fn remember_session(&self, drawn_from: &Arc<Shelf>, session: &str, offer: OfferIndex) {
        let now = self.clock.now();
        let mut stock = self.stock();
        if let Some(offer) = stock.translate(drawn_from, offer) {
            stock.pool.remember_session(session, offer, now);
        }
    }

    /// The pool as it is now.
    #[must_use]
    pub fn view(&self) -> (Arc<Shelf>, PoolView) {
        let now = self.clock.now();
        let stock = self.stock();
        (Arc::clone(&stock.shelf), stock.pool.view(now))
    }

    /// Who would be drawn, and why the others would not.
    ///
    /// # Errors
    /// [`UnknownModel`] with near names, when the names mean nothing here.
    pub fn explain(
        &self,
        names: &[String],
        requirements: &Requirements,
    ) -> Result<(Arc<Shelf>, Explanation), UnknownModel> {
        let now = self.clock.now();
        let stock = self.stock();
        let selection = stock.select(names, requirements)?;
        Ok((Arc::clone(&stock.shelf), stock.pool.explain(requirements, &selection, now)))
    }

    /// What a forecast for such requests is made of.
    ///
    /// # Errors
    /// [`UnknownModel`] with near names, when the names mean nothing here.
    pub fn prospect(
        &self,
        names: &[String],
        requirements: &Requirements,
    ) -> Result<(Arc<Shelf>, Prospect), UnknownModel> {
        let now = self.clock.now();
        let stock = self.stock();
        let selection = stock.select(names, requirements)?;
        Ok((Arc::clone(&stock.shelf), stock.pool.prospect(requirements, &selection, now)))
    }

    fn ring_if_low(&self, stock: &Stock) {
        if stock.pool.is_low() {
            self.bell.ring();
        }
    }

    /// The stock, told where the clock was set.
    fn stock_at(&self, now: Moment) -> MutexGuard<'_, Stock> {
        let mut stock = self.stock();
        if let Some(by) = stock.pulse.leap(now) {
            stock.pool.shift_clock(by, now);
            self.keys.shift_clock(by, now);
            tracing::warn!(
                milliseconds = by,
                "the clock was set: limits keep to both for two days"
            );
        }
        stock
    }

    /// Keeps what became of a request.
    pub fn remember(&self, fact: Arc<Fact>) {
        self.journal.keep(&fact);
        self.recent.keep(fact);
    }

    /// What became of the request `id`, as long as anything remembers it.
    pub async fn recall(&self, id: &str) -> Option<Arc<Fact>> {
        match self.recent.find(id) {
            Some(fact) => Some(fact),
            None => self.journal.find(id).await,
        }
    }

    /// Those that are wanted, the newest first: of the journal where there is one, else of what is remembered.
    /// `None` where too many ask at once.
    pub async fn list(&self, wanted: &Wanted) -> Option<Vec<Listed>> {
        match self.journal.kept() {
            Some(_) => self.journal.list(wanted).await,
            None => Some(self.recent.list(wanted)),
        }
    }

    /// The last request has ended: what is to be kept is written down.
    pub fn close(&self) {
        self.bell.close();
        self.export.close();
        self.journal.close();
    }

    /// A panic elsewhere must not stop the house: the pool's state is plain numbers.
    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pool_settings(settings: &Settings) -> pool::Settings {
    let strategy = match settings.pool.strategy {
        settings::Strategy::Balanced => choose::Strategy::Balanced,
        settings::Strategy::Uniform => choose::Strategy::Uniform,
    };
    pool::Settings { strategy, ..pool::Settings::default() }
}

impl House {
    /// Whether whoever comes needs no key: nobody ever made one, and only this machine can come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let terms = self.terms();
        let door = &terms.door;
        door.loopback && door.keys.is_empty() && door.admin_keys.is_empty() && self.keys.is_empty()
    }
}

impl Stock {
    /// What the names mean of what whoever asks may have.
    fn select(
        &self,
        names: &[String],
        requirements: &Requirements,
    ) -> Result<Selection, UnknownModel> {
        let permit = requirements.constraints.permit.as_deref();
        self.shelf.catalog.select_permitted(names, permit)
    }

    /// Positions are of one catalog; after a swap an offer is found again by its name.
    fn translate(&self, drawn_from: &Arc<Shelf>, offer: OfferIndex) -> Option<OfferIndex> {
        if Arc::ptr_eq(drawn_from, &self.shelf) {
            return Some(offer);
        }
        let name = &drawn_from.catalog.offer(offer).name;
        self.shelf.catalog.enumerate().find(|(_, offer)| offer.name == *name).map(|(at, _)| at)
    }
}

/// Numbers that differ: a counter, stirred (`SplitMix64`), so that neighbours share no bits.
#[derive(Debug)]
struct Seeds(AtomicU64);

impl Seeds {
    fn next(&self) -> u64 {
        let counted = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let mut stirred = counted;
        stirred = (stirred ^ (stirred >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        stirred = (stirred ^ (stirred >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        stirred ^ (stirred >> 31)
    }
}
