//! Quirks of answers and listings that are no more than a text's beginning.

use super::{Quirk, Quirks};

/// A listed id as it is used in requests.
#[must_use]
pub fn strip_models_prefix(id: &str, quirks: Quirks) -> &str {
    if quirks.contains(Quirk::ModelsPrefix) { id.strip_prefix("models/").unwrap_or(id) } else { id }
}
