//! From the names a client gives to the offers it means.
//!
//! `free` (also `auto`, and either behind `potluck/` or `openrouter/`) means everything; a family means
//! every provider that has it; `provider/model` means one model there, under whichever credential, and
//! `provider/model@credential` under that one; a provider's id (also `groq/*`) means all it
//! has; what a provider calls a model means every offer called so. Before any of these, a word that a person has defined
//! means that pool. A list is an order: what an earlier name means comes before what only a later one means.
//!
//! Tolerant where it cannot mislead, tried in this order: the name as it is, without an end such as `:latest`, `:free` or
//! `:nitro`, without the prefix `openrouter/` or `potluck/`, and all of that once more without regard to case.

use crate::catalog::{Catalog, Offer, OfferIndex};
use crate::rights::Permit;

/// The offers that a request's names mean, with the rank of the name that means them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    matches: Matches,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Matches {
    /// Everything in a catalog of so many offers, at one rank.
    All(u32),
    /// These, ascending by position; the rank is that of the first name that means them.
    Some(Vec<(OfferIndex, u16)>),
}

/// A name that means nothing here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no model is called `{name}` here")]
pub struct UnknownModel {
    /// As it was asked for.
    pub name: String,
    /// Up to five names that look like it, the likest first.
    pub near: Vec<String>,
    /// The pools by name that there are.
    pub pools: Vec<String>,
}

impl Selection {
    /// The offers meant, ascending, each with its rank: 0 for the first name of the request.
    pub fn iter(&self) -> impl Iterator<Item = (OfferIndex, u16)> + '_ {
        let (all, some) = match &self.matches {
            Matches::All(count) => (*count, &[][..]),
            Matches::Some(offers) => (0, offers.as_slice()),
        };
        (0..all).map(|index| (OfferIndex(index), 0)).chain(some.iter().copied())
    }

    /// How many offers are meant.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.matches {
            Matches::All(count) => *count as usize,
            Matches::Some(offers) => offers.len(),
        }
    }

    /// Whether nothing is meant: only where the catalog is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Catalog {
    /// The offers that `names` mean; no names mean everything.
    ///
    /// # Errors
    /// The first name that means nothing. A list with at least one known name forgives the unknown ones:
    /// clients list fall-backs that a pool need not have.
    pub fn select(&self, names: &[String]) -> Result<Selection, UnknownModel> {
        if names.is_empty() || names.first().is_some_and(|name| means_everything(name)) {
            return Ok(self.everything());
        }
        let mut ranks = vec![u16::MAX; self.offers.len()];
        let mut unknown = None;
        let mut known = false;
        let mut next = 0u16;
        for name in names.iter().take(usize::from(u16::MAX)) {
            let places = self.rank(name, next, &mut ranks);
            known |= places.is_some();
            if places.is_none() && unknown.is_none() {
                unknown = Some(name);
            }
            next = next.saturating_add(places.unwrap_or(1));
        }
        match unknown {
            Some(name) if !known => Err(self.unknown(name)),
            _ => Ok(Selection { matches: Matches::Some(ranked(&ranks)) }),
        }
    }

    /// Of the offers that `names` mean, those that `permit` allows; maybe none.
    ///
    /// # Errors
    /// As [`Catalog::select`].
    pub fn select_permitted(
        &self,
        names: &[String],
        permit: Option<&Permit>,
    ) -> Result<Selection, UnknownModel> {
        let Some(permit) = permit else { return self.select(names) };
        let open: Vec<String> =
            names.iter().filter(|name| self.may_name(permit, name)).cloned().collect();
        if open.is_empty() && !names.is_empty() {
            return Ok(Selection { matches: Matches::Some(Vec::new()) });
        }
        let meant = self.select(&open)?;
        let allowed = self.permitted(permit);
        let is_allowed = |index: &OfferIndex| allowed.get(index.0 as usize) == Some(&true);
        let matches = meant.iter().filter(|(index, _)| is_allowed(index)).collect();
        Ok(Selection { matches: Matches::Some(matches) })
    }

    /// For every offer, whether `permit` allows it.
    #[must_use]
    pub fn permitted(&self, permit: &Permit) -> Vec<bool> {
        let mut ranks = vec![u16::MAX; self.offers.len()];
        // a pool that is gone must not come to mean a model that happens to be called like it
        for pool in permit.pools.iter().filter_map(|name| self.pool(name)) {
            pool.rank(0, &mut ranks);
        }
        for name in &permit.models {
            self.rank(name, 0, &mut ranks);
        }
        ranks.into_iter().map(|rank| rank != u16::MAX).collect()
    }

    /// Whether somebody with that permit may ask by that name: of pools, only by those that it has.
    fn may_name(&self, permit: &Permit, name: &str) -> bool {
        self.pool(name).is_none_or(|pool| permit.allows_pool(&pool.pool.name))
    }

    /// All offers.
    #[must_use]
    pub fn everything(&self) -> Selection {
        let count = u32::try_from(self.offers.len()).unwrap_or(u32::MAX);
        Selection { matches: Matches::All(count) }
    }

    /// Gives `rank`, and those after it where the name has an order of its own, to what `name` means and no earlier name
    /// does; how many places that took, or `None` where it means nothing.
    pub(super) fn rank(&self, name: &str, rank: u16, ranks: &mut [u16]) -> Option<u16> {
        if means_everything(name) {
            ranks.iter_mut().for_each(|slot| give(slot, rank));
            return Some(1);
        }
        if let Some(pool) = self.pool(name) {
            pool.rank(rank, ranks);
            return Some(pool.places());
        }
        let meaning = self.meaning(name)?;
        for (slot, offer) in ranks.iter_mut().zip(&self.offers) {
            if meaning.holds(self, offer) {
                give(slot, rank);
            }
        }
        Some(1)
    }

    fn meaning<'a>(&self, name: &'a str) -> Option<Meaning<'a>> {
        let spellings = spellings(name);
        [Case::Exact, Case::Any].into_iter().find_map(|case| {
            spellings.iter().flatten().find_map(|spelling| {
                Kind::ALL.into_iter().find_map(|kind| {
                    let meaning = Meaning { kind, case, name: kind.of(spelling)? };
                    self.offers.iter().any(|offer| meaning.holds(self, offer)).then_some(meaning)
                })
            })
        })
    }

    pub(super) fn unknown(&self, name: &str) -> UnknownModel {
        let shown: String = name.chars().take(LONGEST_NAME).collect();
        let asked = shown.trim_end_matches("/*").to_lowercase();
        let mut near: Vec<(f64, &str)> = self
            .offers
            .iter()
            .flat_map(|offer| [offer.family.as_str(), offer.name.as_str()])
            .chain(self.providers.iter().map(|provider| provider.id.as_str()))
            .chain(self.pools.iter().map(|pool| pool.pool.name.as_str()))
            .map(|known| (likeness(&asked, known), known))
            .filter(|(likeness, _)| *likeness > 0.6)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        near.dedup_by(|a, b| a.1 == b.1);
        let near = near.into_iter().take(5).map(|(_, known)| known.to_owned()).collect();
        let pools = self.pools.iter().map(|pool| pool.pool.name.clone()).collect();
        UnknownModel { name: shown, near, pools }
    }
}

