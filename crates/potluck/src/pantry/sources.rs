//! `sources.toml`: where the facts come from.

use std::collections::BTreeMap;

use super::Problems;
use super::form::{Form, read_form};

/// One source of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub what: String,
    /// Its address.
    pub where_: String,
    /// A year, a month or a day.
    pub date: String,
}

/// Reads `sources.toml`.
pub(super) fn read(file: &str, text: &str) -> Result<BTreeMap<String, Source>, Problems> {
    read_form(file, text, |form| {
        let entries = form.entries(source);
        Some(entries.into_iter().filter_map(|(key, source)| Some((key, source?))).collect())
    })
}

fn source(form: &mut Form<'_, '_>) -> Option<Source> {
    let (what, address, date) =
        (form.needed_text("what"), form.needed_text("where"), form.needed_text("date"));
    Some(Source { what: what?, where_: address?, date: date? })
}
