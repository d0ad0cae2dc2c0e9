//! The most that anybody could serve who knows the whole day beforehand: an upper bound, by prices.
//!
//! Let every limit have a price for each unit. Whoever serves a request pays its units, and no schedule takes more
//! units of a limit than its windows hold in the time in which somebody asks. So no schedule serves more than all that the
//! limits hold would cost, and on top for each request what it is worth (one) above its cheapest offer. That is true for
//! any prices; these are found by raising the price of what is asked for too much and lowering that of what is
//! not (the dual of the assignment as a linear programme). A request's cheapest offer is looked for among those that can
//! serve it and are not down for as long as it waits. Left out, so that the bound is too high rather than too low: that
//! requests must be served near the moment at which they come.

use std::collections::BTreeMap;

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::eligible;
use potluck_core::quota::{Meter, Unit, Window};

use crate::load::Ask;
use crate::provider::{is_down, truly, worth};
use crate::run::PATIENCE;

const DAY: i64 = 86_400_000;
/// How often prices are corrected.
const ROUNDS: u32 = 400;
/// Prices are found by one request of so many, and judged by all.
const SAMPLE: usize = 7;

/// Offers that take the same of the same limits.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) provider: String,
    pub(crate) offers: Vec<OfferIndex>,
    pub(crate) buckets: Vec<usize>,
    neurons: (u64, u64),
}

/// All groups, by what a request needs, and what a unit of every limit is worth.
pub(crate) struct Prices<'a> {
    catalog: &'a Catalog,
    groups: BTreeMap<(bool, bool), Vec<Group>>,
    /// What each limit truly holds over the time in which requests come.
    holds: Vec<u64>,
    /// What a unit of each limit costs.
    of: Vec<f64>,
    /// No schedule serves more.
    pub(crate) bound: u64,
}

impl<'a> Prices<'a> {
    pub(crate) fn find(catalog: &'a Catalog, asks: &[Ask]) -> Self {
        // a call of a session comes when the one before is over: it could come at any time
        let anytime = asks.iter().any(|ask| !ask.opens);
        let times = asks.iter().map(|ask| ask.at);
        let (first, last) = (times.clone().min().unwrap_or(0), times.max().unwrap_or(0));
        let open = if anytime { 0..DAY } else { first..last + PATIENCE };
        let groups = [(false, false), (false, true), (true, false), (true, true)]
            .map(|(image, tools)| ((image, tools), groups(catalog, image, tools)));
        let mut prices = Self {
            catalog,
            groups: groups.into(),
            holds: (0..catalog.buckets.len()).map(|at| holds(catalog, at, &open)).collect(),
            of: Vec::new(),
            bound: u64::MAX,
        };
        prices.of = prices.holds.iter().map(|holds| 1000.0 / (*holds).max(1) as f64).collect();
        prices.correct(asks, anytime);
        prices.bound = prices.judge(asks, anytime).min(asks.len() as u64);
        prices
    }

    /// Who can do what the request needs.
    pub(crate) fn able(&self, ask: &Ask) -> &[Group] {
        self.groups.get(&(ask.image, ask.tools)).map_or(&[], Vec::as_slice)
    }

    /// What a request takes of a limit at one of a group.
    pub(crate) fn takes(&self, group: &Group, bucket: usize, ask: &Ask) -> u64 {
        worth(self.catalog.buckets[bucket].limit.meter, group.neurons, ask)
    }

    /// Whether a limit of a group counts how large requests are, and is used up by them.
    pub(crate) fn counts_size(&self, group: &Group) -> bool {
        let counts = |bucket: &usize| {
            let meter = self.catalog.buckets[*bucket].limit.meter;
            let all = self.of[*bucket] * self.holds[*bucket] as f64;
            all > 1.0 && !matches!(meter, Meter::Requests | Meter::Concurrent)
        };
        group.buckets.iter().any(counts)
    }

    /// What serving it there costs.
    pub(crate) fn cost(&self, group: &Group, ask: &Ask) -> f64 {
        let paid = |bucket: &usize| self.of[*bucket] * self.takes(group, *bucket, ask) as f64;
        group.buckets.iter().map(paid).sum()
    }

