//! One who listens to what happens, and what of it they may be told.
//!
//! Who has a bound key hears of the offers that it may use, of their limits, and of its own requests.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use potluck_core::names::OfferName;
use serde_json::Value;

use crate::events::{About, Told};
use crate::house::House;
use crate::http::caller::Caller;
use crate::http::pool::shape;
use crate::http::reach::{self, Reach};
use crate::keys::Standing;
use crate::shelf::Shelf;

/// The kind of an event whose words depend on who hears them: an offer is told with its pools.
pub(super) const ADDED: &str = "offer_added";

/// One who listens.
pub(super) struct Audience {
    house: Arc<House>,
    caller: Caller,
    /// `None`: everything may be heard.
    known: Option<Known>,
}

/// What may be heard of, by names, as of one catalog.
struct Known {
    shelf: Arc<Shelf>,
    offers: BTreeSet<OfferName>,
    limits: BTreeSet<Arc<str>>,
}

impl Audience {
    /// Whoever asks.
    pub(super) fn of(house: Arc<House>, caller: Caller) -> Self {
        let known = reach::is_bound(&caller).then(|| Known::of(&house, &caller));
        Self { house, caller, known }
    }

    /// Whether the key with which they began is still good.
    pub(super) fn may_stay(&self) -> bool {
        let Some(holder) = self.caller.holder() else { return true };
        let now = self.house.clock.now();
        let holder = self.house.keys.by_id(&holder.key.id);
        holder.is_some_and(|holder| matches!(holder.key.standing(now), Standing::Good))
    }

    /// The whole pool, as far as they may see it. What changes after it is told, and may be told twice: events say how
    /// things are, not by how much they changed.
    pub(super) fn snapshot(&self) -> Value {
        let (shelf, view) = self.house.view();
        self.house.events.lookout.begin(&view);
        shape::pool(&self.house, &shelf, &view, &Reach::of(&self.caller, &shelf.catalog))
    }

    /// An event in the words that are for them; `None` where it is none of their business.
    pub(super) fn hear<'a>(&mut self, told: &'a Told) -> Option<Cow<'a, str>> {
        let is_bound = self.known.is_some();
        if !self.may_hear(&told.about) {
            return None;
        }
        match &told.about {
            About::Offer(name) if is_bound && told.kind == ADDED => {
                self.offer(name).map(|offer| offer.to_string().into())
            }
            _ => Some((&*told.data).into()),
        }
    }

    fn may_hear(&mut self, about: &About) -> bool {
        let Some(known) = &mut self.known else { return true };
        match about {
            About::House => false,
            About::Request(client) => {
                self.caller.holder().is_some_and(|holder| holder.key.id == *client)
            }
            About::Offer(_) | About::Limit(_) => {
                // Who went may be told of as who went.
                let knew = known.has(about);
                if !Arc::ptr_eq(&known.shelf, &self.house.shelf()) {
                    *known = Known::of(&self.house, &self.caller);
                }
                knew || known.has(about)
            }
        }
    }

    fn offer(&self, name: &OfferName) -> Option<Value> {
        let (shelf, view) = self.house.view();
        let reach = Reach::of(&self.caller, &shelf.catalog);
        let offer = view.offers.iter().find(|o| o.name == *name && reach.has(o.offer))?;
        Some(shape::offer(&shelf, offer, view.now, &reach))
    }
}

impl Known {
    fn of(house: &House, caller: &Caller) -> Self {
        let (shelf, view) = house.view();
        let reach = Reach::of(caller, &shelf.catalog);
        let mut known = Self { shelf, offers: BTreeSet::new(), limits: BTreeSet::new() };
        for offer in view.offers.into_iter().filter(|offer| reach.has(offer.offer)) {
            known.limits.extend(offer.limits.into_iter().map(|limit| limit.key));
            known.offers.insert(offer.name);
        }
        known
    }

    fn has(&self, about: &About) -> bool {
        match about {
            About::Offer(name) => self.offers.contains(name),
            About::Limit(key) => self.limits.contains(key),
            About::House | About::Request(_) => false,
        }
    }
}
