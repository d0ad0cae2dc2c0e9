//! The most that anybody could serve who knows the whole day beforehand: an upper bound.
//!
//! A maximal flow from requests to providers. A request can be served in the minute in which it comes or in the
//! next one (it waits for half a minute), by providers that can and are not down. What a provider takes in a minute, an
//! hour and a day is bounded by its true limits; limits of tokens and neurons by the smallest requests that fit into
//! them. Left out, so that the bound is too high rather than too low: limits that cross each other inside a
//! provider, requests in flight, travel, and attempts that fail by chance.

mod flow;

use std::collections::BTreeMap;

use potluck_core::catalog::{Catalog, Offer};
use potluck_core::eligible;
use potluck_core::quota::{Limit, Meter, Unit, Window};

use self::flow::Network;
use crate::load::Ask;
use crate::provider::{is_down, truly, worth};

const MINUTES: usize = 1440;
/// A provider that has no limit takes so much.
const ENDLESS: u64 = 10_000_000;

/// A span of time over which a limit is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Minute,
    Hour,
    Day,
}

impl Level {
    /// The limits of which windows bound it, and how often such a window fits into it.
    fn holds(self, window: &Window) -> Option<u64> {
        let seconds = match window {
            Window::Sliding { length } => length.as_secs().max(1),
            Window::Calendar { unit, .. } => match unit {
                Unit::Minute => 60,
                Unit::Hour => 3_600,
                Unit::Day | Unit::Month => 86_400,
            },
            Window::InFlight => return None,
        };
        let elsewhere = matches!(window, Window::Calendar { unit: Unit::Day, zone } if zone.iana_name() != Some("UTC"));
        if self == Self::Day && elsewhere {
            // the day that is simulated is that of UTC: elsewhere a turn falls into it
            return Some(2);
        }
        let (shortest, longest) = match self {
            Self::Minute => (0, 60),
            Self::Hour => (61, 3_600),
            Self::Day => (3_601, u64::MAX),
        };
        (shortest..=longest)
            .contains(&seconds)
            .then(|| longest.min(86_400).div_ceil(seconds).max(1))
    }
}

/// The most requests of `asks` that fit into an amount, the smallest first.
fn fitting(meter: Meter, amount: u64, price: (u64, u64), asks: &[&Ask]) -> u64 {
    if matches!(meter, Meter::Requests) {
        return amount;
    }
    let mut sizes: Vec<u64> = asks.iter().map(|ask| worth(meter, price, ask)).collect();
    sizes.sort_unstable();
    let mut left = amount;
    let fits = sizes.iter().take_while(|size| {
        let fits = **size <= left;
        left = left.saturating_sub(**size);
        fits
    });
    fits.count() as u64
}

/// What the offers of one provider take together at one level.
fn capacity(catalog: &Catalog, provider: &str, level: Level, asks: &[&Ask]) -> u64 {
    let of = |offer: &&Offer| catalog.provider(offer.provider).id.as_str() == provider;
    let offers: Vec<&Offer> = catalog.offers.iter().filter(of).collect();
    let shared = |bucket: usize| {
        offers.iter().filter(|o| o.buckets.iter().any(|at| at.0 as usize == bucket)).count()
    };
    let amount = |limit: &Limit| -> Option<u64> {
        Some(truly(provider, limit).saturating_mul(level.holds(&limit.window)?))
    };
    // by the largest limit that they share, then all together
    let mut groups: BTreeMap<Option<usize>, (u64, u64)> = BTreeMap::new();
    for offer in &offers {
        let (mut own, mut group, mut together) = (ENDLESS, None, ENDLESS);
        for at in offer.buckets.iter().map(|at| at.0 as usize) {
            let limit = &catalog.buckets[at].limit;
            let Some(amount) = amount(limit) else { continue };
            let cap = fitting(limit.meter, amount, price(offer), asks);
            if shared(at) == 1 {
                own = own.min(cap);
            } else if group.is_none_or(|best| shared(best) <= shared(at)) {
                (group, together) = (Some(at), cap);
            }
        }
        let sums = groups.entry(group).or_insert((0, 0));
        sums.0 = sums.0.saturating_add(own);
        // neurons differ by model: the cheapest counts
        sums.1 = sums.1.max(together);
    }
    let sum: u64 = groups.values().map(|(own, together)| *own.min(together)).sum();
    [Meter::Tokens, Meter::InputTokens].into_iter().fold(sum.min(ENDLESS), |sum, meter| {
        // where all have a limit of tokens, no request can be the smallest at two of them
        let own = |offer: &&Offer| {
            let limits = offer.buckets.iter().map(|at| &catalog.buckets[at.0 as usize].limit);
            limits.filter(|limit| limit.meter == meter).filter_map(amount).min()
        };
        let amounts: Option<Vec<u64>> = offers.iter().map(own).collect();
        amounts.map_or(sum, |all| sum.min(fitting(meter, all.iter().sum(), (0, 0), asks)))
    })
}

