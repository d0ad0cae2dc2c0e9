//! The ten providers of the day, from the shipped files.

use std::collections::BTreeMap;
use std::sync::Arc;

use potluck::pantry::{Pantry, World, builtin, lower};
use potluck_core::capability::Modality;
use potluck_core::catalog::Catalog;
use potluck_core::time::Moment;

/// 2026-11-23T00:00:00Z, a Monday.
pub(crate) const MIDNIGHT: Moment = Moment::from_millis(1_795_392_000_000);

const PROVIDERS: [&str; 10] = [
    "openrouter",
    "google-ai-studio",
    "nvidia-nim",
    "groq",
    "cloudflare-workers-ai",
    "kilo-gateway",
    "ovhcloud",
    "llm7",
    "cohere",
    "requesty",
];

/// The catalog that somebody with every key has, cut down to ten providers and to models that chat.
pub(crate) fn catalog() -> Result<Arc<Catalog>, String> {
    let mut pantry = Pantry::new(builtin()).map_err(|problems| problems.to_string())?;
    pantry.providers.retain(|id, _| PROVIDERS.contains(&id.as_str()));
    let world = World {
        // One key at each provider, and no numbered ones.
        is_set: &|name| !name.ends_with(|end: char| end.is_ascii_digit()),
        credentials: &BTreeMap::new(),
        listed: &BTreeMap::new(),
        today: jiff::civil::date(2026, 11, 23),
        concurrency: 8,
    };
    let mut catalog = lower(&pantry, &world).catalog;
    catalog.offers.retain(|offer| offer.capability.output.contains(Modality::Text));
    Ok(Arc::new(catalog))
}
