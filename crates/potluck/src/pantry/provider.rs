//! A provider file, from text to [`ProviderFile`]: a pure function that finds everything wrong at once.
//!
//! The tables are read in `sections`; what must agree between them is checked here.

use std::collections::BTreeSet;
use std::time::Duration;

use potluck_core::capability::Modality;
use potluck_dialect::Dialect;

use super::Problems;
use super::account::account;
use super::file::{
    Auth, AuthScheme, KeyWhen, Model, Privacy, ProviderFile, Stacking, Status, Told, pattern_fits,
};
use super::form::{At, Form, read_form};
use super::images;
use super::listing::Free;
use super::sections::{
    address, asks, auth, error_rule, limit, listing, model, privacy, provenance, rate_header, set,
};

/// Reads one provider file. `file` is its path as messages should show it; its name without `.toml`
/// becomes the provider's id.
///
/// # Errors
/// Every problem of the file, each with its line.
pub fn read(file: &str, text: &str) -> Result<ProviderFile, Problems> {
    read_form(file, text, |form| provider(file, form))
}

/// The name of a file without folders and ending.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

fn provider(file: &str, form: &mut Form<'_, '_>) -> Option<ProviderFile> {
    let id = id(file, form);
    form.need("dialect");
    let dialect = form.word("dialect").unwrap_or(Dialect::OpenAi);
    form.need("base_url");
    let base_url = form.parsed("base_url", base_url);
    let status = form.word("status").unwrap_or(Status::Live);
    let enabled = form.flag("enabled");
    let off_because = form.text("off_because");
    let auth = form.table("auth", auth);
    let models = models(form);
    let mut patterns = Vec::new();
    let limits = form.tables("limits", |form| {
        patterns.extend(form.located_texts("models").unwrap_or_default());
        limit(form)
    });
    let provider = ProviderFile {
        name: form.text("name").unwrap_or_else(|| id.clone()),
        dialect,
        chat_path: form.parsed("chat_path", path),
        embedding_path: form.parsed("embedding_path", path),
        rerank_path: form.parsed("rerank_path", path),
        images: form.table("images", images::images).unwrap_or_default(),
        status,
        simulated: form.flag("simulated").unwrap_or_default(),
        enabled: enabled.unwrap_or(status != Status::Trial),
        off_because: off_because.or_else(|| default_reason(status, enabled)),
        rank: form.count("rank"),
        signup: form.text("signup"),
        asks: form.table("asks", asks),
        terms: form.text("terms"),
        stacking: form.word("stacking").unwrap_or(Stacking::Unclear),
        note: form.text("note"),
        provenance: provenance(form),
        quirks: set(form, "quirks").unwrap_or_default(),
        concurrency: form.count("concurrency"),
        needs_input: set(form, "needs_input").unwrap_or_default(),
        first_event: form.count("first_event_ms").map(Duration::from_millis),
        privacy: form.table("privacy", privacy).unwrap_or_else(says_nothing),
        limits: limits.into_iter().flatten().collect(),
        rate_headers: form.tables("rate_headers", rate_header).into_iter().flatten().collect(),
        errors: form.tables("errors", error_rule).into_iter().flatten().collect(),
        listing: form.table("listing", listing),
        account: form.table("account", account),
        models,
        id,
        auth: auth.unwrap_or_else(|| no_auth(form)),
        base_url: base_url.unwrap_or_default(),
    };
    check(form, &provider, &patterns);
    Some(provider)
}

// === single keys ===

fn id(file: &str, form: &Form<'_, '_>) -> String {
    let id = stem(file);
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if id.is_empty() || !id.chars().all(allowed) {
        form.note_here(format!(
            "the file's name is the provider's id: \"{id}\" may hold only a-z, 0-9, \"-\", \"_\" and \".\""
        ));
    }
    id.to_owned()
}

pub(super) fn base_url(text: &str) -> Result<String, String> {
    let trimmed = address(text)?.trim_end_matches('/');
    if trimmed.contains('?') {
        return Err("which has a query: the dialect's own paths are put behind it".to_owned());
    }
    Ok(trimmed.to_owned())
}

fn path(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('/') {
        return Ok(text.to_owned());
    }
    Err("which is no path: it is empty or begins with \"/\"".to_owned())
}

