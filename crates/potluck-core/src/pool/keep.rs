//! What is to be written down, so that a restart knows what the provider knows.
//!
//! Whoever writes asks for [`Pool::keep`], makes the notes safe, and then says so with [`Pool::grant`]: one batch
//! at a time. How and where notes are written is nobody's concern here. Until the first batch is safe, offers
//! with limits are busy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::OfferIndex;
use crate::exclusion::Exclusion;
use crate::health::KeptStanding;
use crate::names::{AccountId, CredentialId, OfferName, ProviderId};
use crate::outcome::{Class, Outcome, Settlement};
use crate::pool::counters::Heard;
use crate::pool::layout::Whose;
use crate::pool::state::{LastFailure, States};
use crate::pool::{Pool, Ticket};
use crate::quota::Kept;
use crate::requirements::Requirements;
use crate::time::Moment;

/// What is to be written down, or was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// When they were made.
    pub made: Option<Moment>,
    /// Counters, by key.
    pub buckets: BTreeMap<Arc<str>, Kept>,
    /// Offers.
    pub offers: BTreeMap<OfferName, KeptOffer>,
    /// Credentials; `None` where nothing stands against it any more. That one is refused is not written down: keys are
    /// read at the start, so a start is what follows when a person has mended one.
    pub credentials: BTreeMap<(ProviderId, CredentialId), Option<KeptStanding>>,
    /// Accounts; `None` where nothing stands against it any more.
    pub accounts: BTreeMap<(ProviderId, AccountId), Option<KeptStanding>>,
    /// Providers; `None` where nothing stands against it any more.
    pub providers: BTreeMap<ProviderId, Option<KeptStanding>>,
}

/// An offer as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptOffer {
    /// What stands against it.
    pub standing: Option<KeptStanding>,
    /// The evidence.
    pub last_failure: Option<KeptFailure>,
}

/// A failure as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFailure {
    /// How it failed.
    pub class: Class,
    /// The provider's status, where there was one.
    pub status: Option<u16>,
    /// In words that are safe to show.
    pub detail: String,
    /// When.
    pub at: Moment,
}

impl Notes {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
            && self.offers.is_empty()
            && self.credentials.is_empty()
            && self.accounts.is_empty()
            && self.providers.is_empty()
    }

    /// Adds what is newer: it replaces what is older of the same name.
    pub fn merge(&mut self, newer: Self) {
        self.made = newer.made.or(self.made);
        self.buckets.extend(newer.buckets);
        self.offers.extend(newer.offers);
        self.credentials.extend(newer.credentials);
        self.accounts.extend(newer.accounts);
        self.providers.extend(newer.providers);
    }

    /// What each counter's record grants, for [`Pool::grant`].
    #[must_use]
    pub fn allowances(&self) -> Vec<(Arc<str>, u64)> {
        self.buckets.iter().map(|(key, kept)| (Arc::clone(key), kept.allowance)).collect()
    }
}

impl Pool {
    /// Takes over what was written down before a restart, and from now on takes nothing that a record has not
    /// granted. To be called before the first request.
    ///
    /// Notes from a clock that was ahead of `now` are moved back by as much.
    pub fn begin_keeping(&mut self, notes: Notes, now: Moment) {
        // The states measure by the clock of the notes until it turns out to have been set back.
        let read = notes.made.map_or(now, |made| made.max(now));
        self.tick(read);
        self.marked = Some(BTreeSet::new());
        self.recall_health(&notes, read);
        self.states.buckets.begin_keeping(notes.buckets, read);
        self.low = true;
        self.tick(now);
    }

    fn recall_health(&mut self, notes: &Notes, now: Moment) {
        for (name, kept) in &notes.offers {
            let place = self.states.offers.place(name, Default::default).0;
            let Some(offer) = self.states.offers.get_mut(place) else { continue };
            if let Some(standing) = &kept.standing {
                offer.standing.recall(standing);
                offer.standing.reconsider(now);
            }
            offer.record.last_failure = kept.last_failure.clone().map(LastFailure::from);
        }
        for (key, kept) in &notes.credentials {
            let place = self.states.credentials.place(key, Default::default).0;
            let credential = self.states.credentials.get_mut(place);
            if let (Some(credential), Some(standing)) = (credential, kept) {
                credential.standing.recall(standing);
            }
        }
        for (key, kept) in &notes.accounts {
            let place = self.states.accounts.place(key, Default::default).0;
            let account = self.states.accounts.get_mut(place);
            if let (Some(account), Some(standing)) = (account, kept) {
                account.standing.recall(standing);
            }
        }
        for (id, kept) in &notes.providers {
            let place = self.states.providers.place(id, Default::default).0;
            let provider = self.states.providers.get_mut(place);
            if let (Some(provider), Some(standing)) = (provider, kept) {
                provider.standing.recall(standing);
            }
        }
    }

