//! `not_free.toml`: famous names that are no longer free, so that a person who asks for one is told
//! since when and why.

use super::Problems;
use super::file::Provenance;
use super::form::{Form, read_form};
use super::sections::provenance;

/// A name that is no longer free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLongerFree {
    /// The id that it had, or would have.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// A year, a month or a day.
    pub since: String,
    /// What happened.
    pub why: String,
    /// Who says so, and when.
    pub provenance: Provenance,
}

/// Reads `not_free.toml`.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<NoLongerFree>, Problems> {
    read_form(file, text, |form| {
        Some(form.tables("names", no_longer_free).into_iter().flatten().collect())
    })
}

fn no_longer_free(form: &mut Form<'_, '_>) -> Option<NoLongerFree> {
    let (id, name) = (form.needed_text("id"), form.needed_text("name"));
    let (since, why) = (form.needed_text("since"), form.needed_text("why"));
    let provenance = provenance(form);
    Some(NoLongerFree { id: id?, name: name?, since: since?, why: why?, provenance })
}
