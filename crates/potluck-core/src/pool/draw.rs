//! The draw: filter, weigh, order.

use std::time::Duration;

use crate::catalog::{OfferIndex, Selection};
use crate::choose::{
    Chance, DEAR, EARLY, Entry, Order, Strategy, balanced, chances, is_kept_back, narrow,
};
use crate::eligible::emulates;
use crate::exclusion::Exclusion;
use crate::pool::Pool;
use crate::pool::check::{Check, Look};
use crate::pool::counters::Gauges;
use crate::quota::Meter;
use crate::request::{Measure, Sort};
use crate::requirements::Requirements;
use crate::time::Moment;

/// Who can serve a request, in random order, and who cannot and why.
#[derive(Clone, Debug)]
pub struct Draw {
    /// What decided the order.
    pub seed: u64,
    /// How chances were given.
    pub strategy: Strategy,
    /// The offer that the session sticks to, where it can serve.
    pub sticky: Option<OfferIndex>,
    /// The candidates, drawn one at a time.
    pub order: Order,
    /// The others, ascending, with the reason.
    pub excluded: Vec<(OfferIndex, Exclusion)>,
    /// How many offers the request's names mean.
    pub considered: usize,
}

/// What a draw would see, without drawing.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Who can serve, the likeliest first pick first.
    pub eligible: Vec<Weighted>,
    /// Who cannot, ascending, with the reason.
    pub excluded: Vec<(OfferIndex, Exclusion)>,
    /// How many offers the request's names mean.
    pub considered: usize,
}

/// One eligible offer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighted {
    /// Which.
    pub offer: OfferIndex,
    /// Its weight.
    pub weight: f64,
    /// The chance that it is the first pick.
    pub probability: f64,
    /// Lower ones are tried before any higher one: the rank of its name, then of its provider in the
    /// client's order, then those that follow a demanded schema natively.
    pub tier: u32,
    /// Whether the session sticks to it.
    pub sticky: bool,
    /// What its weight is made of.
    pub chance: Chance,
}

struct Sifted {
    entries: Vec<Entry>,
    excluded: Vec<(OfferIndex, Exclusion)>,
    sticky: Option<OfferIndex>,
    /// Those who should be left to others, and of which limit the request would take too much.
    dear: Vec<(OfferIndex, Meter)>,
}

/// Whoever is back within this time is waited for once, before a request takes too much of what others want too.
const SOON: Duration = Duration::from_secs(5);

impl Sifted {
    /// Where all who can serve would have to give too much, and somebody else is back soon, they are left out.
    fn spare(&mut self, now: Moment) {
        if self.dear.is_empty() || self.dear.len() < self.entries.len() {
            return;
        }
        let dry = self.excluded.iter().map(|(_, exclusion)| exclusion);
        let dry = dry.filter(|exclusion| matches!(exclusion, Exclusion::OutOfQuota { .. }));
        let Some(until) =
            dry.filter_map(Exclusion::ends).min().filter(|back| *back <= now.after(SOON))
        else {
            return;
        };
        self.entries.clear();
        let too_much = |(offer, meter)| (offer, Exclusion::TooMuchForOne { meter, until });
        self.excluded.extend(self.dear.drain(..).map(too_much));
        self.excluded.sort_unstable_by_key(|(offer, _)| *offer);
    }
}

impl Pool {
    /// Draws for a request: filters the selected offers and orders those that can serve by chance.
    ///
    /// The same seed over the same state gives the same picks. Also pays the request's share into the
    /// retry budget, so it is called once a request.
    pub fn draw(
        &mut self,
        requirements: &Requirements,
        selection: &Selection,
        now: Moment,
        seed: u64,
    ) -> Draw {
        self.budget.deposit();
        let now = self.tick(now);
        let mut sifted = self.look(requirements, selection, now);
        sifted.spare(now);
        self.drawn(sifted, requirements, selection, seed)
    }

    /// Draws once more for a request that was drawn for before, and waited.
    pub fn redraw(
        &mut self,
        requirements: &Requirements,
        selection: &Selection,
        now: Moment,
        seed: u64,
    ) -> Draw {
        let now = self.tick(now);
        let sifted = self.look(requirements, selection, now);
        self.drawn(sifted, requirements, selection, seed)
    }

