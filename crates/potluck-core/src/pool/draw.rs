//! The draw: filter, weigh, order.

use crate::catalog::{OfferIndex, Selection};
use crate::choose::{
    Chance, DEAR, EARLY, Entry, Order, Strategy, balanced, chances, is_kept_back, narrow,
};
use crate::eligible::emulates;
use crate::exclusion::Exclusion;
use crate::pool::Pool;
use crate::pool::check::{Check, Look, UNLISTED};
use crate::pool::counters::Gauges;
use crate::pool::sift::Sifted;
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
        self.draw_or_wait(requirements, selection, now, seed, now)
    }

    /// The same for a request that had rather wait until then than take what others need more ([`RATHER`](crate::pool::RATHER)).
    pub fn draw_or_wait(
        &mut self,
        requirements: &Requirements,
        selection: &Selection,
        now: Moment,
        seed: u64,
        until: Moment,
    ) -> Draw {
        self.budget.deposit();
        self.redraw(requirements, selection, now, seed, until)
    }

    /// Draws once more for a request that was drawn for before, and waited.
    pub fn redraw(
        &mut self,
        requirements: &Requirements,
        selection: &Selection,
        now: Moment,
        seed: u64,
        until: Moment,
    ) -> Draw {
        let now = self.tick(now);
        let mut sifted = self.look(requirements, selection, now);
        if until > now && !is_ordered(&sifted.entries, requirements) {
            sifted.spare(until, self.states.buckets.is_crowded(), now);
        }
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

    /// Looks at everybody, and lets counters know that somebody wanted of them what is not there.
    fn look(&mut self, requirements: &Requirements, selection: &Selection, now: Moment) -> Sifted {
        self.states.buckets.refresh(now);
        let gauges = self.states.buckets.gauges();
        let mut sifted = self.sift(requirements, selection, gauges, now);
        for at in 0..sifted.excluded.len() {
            let Some((offer, exclusion)) = sifted.excluded.get(at).copied() else { break };
            self.want(offer, exclusion, requirements, now);
            if let Exclusion::OutOfQuota { meter, until } = exclusion
                && meter != Meter::Requests
            {
                let ease = self.turn_away(offer, meter, requirements, now);
                sifted.miss(ease, until);
            }
        }
        sifted
    }

    /// Lets the counters of what requests take different amounts of know that they are wanted. Answers how often the
    /// request goes into what it should take of them at most; 0 where no crowd waits.
    fn turn_away(
        &mut self,
        index: OfferIndex,
        meter: Meter,
        requirements: &Requirements,
        now: Moment,
    ) -> f64 {
        let (Some(offer), Some(lane)) =
            (self.catalog.offers.get(index.0 as usize), self.layout.lane(index))
        else {
            return 0.0;
        };
        let amounts = self.states.amounts(requirements, offer, self.layout.family(lane));
        let amount = amounts.of(meter);
        let buckets = &mut self.states.buckets;
        let eases = self.layout.buckets_of(lane).iter().filter_map(|place| {
            buckets.turn_away(*place, meter, amount, now);
            buckets.ease(*place, meter, amount, now)
        });
        eases.reduce(f64::min).unwrap_or(0.0)
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
        let sifted = self.sift(requirements, selection, &gauges, now);
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
        let mut sifted = Sifted::new(selection.len());
        for (index, rank) in selection.iter() {
            let Some((offer, lane)) = check.find(index) else {
                sifted.excluded.push((index, UNLISTED));
                continue;
            };
            match check.ask(offer, lane) {
                Err(exclusion) => sifted.excluded.push((index, exclusion)),
                Ok(chance) => {
                    if stuck == Some(lane.offer) {
                        sifted.sticky = Some(index);
                    }
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
                    let entry = Entry { offer: index, provider, weight, tier };
                    sifted.add(entry, &chance, is_kept_back(chance, requirements, offer));
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
            Measure::Latency => latency.content_millis().map(|wait| wait.p50),
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

/// Whether the client wants some of them before others: then it is not for us to leave any to somebody else.
fn is_ordered(entries: &[Entry], requirements: &Requirements) -> bool {
    let place = |entry: &Entry| entry.tier >> 1;
    let first = entries.first().map(place);
    requirements.constraints.sort.is_some() || entries.iter().any(|it| Some(place(it)) != first)
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
