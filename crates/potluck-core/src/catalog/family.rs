//! Which families a name means: for work whose results can only be compared within one.

use std::collections::BTreeMap;

use crate::capability::Modality;
use crate::catalog::{Catalog, Selection};

/// A family among the offers that a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyMeant {
    /// Its name.
    pub name: String,
    /// How many of the offers are of it.
    pub offers: u32,
    /// How many numbers its vectors usually have, where that is known.
    pub dimensions: Option<u32>,
}

impl Catalog {
    /// The families of the offers in `selection` that make `output`, by name. Whether they can serve now makes no
    /// difference: a name must not mean something else tomorrow because a limit is used up today.
    #[must_use]
    pub fn families(&self, selection: &Selection, output: Modality) -> Vec<FamilyMeant> {
        let mut meant: BTreeMap<&str, FamilyMeant> = BTreeMap::new();
        for (index, _) in selection.iter() {
            let offer = self.offer(index);
            if !offer.capability.output.contains(output) {
                continue;
            }
            let name = offer.family.as_str();
            let family = meant.entry(name).or_insert_with(|| FamilyMeant {
                name: name.to_owned(),
                offers: 0,
                dimensions: None,
            });
            family.offers += 1;
            family.dimensions = family.dimensions.or(offer.capability.dimensions.usual());
        }
        meant.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::embedding::Dimensions;
    use crate::fixture::Stock;

    use super::*;

    #[test]
    fn only_the_families_that_do_such_work_are_meant() {
        let makes = |output: Modality, length: u32| {
            move |offer: &mut crate::catalog::Offer| {
                offer.capability.output = output.into();
                offer.capability.dimensions = Dimensions { known: vec![length], least: None };
            }
        };
        let catalog = Stock::default()
            .offer("a/chat", "talker")
            .offer("a/m3", "m3")
            .with(makes(Modality::Embedding, 1024))
            .offer("b/m3", "m3")
            .with(makes(Modality::Embedding, 1024))
            .offer("b/wide", "wide")
            .with(makes(Modality::Embedding, 4096))
            .done();
        let meant = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let selection = catalog.select(&names).unwrap();
            let families = catalog.families(&selection, Modality::Embedding);
            families.into_iter().map(|f| (f.name, f.offers, f.dimensions)).collect::<Vec<_>>()
        };
        let m3 = ("m3".to_owned(), 2, Some(1024));
        assert_eq!(meant(&["m3"]), std::slice::from_ref(&m3));
        assert_eq!(meant(&["free"]), [m3, ("wide".to_owned(), 1, Some(4096))]);
        assert_eq!(meant(&["talker"]), []);
    }
}