/// Gives a rank to an offer that has no better one. The highest of all is the mark of what no name means.
pub(super) fn give(slot: &mut u16, rank: u16) {
    *slot = (*slot).min(rank.min(u16::MAX - 1));
}

fn ranked(ranks: &[u16]) -> Vec<(OfferIndex, u16)> {
    (0u32..)
        .map(OfferIndex)
        .zip(ranks.iter().copied())
        .filter(|(_, rank)| *rank != u16::MAX)
        .collect()
}

/// Whether a name means all offers: `free`, `auto`, and either behind potluck's or OpenRouter's prefix.
#[must_use]
pub fn means_everything(name: &str) -> bool {
    let bare = ["potluck/", "openrouter/"]
        .iter()
        .find_map(|prefix| strip_prefix(name, prefix))
        .unwrap_or(name);
    let bare = ENDS.iter().find_map(|end| strip_suffix(bare, end)).unwrap_or(bare);
    bare.eq_ignore_ascii_case("free") || bare.eq_ignore_ascii_case("auto")
}

/// How like two names are, 0 to 1: as whole names, or by what follows the provider.
fn likeness(asked: &str, known: &str) -> f64 {
    let known = known.to_lowercase();
    let tail = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    strsim::jaro_winkler(asked, &known)
        .max(strsim::jaro_winkler(&tail(asked), &tail(&known)) * 0.95)
}

/// Characters of an unknown name that are compared and shown: comparing costs the product of lengths.
const LONGEST_NAME: usize = 200;

/// One way to read a name.
struct Meaning<'a> {
    kind: Kind,
    case: Case,
    name: &'a str,
}

#[derive(Clone, Copy)]
enum Kind {
    Offer,
    Family,
    Model,
    Provider,
}

#[derive(Clone, Copy)]
enum Case {
    Exact,
    Any,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Offer, Self::Family, Self::Model, Self::Provider];

    fn of(self, spelling: &str) -> Option<&str> {
        match self {
            Self::Provider => Some(spelling.strip_suffix("/*").unwrap_or(spelling)),
            Self::Offer if !spelling.contains('/') => None,
            Self::Offer | Self::Family | Self::Model => Some(spelling),
        }
    }
}

impl Meaning<'_> {
    fn holds(&self, catalog: &Catalog, offer: &Offer) -> bool {
        let own = match self.kind {
            Kind::Offer if self.is(offer.name.as_str()) => return true,
            Kind::Offer => offer.plain_name(),
            Kind::Family => offer.family.as_str(),
            Kind::Model => offer.model.as_str(),
            Kind::Provider => catalog.provider(offer.provider).id.as_str(),
        };
        self.is(own)
    }

    fn is(&self, own: &str) -> bool {
        match self.case {
            Case::Exact => own == self.name,
            Case::Any => own.eq_ignore_ascii_case(self.name),
        }
    }
}

/// Ends of names that change nothing of what is meant: tags of Ollama and OpenRouter, and OpenRouter's wishes about
/// the order, which whoever reads the request takes in.
const ENDS: [&str; 5] = [":latest", ":free", ":nitro", ":floor", ":exacto"];

/// The name as it is, then with less and less around it.
pub(super) fn spellings(name: &str) -> [Option<&str>; 5] {
    let bare = |name| ENDS.iter().find_map(|end| strip_suffix(name, end));
    let inner = ["openrouter/", "potluck/"].iter().find_map(|start| strip_prefix(name, start));
    let inner = inner.filter(|inner| !inner.is_empty());
    let shorter = bare(name);
    [Some(name), shorter, shorter.and_then(bare), inner, inner.and_then(bare)]
}

fn strip_prefix<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let head = name.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &name[prefix.len()..])
}

fn strip_suffix<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let cut = name.len().checked_sub(suffix.len())?;
    name.get(cut..)?.eq_ignore_ascii_case(suffix).then(|| &name[..cut])
}

#[cfg(test)]
mod tests;
