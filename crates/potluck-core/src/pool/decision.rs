//! A draw as it is kept: who could serve with what weight, who could not and why, and what decided.
//!
//! Small, because there is one for every request: a weight of 32 bits for each who could serve (which is what the draw
//! itself works with, so that it can be drawn again to the same pick), and two bytes for each reason.

use crate::catalog::OfferIndex;
use crate::choose::{Entry, Strategy};
use crate::exclusion::Why;
use crate::pool::Draw;

/// A draw as it is kept. Positions are of the catalog that was drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What decided the order.
    pub seed: u64,
    /// How chances were given.
    pub strategy: Strategy,
    /// How many offers the request's names meant.
    pub considered: u32,
    /// The offer that the session stuck to, where it could serve.
    pub sticky: Option<OfferIndex>,
    /// Who could serve; those that were drawn first come last.
    eligible: Box<[Share]>,
    /// Who could not, ascending.
    pub excluded: Box<[(OfferIndex, Why)]>,
}

/// One who could serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Which.
    pub offer: OfferIndex,
    /// Its weight, above zero and finite.
    pub weight: f32,
    /// Lower ones are tried before any higher one.
    pub tier: u32,
}

impl Draw {
    /// What is to be kept of it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let share =
            |entry: &Entry| Share { offer: entry.offer, weight: entry.weight, tier: entry.tier };
        Decision {
            seed: self.seed,
            strategy: self.strategy,
            considered: u32::try_from(self.considered).unwrap_or(u32::MAX),
            sticky: self.sticky,
            eligible: self.order.everybody().iter().map(share).collect(),
            excluded: self.excluded.iter().map(|(offer, out)| (*offer, Why::of(out))).collect(),
        }
    }
}

impl Decision {
    /// Who could serve, in the order of the catalog, which is that of the draw.
    #[must_use]
    pub fn eligible(&self) -> Vec<Share> {
        let mut all = self.eligible.to_vec();
        all.sort_unstable_by_key(|share| share.offer);
        all
    }

    /// How many could serve.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.eligible.len()
    }

    /// What it takes of memory beside itself, in bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        size_of_val(&*self.eligible) + size_of_val(&*self.excluded)
    }
}
