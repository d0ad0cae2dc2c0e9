//! Who can serve a request at this moment, and with what chance.
//!
//! The order of the reasons: the client's constraints, capabilities, what lasts (retired, credential refused), then
//! what passes. Of several things that pass, the one that lasts longest is named, so that a stated return
//! is true.

use crate::catalog::{Catalog, Offer, OfferIndex};
use crate::choose::Chance;
use crate::eligible::{self, Terms};
use crate::exclusion::Exclusion;
use crate::health::State;
use crate::outcome::Class;
use crate::pool::arena::Place;
use crate::pool::counters::Gauges;
use crate::pool::layout::{Lane, Layout};
use crate::pool::state::States;
use crate::quota::{Amounts, Meter, Places};
use crate::requirements::Requirements;
use crate::time::Moment;

/// One look at the pool, for one request: every offer is asked about.
pub(crate) struct Check<'a> {
    catalog: &'a Catalog,
    look: Look<'a>,
    terms: Terms,
    /// By credential, which has one account and one provider.
    around: Vec<[Hindrance; 3]>,
}

/// One look at the pool, for one request at one offer.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) states: &'a States,
    pub(crate) gauges: &'a Gauges,
    pub(crate) requirements: &'a Requirements,
    pub(crate) now: Moment,
}

/// What stands in the way for all offers of a provider, an account or a credential.
#[derive(Clone, Copy)]
pub(crate) enum Hindrance {
    None,
    /// It rests on a guess of which half is over.
    Early,
    Lasting(Exclusion),
    Passing(Exclusion),
}

impl Hindrance {
    const fn exclusion(self) -> Option<Exclusion> {
        match self {
            Self::None | Self::Early => None,
            Self::Lasting(exclusion) | Self::Passing(exclusion) => Some(exclusion),
        }
    }
}

impl<'a> Check<'a> {
    pub(crate) fn new(catalog: &'a Catalog, look: Look<'a>) -> Self {
        let layout = look.layout;
        Self {
            terms: Terms::new(catalog, &look.requirements.constraints),
            around: layout.keyrings().map(|lane| look.around(lane)).collect(),
            catalog,
            look,
        }
    }

    pub(crate) fn rank(&self, offer: &Offer) -> u16 {
        self.terms.rank(offer)
    }

    /// Whether an offer can serve now.
    pub(crate) fn offer(&self, index: OfferIndex) -> Result<Chance, Exclusion> {
        let offer = self.catalog.offers.get(index.0 as usize);
        let (Some(offer), Some(lane)) = (offer, self.look.layout.lane(index)) else {
            return Err(UNLISTED);
        };
        if let Some(refusal) = self.terms.refuse(offer) {
            return Err(refusal);
        }
        eligible::capable(self.look.requirements, offer)?;
        let around = self.around.get(lane.credential as usize).unwrap_or(&[Hindrance::None; 3]);
        self.look.present(offer, lane, around)
    }
}

impl Check<'_> {
    /// Everything that speaks against an offer now; first what [`offer`](Self::offer) answers.
    pub(crate) fn reasons(&self, index: OfferIndex) -> Vec<Exclusion> {
        let Err(first) = self.offer(index) else { return Vec::new() };
        let mut all = vec![first];
        let offer = self.catalog.offers.get(index.0 as usize);
        if let (Some(offer), Some(lane)) = (offer, self.look.layout.lane(index)) {
            let able = eligible::capable(self.look.requirements, offer).err();
            let lasting = self.terms.refuse(offer).into_iter().chain(able);
            for reason in lasting.chain(self.look.reasons(offer, lane)) {
                if !all.iter().any(|known| known.covers(&reason)) {
                    all.push(reason);
                }
            }
        }
        all
    }
}

/// What is in no catalog.
pub(crate) const UNLISTED: Exclusion = Exclusion::Retired(Class::NotFree);

