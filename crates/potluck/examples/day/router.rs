//! Who is asked: potluck's pool, or one of three that keep no counters.
//!
//! The three know what every offer can do, and let one that refused rest for as long as it said, or for a minute:
//! what a list in a loop does that is written with care.

use std::collections::BTreeMap;

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::eligible;
use potluck_core::requirements::Requirements;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::clairvoyant::Knows;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Router {
    Clairvoyant(Knows),
    Potluck,
    Uniform,
    RoundRobin,
    FirstFit,
}

impl Router {
    pub(crate) const ALL: [Self; 7] = [
        Self::Clairvoyant(Knows::Luck),
        Self::Clairvoyant(Knows::Answers),
        Self::Clairvoyant(Knows::Prompts),
        Self::Potluck,
        Self::Uniform,
        Self::RoundRobin,
        Self::FirstFit,
    ];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Clairvoyant(Knows::Luck) => "all-knowing",
            Self::Clairvoyant(Knows::Answers) => "clairvoyant",
            Self::Clairvoyant(Knows::Prompts) => "foresighted",
            Self::Potluck => "potluck",
            Self::Uniform => "uniform",
            Self::RoundRobin => "round robin",
            Self::FirstFit => "first fit",
        }
    }
}

/// What a router without counters remembers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Until when somebody rests.
    rests: BTreeMap<OfferIndex, i64>,
    /// Where round robin stands.
    cursor: u32,
}

/// How long somebody rests who did not say.
const REST: i64 = 60_000;

impl Memory {
    /// Whoever refused rests.
    pub(crate) fn refused(&mut self, offer: OfferIndex, stated: Option<i64>, at: i64) {
        self.rests.insert(offer, at + stated.unwrap_or(REST));
    }

    /// Who is to be tried, the first one first.
    pub(crate) fn order(
        &mut self,
        router: Router,
        catalog: &Catalog,
        requirements: &Requirements,
        at: i64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Vec<OfferIndex> {
        let rests = |offer: &OfferIndex| self.rests.get(offer).is_some_and(|until| *until > at);
        let able = catalog.enumerate().filter(|(_, o)| eligible::capable(requirements, o).is_ok());
        let mut able: Vec<_> = able.map(|(offer, _)| offer).filter(|o| !rests(o)).collect();
        match router {
            Router::Uniform => able.shuffle(rng),
            Router::RoundRobin => {
                let split = able.partition_point(|offer| offer.0 < self.cursor);
                able.rotate_left(split);
                self.cursor = able.first().map_or(0, |first| first.0 + 1);
            }
            Router::FirstFit | Router::Potluck | Router::Clairvoyant(_) => {}
        }
        // the same numbers are drawn whoever routes
        let _: u64 = rng.random();
        able
    }
}