fn default_reason(status: Status, enabled: Option<bool>) -> Option<String> {
    let by_default = status == Status::Trial && enabled.is_none();
    by_default.then(|| "a trial or a credit, which can turn into a bill".to_owned())
}

const fn says_nothing() -> Privacy {
    Privacy { trains: Told::Unclear, logs: Told::Unclear, region: None, note: None }
}

fn no_auth(form: &Form<'_, '_>) -> Auth {
    form.note_here("[auth] is missing: set env = [\"…_API_KEY\"] there, or keyless = true");
    Auth {
        keyless: false,
        anonymous: None,
        env: Vec::new(),
        account_env: Vec::new(),
        scheme: AuthScheme::Bearer,
        name: None,
        key_when: KeyWhen::Set,
    }
}

/// `[[models]]`, each id once.
fn models(form: &mut Form<'_, '_>) -> Vec<Model> {
    let mut seen = BTreeSet::new();
    let read = form.tables("models", |form| {
        let model = model(form)?;
        if !seen.insert(model.id.clone()) {
            form.note(&form.at("id"), format!("the model \"{}\" is listed twice", model.id));
        }
        Some(model)
    });
    read.into_iter().flatten().collect()
}

// === what must agree ===

fn check(form: &Form<'_, '_>, provider: &ProviderFile, patterns: &[At<String>]) {
    check_off(form, provider);
    if provider.stacking == Stacking::Forbidden && provider.terms.is_none() {
        form.note(&form.at("stacking"), "stacking = \"forbidden\" needs terms = \"what they say\"");
    }
    check_account(form, provider);
    check_work(form, provider);
    check_patterns(form, provider, patterns);
}

fn check_off(form: &Form<'_, '_>, provider: &ProviderFile) {
    if !provider.enabled && provider.off_because.is_none() {
        form.note(&form.at("enabled"), "enabled = false needs off_because = \"why\"");
    }
    if provider.enabled && provider.off_because.is_some() {
        form.note(&form.at("off_because"), "off_because is said, but enabled is true");
    }
}

fn check_account(form: &Form<'_, '_>, provider: &ProviderFile) {
    let wanted = provider.base_url.contains("{account_id}");
    let named = !provider.auth.account_env.is_empty();
    if wanted && !named {
        let what = "base_url holds {account_id}: set [auth] account_env = [\"…_ACCOUNT_ID\"]";
        form.note(&form.at("base_url"), what);
    }
    if named && !wanted {
        form.note(&form.at("auth"), "account_env is set, but base_url holds no {account_id}");
    }
}

/// What a model makes must be something that its provider can be asked for.
fn check_work(form: &Form<'_, '_>, provider: &ProviderFile) {
    let makes = |output| provider.models.iter().any(|model| model.output.contains(output));
    let dialect = provider.dialect.word();
    if makes(Modality::Embedding) && provider.dialect.embedding().is_none() {
        let what = format!("a model makes embeddings, and the dialect \"{dialect}\" has none");
        form.note(&form.at("dialect"), what);
    }
    let paints = |model: &Model| model.output.contains(Modality::Image);
    let shapeless = |model: &&Model| paints(model) && provider.image_shape(model).is_none();
    if let Some(model) = provider.models.iter().find(shapeless) {
        let what = format!(
            "\"{}\" makes pictures, and the dialect \"{dialect}\" has no shape for that: set [images] shape",
            model.id
        );
        form.note(&form.at("dialect"), what);
    }
    if makes(Modality::Score)
        && provider.rerank_path.is_none()
        && provider.dialect.rerank_path().is_none()
    {
        let what = format!(
            "a model reranks, and the dialect \"{dialect}\" has no path for that: set rerank_path"
        );
        form.note(&form.at("dialect"), what);
    }
}

/// Every pattern of a limit names a model of the file, unless the live list may bring more.
fn check_patterns(form: &Form<'_, '_>, provider: &ProviderFile, patterns: &[At<String>]) {
    let open = provider.listing.as_ref().is_some_and(|listing| listing.free != Free::AllowList);
    let known =
        |pattern: &str| provider.models.iter().any(|model| pattern_fits(pattern, &model.id));
    for (pattern, at) in patterns {
        if !open && !known(pattern) {
            form.note(at, format!("\"{pattern}\" matches no model of this file"));
        }
    }
}

#[cfg(test)]
mod tests;
