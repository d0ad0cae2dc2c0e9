//! What changes: the state of each offer, credential, account, provider and counter.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::catalog::Offer;
use crate::eligible;
use crate::health::{Estimate, Latency, Misfits, Pace, Standing, Success};
use crate::names::{AccountId, CredentialId, Family, OfferName, ProviderId};
use crate::outcome::Class;
use crate::pool::arena::{Arena, Place};
use crate::pool::counters::Counters;
use crate::pool::layout::Whose;
use crate::pool::ticket::Probes;
use crate::quota::{Amounts, Places};
use crate::requirements::Requirements;
use crate::time::Moment;

/// All that changes, each by its own name.
#[derive(Debug, Default)]
pub(crate) struct States {
    pub(crate) offers: Arena<OfferName, OfferState>,
    pub(crate) credentials: Arena<(ProviderId, CredentialId), CredentialState>,
    pub(crate) accounts: Arena<(ProviderId, AccountId), AccountState>,
    pub(crate) providers: Arena<ProviderId, ProviderState>,
    pub(crate) families: Arena<Family, Estimate>,
    pub(crate) buckets: Counters,
}

/// One offer.
#[derive(Debug, Default)]
pub(crate) struct OfferState {
    pub(crate) standing: Standing,
    pub(crate) places: Places,
    pub(crate) success: Success,
    pub(crate) misfits: Misfits,
    pub(crate) pace: Pace,
    /// What no draw asks about, apart so that a draw walks over less.
    pub(crate) record: Box<Record>,
}

/// What happened at one offer.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) latency: Latency,
    /// Attempts that ended, and how.
    pub(crate) attempts: u64,
    pub(crate) served: u64,
    pub(crate) failures: BTreeMap<&'static str, u64>,
    pub(crate) last_failure: Option<LastFailure>,
    /// When its host was last connected to without a request.
    pub(crate) reached: Option<Moment>,
}

/// The evidence for a state.
#[derive(Clone, Debug)]
pub(crate) struct LastFailure {
    pub(crate) class: Class,
    pub(crate) status: Option<u16>,
    pub(crate) detail: String,
    pub(crate) at: Moment,
}

/// All that runs under one credential of one provider.
#[derive(Debug, Default)]
pub(crate) struct CredentialState {
    pub(crate) standing: Standing,
    pub(crate) refused: Option<Moment>,
}

/// All that runs under the credentials of one account at one provider.
#[derive(Debug, Default)]
pub(crate) struct AccountState {
    pub(crate) standing: Standing,
    /// Its offers that were throttled of late, by no limit that is known.
    pub(crate) throttled: Recent,
}

/// One provider.
#[derive(Debug, Default)]
pub(crate) struct ProviderState {
    pub(crate) standing: Standing,
    /// Its offers that were overloaded of late.
    pub(crate) overloaded: Recent,
}

/// Different offers to which the same has happened within a short time.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    offers: Vec<(Place, Moment)>,
}

impl Recent {
    /// Adds an offer, and says how many it has happened to.
    pub(crate) fn add(&mut self, offer: Place, within: Duration, now: Moment) -> u32 {
        self.offers.retain(|(place, at)| *place != offer && now.since(*at) < within);
        self.offers.push((offer, now));
        u32::try_from(self.offers.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn clear(&mut self) {
        self.offers.clear();
    }

    fn shift(&mut self, by: i64) {
        for (_, at) in &mut self.offers {
            *at = at.moved(by);
        }
    }
}

impl States {
    /// What a request takes at an offer of `family`.
    pub(crate) fn amounts(
        &self,
        requirements: &Requirements,
        offer: &Offer,
        family: Place,
    ) -> Amounts {
        eligible::amounts(requirements, offer, self.tokens(requirements, family))
    }

    /// The tokens of a request's prompt, as corrected for a family.
    pub(crate) fn tokens(&self, requirements: &Requirements, family: Place) -> u32 {
        let tokens = requirements.prompt_tokens;
        self.families.get(family).map_or(tokens, |family| family.correct(tokens))
    }

    /// What stands against an offer and all around it.
    pub(crate) fn standings(&self, whose: &Whose) -> impl Iterator<Item = &Standing> {
        let offer = self.offers.get(whose.offer).map(|state| &state.standing);
        let credential = self.credentials.get(whose.credential).map(|state| &state.standing);
        let account = self.accounts.get(whose.account).map(|state| &state.standing);
        let provider = self.providers.get(whose.provider).map(|state| &state.standing);
        [offer, credential, account, provider].into_iter().flatten()
    }

    /// Lets a request be the single probe of everybody around it who is on probation.
    pub(crate) fn begin_probes(&mut self, whose: &Whose, now: Moment) -> Probes {
        let begin = |standing: Option<&mut Standing>| {
            standing.is_some_and(|standing| standing.begin_probe(now))
        };
        Probes {
            offer: begin(self.offers.get_mut(whose.offer).map(|state| &mut state.standing)),
            credential: begin(
                self.credentials.get_mut(whose.credential).map(|state| &mut state.standing),
            ),
            account: begin(self.accounts.get_mut(whose.account).map(|state| &mut state.standing)),
            provider: begin(
                self.providers.get_mut(whose.provider).map(|state| &mut state.standing),
            ),
        }
    }

    /// The clock was set `by` milliseconds forward, or back below zero, to `now`.
    pub(crate) fn shift(&mut self, by: i64, now: Moment) {
        for offer in self.offers.values_mut() {
            offer.standing.shift(by);
            offer.success.shift(by);
            offer.misfits.shift(by);
            offer.pace.shift(by);
            offer.places.shift(by);
            if let Some(failure) = &mut offer.record.last_failure {
                failure.at = failure.at.moved(by);
            }
            offer.record.reached = offer.record.reached.map(|at| at.moved(by));
        }
        for credential in self.credentials.values_mut() {
            credential.standing.shift(by);
            credential.refused = credential.refused.map(|since| since.moved(by));
        }
        for account in self.accounts.values_mut() {
            account.standing.shift(by);
            account.throttled.shift(by);
        }
        for provider in self.providers.values_mut() {
            provider.standing.shift(by);
            provider.overloaded.shift(by);
        }
        for bucket in self.buckets.values_mut() {
            bucket.shift(by, now);
        }
        self.buckets.outdate();
    }
}
