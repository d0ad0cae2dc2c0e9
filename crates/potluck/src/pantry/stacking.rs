//! What a person should hear who has keys of several accounts where the provider's terms speak against it.

use std::collections::BTreeSet;

use potluck_core::catalog::{Catalog, ProviderIndex};

use super::file::Stacking;
use super::load::Pantry;

/// For each provider that is asked under several accounts although its terms forbid that: a sentence that says so.
#[must_use]
pub fn stacked(pantry: &Pantry, catalog: &Catalog) -> Vec<String> {
    let providers = (0u32..).map(ProviderIndex).zip(&catalog.providers);
    providers
        .filter_map(|(at, provider)| {
            let file = pantry.providers.get(provider.id.as_str())?;
            let accounts = accounts(catalog, at);
            let told = file.stacking == Stacking::Forbidden && accounts > 1;
            told.then(|| note(&file.name, &file.id, accounts, file.terms.as_deref()))
        })
        .collect()
}

fn accounts(catalog: &Catalog, of: ProviderIndex) -> usize {
    let own = catalog.offers.iter().filter(|offer| offer.provider == of);
    own.map(|offer| offer.account.as_str()).collect::<BTreeSet<_>>().len()
}

fn note(name: &str, id: &str, accounts: usize, terms: Option<&str>) -> String {
    let terms = terms.unwrap_or_default();
    format!(
        "{name}: keys of {accounts} accounts are set, and its terms forbid several accounts to get around limits (\"{terms}\"). \
         Where the keys are of one account, say so: account = \"…\" in [[credentials.{id}]]"
    )
}
