//! Pools by name: what a person means by a word, as names of models mean something.
//!
//! Who belongs to a pool does not change from second to second: it follows from what offers can do and who has them. So
//! it is found once for each catalog, and asking for a pool costs what asking for a family does.

use std::fmt;
use std::time::Duration;

use crate::capability::{Features, Modalities};
use crate::catalog::select::{give, spellings};
use crate::catalog::{Catalog, Offer, OfferIndex, UnknownModel};
use crate::eligible::{Terms, capable};
use crate::exclusion::Exclusion;
use crate::requirements::{Constraints, Requirements};

/// What a person means by a word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedPool {
    /// The word.
    pub name: String,
    /// What its offers can do.
    pub needs: Features,
    /// What they take, beside text.
    pub takes: Modalities,
    /// The least context, in tokens.
    pub min_context: Option<u32>,
    /// The least quality, 0 to 1; who was not measured does not meet it.
    pub min_quality: Option<f32>,
    /// Only providers that say they do not train on prompts.
    pub no_training: bool,
    /// Names of those that are tried first, in this order.
    pub prefer: Vec<String>,
    /// Only what these names mean, where there are any.
    pub only: Vec<String>,
    /// Nothing of what these names mean.
    pub exclude: Vec<String>,
    /// How long a request may take, where the client does not ask for less.
    pub deadline: Option<Duration>,
}

/// A pool and who belongs to it, in one catalog.
#[derive(Clone, Debug)]
pub struct Membership {
    /// What was meant.
    pub pool: NamedPool,
    /// Who belongs to it, ascending, each with its place in the order of preference.
    pub members: Vec<(OfferIndex, u16)>,
    /// Names of it that mean nothing in this catalog.
    pub unknown: Vec<UnknownModel>,
    /// Why nobody belongs to it, where nobody does.
    pub emptied: Option<Emptied>,
}

/// What leaves nobody in a pool.
#[derive(Clone, Debug, PartialEq)]
pub enum Emptied {
    /// There is nothing to choose from.
    NoOffers,
    /// `only` and `exclude` leave nothing.
    Names,
    /// So many are left by its names, and none of them can; the reason that most share.
    Nobody {
        /// How many.
        of: usize,
        /// The reason that most of them share.
        why: Exclusion,
        /// How many share it.
        share: usize,
    },
}

impl fmt::Display for Emptied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOffers => f.write_str("there are no offers at all"),
            Self::Names => f.write_str("its `only` and `exclude` leave no offer"),
            Self::Nobody { of: 1, why, .. } => {
                write!(f, "the one offer in question does not fit: {}", lacking(why))
            }
            Self::Nobody { of, why, share } => {
                let why = lacking(why);
                write!(f, "none of the {of} offers in question fits: {why} ({share} of them)")
            }
        }
    }
}

/// What is missing, as words that stand behind any number of offers.
fn lacking(why: &Exclusion) -> String {
    match why {
        Exclusion::Trains => "no promise to keep prompts out of training".to_owned(),
        Exclusion::LacksFeature(feature) => format!("no {}", feature.word()),
        Exclusion::LacksInput(input) => format!("no {} input", input.word()),
        Exclusion::ContextTooSmall { need, .. } => {
            format!("fewer than {need} tokens of context")
        }
        Exclusion::QualityTooLow { need, .. } => format!("no measured quality of {need} or more"),
        other => other.to_string(),
    }
}

impl Membership {
    /// Gives `rank` and those after it to its members, by its order of preference.
    pub(super) fn rank(&self, rank: u16, ranks: &mut [u16]) {
        for (index, place) in &self.members {
            if let Some(slot) = ranks.get_mut(index.0 as usize) {
                give(slot, rank.saturating_add(*place));
            }
        }
    }

    /// What a person should hear of it: that nobody belongs to it, and which of its names mean nothing.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let name = &self.pool.name;
        let empty = self.emptied.as_ref().map(|why| {
            format!(
                "nobody belongs to [pools.{name}] now: {why}. Change it, or add a provider that can"
            )
        });
        let unknown = self.unknown.iter().map(|unknown| {
            let near = unknown.near.first().map(|near| format!("; did you mean {near:?}?"));
            format!(
                "[pools.{name}] names {:?}, and nothing is called so now{}",
                unknown.name,
                near.unwrap_or_default()
            )
        });
        empty.into_iter().chain(unknown).collect()
    }

    /// Whether an offer belongs to it.
    #[must_use]
    pub fn has(&self, offer: OfferIndex) -> bool {
        self.members.binary_search_by_key(&offer, |(member, _)| *member).is_ok()
    }

    /// How many places its order of preference has.
    pub(super) fn places(&self) -> u16 {
        u16::try_from(self.pool.prefer.len()).unwrap_or(u16::MAX).saturating_add(1)
    }
}