    /// Looks at everybody, and lets counters know that somebody wanted of them what is not there.
    fn look(&mut self, requirements: &Requirements, selection: &Selection, now: Moment) -> Sifted {
        self.states.buckets.refresh(now);
        let gauges = self.states.buckets.gauges();
        let sifted = self.sift(requirements, selection, gauges, now);
        for (offer, exclusion) in &sifted.excluded {
            self.want(*offer, *exclusion, requirements, now);
            self.turn_away(*offer, *exclusion, requirements, now);
        }
        sifted
    }

    fn drawn(
        &self,
        sifted: Sifted,
        requirements: &Requirements,
        selection: &Selection,
        seed: u64,
    ) -> Draw {
        let picks = if requirements.constraints.no_fallbacks { 1 } else { usize::MAX };
        Draw {
            seed,
            strategy: self.settings.strategy,
            sticky: sifted.sticky,
            order: Order::new(sifted.entries, sifted.sticky, picks, seed),
            excluded: sifted.excluded,
            considered: selection.len(),
        }
    }

    /// Lets the counters of what requests take different amounts of know that they are wanted.
    fn turn_away(
        &mut self,
        index: OfferIndex,
        exclusion: Exclusion,
        requirements: &Requirements,
        now: Moment,
    ) {
        let Exclusion::OutOfQuota { meter, .. } = exclusion else { return };
        let (Some(offer), Some(lane)) =
            (self.catalog.offers.get(index.0 as usize), self.layout.lane(index))
        else {
            return;
        };
        if meter == Meter::Requests {
            return;
        }
        let amounts = self.states.amounts(requirements, offer, self.layout.family(lane));
        for place in self.layout.buckets_of(lane) {
            self.states.buckets.turn_away(*place, meter, amounts.of(meter), now);
        }
    }

    /// What a draw would see now. Changes nothing.
    #[must_use]
    pub fn explain(
        &self,
        requirements: &Requirements,
        selection: &Selection,
        now: Moment,
    ) -> Explanation {
        let now = self.read_time(now);
        let gauges = self.states.buckets.read_all(now);
        let mut sifted = self.sift(requirements, selection, &gauges, now);
        sifted.spare(now);
        let gauges = &gauges;
        let look = Look { layout: &self.layout, states: &self.states, gauges, requirements, now };
        let check = Check::new(&self.catalog, look);
        Explanation {
            eligible: weighted(&sifted, |offer| check.offer(offer).ok()),
            excluded: sifted.excluded,
            considered: selection.len(),
        }
    }

    fn sift(
        &self,
        requirements: &Requirements,
        selection: &Selection,
        gauges: &Gauges,
        now: Moment,
    ) -> Sifted {
        let look = Look { layout: &self.layout, states: &self.states, gauges, requirements, now };
        let check = Check::new(&self.catalog, look);
        let stuck = requirements.constraints.session.as_deref();
        let stuck = stuck.and_then(|session| self.sessions.find(session, now));
        let mut sifted = Sifted {
            entries: Vec::with_capacity(selection.len()),
            excluded: Vec::new(),
            sticky: None,
            dear: Vec::new(),
        };
        for (index, rank) in selection.iter() {
            match check.offer(index) {
                Err(exclusion) => sifted.excluded.push((index, exclusion)),
                Ok(chance) => {
                    let (Some(offer), Some(lane)) =
                        (self.catalog.offers.get(index.0 as usize), self.layout.lane(index))
                    else {
                        continue;
                    };
                    if stuck == Some(lane.offer) {
                        sifted.sticky = Some(index);
                    }
                    let kept = is_kept_back(chance, requirements, offer);
                    let meter = chance.dear.or_else(|| kept.then_some(Meter::Requests));
                    sifted.dear.extend(meter.map(|meter| (index, meter)));
                    let weight = match self.settings.strategy {
                        Strategy::Balanced => balanced(chance, requirements, offer),
                        Strategy::Uniform => {
                            let early = if chance.early { EARLY } else { 1.0 };
                            let dear = if chance.dear.is_some() { DEAR } else { 1.0 };
                            early * dear * offer.weight
                        }
                    };
                    let weight = narrow(weight);
                    let tier = tier(rank, check.rank(offer), emulates(requirements, offer));
                    let provider = offer.provider;
                    sifted.entries.push(Entry { offer: index, provider, weight, tier });
                }
            }
        }
        if let Some(sort) = requirements.constraints.sort {
            self.rank(&mut sifted.entries, sort, now);
        }
        if self.settings.strategy == Strategy::Uniform {
            self.share_by_family(&mut sifted.entries);
        }
        sifted
    }

