//! `families.toml`: one model, whatever each provider calls it.

use std::collections::BTreeMap;

use super::Problems;
use super::file::Provenance;
use super::form::{Form, read_form};
use super::sections::{provenance, quality};
use super::word::words;

/// The same weights at several providers.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name for people.
    pub name: String,
    /// Who made it.
    pub org: String,
    /// Parameters, in billions.
    pub params_total_b: Option<f64>,
    /// Parameters at work for one token, in billions.
    pub params_active_b: Option<f64>,
    /// How able it is, 0 to 1: an order, not a measurement.
    pub quality: Option<f32>,
    /// What `quality` rests on.
    pub basis: Option<Basis>,
    /// Further names that a client may ask for.
    pub aliases: Vec<String>,
    /// What else a person should know.
    pub note: Option<String>,
    /// Who says so, and when.
    pub provenance: Provenance,
}

words! {
    /// What a quality rests on.
    Basis = "basis" {
        /// The vendor's own claim on SWE-bench Verified.
        SweBench = "swe_bench",
        /// A percentile among others, put on the same scale.
        Percentile = "percentile",
    }
}

/// Reads `families.toml`. No alias may be said twice, or be the name of another family.
pub(super) fn read(file: &str, text: &str) -> Result<BTreeMap<String, Family>, Problems> {
    read_form(file, text, |form| {
        let entries = form.entries(family);
        let families: BTreeMap<String, Family> =
            entries.into_iter().filter_map(|(key, family)| Some((key, family?))).collect();
        check_aliases(form, &families);
        Some(families)
    })
}

fn family(form: &mut Form<'_, '_>) -> Option<Family> {
    let (name, org) = (form.needed_text("name"), form.needed_text("org"));
    let family = Family {
        params_total_b: form.number("params_total_b", false),
        params_active_b: form.number("params_active_b", false),
        quality: quality(form),
        basis: form.word("basis"),
        aliases: form.texts("aliases").unwrap_or_default(),
        note: form.text("note"),
        provenance: provenance(form),
        name: name?,
        org: org?,
    };
    if family.quality.is_some() != family.basis.is_some() {
        form.note_here("quality and basis belong together: a number without its basis is a guess");
    }
    Some(family)
}

fn check_aliases(form: &Form<'_, '_>, families: &BTreeMap<String, Family>) {
    let mut owners: BTreeMap<&str, &str> =
        families.keys().map(|key| (key.as_str(), key.as_str())).collect();
    for (key, family) in families {
        for alias in &family.aliases {
            if let Some(owner) = owners.insert(alias, key) {
                form.note_here(format!("\"{alias}\" is a name of both {owner} and {key}"));
            }
        }
    }
}