impl NamedPool {
    fn constraints(&self) -> Constraints {
        Constraints {
            no_training: self.no_training,
            min_quality: self.min_quality,
            min_context: self.min_context,
            ..Constraints::default()
        }
    }

    /// What an offer needs to belong to it. Whether it is only for requests with pictures is for the request to say, and
    /// so is what comes out.
    fn requirements(&self, offer: &Offer) -> Requirements {
        Requirements {
            input: self.takes | offer.capability.only_with_input,
            features: self.needs,
            constraints: self.constraints(),
            ..Requirements::default()
        }
    }
}

impl Catalog {
    /// Takes in what is meant by these words; what was taken in before is forgotten.
    pub fn define(&mut self, pools: &[NamedPool]) {
        self.pools = Vec::new();
        self.pools = pools.iter().map(|pool| self.membership(pool)).collect();
    }

    /// The pool of that name, in any spelling in which a name may be asked for.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&Membership> {
        if self.pools.is_empty() {
            return None;
        }
        let spellings = spellings(name);
        let called = |pool: &&Membership| {
            spellings.iter().flatten().any(|name| pool.pool.name.eq_ignore_ascii_case(name))
        };
        self.pools.iter().find(called)
    }

    /// The pool among `names` to which nobody belongs, where no other of them means anybody either.
    #[must_use]
    pub fn empty_pool(&self, names: &[String]) -> Option<&Membership> {
        let mut pools = names.iter().filter_map(|name| self.pool(name));
        let first = pools.next().filter(|first| first.members.is_empty())?;
        let means_none = self.select(names).is_ok_and(|selection| selection.is_empty());
        means_none.then_some(first)
    }

    /// The shortest time that the pools among `names` leave a request.
    #[must_use]
    pub fn pool_deadline(&self, names: &[String]) -> Option<Duration> {
        names.iter().filter_map(|name| self.pool(name)?.pool.deadline).min()
    }

    fn membership(&self, pool: &NamedPool) -> Membership {
        let mut unknown = Vec::new();
        let only = self.meant_by(&pool.only, &mut unknown);
        let excluded = self.meant_by(&pool.exclude, &mut unknown);
        let preferred = self.meant_by(&pool.prefer, &mut unknown);
        let places = u16::try_from(pool.prefer.len()).unwrap_or(u16::MAX);
        let terms = Terms::new(self, &pool.constraints());
        let (mut members, mut refused) = (Vec::new(), Vec::new());
        for ((index, offer), ((only, excluded), preferred)) in
            self.enumerate().zip(only.iter().zip(&excluded).zip(&preferred))
        {
            if (!pool.only.is_empty() && only.is_none()) || excluded.is_some() {
                continue;
            }
            let refusal = terms.refuse(offer).map_or(Ok(()), Err);
            match refusal.and_then(|()| capable(&pool.requirements(offer), offer)) {
                Ok(()) => members.push((index, preferred.unwrap_or(places))),
                Err(exclusion) => refused.push(exclusion),
            }
        }
        let emptied = members.is_empty().then(|| self.emptied(&refused));
        Membership { pool: pool.clone(), members, unknown, emptied }
    }

    /// For every offer, which of the names means it first.
    fn meant_by(&self, names: &[String], unknown: &mut Vec<UnknownModel>) -> Vec<Option<u16>> {
        let mut places = vec![u16::MAX; self.offers.len()];
        for (place, name) in (0u16..).zip(names) {
            if self.rank(name, place, &mut places).is_none() {
                unknown.push(self.unknown(name));
            }
        }
        places.into_iter().map(|place| (place != u16::MAX).then_some(place)).collect()
    }

    fn emptied(&self, refused: &[Exclusion]) -> Emptied {
        let alike = |one: &Exclusion| refused.iter().filter(|o| o.word() == one.word()).count();
        match refused.iter().max_by_key(|one| alike(one)) {
            Some(why) => Emptied::Nobody { of: refused.len(), why: *why, share: alike(why) },
            None if self.offers.is_empty() => Emptied::NoOffers,
            None => Emptied::Names,
        }
    }
}

#[cfg(test)]
mod tests;
