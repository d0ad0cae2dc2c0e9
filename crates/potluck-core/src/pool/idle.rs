//! What is learnt without spending: account endpoints, and whether a host can be reached at all.
//!
//! Nobody is asked here; whoever asks says when it began ([`Pool::inquire`]), so that what was used meanwhile is not
//! forgotten over an answer that may not include it.

use std::collections::BTreeSet;

use crate::catalog::OfferIndex;
use crate::health::State;
use crate::outcome::Class;
use crate::pool::Pool;
use crate::pool::arena::Place;
use crate::pool::layout::Whose;
use crate::pool::state::LastFailure;
use crate::quota::{Claim, Hold};
use crate::time::Moment;

/// A question about an account that is under way.
#[derive(Debug)]
pub struct Inquiry {
    whose: Whose,
    /// The offer's counters, as they stood when it was asked.
    holds: Vec<(Place, Hold)>,
}

/// What an account endpoint answered about the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is taken; what the endpoint says of limits.
    Taken(Vec<Claim>),
    /// It is refused.
    Refused,
}

impl Pool {
    /// Notes that the account behind an offer is asked about now.
    pub fn inquire(&mut self, offer: OfferIndex, now: Moment) -> Option<Inquiry> {
        let now = self.tick(now);
        let lane = self.layout.lane(offer)?;
        let whose = self.layout.whose(lane);
        let places = self.layout.buckets_of(lane).iter();
        let holds = places.filter_map(|place| {
            let bucket = self.states.buckets.touch(*place)?;
            Some((*place, bucket.take(0, now)))
        });
        Some(Inquiry { whose, holds: holds.collect() })
    }

    /// Heeds what an account endpoint answered.
    pub fn conclude(&mut self, inquiry: &Inquiry, finding: &Finding, now: Moment) {
        let now = self.tick(now);
        if let Some(credential) = self.states.credentials.get_mut(inquiry.whose.credential) {
            match finding {
                Finding::Taken(_) => credential.refused = None,
                Finding::Refused => drop(credential.refused.get_or_insert(now)),
            }
        }
        let Finding::Taken(claims) = finding else { return };
        let places: Vec<Place> = inquiry.holds.iter().map(|(place, _)| *place).collect();
        for claim in claims {
            self.states.buckets.heed(&places, Some(&inquiry.holds), claim, now);
        }
    }

    /// Offers that rest on a guess because no answer came from their host, one for each provider of which nothing is
    /// asked now.
    #[must_use]
    pub fn unreached(&self, now: Moment) -> Vec<OfferIndex> {
        let now = self.read_time(now);
        let lanes = || self.catalog.enumerate().zip(self.layout.lanes());
        let busy: BTreeSet<Place> = lanes()
            .filter(|(_, lane)| {
                self.states.offers.get(lane.offer).is_some_and(|state| state.places.out() > 0)
            })
            .map(|(_, lane)| self.layout.whose(lane).provider)
            .collect();
        let mut seen = busy;
        lanes()
            .filter(|(_, lane)| {
                let whose = self.layout.whose(lane);
                self.is_unreached(&whose, now) && seen.insert(whose.provider)
            })
            .map(|((index, _), _)| index)
            .collect()
    }

    /// Heeds whether the host of an offer could be connected to: who rested because it could not be is tried again by the
    /// next request, or rests on.
    pub fn reach(&mut self, offer: OfferIndex, reached: bool, now: Moment) {
        let now = self.tick(now);
        let Some(lane) = self.layout.lane(offer) else { return };
        let provider = self.layout.whose(lane).provider;
        let lanes = self.layout.lanes().iter().map(|lane| self.layout.whose(lane));
        let of_provider = lanes.filter(|whose| whose.provider == provider);
        let meant: Vec<Whose> = of_provider.filter(|whose| self.is_unreached(whose, now)).collect();
        let cooling = self.settings.cooling;
        for whose in meant {
            let offer = self.states.offers.get_mut(whose.offer).map(|state| {
                state.record.reached = reached.then_some(now).or(state.record.reached);
                &mut state.standing
            });
            let around = self.states.providers.get_mut(provider).map(|s| &mut s.standing);
            for standing in [offer, around].into_iter().flatten() {
                if reached {
                    standing.wake(now);
                } else {
                    standing.rest_on(&cooling, now);
                }
            }
            if let Some(marked) = &mut self.marked {
                marked.insert(whose);
            }
        }
    }

    /// Whether an offer rests on a guess that is half over, or has just rested, because no answer came from its host; and
    /// the host was not reached since.
    fn is_unreached(&self, whose: &Whose, now: Moment) -> bool {
        let Some(offer) = self.states.offers.get(whose.offer) else { return false };
        let is_silence = |failure: &&LastFailure| {
            failure.status.is_none()
                && matches!(failure.class, Class::Overloaded | Class::TooSlow)
                && offer.record.reached.is_none_or(|reached| reached < failure.at)
        };
        offer.record.last_failure.as_ref().filter(is_silence).is_some()
            && matches!(
                offer.standing.state(now),
                State::Cooling { may_probe: true, .. } | State::Probation
            )
    }
}
