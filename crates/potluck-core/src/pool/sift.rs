//! Who can serve, who cannot, and whom a request leaves to others.
//!
//! A request that may wait does not take what others need more where somebody else is back within a few seconds: too much of
//! a limit that others want too, the last call of a scarce model, a day's requests that are spent faster than they last.
//! And in a crowd a small request takes from nobody else where one who counts tokens by the minute has room for it, or is back
//! soon: what nobody takes of those is lost, and everybody else can be of use to a large one.

use std::time::Duration;

use crate::catalog::OfferIndex;
use crate::choose::{Chance, Entry};
use crate::exclusion::Exclusion;
use crate::quota::Meter;
use crate::time::Moment;

/// A request had rather wait for so long, where it may, than take what others need more.
pub const RATHER: Duration = Duration::from_secs(8);

/// A request that goes so often into the most that it should take of a limit takes little of it.
const LITTLE: f64 = 1.25;

pub(super) struct Sifted {
    pub(super) entries: Vec<Entry>,
    pub(super) excluded: Vec<(OfferIndex, Exclusion)>,
    pub(super) sticky: Option<OfferIndex>,
    /// Those who should be left to others, ascending, and of which limit the request would take too much.
    kept: Vec<(OfferIndex, Meter)>,
    /// Of whom it would take little, though others want it too, and who can serve; ascending.
    homes: Vec<OfferIndex>,
    /// When one of those is back who cannot, while a crowd waits.
    home: Option<Moment>,
}

impl Sifted {
    pub(super) fn new(offers: usize) -> Self {
        Self {
            entries: Vec::with_capacity(offers),
            excluded: Vec::new(),
            sticky: None,
            kept: Vec::new(),
            homes: Vec::new(),
            home: None,
        }
    }

    /// One can serve. `last`: it is the last call of a scarce model.
    pub(super) fn add(&mut self, entry: Entry, chance: &Chance, last: bool) {
        let meter = chance.dear.or_else(|| (last || chance.spent).then_some(Meter::Requests));
        self.kept.extend(meter.map(|meter| (entry.offer, meter)));
        if meter.is_none() && chance.ease >= LITTLE {
            self.homes.push(entry.offer);
        }
        self.entries.push(entry);
    }

    /// One is dry until then who counts in what a request would take little of, as it goes into the most so often.
    pub(super) fn miss(&mut self, ease: f64, until: Moment) {
        if ease >= LITTLE {
            self.home = Some(self.home.map_or(until, |first| first.min(until)));
        }
    }

    /// Leaves those out who should be left to others, where somebody else can serve, or is back by `until`.
    pub(super) fn spare(&mut self, until: Moment, crowded: bool, now: Moment) {
        let homes = if crowded { std::mem::take(&mut self.homes) } else { Vec::new() };
        let home =
            if homes.is_empty() { self.home.filter(|home| *home <= until) } else { Some(now) };
        let Some(back) = home.or_else(|| self.back(until)) else { return };
        let (kept, excluded) = (&self.kept, &mut self.excluded);
        self.entries.retain(|entry| {
            let at = kept.binary_search_by_key(&entry.offer, |(offer, _)| *offer);
            let meter = at.ok().and_then(|at| kept.get(at)).map(|(_, meter)| *meter);
            let other = home.is_some() && homes.binary_search(&entry.offer).is_err();
            let Some(meter) = meter.or(other.then_some(Meter::Requests)) else { return true };
            excluded.push((entry.offer, Exclusion::TooMuchForOne { meter, until: back }));
            false
        });
        self.excluded.sort_unstable_by_key(|(offer, _)| *offer);
    }

    /// When the first of those is back who are dry.
    fn back(&self, until: Moment) -> Option<Moment> {
        let dry = self.excluded.iter().map(|(_, exclusion)| exclusion);
        let dry = dry.filter(|exclusion| matches!(exclusion, Exclusion::OutOfQuota { .. }));
        dry.filter_map(Exclusion::ends).min().filter(|back| *back <= until)
    }
}