fn price(offer: &Offer) -> (u64, u64) {
    (u64::from(offer.price.neurons_input), u64::from(offer.price.neurons_output))
}

/// Which providers can serve a request, one bit each.
fn able(catalog: &Catalog, providers: &[String], ask: &Ask) -> u32 {
    let requirements = ask.requirements();
    let can = catalog.offers.iter().filter(|offer| {
        let fits = offer.buckets.iter().all(|at| {
            let limit = &catalog.buckets[at.0 as usize].limit;
            worth(limit.meter, price(offer), ask) <= limit.amount
        });
        fits && eligible::capable(&requirements, offer).is_ok()
    });
    can.fold(0, |bits, offer| {
        let id = catalog.provider(offer.provider).id.as_str();
        bits | providers.iter().position(|known| known == id).map_or(0, |at| 1 << at)
    })
}

/// The most of these requests that anybody could serve in the day.
pub(crate) fn bound(catalog: &Catalog, asks: &[Ask]) -> u64 {
    let providers: Vec<String> = catalog.providers.iter().map(|p| p.id.to_string()).collect();
    // a call of a session comes when the one before is over: it could come at any time
    let anytime = asks.iter().any(|ask| !ask.opens);
    let mut demand: BTreeMap<(usize, u32), u64> = BTreeMap::new();
    let mut by_minute: Vec<Vec<&Ask>> = vec![Vec::new(); MINUTES + 1];
    for ask in asks {
        let minute = if anytime { 0 } else { (ask.at / 60_000) as usize };
        *demand.entry((minute, able(catalog, &providers, ask))).or_default() += 1;
        by_minute[minute].push(ask);
    }
    let all: Vec<&Ask> = asks.iter().collect();
    let mut network = Network::default();
    let (source, sink) = (network.node(), network.node());
    let mut slots: Vec<Vec<usize>> = Vec::new();
    for provider in &providers {
        let day = network.node();
        network.edge(day, sink, capacity(catalog, provider, Level::Day, &all));
        let mut minutes = Vec::new();
        let hourly = capacity(catalog, provider, Level::Hour, &all);
        for hour in 0..24usize {
            let of_hour = network.node();
            network.edge(of_hour, day, hourly);
            for minute in hour * 60..(hour + 1) * 60usize {
                let slot = network.node();
                let before = minute.saturating_sub(1);
                let near: Vec<&Ask> =
                    by_minute[before..=minute].iter().flatten().copied().collect();
                let near = if anytime { &all } else { &near };
                let down = is_down(provider, minute as i64 * 60_000);
                let each = if down { 0 } else { capacity(catalog, provider, Level::Minute, near) };
                network.edge(slot, of_hour, each);
                minutes.push(slot);
            }
        }
        slots.push(minutes);
    }
    for ((minute, bits), count) in demand {
        let node = network.node();
        network.edge(source, node, count);
        let until = if anytime { MINUTES - 1 } else { (minute + 1).min(MINUTES - 1) };
        for (_, minutes) in slots.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1) {
            for slot in &minutes[minute..=until] {
                network.edge(node, *slot, count);
            }
        }
    }
    network.most(source, sink)
}
