//! Which names a key may ask for.

use crate::catalog::{Catalog, Membership, UnknownModel};

/// Names of models and of pools, in the words in which requests name them. Never both empty: who may ask for everything
/// has no permit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permit {
    /// Pools by name: these words mean pools and nothing else. Where this is not empty, no other pool may be named.
    pub pools: Vec<String>,
    /// Models, families, providers, or pools.
    pub models: Vec<String>,
}

impl Permit {
    /// A permit for these names; `None` where there are none: everything may be asked for.
    #[must_use]
    pub fn of(pools: Vec<String>, models: Vec<String>) -> Option<Self> {
        (!pools.is_empty() || !models.is_empty()).then_some(Self { pools, models })
    }

    /// All names, for people.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pools.iter().chain(&self.models).map(String::as_str)
    }

    /// Which of its names mean nothing in `catalog`, and to which of its pools nobody belongs.
    pub(super) fn notes(&self, catalog: &Catalog) -> Vec<String> {
        let pools = self.pools.iter().filter_map(|name| catalog.pool(name));
        let unknown =
            self.models.iter().filter_map(|name| catalog.select(std::slice::from_ref(name)).err());
        let unknown = unknown.map(|UnknownModel { name, near, .. }| {
            let near = near.first().map(|near| format!("; did you mean {near:?}?"));
            format!("no model is called {name:?} here now{}", near.unwrap_or_default())
        });
        unknown.chain(pools.flat_map(Membership::notes)).collect()
    }

    /// Whether the pool `name` may be asked for by its name.
    #[must_use]
    pub fn allows_pool(&self, name: &str) -> bool {
        self.pools.is_empty() || self.names().any(|known| known.eq_ignore_ascii_case(name))
    }
}
