//! Admit and settle: reserve from every limit or from none, and replace the estimate by the truth.

use std::time::Duration;

use crate::capability::{Modalities, Modality};
use crate::catalog::OfferIndex;
use crate::eligible;
use crate::exclusion::Exclusion;
use crate::health::Misfit;
use crate::outcome::{Class, Failure, Outcome, Settlement, Stage};
use crate::pool::check::{Look, UNLISTED};
use crate::pool::layout::Lane;
use crate::pool::{Pool, Ticket};
use crate::quota::{Amounts, BucketState, Meter};
use crate::requirements::Requirements;
use crate::time::Moment;

impl Pool {
    /// Lets a request through to an offer: takes from all its limits, a place among its requests in
    /// flight, and the single probe where the offer is on probation. Or from none of them.
    ///
    /// # Errors
    /// Why the offer cannot take the request now.
    pub fn admit(
        &mut self,
        index: OfferIndex,
        requirements: &Requirements,
        now: Moment,
    ) -> Result<Ticket, Exclusion> {
        let now = self.tick(now);
        let Some(lane) = self.layout.lane(index).copied() else {
            return Err(UNLISTED);
        };
        self.states.buckets.refresh_some(self.layout.buckets_of(&lane), now);
        match self.present(index, &lane, requirements, now) {
            Ok(amounts) => Ok(self.take(index, &lane, amounts, requirements, now)),
            Err(exclusion) => {
                self.want(index, exclusion, requirements, now);
                Err(exclusion)
            }
        }
    }

    /// What a request takes of an offer that can serve it now.
    fn present(
        &self,
        index: OfferIndex,
        lane: &Lane,
        requirements: &Requirements,
        now: Moment,
    ) -> Result<Amounts, Exclusion> {
        let offer = self.catalog.offers.get(index.0 as usize).ok_or(UNLISTED)?;
        let gauges = self.states.buckets.gauges();
        let look = Look { layout: &self.layout, states: &self.states, gauges, requirements, now };
        let amounts = self.states.amounts(requirements, offer, self.layout.family(lane));
        look.present(offer, lane, &look.around(lane), &amounts.into())?;
        Ok(amounts)
    }

    fn take(
        &mut self,
        index: OfferIndex,
        lane: &Lane,
        reserved: Amounts,
        requirements: &Requirements,
        now: Moment,
    ) -> Ticket {
        let max_output = eligible::granted_output(&self.catalog, index, requirements);
        let offer = self.catalog.offer(index);
        let family = self.layout.family(lane);
        let places = self.layout.buckets_of(lane);
        let mut holds = Vec::with_capacity(places.len());
        for place in places {
            if let Some(bucket) = self.states.buckets.touch(*place) {
                holds.push((*place, bucket.take(reserved.of(bucket.meter()), now)));
                self.low |= bucket.is_low(now);
            }
        }
        let whose = self.layout.whose(lane);
        if let Some(state) = self.states.offers.get_mut(lane.offer) {
            state.places.take(1);
            state.pace.note(now);
        }
        Ticket {
            offer: index,
            name: offer.name.clone(),
            reserved,
            max_output,
            admitted: now,
            arrived: false,
            whose,
            family,
            probes: self.states.begin_probes(&whose, now),
            holds,
            price: offer.price,
            shape: Misfit::of(requirements, false, now),
            prompt_tokens: requirements.prompt_tokens,
            is_text: requirements.input == Modalities::only(Modality::Text),
        }
    }

    /// The provider's answer has begun: it has counted the request by now.
    pub fn arrive(&mut self, ticket: &mut Ticket, now: Moment) {
        let now = self.tick(now);
        self.date(ticket, now);
    }

    fn date(&mut self, ticket: &mut Ticket, arrived: Moment) {
        if std::mem::replace(&mut ticket.arrived, true) {
            return;
        }
        for (place, hold) in &mut ticket.holds {
            if let Some(bucket) = self.states.buckets.touch(*place) {
                bucket.arrive(hold, arrived);
            }
        }
    }