    /// `uniform`: each family present has the same chance, and its offers share it by their weights (but those that
    /// are tried before their guessed rest is over get a tenth of theirs).
    fn share_by_family(&self, entries: &mut [Entry]) {
        let family = |entry: &Entry| self.layout.lane(entry.offer).map(|l| l.family as usize);
        let weight = |entry: &Entry| {
            self.catalog.offers.get(entry.offer.0 as usize).map_or(1.0, |offer| offer.weight)
        };
        let mut shares = vec![0.0; self.layout.families.len()];
        for entry in entries.iter() {
            if let Some(place) = family(entry) {
                shares[place] += weight(entry);
            }
        }
        for entry in entries {
            if let Some(place) = family(entry) {
                entry.weight = narrow(f64::from(entry.weight) / shares[place]);
            }
        }
    }
}

impl Pool {
    /// Gives every entry a tier by what was measured of it, within the tiers that names and providers
    /// gave; equals share one, and so do all of which nothing is known.
    fn rank(&self, entries: &mut [Entry], sort: Sort, now: Moment) {
        let before = |entry: &Entry| {
            if sort.across_names { entry.tier & u32::from(u16::MAX) } else { entry.tier }
        };
        let own: Vec<(u32, f64)> = entries
            .iter()
            .map(|entry| (before(entry), self.measure(entry.offer, sort.by, now)))
            .collect();
        let order = |a: &(u32, f64), b: &(u32, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
        let mut keys = own.clone();
        keys.sort_by(order);
        keys.dedup_by(|a, b| order(a, b).is_eq());
        for (entry, key) in entries.iter_mut().zip(&own) {
            let place = keys.partition_point(|other| order(other, key).is_lt());
            entry.tier = u32::try_from(place).unwrap_or(u32::MAX);
        }
    }

    /// The lower the better; infinite where it was not measured.
    fn measure(&self, offer: OfferIndex, by: Measure, now: Moment) -> f64 {
        let lane = self.layout.lane(offer);
        let Some(state) = lane.and_then(|lane| self.states.offers.get(lane.offer)) else {
            return f64::INFINITY;
        };
        let latency = &state.record.latency;
        let measured = match by {
            Measure::Throughput => latency.tokens_per_second().map(|speed| -speed.p50),
            Measure::Latency => latency.first_event_millis().map(|wait| wait.p50),
            Measure::Success => (state.record.attempts > 0).then(|| -state.success.rate_at(now)),
        };
        measured.unwrap_or(f64::INFINITY)
    }
}

/// The rank of the name, then of the provider in the client's order; then who follows a schema comes before who is
/// only told it.
fn tier(name: u16, provider: u16, emulates: bool) -> u32 {
    let within = u32::from(provider).min(0x7FFF) << 1 | u32::from(emulates);
    u32::from(name) << 16 | within
}

fn weighted(sifted: &Sifted, chance: impl Fn(OfferIndex) -> Option<Chance>) -> Vec<Weighted> {
    let entries = &sifted.entries;
    let weights: Vec<(u32, f32)> = entries.iter().map(|e| (e.tier, e.weight)).collect();
    let sticky = sifted.sticky;
    let sticky = sticky.and_then(|sticky| entries.iter().position(|e| e.offer == sticky));
    let mut all: Vec<Weighted> = entries
        .iter()
        .zip(chances(&weights, sticky))
        .filter_map(|(entry, probability)| {
            Some(Weighted {
                offer: entry.offer,
                weight: f64::from(entry.weight),
                probability,
                tier: entry.tier,
                sticky: sifted.sticky == Some(entry.offer),
                chance: chance(entry.offer)?,
            })
        })
        .collect();
    all.sort_by(|a, b| {
        b.probability
            .total_cmp(&a.probability)
            .then(a.tier.cmp(&b.tier))
            .then(b.weight.total_cmp(&a.weight))
            .then(a.offer.cmp(&b.offer))
    });
    all
}
