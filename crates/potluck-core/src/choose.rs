//! In which random order the eligible offers are tried.
//!
//! A weighted draw without replacement, taken one at a time: each pick has the chance `weight / sum of the
//! weights left`. (The same distribution as sorting by exponential keys, after Efraimidis and Spirakis, but
//! one pick costs one pass and needs no logarithm, so that a seed gives the same picks on every platform.)
//!
//! What comes before chance: the offer that a session sticks to; then the rank of the name that meant the offer and
//! the client's `order` of providers. Within a rank, a provider that has not been tried is preferred.

mod weight;

pub use weight::{Chance, SCARCE_RATE, UNLIMITED_RATE, balanced};
pub(crate) use weight::{DEAR, EARLY, is_kept_back};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::catalog::{OfferIndex, ProviderIndex};

/// How chances are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// By sustainable rate, tempered, times recent success.
    #[default]
    Balanced,
    /// Each model (family) the same chance, shared by the offers of it: equally, but for the weights that the person
    /// gave credentials.
    Uniform,
}

impl Strategy {
    /// The word used in settings and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Uniform => "uniform",
        }
    }

    /// The strategy of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Balanced, Self::Uniform].into_iter().find(|strategy| strategy.word() == word)
    }
}

/// The eligible offers of one request, and the random source that orders them.
#[derive(Clone, Debug)]
pub struct Order {
    /// Those that have not been drawn, then those that have, the last one first.
    entries: Vec<Entry>,
    left: usize,
    sticky: Option<OfferIndex>,
    tried: Vec<ProviderIndex>,
    picks: usize,
    queued: Option<Candidate>,
    rng: Xoshiro256PlusPlus,
}

/// One eligible offer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Which.
    pub offer: OfferIndex,
    /// Whose.
    pub provider: ProviderIndex,
    /// Above zero and finite. Of 32 bits, so that it is kept as it was drawn by ([`crate::pool::Decision`]).
    pub weight: f32,
    /// Lower ones are tried before any higher one.
    pub tier: u32,
}

/// The next offer to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub offer: OfferIndex,
    /// Its weight in the draw.
    pub weight: f64,
    /// The chance that it had of being picked now.
    pub probability: f64,
    /// Whether it is here because the session sticks to it.
    pub sticky: bool,
}

impl Order {
    /// An order over `entries`, decided by `seed`. `picks` is how many candidates it gives at most.
    #[must_use]
    pub fn new(entries: Vec<Entry>, sticky: Option<OfferIndex>, picks: usize, seed: u64) -> Self {
        Self {
            left: entries.len(),
            entries,
            sticky,
            tried: Vec::new(),
            picks,
            queued: None,
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// Whether no candidate is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.queued.is_none() && (self.left == 0 || self.picks == 0)
    }

    /// How many candidates are left at most.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left.min(self.picks) + usize::from(self.queued.is_some())
    }

    /// The eligible offers that have not been drawn.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.entries.get(..self.left).unwrap_or_default()
    }

    /// The eligible offers, drawn or not, in no order.
    #[must_use]
    pub fn everybody(&self) -> &[Entry] {
        &self.entries
    }

    /// The next candidate, which stays the next one.
    pub fn peek(&mut self) -> Option<Candidate> {
        if self.queued.is_none() {
            self.queued = self.pick();
        }
        self.queued
    }

    fn pick(&mut self) -> Option<Candidate> {
        if self.picks == 0 {
            return None;
        }
        let candidate = match self.stick() {
            Some(candidate) => candidate,
            None => self.draw()?,
        };
        self.picks -= 1;
        Some(candidate)
    }

    fn stick(&mut self) -> Option<Candidate> {
        let offer = self.sticky.take()?;
        let place = self.entries().iter().position(|entry| entry.offer == offer)?;
        Some(self.remove(place, 1.0, true))
    }

    fn draw(&mut self) -> Option<Candidate> {
        let tier = self.entries().iter().map(|entry| entry.tier).min()?;
        let fresh = self.total(tier, Who::Fresh);
        let (who, sum) =
            if fresh > 0.0 { (Who::Fresh, fresh) } else { (Who::All, self.total(tier, Who::All)) };
        let mark = unit(&mut self.rng) * sum;
        let place = self.locate(tier, who, mark)?;
        let probability = f64::from(self.entries().get(place)?.weight) / sum;
        Some(self.remove(place, probability, false))
    }

    fn belongs(&self, entry: &Entry, tier: u32, who: Who) -> bool {
        entry.tier == tier && (who == Who::All || !self.tried.contains(&entry.provider))
    }

    fn total(&self, tier: u32, who: Who) -> f64 {
        let entries = self.entries().iter().filter(|e| self.belongs(e, tier, who));
        entries.map(|e| f64::from(e.weight)).sum()
    }

    /// The entry in whose stretch of the sum `mark` lies; rounding at the end gives the last one.
    fn locate(&self, tier: u32, who: Who, mark: f64) -> Option<usize> {
        let mut passed = 0.0;
        let mut last = None;
        for (place, entry) in self.entries().iter().enumerate() {
            if self.belongs(entry, tier, who) {
                passed += f64::from(entry.weight);
                last = Some(place);
                if mark < passed {
                    return last;
                }
            }
        }
        last
    }

    fn remove(&mut self, place: usize, probability: f64, sticky: bool) -> Candidate {
        self.left -= 1;
        self.entries.swap(place, self.left);
        let entry = self.entries[self.left];
        if !self.tried.contains(&entry.provider) {
            self.tried.push(entry.provider);
        }
        let weight = f64::from(entry.weight);
        Candidate { offer: entry.offer, weight, probability, sticky }
    }
}

impl Iterator for Order {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        self.queued.take().or_else(|| self.pick())
    }
}

/// The chance of each to be the first pick, by tier and weight; `sticky` is the place of the one that comes first
/// by its session.
#[must_use]
pub fn chances(tiers_and_weights: &[(u32, f32)], sticky: Option<usize>) -> Vec<f64> {
    let first = tiers_and_weights.iter().map(|(tier, _)| *tier).min();
    let weight = |(tier, weight): &(u32, f32)| {
        if Some(*tier) == first { f64::from(*weight) } else { 0.0 }
    };
    let sum: f64 = tiers_and_weights.iter().map(weight).sum();
    let chance = |(place, one)| match sticky {
        Some(sticky) => f64::from(u8::from(sticky == place)),
        None => weight(one) / sum,
    };
    tiers_and_weights.iter().enumerate().map(chance).collect()
}

/// Weights are kept in 32 bits: the least that there is, 2e-14, is far above the least of those.
#[expect(clippy::cast_possible_truncation, reason = "a chance needs no more than seven digits")]
pub(crate) const fn narrow(weight: f64) -> f32 {
    weight as f32
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Fresh,
    All,
}

/// A number from 0 up to and without 1, of 53 random bits.
fn unit(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let bits = rng.next_u64() >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let number = bits as f64;
    number / 9_007_199_254_740_992.0
}
