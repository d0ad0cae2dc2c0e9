//! From positions in the present catalog to the states that outlive it.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Offer, OfferIndex, ProviderIndex};
use crate::health::Estimate;
use crate::names::ProviderId;
use crate::pool::ABSENCE;
use crate::pool::arena::{Found, Place};
use crate::pool::state::{AccountState, CredentialState, OfferState, ProviderState, States};
use crate::time::Moment;

#[derive(Debug, Default)]
pub(crate) struct Layout {
    lanes: Vec<Lane>,
    /// The places of all offers' buckets, in the order of the lanes.
    buckets: Vec<Place>,
    pub(crate) providers: Vec<Place>,
    pub(crate) accounts: Vec<Place>,
    /// By [`Lane::credential`].
    pub(crate) credentials: Vec<Place>,
    /// By [`Lane::credential`]: the first lane that has it.
    keyrings: Vec<u32>,
    /// By [`Lane::family`].
    pub(crate) families: Vec<Place>,
}

/// Where the states of one offer are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    pub(crate) offer: Place,
    pub(crate) provider: ProviderIndex,
    /// Position in [`Layout::accounts`].
    pub(crate) account: u32,
    /// Position in [`Layout::credentials`].
    pub(crate) credential: u32,
    pub(crate) family: u32,
    first_bucket: u32,
    bucket_count: u32,
}

/// Where the states of one offer and of all around it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Whose {
    pub(crate) offer: Place,
    pub(crate) credential: Place,
    pub(crate) account: Place,
    pub(crate) provider: Place,
}

impl Layout {
    pub(crate) fn new(catalog: &Catalog, states: &mut States) -> Self {
        let providers = catalog
            .providers
            .iter()
            .map(|provider| states.providers.place(&provider.id, ProviderState::default).0)
            .collect();
        let buckets: Vec<Place> = catalog
            .buckets
            .iter()
            .map(|bucket| states.buckets.place(&bucket.key, &bucket.limit))
            .collect();
        let mut layout = Self { providers, ..Self::default() };
        let mut numbers = Numbers::default();
        for offer in &catalog.offers {
            layout.add(catalog, offer, &buckets, &mut numbers, states);
        }
        states.buckets.share(buckets.iter().copied().zip(shares(catalog)));
        layout
    }