    /// What changed since the last time. The next call waits until [`Pool::grant`] was called for this one, or
    /// until its notes are known to be lost.
    pub fn keep(&mut self, now: Moment) -> Notes {
        let now = self.tick(now);
        self.low = false;
        let Some(marked) = &mut self.marked else { return Notes::default() };
        let mut notes = Notes { made: Some(now), ..Notes::default() };
        notes.buckets.extend(self.states.buckets.keep(now));
        for whose in std::mem::take(marked) {
            self.states.note(&whose, &mut notes);
        }
        notes
    }

    /// What others who share the count say now, by key. Whether the next notes had better be made at once: somebody asks
    /// for what is not needed here, or what was waited for is there.
    ///
    /// Notes are limited by what was heard. So whoever makes them hears everybody first, and lets nobody else write until
    /// they are safe; then all who share the count never grant more together than there is.
    pub fn hear(&mut self, heard: &BTreeMap<Arc<str>, Heard>, now: Moment) -> bool {
        let now = self.tick(now);
        self.states.buckets.hear(heard, now)
    }

    /// Everything as it is at the end. Nothing may be taken any more, so the records grant nothing.
    pub fn keep_last(&mut self, now: Moment) -> Notes {
        self.states.buckets.end_leases();
        self.keep(now)
    }

    /// Notes were lost: what they say is to be kept again the next time.
    pub fn unkeep(&mut self, notes: &Notes) {
        for key in notes.buckets.keys() {
            self.states.buckets.touch_key(key);
        }
        let Some(marked) = &mut self.marked else { return };
        for lane in self.layout.lanes() {
            let known = self.states.offers.entry(lane.offer);
            if known.is_some_and(|(name, _)| notes.offers.contains_key(name)) {
                marked.insert(self.layout.whose(lane));
            }
        }
    }

    /// The notes that grant these allowances are safe.
    pub fn grant(&mut self, allowances: &[(Arc<str>, u64)]) {
        for (key, allowance) in allowances {
            self.states.buckets.grant(key, *allowance);
        }
    }

    /// Whether notes had better be made now: an allowance runs low, or somebody is kept waiting by one.
    #[must_use]
    pub const fn is_low(&self) -> bool {
        self.low
    }

    /// An offer that is busy may be so for want of an allowance: the next notes are to grant it.
    pub(super) fn want(
        &mut self,
        index: OfferIndex,
        exclusion: Exclusion,
        requirements: &Requirements,
        now: Moment,
    ) {
        if self.marked.is_none() || exclusion != Exclusion::Busy {
            return;
        }
        let (Some(offer), Some(lane)) =
            (self.catalog.offers.get(index.0 as usize), self.layout.lane(index))
        else {
            return;
        };
        let amounts = self.states.amounts(requirements, offer, self.layout.family(lane));
        for place in self.layout.buckets_of(lane) {
            let Some(bucket) = self.states.buckets.get(*place) else { continue };
            let need = amounts.of(bucket.meter());
            if bucket.lease() < need && bucket.attainable(now) >= need && bucket.may_ask(now) {
                self.low = true;
                if let Some(bucket) = self.states.buckets.touch(*place) {
                    bucket.want(need);
                }
            }
        }
    }

    /// The health of all of a provider's offers changed.
    pub(super) fn mark_provider(&mut self, id: &ProviderId) {
        let Some(marked) = &mut self.marked else { return };
        for lane in self.layout.lanes() {
            if self.catalog.provider(lane.provider).id == *id {
                marked.insert(self.layout.whose(lane));
            }
        }
    }

    /// The health of whoever a settlement speaks of may have changed.
    pub(super) fn mark(&mut self, ticket: &Ticket, settlement: &Settlement) {
        let Some(marked) = &mut self.marked else { return };
        let failed = matches!(settlement.outcome, Outcome::Failure(_));
        let troubled = || self.states.standings(&ticket.whose).any(|s| s.keep().is_some());
        if failed || troubled() {
            marked.insert(ticket.whose);
        }
    }
}

impl States {
    /// Adds the health of an offer and of all around it to the notes.
    fn note(&self, whose: &Whose, notes: &mut Notes) {
        if let Some((name, state)) = self.offers.entry(whose.offer) {
            let last_failure = state.record.last_failure.clone().map(KeptFailure::from);
            let kept = KeptOffer { standing: state.standing.keep(), last_failure };
            notes.offers.insert(name.clone(), kept);
        }
        if let Some((key, state)) = self.credentials.entry(whose.credential) {
            notes.credentials.insert(key.clone(), state.standing.keep());
        }
        if let Some((key, state)) = self.accounts.entry(whose.account) {
            notes.accounts.insert(key.clone(), state.standing.keep());
        }
        if let Some((id, state)) = self.providers.entry(whose.provider) {
            notes.providers.insert(id.clone(), state.standing.keep());
        }
    }
}

impl From<LastFailure> for KeptFailure {
    fn from(LastFailure { class, status, detail, at }: LastFailure) -> Self {
        Self { class, status, detail, at }
    }
}

impl From<KeptFailure> for LastFailure {
    fn from(KeptFailure { class, status, detail, at }: KeptFailure) -> Self {
        Self { class, status, detail, at }
    }
}