    /// Ends an attempt: gives back what was not used, and learns from how it went.
    pub fn settle(&mut self, mut ticket: Ticket, settlement: &Settlement, now: Moment) {
        let now = self.tick(now);
        let truth = spent(&ticket, settlement);
        let answered = settlement.first_event.unwrap_or(settlement.total);
        self.date(&mut ticket, now.before(settlement.total.saturating_sub(answered)));
        let busy = self.busy_until(&ticket, settlement, now);
        for (place, hold) in &ticket.holds {
            let Some(bucket) = self.states.buckets.touch(*place) else { continue };
            match busy.filter(|_| bucket.is_of_places()) {
                Some(until) => bucket.give_up(*hold, until, now),
                None => {
                    let used = used(bucket, hold.reserved, truth.as_ref(), &settlement.outcome);
                    bucket.settle(*hold, used, now);
                }
            }
        }
        if let Some(offer) = self.states.offers.get_mut(ticket.whose.offer) {
            match busy {
                Some(until) => offer.places.give_up(1, until, now),
                None => offer.places.give_back(1),
            }
        }
        self.learn(&ticket, settlement, now);
    }
}

impl Pool {
    /// Until when a provider may be busy with a request that was given up before it was done: for as long as its
    /// slowest answers of late took. `None` where it is done.
    fn busy_until(&self, ticket: &Ticket, settlement: &Settlement, now: Moment) -> Option<Moment> {
        let Outcome::Failure(failure) = &settlement.outcome else { return None };
        let given_up = matches!(failure.class, Class::ClientLeft | Class::TooSlow)
            && failure.stage != Stage::Connect
            && settlement.dispatched;
        let offer = self.states.offers.get(ticket.whose.offer).filter(|_| given_up)?;
        let usual = offer.record.latency.total_millis().map_or(UNKNOWN_LENGTH, |known| {
            Duration::try_from_secs_f64(known.p99 / 1000.0).unwrap_or(LONGEST)
        });
        let left = usual.min(LONGEST).saturating_sub(settlement.total).max(LEAST_LEFT);
        Some(now.after(left))
    }

    /// Whether an offer is likely to begin an answer by `by`, were it asked at `now`: all but one of a hundred of its
    /// answers of late would have.
    #[must_use]
    pub fn answers_by(&self, index: OfferIndex, by: Moment, now: Moment) -> bool {
        let lane = self.layout.lane(index);
        let state = lane.and_then(|lane| self.states.offers.get(lane.offer));
        let first = state.and_then(|state| state.record.latency.content_millis());
        let takes = first.and_then(|known| Duration::try_from_secs_f64(known.p99 / 1000.0).ok());
        now.after(takes.unwrap_or(UNKNOWN_FIRST)) <= by
    }
}

/// How long an offer of which no answer is known may be busy with a request that was given up.
const UNKNOWN_LENGTH: Duration = Duration::from_secs(5);
/// The longest that any is taken to be busy with one.
const LONGEST: Duration = Duration::from_mins(1);
/// The least: one that was slower than ever before is not done the moment that it is given up.
const LEAST_LEFT: Duration = Duration::from_millis(500);
/// How long the first word of an offer may take of which no answer is known.
const UNKNOWN_FIRST: Duration = Duration::from_secs(2);

/// What an attempt took by the provider's count; `None` where only the estimate is known.
fn spent(ticket: &Ticket, settlement: &Settlement) -> Option<Amounts> {
    if !settlement.dispatched {
        return Some(Amounts::default());
    }
    if let Some(usage) = &settlement.usage {
        let mut amounts = ticket.price.amounts(usage.prompt, usage.completion);
        amounts.requests = ticket.reserved.requests;
        amounts.images = ticket.reserved.images;
        if amounts.images > 0 {
            // What a picture takes does not follow from tokens: what was reserved for it stands.
            amounts.milli_neurons = ticket.reserved.milli_neurons;
        }
        amounts.audio_seconds = ticket.reserved.audio_seconds;
        return Some(amounts);
    }
    let Outcome::Failure(failure) = &settlement.outcome else { return None };
    let read = if was_turned_away(failure) { 0 } else { ticket.reserved.input_tokens };
    // A status instead of an answer: a request, perhaps read, and nothing written.
    matches!(failure.stage, Stage::Connect | Stage::Status).then(|| ticket.price.amounts(read, 0))
}

/// Whether the request was refused before a model read it. A server that broke may have counted it.
const fn was_turned_away(failure: &Failure) -> bool {
    matches!(failure.stage, Stage::Connect)
        || !matches!(failure.class, Class::Overloaded | Class::TooSlow | Class::BadAnswer)
}

fn used(bucket: &BucketState, reserved: u64, truth: Option<&Amounts>, outcome: &Outcome) -> u64 {
    let failed = matches!(outcome, Outcome::Failure(failure) if failure.class != Class::ClientLeft);
    if failed && !bucket.counts_failures() {
        return 0;
    }
    match (truth, bucket.meter()) {
        (_, Meter::Concurrent) => 0,
        (Some(truth), meter) => truth.of(meter),
        (None, _) => reserved,
    }
}
