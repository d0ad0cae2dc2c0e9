//! Who can serve a request at this moment, and with what chance.
//!
//! The order of the reasons: the client's constraints, capabilities, what lasts (retired, credential refused), then
//! what passes. Of several things that pass, the one that lasts longest is named, so that a stated return
//! is true.

mod limits;

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
use crate::quota::{Amounts, Meter, Needs, Places};
use crate::requirements::Requirements;
use crate::time::Moment;

/// One look at the pool, for one request: every offer is asked about.
pub(crate) struct Check<'a> {
    catalog: &'a Catalog,
    look: Look<'a>,
    terms: Terms,
    /// By credential, which has one account and one provider.
    around: Vec<Around>,
    /// By family: the tokens of the prompt, as corrected for it.
    tokens: Vec<u32>,
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

/// All that stands in the way, put together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Around {
    /// Somebody rests on a guess of which half is over.
    early: bool,
    /// The first that lasts.
    lasting: Option<Exclusion>,
    /// What passes last.
    passing: Option<Exclusion>,
}

impl Around {
    fn and(mut self, hindrance: Hindrance) -> Self {
        match hindrance {
            Hindrance::None => {}
            Hindrance::Early => self.early = true,
            Hindrance::Lasting(exclusion) => self.lasting = self.lasting.or(Some(exclusion)),
            Hindrance::Passing(exclusion) => self.passing = longer(self.passing, exclusion),
        }
        self
    }

    const fn is_clear(&self) -> bool {
        self.lasting.is_none() && self.passing.is_none()
    }

    /// Whether nobody rests and nothing is used up (`dry`); and if so, whether that is because somebody may be tried early.
    #[inline]
    fn verdict(&self, own: Hindrance, dry: Option<Exclusion>) -> Result<bool, Exclusion> {
        if self.is_clear() && dry.is_none() && matches!(own, Hindrance::None) {
            return Ok(self.early);
        }
        self.weigh(own, dry)
    }

    #[cold]
    fn weigh(&self, own: Hindrance, dry: Option<Exclusion>) -> Result<bool, Exclusion> {
        let passing = self.passing.map_or(dry, |passing| longer(dry, passing));
        let Self { early, lasting, passing } = Self { passing, ..*self }.and(own);
        lasting.or(passing).map_or(Ok(early), Err)
    }
}

impl<'a> Check<'a> {
    pub(crate) fn new(catalog: &'a Catalog, look: Look<'a>) -> Self {
        let Look { layout, states, requirements, .. } = look;
        let tokens = |family: &Place| states.tokens(requirements, *family);
        Self {
            terms: Terms::new(catalog, &requirements.constraints),
            around: layout.keyrings().map(|lane| look.around(lane)).collect(),
            tokens: layout.families.iter().map(tokens).collect(),
            catalog,
            look,
        }
    }

    pub(crate) fn rank(&self, offer: &Offer) -> u16 {
        self.terms.rank(offer)
    }

    /// Whether an offer can serve now.
    pub(crate) fn offer(&self, index: OfferIndex) -> Result<Chance, Exclusion> {
        let (offer, lane) = self.find(index).ok_or(UNLISTED)?;
        self.ask(offer, lane)
    }

    /// Where an offer is.
    #[inline]
    pub(crate) fn find(&self, index: OfferIndex) -> Option<(&'a Offer, &'a Lane)> {
        Some((self.catalog.offers.get(index.0 as usize)?, self.look.layout.lane(index)?))
    }

    /// Whether an offer can serve now that was found.
    #[inline]
    pub(crate) fn ask(&self, offer: &Offer, lane: &Lane) -> Result<Chance, Exclusion> {
        let requirements = self.look.requirements;
        if let Some(refusal) = self.terms.refuse(offer) {
            return Err(refusal);
        }
        eligible::capable(requirements, offer)?;
        let (Some(around), Some(tokens)) =
            (self.around.get(lane.credential as usize), self.tokens.get(lane.family as usize))
        else {
            return Err(UNLISTED);
        };
        let needs = Needs::from(eligible::amounts(requirements, offer, *tokens));
        self.look.present(offer, lane, around, &needs)
    }
}

impl Check<'_> {
    /// Everything that speaks against an offer now; first what [`offer`](Self::offer) answers.
    pub(crate) fn reasons(&self, index: OfferIndex) -> Vec<Exclusion> {
        let Err(first) = self.offer(index) else { return Vec::new() };
        let mut all = vec![first];
        if let Some((offer, lane)) = self.find(index) {
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
    pub(crate) fn around(&self, lane: &Lane) -> Around {
        self.hindrances(lane).into_iter().fold(Around::default(), Around::and)
    }

    fn hindrances(&self, lane: &Lane) -> [Hindrance; 3] {
        let whose = self.layout.whose(lane);
        [
            self.provider(whose.provider),
            self.account(whose.account),
            self.credential(whose.credential),
        ]
    }

    /// Whether an offer can serve now, capabilities aside. `around` is what hinders its provider, its account and its
    /// credential, and `needs` what the request takes of it.
    // Inlined by force, as are the limits: what it says of an offer would go through memory, and half of a draw with it.
    #[inline(always)]
    pub(crate) fn present(
        &self,
        offer: &Offer,
        lane: &Lane,
        around: &Around,
        needs: &Needs,
    ) -> Result<Chance, Exclusion> {
        let Some(state) = self.states.offers.get(lane.offer) else { return Err(UNLISTED) };
        if let Some(misfit) = state.misfits.excludes(self.requirements, self.now) {
            return Err(misfit);
        }
        let mut quota = self.quota(lane, needs)?;
        if let Some(until) = state.pace.full_until(self.now) {
            let meter = Meter::Requests;
            quota.dry = longer(quota.dry, Exclusion::OutOfQuota { meter, until });
        }
        let own = hindrance(state.standing.state(self.now));
        let early = around.verdict(own, quota.dry)?;
        if quota.busy || is_full(&state.places, offer, self.now) {
            return Err(Exclusion::Busy);
        }
        let success = state.success.rate_at(self.now);
        Ok(Chance {
            rate: quota.rate.is_finite().then_some(quota.rate),
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
        let standing = self.hindrances(lane).into_iter().chain([own]);
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
        let back = bucket.free_at(need, self.now);
        let until = back.filter(|until| *until > self.now || !bucket.is_shared());
        Some(until.map_or(Exclusion::Busy, |until| Exclusion::OutOfQuota { meter, until }))
    }
}

/// Whether as many requests are in flight to an offer, or may be, as it takes.
fn is_full(places: &Places, offer: &Offer, now: Moment) -> bool {
    places.used(now) >= u64::from(offer.concurrency.max(1))
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
