//! A number for every offer that was ever drawn among, so that a kept draw is small and outlives its catalog.
//!
//! Numbers are given once and never taken back: catalogs come and go, and name much the same offers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use potluck_core::catalog::{Catalog, Offer};
use potluck_core::names::{Family, OfferName};

/// Names by number.
#[derive(Debug, Default)]
pub struct Roster(Mutex<Names>);

/// What an offer is called, and what weights it has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// `provider/model`.
    pub name: OfferName,
    /// The group of the same weights elsewhere.
    pub family: Family,
}

#[derive(Debug, Default)]
struct Names {
    all: Vec<Named>,
    numbers: HashMap<Named, u32>,
    /// The numbers by position in the catalog that was asked about last.
    last: Option<(Arc<Catalog>, Arc<[u32]>)>,
}

impl Roster {
    /// The numbers of a catalog's offers, by their positions.
    #[must_use]
    pub fn numbers(&self, catalog: &Arc<Catalog>) -> Arc<[u32]> {
        let mut names = self.names();
        match &names.last {
            Some((last, numbers)) if Arc::ptr_eq(last, catalog) => Arc::clone(numbers),
            _ => {
                let numbers: Arc<[u32]> =
                    catalog.offers.iter().map(|offer| names.enlist(Named::of(offer))).collect();
                names.last = Some((Arc::clone(catalog), Arc::clone(&numbers)));
                numbers
            }
        }
    }

    /// What `number` stands for.
    #[must_use]
    pub fn named(&self, number: u32) -> Option<Named> {
        self.names().all.get(number as usize).cloned()
    }

    /// Everybody from the number `first` on, in order.
    #[must_use]
    pub fn since(&self, first: usize) -> Vec<Named> {
        self.names().all.get(first..).unwrap_or_default().to_vec()
    }

    /// One more, who gets the next number unless there is one already.
    pub fn enlist(&self, named: Named) -> u32 {
        self.names().enlist(named)
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    fn enlist(&mut self, named: Named) -> u32 {
        if let Some(number) = self.numbers.get(&named) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(named.clone());
        self.numbers.insert(named, number);
        number
    }
}

impl Named {
    fn of(offer: &Offer) -> Self {
        Self { name: offer.name.clone(), family: offer.family.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Named {
        Named { name: OfferName::new(name), family: Family::new("f") }
    }

    #[test]
    fn a_number_is_given_once_and_outlives_catalogs() {
        let roster = Roster::default();
        assert_eq!(roster.enlist(named("a/1")), 0);
        assert_eq!(roster.enlist(named("b/1")), 1);
        assert_eq!(roster.enlist(named("a/1")), 0);
        let other = Named { family: Family::new("g"), ..named("a/1") };
        assert_eq!(roster.enlist(other.clone()), 2, "the same name for other weights");
        assert_eq!(roster.named(2), Some(other));
        assert_eq!((roster.since(1).len(), roster.since(9).len()), (2, 0));
        assert_eq!(roster.named(3), None);
    }
}