    /// Raises and lowers prices until what is asked for is what there is. Requests are shared out softly among offers
    /// that cost about the same, ever less so.
    fn correct(&mut self, asks: &[Ask], anytime: bool) {
        let sample: Vec<&Ask> = asks.iter().step_by(SAMPLE).collect();
        let scale = asks.len() as f64 / sample.len().max(1) as f64;
        for round in 0..ROUNDS {
            let along = f64::from(round) / f64::from(ROUNDS);
            let (soft, step) = (0.2 * 0.02_f64.powf(along), 0.3 * 0.1_f64.powf(along));
            let mut used = vec![0.0; self.of.len()];
            for ask in &sample {
                let able: Vec<(&Group, f64)> = (self.able(ask).iter())
                    .filter(|group| anytime || is_up(&group.provider, ask.at))
                    .map(|group| {
                        (group, ((1.0 - self.cost(group, ask)) / soft).clamp(-40.0, 40.0).exp())
                    })
                    .collect();
                let sum: f64 = 1.0 + able.iter().map(|(_, weight)| weight).sum::<f64>();
                for (group, weight) in able {
                    for bucket in &group.buckets {
                        used[*bucket] +=
                            scale * weight / sum * self.takes(group, *bucket, ask) as f64;
                    }
                }
            }
            for ((price, used), holds) in self.of.iter_mut().zip(used).zip(&self.holds) {
                let excess = used / (*holds).max(1) as f64 - 1.0;
                *price *= (step * excess.clamp(-1.0, 2.0)).exp();
            }
        }
    }

    fn judge(&self, asks: &[Ask], anytime: bool) -> u64 {
        let all: f64 =
            self.of.iter().zip(&self.holds).map(|(price, holds)| price * *holds as f64).sum();
        let above = |ask: &Ask| {
            let able = self.able(ask).iter();
            let able = able.filter(|group| anytime || is_up(&group.provider, ask.at));
            able.map(|group| 1.0 - self.cost(group, ask)).fold(0.0, f64::max)
        };
        (all + asks.iter().map(above).sum::<f64>()).floor() as u64
    }
}

/// Whether a provider answers at some moment at which the request still waits.
fn is_up(provider: &str, at: i64) -> bool {
    !is_down(provider, at) || !is_down(provider, at + PATIENCE)
}

fn groups(catalog: &Catalog, image: bool, tools: bool) -> Vec<Group> {
    let least = Ask { prompt: 1, answer: 1, image, tools, ..Ask::default() };
    let requirements = least.requirements();
    let mut groups: BTreeMap<(Vec<usize>, (u64, u64)), Group> = BTreeMap::new();
    for (index, offer) in catalog.enumerate() {
        if eligible::capable(&requirements, offer).is_err() {
            continue;
        }
        let buckets: Vec<usize> = offer.buckets.iter().map(|at| at.0 as usize).collect();
        let neurons = (u64::from(offer.price.neurons_input), u64::from(offer.price.neurons_output));
        let provider = catalog.provider(offer.provider).id.to_string();
        let key = (buckets.clone(), neurons);
        let new = || Group { provider, offers: Vec::new(), buckets, neurons };
        groups.entry(key).or_insert_with(new).offers.push(index);
    }
    groups.into_values().collect()
}

/// What a limit truly holds while requests are `open`: its amount, as often as its window fits into the time in which
/// its provider is up.
fn holds(catalog: &Catalog, bucket: usize, open: &std::ops::Range<i64>) -> u64 {
    let user = catalog.offers.iter().find(|o| o.buckets.iter().any(|at| at.0 as usize == bucket));
    let provider = user.map_or("", |offer| catalog.provider(offer.provider).id.as_str());
    let limit = &catalog.buckets[bucket].limit;
    let hours = (0..24).map(|hour| hour * 3_600_000..(hour + 1) * 3_600_000);
    let mut spans: Vec<std::ops::Range<i64>> = Vec::new();
    for hour in hours.filter(|hour| !is_down(provider, hour.start)) {
        let (start, end) = (hour.start.max(open.start), hour.end.min(open.end));
        match spans.last_mut() {
            Some(span) if span.end == start => span.end = end,
            _ if start < end => spans.push(start..end),
            _ => {}
        }
    }
    let windows = match &limit.window {
        Window::Sliding { length } => {
            let length = i64::try_from(length.as_millis()).unwrap_or(DAY).max(1);
            let fits = spans.iter().map(|span| (span.end - span.start + length - 1) / length);
            fits.sum::<i64>().max(1)
        }
        Window::Calendar { unit: Unit::Day, zone } => {
            let offset = crate::provider::offset(zone.iana_name());
            let turn = |at: i64| (at + offset).div_euclid(DAY);
            turn(open.end - 1) - turn(open.start) + 1
        }
        Window::Calendar { .. } => 1,
        Window::InFlight => i64::from(u32::MAX),
    };
    truly(provider, limit).saturating_mul(windows.unsigned_abs())
}