impl Look<'_> {
    fn provider(&self, place: Place) -> Hindrance {
        let state = self.states.providers.get(place);
        state.map_or(Hindrance::None, |provider| hindrance(provider.standing.state(self.now)))
    }

    fn account(&self, place: Place) -> Hindrance {
        let state = self.states.accounts.get(place);
        state.map_or(Hindrance::None, |account| hindrance(account.standing.state(self.now)))
    }

    fn credential(&self, place: Place) -> Hindrance {
        match self.states.credentials.get(place) {
            Some(credential) if credential.refused.is_some() => {
                Hindrance::Lasting(Exclusion::CredentialRefused)
            }
            Some(credential) => hindrance(credential.standing.state(self.now)),
            None => Hindrance::None,
        }
    }

    /// What hinders all offers of its provider, its account and its credential.
    pub(crate) fn around(&self, lane: &Lane) -> [Hindrance; 3] {
        let whose = self.layout.whose(lane);
        [
            self.provider(whose.provider),
            self.account(whose.account),
            self.credential(whose.credential),
        ]
    }

    /// Whether an offer can serve now, capabilities aside. `around` is what hinders its provider, its account and its
    /// credential.
    pub(crate) fn present(
        &self,
        offer: &Offer,
        lane: &Lane,
        around: &[Hindrance; 3],
    ) -> Result<Chance, Exclusion> {
        let Some(state) = self.states.offers.get(lane.offer) else { return Err(UNLISTED) };
        if let Some(misfit) = state.misfits.excludes(self.requirements, self.now) {
            return Err(misfit);
        }
        let amounts = self.states.amounts(self.requirements, offer, self.layout.family(lane));
        let mut quota = self.quota(lane, &amounts)?;
        if let Some(until) = state.pace.full_until(self.now) {
            let meter = Meter::Requests;
            quota.dry = longer(quota.dry, Exclusion::OutOfQuota { meter, until });
        }
        let own = hindrance(state.standing.state(self.now));
        let early = rested(around, own, quota.dry)?;
        if quota.busy || is_full(&state.places, offer, self.now) {
            return Err(Exclusion::Busy);
        }
        let success = state.success.rate_at(self.now);
        Ok(Chance {
            rate: quota.rate,
            success,
            last: quota.last,
            early,
            dear: quota.dear,
            spent: quota.spent,
            ease: quota.ease,
        })
    }

    /// Everything that stands in the way now, capabilities aside.
    fn reasons(&self, offer: &Offer, lane: &Lane) -> Vec<Exclusion> {
        let Some(state) = self.states.offers.get(lane.offer) else { return vec![UNLISTED] };
        let own = hindrance(state.standing.state(self.now));
        let standing = self.around(lane).into_iter().chain([own]);
        let standing = standing.filter_map(Hindrance::exclusion);
        let mut all: Vec<Exclusion> = standing.collect();
        all.extend(state.misfits.excludes(self.requirements, self.now));
        let amounts = self.states.amounts(self.requirements, offer, self.layout.family(lane));
        let buckets = self.layout.buckets_of(lane).iter();
        all.extend(buckets.filter_map(|place| self.short(*place, &amounts)));
        let pace = state.pace.full_until(self.now);
        all.extend(pace.map(|until| Exclusion::OutOfQuota { meter: Meter::Requests, until }));
        all.extend(is_full(&state.places, offer, self.now).then_some(Exclusion::Busy));
        all
    }

    /// Why one counter does not hold what a request takes.
    fn short(&self, place: Place, amounts: &Amounts) -> Option<Exclusion> {
        let bucket = self.states.buckets.get(place)?;
        let (meter, have) = (bucket.meter(), bucket.capacity(self.now));
        let need = amounts.of(meter);
        if need > have {
            return Some(Exclusion::ExceedsLimit { meter, have, need });
        }
        if need == 0 || bucket.remaining(self.now) >= need {
            return None;
        }
        let until = bucket.free_at(need, self.now);
        Some(until.map_or(Exclusion::Busy, |until| Exclusion::OutOfQuota { meter, until }))
    }

    /// How the limits stand. Fails where the request is more than a limit ever holds.
    fn quota(&self, lane: &Lane, amounts: &Amounts) -> Result<Quota, Exclusion> {
        let mut quota = Quota {
            rate: None,
            dry: None,
            busy: false,
            last: false,
            dear: None,
            spent: false,
            ease: 1.0,
        };
        let parts = self.layout.parts_of(lane);
        for (place, part) in self.layout.buckets_of(lane).iter().zip(parts) {
            let Some(gauge) = self.gauges.get(place.slot()) else { continue };
            let need = amounts.of(gauge.meter);
            if need == 0 {
                continue;
            }
            if need > gauge.capacity {
                let (meter, have) = (gauge.meter, gauge.capacity);
                return Err(Exclusion::ExceedsLimit { meter, have, need });
            }
            if gauge.remaining >= need && gauge.lease < need {
                quota.busy = true;
            } else if gauge.remaining < need || (gauge.crowded && need > gauge.most) {
                self.wait(*place, need, &mut quota);
            } else if gauge.rate.is_finite() {
                quota.last |= gauge.remaining - need < need;
                let rate = gauge.rate * part;
                // A division is the dearest step here, and requests count one by one.
                let rate = if need == 1 { rate } else { rate / float(need) };
                if need > gauge.most {
                    quota.spare(gauge.meter);
                } else if gauge.most < gauge.capacity {
                    quota.ease = quota.ease.max(float(gauge.most) / float(need));
                }
                quota.rate = Some(quota.rate.map_or(rate, |least: f64| least.min(rate)));
            }
        }
        Ok(quota)
    }

    fn wait(&self, place: Place, need: u64, quota: &mut Quota) {
        let Some(bucket) = self.states.buckets.get(place) else { return };
        match bucket.free_at(need, self.now) {
            Some(until) => {
                let meter = bucket.meter();
                let dry = bucket.remaining(self.now) < need;
                let exclusion = if dry {
                    Exclusion::OutOfQuota { meter, until }
                } else {
                    Exclusion::TooMuchForOne { meter, until }
                };
                quota.dry = longer(quota.dry, exclusion);
            }
            None => quota.busy = true,
        }
    }
}

