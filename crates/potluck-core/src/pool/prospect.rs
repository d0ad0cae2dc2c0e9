//! What a forecast of the pool is made of: who can serve such a request, and the counters that it takes from.

use std::collections::BTreeMap;

use crate::catalog::{OfferIndex, Selection};
use crate::exclusion::Exclusion;
use crate::forecast::{Prospect, Prospective};
use crate::health::{Standing, State};
use crate::pool::Pool;
use crate::pool::check::{Check, Look};
use crate::pool::layout::Lane;
use crate::quota::{Meter, Outlook, Refill};
use crate::requirements::Requirements;
use crate::time::Moment;

impl Pool {
    /// Who can serve such a request, now or once something passes, and what it takes of which counter. Changes
    /// nothing.
    #[must_use]
    pub fn prospect(
        &self,
        requirements: &Requirements,
        selection: &Selection,
        now: Moment,
    ) -> Prospect {
        let now = self.read_time(now);
        let gauges = &self.states.buckets.read_all(now);
        let look = Look { layout: &self.layout, states: &self.states, gauges, requirements, now };
        let check = Check::new(&self.catalog, look);
        let mut scene = Scene {
            pool: self,
            requirements,
            found: Prospect { now, counters: Vec::new(), offers: Vec::new() },
            known: BTreeMap::new(),
        };
        for (index, _) in selection.iter() {
            let seen = check.offer(index);
            if seen.as_ref().map_or_else(Exclusion::passes, |_| true) {
                scene.add(index, seen.is_ok());
            }
        }
        scene.found
    }
}

struct Scene<'a> {
    pool: &'a Pool,
    requirements: &'a Requirements,
    found: Prospect,
    /// Counters that are in already.
    known: BTreeMap<Shared, usize>,
}

/// What several offers take from: by its slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shared {
    Limit(usize),
    Credential(usize),
    Account(usize),
    Provider(usize),
}

impl Scene<'_> {
    fn add(&mut self, index: OfferIndex, ready: bool) {
        let pool = self.pool;
        let (Some(offer), Some(lane)) =
            (pool.catalog.offers.get(index.0 as usize), pool.layout.lane(index))
        else {
            return;
        };
        let Some(state) = pool.states.offers.get(lane.offer) else { return };
        let free =
            u64::from(offer.concurrency.max(1)).saturating_sub(state.places.used(self.found.now));
        let mut takes = vec![(self.own(places(free)), 1)];
        let amounts = pool.states.amounts(self.requirements, offer, pool.layout.family(lane));
        for place in pool.layout.buckets_of(lane) {
            let Some(bucket) = pool.states.buckets.get(*place) else { continue };
            let amount = amounts.of(bucket.meter());
            if amount > 0 {
                let now = self.found.now;
                let at = self.shared(Shared::Limit(place.slot()), || bucket.outlook(now));
                takes.push((at, amount));
            }
        }
        takes.extend(state.pace.outlook(self.found.now).map(|pace| (self.own(pace), 1)));
        let rests = self.stand(lane, &state.standing, &mut takes);
        self.found.offers.push(Prospective { offer: index, ready, rests, takes });
    }

    /// How an offer, its credential, account and provider stand: whom one request may try at a time is like a single place.
    /// Answers until when one of them rests.
    fn stand(
        &mut self,
        lane: &Lane,
        own: &Standing,
        takes: &mut Vec<(usize, u64)>,
    ) -> Option<Moment> {
        let pool = self.pool;
        let now = self.found.now;
        let whose = pool.layout.whose(lane);
        takes.extend(tries(own, now).map(|free| (self.own(places(free)), 1)));
        let credential = pool.states.credentials.get(whose.credential).map(|state| &state.standing);
        let account = pool.states.accounts.get(whose.account).map(|state| &state.standing);
        let provider = pool.states.providers.get(whose.provider).map(|state| &state.standing);
        let around = [
            (credential, Shared::Credential(whose.credential.slot())),
            (account, Shared::Account(whose.account.slot())),
            (provider, Shared::Provider(whose.provider.slot())),
        ];
        for (standing, who) in around {
            let free = standing.and_then(|standing| tries(standing, now));
            takes.extend(free.map(|free| (self.shared(who, || places(free)), 1)));
        }
        let all = [Some(own), credential, account, provider];
        all.into_iter().flatten().filter_map(|standing| rests(standing, now)).max()
    }

    fn own(&mut self, counter: Outlook) -> usize {
        self.found.counters.push(counter);
        self.found.counters.len() - 1
    }

    fn shared(&mut self, key: Shared, make: impl FnOnce() -> Outlook) -> usize {
        if let Some(at) = self.known.get(&key) {
            return *at;
        }
        let at = self.own(make());
        self.known.insert(key, at);
        at
    }
}

/// Places in flight, so many of them free.
const fn places(free: u64) -> Outlook {
    Outlook {
        meter: Meter::Concurrent,
        capacity: free,
        free,
        blocked: None,
        refill: Refill::InFlight,
    }
}

/// How many requests may try it at this moment, where that is not any number.
fn tries(standing: &Standing, now: Moment) -> Option<u64> {
    match standing.state(now) {
        State::Probation | State::Cooling { may_probe: true, .. } => Some(1),
        State::Probing => Some(0),
        State::Available | State::Cooling { .. } | State::Retired(_) => None,
    }
}

fn rests(standing: &Standing, now: Moment) -> Option<Moment> {
    match standing.state(now) {
        State::Cooling { may_probe: false, until, .. } => Some(until),
        _ => None,
    }
}
