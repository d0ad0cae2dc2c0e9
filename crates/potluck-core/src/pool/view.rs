//! The pool as plain data, for whoever shows it.

use std::time::Duration;

use enumset::EnumSet;

use crate::capability::Modality;
use crate::catalog::{Offer, OfferIndex};
use crate::choose::Strategy;
use crate::exclusion::Exclusion;
use crate::health::{Misfit, Percentiles, State};
use crate::names::{AccountId, CredentialId, Family, ModelId, OfferName, ProviderId};
use crate::outcome::Class;
use crate::pool::Pool;
use crate::pool::check::{Check, Look};
use crate::pool::layout::Lane;
use crate::pool::state::OfferState;
use crate::quota::{Drift, LimitScope, Meter, Outlook, Refill, Source, Unit};
use crate::requirements::Requirements;
use crate::time::Moment;

/// The whole pool at one moment.
#[derive(Clone, Debug)]
pub struct PoolView {
    /// The moment.
    pub now: Moment,
    /// How chances are given.
    pub strategy: Strategy,
    /// Every offer, in the catalog's order.
    pub offers: Vec<OfferView>,
    /// Extra attempts that may be made at once.
    pub retry_budget: f64,
    /// Sessions that stick to an offer.
    pub sessions: usize,
}

/// One offer.
#[derive(Clone, Debug)]
pub struct OfferView {
    /// Its position in the catalog.
    pub offer: OfferIndex,
    /// `provider/model`.
    pub name: OfferName,
    /// Whose.
    pub provider: ProviderId,
    /// What the provider calls it.
    pub model: ModelId,
    /// The same weights elsewhere.
    pub family: Family,
    /// Under which credential.
    pub credential: CredentialId,
    /// Whose credential that is.
    pub account: AccountId,
    /// `available`, `cooling`, `probation`, `retired`, `credential_refused`: the worst of offer, credential, account
    /// and provider. Quota is in `exclusion` and `limits`.
    pub state: &'static str,
    /// Since when, where it is not simply available.
    pub since: Option<Moment>,
    /// Why the plainest request that it is for (a chat, where it chats) cannot be served now; `None` when it can.
    pub exclusion: Option<Exclusion>,
    /// Everything that speaks against that request now, `exclusion` first.
    pub reasons: Vec<Exclusion>,
    /// How long until such a request can be served: zero when it can, `None` when nobody can say.
    pub wait: Option<Duration>,
    /// Its limits.
    pub limits: Vec<LimitView>,
    /// Requests in flight.
    pub in_flight: u32,
    /// Most requests in flight.
    pub concurrency: u32,
    /// Recent success, above 0 and at most 1.
    pub success: f64,
    /// Attempts that ended.
    pub attempts: u64,
    /// Of those, how many served.
    pub served: u64,
    /// The others, by the word of their class.
    pub failures: Vec<(&'static str, u64)>,
    /// The last failure.
    pub last_failure: Option<FailureView>,
    /// Milliseconds to the end of an answer.
    pub total_millis: Option<Percentiles>,
    /// Milliseconds to the first event of a stream.
    pub first_event_millis: Option<Percentiles>,
    /// Tokens a second after it.
    pub tokens_per_second: Option<Percentiles>,
    /// What it was learnt not to take.
    pub misfits: Vec<Misfit>,
}

/// The evidence for a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureView {
    /// How.
    pub class: Class,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// In safe words.
    pub detail: String,
    /// When.
    pub at: Moment,
}

/// One limit.
#[derive(Clone, Debug)]
pub struct LimitView {
    /// The bucket's key.
    pub key: std::sync::Arc<str>,
    /// What it counts.
    pub meter: Meter,
    /// Who shares it.
    pub scope: LimitScope,
    /// How much there is.
    pub amount: u64,
    /// How much is used, reservations included.
    pub used: u64,
    /// How much is left; nothing while the provider says so.
    pub remaining: u64,
    /// When the window turns, or the oldest use falls out; `None` for requests in flight.
    pub resets: Option<Moment>,
    /// The window's length, a month being 31 days; `None` for requests in flight.
    pub window: Option<Duration>,
    /// The turn of the calendar, where it keeps to one.
    pub calendar: Option<Unit>,
    /// Whose word the figures are.
    pub source: Source,
    /// When the provider last spoke of it.
    pub heard: Option<Moment>,
    /// The provider's last word on the count, beside our own.
    pub drift: Option<Drift>,
    /// What is held back because the provider counts more than we do.
    pub margin: u64,
    /// Of what is used: by others who share the count, as they last wrote it down.
    pub elsewhere: u64,
    /// What others hold who share the count: they may have used it since, and give back what they do not need.
    pub lent: u64,
}