/// Whether as many requests are in flight to an offer, or may be, as it takes.
fn is_full(places: &Places, offer: &Offer, now: Moment) -> bool {
    places.used(now) >= u64::from(offer.concurrency.max(1))
}

/// Whether nobody rests and nothing is used up; and if so, whether that is because somebody may be tried early.
fn rested(
    around: &[Hindrance; 3],
    own: Hindrance,
    dry: Option<Exclusion>,
) -> Result<bool, Exclusion> {
    let mut early = false;
    let mut passing = dry;
    let mut lasting = None;
    for hindrance in around.iter().copied().chain([own]) {
        match hindrance {
            Hindrance::None => {}
            Hindrance::Early => early = true,
            Hindrance::Lasting(exclusion) => lasting = lasting.or(Some(exclusion)),
            Hindrance::Passing(exclusion) => passing = longer(passing, exclusion),
        }
    }
    lasting.or(passing).map_or(Ok(early), Err)
}

struct Quota {
    rate: Option<f64>,
    dry: Option<Exclusion>,
    busy: bool,
    last: bool,
    dear: Option<Meter>,
    spent: bool,
    ease: f64,
}

impl Quota {
    /// The request takes more of a limit than it should.
    const fn spare(&mut self, meter: Meter) {
        if matches!(meter, Meter::Requests | Meter::Images) {
            self.spent = true;
        } else {
            self.dear = Some(meter);
        }
    }
}

const fn hindrance(state: State) -> Hindrance {
    match state {
        State::Available | State::Probation => Hindrance::None,
        State::Cooling { may_probe: true, .. } => Hindrance::Early,
        State::Cooling { class, until, stated, .. } => {
            Hindrance::Passing(Exclusion::Cooling { class, until, stated })
        }
        State::Probing => Hindrance::Passing(Exclusion::OnProbation),
        State::Retired(class) => Hindrance::Lasting(Exclusion::Retired(class)),
    }
}

/// Of two passing exclusions, the one that ends later; one whose end is known before one whose is not.
fn longer(one: Option<Exclusion>, other: Exclusion) -> Option<Exclusion> {
    one.filter(|one| one.ends() >= other.ends()).or(Some(other))
}

#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than a few digits")]
const fn float(amount: u64) -> f64 {
    amount as f64
}