    fn add<'a>(
        &mut self,
        catalog: &'a Catalog,
        offer: &'a Offer,
        buckets: &[Place],
        numbers: &mut Numbers<'a>,
        states: &mut States,
    ) {
        let provider = &catalog.provider(offer.provider).id;
        let account = number(&mut numbers.accounts, (provider.as_str(), offer.account.as_str()));
        if account as usize == self.accounts.len() {
            let key = (provider.clone(), offer.account.clone());
            self.accounts.push(states.accounts.place(&key, AccountState::default).0);
        }
        let credential =
            number(&mut numbers.credentials, (provider.as_str(), offer.credential.as_str()));
        if credential as usize == self.credentials.len() {
            let key = (provider.clone(), offer.credential.clone());
            self.credentials.push(states.credentials.place(&key, CredentialState::default).0);
            self.keyrings.push(narrow(self.lanes.len()));
        }
        let family = number(&mut numbers.families, offer.family.as_str());
        if family as usize == self.families.len() {
            self.families.push(states.families.place(&offer.family, Estimate::default).0);
        }
        let first_bucket = narrow(self.buckets.len());
        let own = offer.buckets.iter().filter_map(|bucket| buckets.get(bucket.0 as usize));
        self.buckets.extend(own);
        self.lanes.push(Lane {
            offer: states.offers.place(&offer.name, OfferState::default).0,
            provider: offer.provider,
            account,
            credential,
            family,
            first_bucket,
            bucket_count: narrow(self.buckets.len()) - first_bucket,
        });
    }

    /// The layout of the catalog that follows `before`, with whatever changed starting anew.
    pub(crate) fn renew(
        before: &Catalog,
        catalog: &Catalog,
        states: &mut States,
        now: Moment,
    ) -> Self {
        lift_changed(before, catalog, states);
        for bucket in &catalog.buckets {
            let place = states.buckets.place(&bucket.key, &bucket.limit);
            if let Some(state) = states.buckets.touch(place) {
                state.adopt(&bucket.limit);
            }
        }
        let layout = Self::new(catalog, states);
        states.buckets.hear_again(now);
        layout.sweep(states, now);
        layout
    }

    fn sweep(&self, states: &mut States, now: Moment) {
        let long_gone = move |since: Moment| now.since(since) > ABSENCE;
        let offers: Vec<Place> = self.lanes.iter().map(|lane| lane.offer).collect();
        states.offers.sweep(&offers, now, |o, since| o.places.out() == 0 && long_gone(since));
        states.accounts.sweep(&self.accounts, now, |_, since| long_gone(since));
        states.credentials.sweep(&self.credentials, now, |_, since| long_gone(since));
        states.families.sweep(&self.families, now, |_, since| long_gone(since));
        states.providers.sweep(&self.providers, now, |_, since| long_gone(since));
        states.buckets.sweep(&self.buckets, now, long_gone);
    }

    pub(crate) fn lane(&self, offer: OfferIndex) -> Option<&Lane> {
        self.lanes.get(offer.0 as usize)
    }

    /// A lane of each credential, which has one account and one provider, by [`Lane::credential`].
    pub(crate) fn keyrings(&self) -> impl Iterator<Item = &Lane> {
        self.keyrings.iter().filter_map(|lane| self.lanes.get(*lane as usize))
    }

    pub(crate) fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    pub(crate) fn buckets(&self, offer: OfferIndex) -> Option<&[Place]> {
        self.lane(offer).map(|lane| self.buckets_of(lane))
    }

    /// Where what is known of an offer's family is.
    #[inline]
    pub(crate) fn family(&self, lane: &Lane) -> Place {
        self.families[lane.family as usize]
    }

    #[inline]
    pub(crate) fn buckets_of(&self, lane: &Lane) -> &[Place] {
        let first = lane.first_bucket as usize;
        self.buckets.get(first..first + lane.bucket_count as usize).unwrap_or_default()
    }

    /// Where the states of an offer and of all around it are.
    #[inline]
    pub(crate) fn whose(&self, lane: &Lane) -> Whose {
        Whose {
            offer: lane.offer,
            credential: self.credentials[lane.credential as usize],
            account: self.accounts[lane.account as usize],
            provider: self.providers[lane.provider.0 as usize],
        }
    }

    /// Lifts everything that stands against a provider.
    pub(crate) fn restore(&self, catalog: &Catalog, id: &ProviderId, states: &mut States) {
        for lane in &self.lanes {
            if catalog.provider(lane.provider).id != *id {
                continue;
            }
            if let Some(offer) = states.offers.get_mut(lane.offer) {
                offer.standing.restore();
                offer.misfits.clear();
            }
            let whose = self.whose(lane);
            if let Some(credential) = states.credentials.get_mut(whose.credential) {
                credential.standing.restore();
                credential.refused = None;
            }
            if let Some(account) = states.accounts.get_mut(whose.account) {
                account.standing.restore();
            }
            if let Some(provider) = states.providers.get_mut(whose.provider) {
                provider.standing.restore();
                provider.overloaded.clear();
            }
        }
    }
}

/// How many offers draw on each bucket.
fn shares(catalog: &Catalog) -> Vec<u32> {
    let mut shares = vec![0; catalog.buckets.len()];
    for bucket in catalog.offers.iter().flat_map(|offer| &offer.buckets) {
        if let Some(share) = shares.get_mut(bucket.0 as usize) {
            *share += 1;
        }
    }
    shares
}

/// Lifts what stands against offers that are listed differently than before, or again.
fn lift_changed(before: &Catalog, catalog: &Catalog, states: &mut States) {
    let listed: BTreeMap<&str, &Offer> =
        before.offers.iter().map(|offer| (offer.name.as_str(), offer)).collect();
    for offer in &catalog.offers {
        let (place, found) = states.offers.place(&offer.name, OfferState::default);
        let same = listed.get(offer.name.as_str()).is_some_and(|earlier| is_same(earlier, offer));
        if (found == Found::Again || !same)
            && let Some(state) = states.offers.get_mut(place)
        {
            state.standing.restore();
            state.misfits.clear();
        }
    }
}

fn is_same(one: &Offer, other: &Offer) -> bool {
    one.capability == other.capability
        && one.price == other.price
        && one.model == other.model
        && one.credential == other.credential
        && one.account == other.account
}

/// Numbers for what has none in a catalog.
#[derive(Default)]
struct Numbers<'a> {
    accounts: BTreeMap<(&'a str, &'a str), u32>,
    credentials: BTreeMap<(&'a str, &'a str), u32>,
    families: BTreeMap<&'a str, u32>,
}

/// The number of a name: that of before, or the next.
fn number<K: Ord>(numbers: &mut BTreeMap<K, u32>, name: K) -> u32 {
    let next = narrow(numbers.len());
    *numbers.entry(name).or_insert(next)
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