impl Pool {
    /// The whole pool at `now`. Changes nothing.
    #[must_use]
    pub fn view(&self, now: Moment) -> PoolView {
        let now = self.read_time(now);
        let gauges = &self.states.buckets.read_all(now);
        let plainest = EnumSet::<Modality>::all().iter().map(Requirements::plainest);
        let plainest: Vec<Requirements> = plainest.collect();
        let look = |requirements| Look {
            layout: &self.layout,
            states: &self.states,
            gauges,
            requirements,
            now,
        };
        let checks = plainest.iter().map(|needs| Check::new(&self.catalog, look(needs)));
        let checks: Vec<Check<'_>> = checks.collect();
        let offers = self.catalog.enumerate().filter_map(|(index, offer)| {
            let lane = self.layout.lane(index)?;
            let state = self.states.offers.get(lane.offer)?;
            // The first kind is text.
            let makes = offer.capability.output.iter().next().unwrap_or(Modality::Text);
            let check = checks.iter().zip(&plainest).find(|(_, p)| p.output.contains(makes))?.0;
            Some(self.view_offer(index, lane, state, check.reasons(index), now))
        });
        PoolView {
            now,
            strategy: self.settings.strategy,
            offers: offers.collect(),
            retry_budget: self.budget.held(),
            sessions: self.sessions.len(),
        }
    }

    fn view_offer(
        &self,
        index: OfferIndex,
        lane: &Lane,
        state: &OfferState,
        reasons: Vec<Exclusion>,
        now: Moment,
    ) -> OfferView {
        let offer = self.catalog.offer(index);
        let (word, since) = self.worst(lane, now);
        OfferView {
            offer: index,
            name: offer.name.clone(),
            provider: self.catalog.provider(offer.provider).id.clone(),
            model: offer.model.clone(),
            family: offer.family.clone(),
            credential: offer.credential.clone(),
            account: offer.account.clone(),
            state: word,
            since,
            exclusion: reasons.first().copied(),
            wait: match reasons.first() {
                None => Some(Duration::ZERO),
                Some(exclusion) => exclusion.ends().map(|end| end.until_from(now)),
            },
            reasons,
            limits: self.view_limits(index, state, now),
            in_flight: u32::try_from(state.places.out()).unwrap_or(u32::MAX),
            concurrency: offer.concurrency.max(1),
            success: state.success.rate_at(now),
            attempts: state.record.attempts,
            served: state.record.served,
            failures: state.record.failures.iter().map(|(word, count)| (*word, *count)).collect(),
            last_failure: state.record.last_failure.as_ref().map(|failure| FailureView {
                class: failure.class,
                status: failure.status,
                detail: failure.detail.clone(),
                at: failure.at,
            }),
            total_millis: state.record.latency.total_millis(),
            first_event_millis: state.record.latency.first_event_millis(),
            tokens_per_second: state.record.latency.tokens_per_second(),
            misfits: state.misfits.iter(now).copied().collect(),
        }
    }

    /// The worst state of an offer and all around it, and since when.
    fn worst(&self, lane: &Lane, now: Moment) -> (&'static str, Option<Moment>) {
        let whose = self.layout.whose(lane);
        let credential = self.states.credentials.get(whose.credential);
        if let Some(since) = credential.and_then(|credential| credential.refused) {
            return ("credential_refused", Some(since));
        }
        self.states
            .standings(&whose)
            .map(|standing| (severity(standing.state(now)), standing.since()))
            .max_by_key(|((severity, _), _)| *severity)
            .map_or(("available", None), |((_, word), since)| (word, since))
    }

    /// The limits that are known, and the pace that was learnt where a refusal spoke of none of them.
    fn view_limits(&self, index: OfferIndex, state: &OfferState, now: Moment) -> Vec<LimitView> {
        let offer = self.catalog.offer(index);
        let pace = state.pace.outlook(now).map(|pace| learnt(offer, &pace, now));
        let places = self.layout.buckets(index).unwrap_or_default();
        let buckets = offer.buckets.iter().map(|at| self.catalog.bucket(*at));
        places
            .iter()
            .zip(buckets)
            .filter_map(|(place, bucket)| {
                let state = self.states.buckets.get(*place)?;
                Some(LimitView {
                    key: bucket.key.clone(),
                    meter: bucket.limit.meter,
                    scope: bucket.limit.scope,
                    amount: state.capacity(now),
                    used: state.used(now),
                    remaining: state.remaining(now),
                    resets: state.resets(now),
                    window: state.length(),
                    calendar: state.unit(),
                    source: state.source(now),
                    heard: state.heard(),
                    drift: state.drift(),
                    margin: state.margin(now),
                    elsewhere: state.elsewhere(now),
                    lent: state.lent(),
                })
            })
            .chain(pace)
            .collect()
    }
}

/// A pace that was learnt, as the limit that it stands for.
fn learnt(offer: &Offer, pace: &Outlook, now: Moment) -> LimitView {
    let Offer { name, credential, .. } = offer;
    let (length, resets) = match &pace.refill {
        Refill::Slides { length, back } => (Some(*length), back.first().map(|(at, _)| *at)),
        _ => (None, None),
    };
    LimitView {
        key: format!("{name}/{credential}/requests/learnt").into(),
        meter: pace.meter,
        scope: LimitScope::Model,
        amount: pace.capacity,
        used: pace.capacity.saturating_sub(pace.free),
        remaining: pace.free,
        resets: Some(resets.unwrap_or(now)),
        window: length,
        calendar: None,
        source: Source::Learnt,
        heard: None,
        drift: None,
        margin: 0,
        elsewhere: 0,
        lent: 0,
    }
}

const fn severity(state: State) -> (u8, &'static str) {
    match state {
        State::Available => (0, "available"),
        State::Probation | State::Probing => (1, "probation"),
        State::Cooling { .. } => (2, "cooling"),
        State::Retired(_) => (3, "retired"),
    }
}
