//! The tables of a provider file, each read from its form.
//!
//! What is wrong inside one table is found here; what is wrong between tables, in `provider`.

use std::time::Duration;

use enumset::{EnumSet, EnumSetType};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use potluck_core::capability::{Feature, Modality};
use potluck_core::embedding::Dimensions;
use potluck_core::quota::Meter;
use potluck_dialect::fault::{Rule, Until};
use potluck_dialect::rates::RateHeader;

use super::file::{
    Asks, Auth, AuthScheme, KeyWhen, Limit, Model, Per, Privacy, Provenance, SharedBy, Told,
};
use super::form::Form;
use super::images::{check_painter, painter};
use super::listing::{Free, Listing};
use super::rules::{Pointer, Rule as ListingRule, Test};
use super::word::Word;

// === provenance ===

/// `source` and `checked`.
pub(super) fn provenance(form: &mut Form<'_, '_>) -> Provenance {
    Provenance {
        source: form.texts("source").unwrap_or_default(),
        checked: form.parsed("checked", checked).unwrap_or_default(),
    }
}

/// A year, a month or a day.
fn checked(text: &str) -> Result<String, String> {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    match whole.parse::<Date>() {
        Ok(_) if whole.len() == 10 => Ok(text.to_owned()),
        _ => Err("which is no date: write \"2026\", \"2026-11\" or \"2026-11-22\"".to_owned()),
    }
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "which is no day: write \"2026-11-22\"".to_owned())
}

// === auth and privacy ===

/// `[auth]`
pub(super) fn auth(form: &mut Form<'_, '_>) -> Auth {
    let auth = Auth {
        keyless: form.flag("keyless").unwrap_or(false),
        anonymous: form.text("anonymous"),
        env: form.texts("env").unwrap_or_default(),
        account_env: form.texts("account_env").unwrap_or_default(),
        scheme: form.word("scheme").unwrap_or(AuthScheme::Bearer),
        name: form.text("name"),
        key_when: form.word("key_when").unwrap_or(KeyWhen::Set),
    };
    if !auth.keyless && auth.env.is_empty() {
        form.note_here("nobody could use this: set env = [\"…_API_KEY\"], or keyless = true");
    }
    if matches!(auth.scheme, AuthScheme::Header | AuthScheme::Query) && auth.name.is_none() {
        let scheme = auth.scheme.word();
        form.note(&form.at("scheme"), format!("scheme = \"{scheme}\" needs name = \"…\""));
    }
    auth
}

/// `[asks]`
pub(super) fn asks(form: &mut Form<'_, '_>) -> Asks {
    Asks {
        phone: form.word("phone").unwrap_or(Told::Unclear),
        card: form.word("card").unwrap_or(Told::Unclear),
        note: form.text("note"),
    }
}

/// `[privacy]`
pub(super) fn privacy(form: &mut Form<'_, '_>) -> Privacy {
    Privacy {
        trains: form.word("trains").unwrap_or(Told::Unclear),
        logs: form.word("logs").unwrap_or(Told::Unclear),
        region: form.text("region"),
        note: form.text("note"),
    }
}

// === limits ===

/// One of `[[limits]]`; none where what it lacks makes it no limit.
pub(super) fn limit(form: &mut Form<'_, '_>) -> Option<Limit> {
    form.need("counts");
    form.need("amount");
    let meter = form.word::<Meter>("counts");
    let amount = form.number("amount", false);
    let per = form.word::<Per>("per");
    let every = form.count("every").unwrap_or(1);
    let resets = form.parsed("resets", zone);
    check_window(form, meter, per, every, resets.is_some());
    let limit = Limit {
        meter: meter?,
        amount: 0,
        per,
        every,
        resets,
        shared_by: form.word("scope").unwrap_or(SharedBy::Account),
        models: form.texts("models").unwrap_or_default(),
        counts_failures: form.flag("counts_failures").unwrap_or(true),
        confidence: form.word("confidence"),
        provenance: provenance(form),
        note: form.text("note"),
    };
    let amount = in_units(form, limit.meter, amount?)?;
    Some(Limit { amount, ..limit })
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| "which is no time zone: write \"UTC\" or \"America/Los_Angeles\"".to_owned())
}

fn check_window(
    form: &Form<'_, '_>,
    meter: Option<Meter>,
    per: Option<Per>,
    every: u32,
    calendar: bool,
) {
    let in_flight = meter == Some(Meter::Concurrent);
    if in_flight && per.is_some() {
        form.note(&form.at("per"), "what is in flight has no window: leave out per");
    }
    if !in_flight && meter.is_some() {
        form.need("per");
    }
    if calendar && (!matches!(per, Some(Per::Day | Per::Month)) || every > 1) {
        form.note(
            &form.at("resets"),
            "a window resets by the calendar only per = \"day\" or \"month\", and every = 1; leave \
             out resets for a window that slides",
        );
    }
}

/// The amount in the meter's smallest unit.
fn in_units(form: &Form<'_, '_>, meter: Meter, amount: f64) -> Option<u64> {
    let scaled = match meter {
        Meter::MilliNeurons => amount * 1_000.0,
        Meter::MicroDollars => amount * 1_000_000.0,
        _ => amount,
    };
    let whole = scaled.round();
    if !(1.0..=9.0e15).contains(&whole) || (scaled - whole).abs() > 1e-6 {
        form.note(&form.at("amount"), format!("amount is no whole number of {}", meter.word()));
        return None;
    }
    format!("{whole:.0}").parse().ok()
}

// === headers and errors ===

/// One of `[[rate_headers]]`.
pub(super) fn rate_header(form: &mut Form<'_, '_>) -> Option<RateHeader> {
    form.need("counts");
    let per = form.word::<Per>("per");
    let every = form.count("every").unwrap_or(1);
    let header = RateHeader {
        limit: form.parsed("limit", header_name),
        remaining: form.parsed("remaining", header_name),
        reset: form.parsed("reset", header_name),
        window: per.map(|per| per.length().saturating_mul(every)),
        format: form.word("format").unwrap_or_default(),
        on: form.word("on").unwrap_or_default(),
        meter: form.word("counts")?,
    };
    if header.limit.is_none() && header.remaining.is_none() && header.reset.is_none() {
        form.note_here("names no header: set limit, remaining or reset");
    }
    Some(header)
}

/// One of `[[errors]]`.
pub(super) fn error_rule(form: &mut Form<'_, '_>) -> Option<Rule> {
    form.need("class");
    let rule = Rule {
        statuses: form.statuses("status").into(),
        pointer: form.parsed("pointer", pointer_text),
        header: form.parsed("header", header_name),
        equals: form.plain("equals").map(Into::into),
        contains: form.text("contains").map(Into::into),
        scope: form.word("scope"),
        wait: form.parsed("wait", until),
        wait_pointer: form.parsed("wait_pointer", pointer_text),
        note: form.text("note").map(Into::into),
        class: form.word("class")?,
    };
    if rule.equals.is_some() && rule.pointer.is_none() && rule.header.is_none() {
        form.note(&form.at("equals"), "equals what? set pointer or header, or use contains");
    }
    if rule.pointer.is_some() && rule.header.is_some() {
        form.note(&form.at("header"), "look at the header or at the body, not at both");
    }
    let asks = rule.pointer.is_some() || rule.header.is_some() || rule.contains.is_some();
    if rule.statuses.is_empty() && !asks {
        form.note_here(
            "this rule would match every error: set status, contains, pointer or header",
        );
    }
    Some(rule)
}

pub(super) fn pointer_text(text: &str) -> Result<Box<str>, String> {
    Pointer::new(text).map(|pointer| pointer.as_str().into())
}

fn header_name(text: &str) -> Result<Box<str>, String> {
    let name = http::HeaderName::from_bytes(text.as_bytes());
    name.map(|name| name.as_str().into()).map_err(|_| "which is no header's name".to_owned())
}

fn until(text: &str) -> Result<Until, String> {
    match text {
        "reset" => Ok(Until::Reset),
        "month" => Ok(Until::Month),
        span => duration(span).map(Until::For),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok();
    parsed.and_then(|span| Duration::try_from(span).ok()).filter(|span| !span.is_zero()).ok_or_else(
        || "which is no wait: write \"15s\", \"2m\", \"24h\", \"reset\" or \"month\"".to_owned(),
    )
}

// === the live list ===

/// `[listing]`
pub(super) fn listing(form: &mut Form<'_, '_>) -> Listing {
    let pointer = |form: &mut Form<'_, '_>, key| form.parsed(key, Pointer::new);
    let listing = Listing {
        path: form.parsed("path", listing_path).unwrap_or_else(|| "/models".to_owned()),
        auth: form.flag("auth").unwrap_or(true),
        items: pointer(form, "items").unwrap_or_else(|| Pointer::known("/data")),
        id: pointer(form, "id").unwrap_or_else(|| Pointer::known("/id")),
        strip_prefix: form.text("strip_prefix"),
        context: pointer(form, "context"),
        max_output: pointer(form, "max_output"),
        inputs: pointer(form, "inputs"),
        features: pointer(form, "features"),
        free: form.word("free").unwrap_or(Free::AllowList),
        rules: form.tables("rules", rule).into_iter().flatten().collect(),
        also: form.texts("also").unwrap_or_default(),
        least: form.count::<u32>("least").map_or(1, |least| least as usize),
    };
    check_rules(form, &listing);
    listing
}

fn check_rules(form: &Form<'_, '_>, listing: &Listing) {
    if listing.free != Free::Rules {
        if !listing.rules.is_empty() {
            form.note(&form.at("free"), "the rules are not asked: set free = \"rules\"");
        }
        return;
    }
    if listing.rules.is_empty() {
        form.note(&form.at("free"), "free = \"rules\" needs [[listing.rules]]");
    } else if listing.rules.iter().all(ListingRule::is_about_price) {
        form.note(
            &form.at("free"),
            "a price of zero alone never proves that a model is free: add a rule on the id or a \
             flag, or use free = \"allow_list\"",
        );
    }
}

pub(super) fn listing_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        return Ok(text.to_owned());
    }
    address(text).map(str::to_owned)
}

/// One of `[[listing.rules]]`.
fn rule(form: &mut Form<'_, '_>) -> Option<ListingRule> {
    let end = form.text("ends_with").map(Test::IdEndsWith);
    let pointer = form.parsed("pointer", Pointer::new);
    let equals = form.plain("equals");
    let contains = form.text("contains");
    let is_true = form.flag("is_true");
    let any = form.plains("in");
    let if_present = form.flag("if_present").unwrap_or(false);
    if is_true == Some(false) {
        form.note(&form.at("is_true"), "is_true = false asks nothing: use equals = \"false\"");
    }
    let mut tests: Vec<Test> = end.into_iter().collect();
    if let Some(pointer) = pointer {
        tests.extend(equals.map(|wanted| Test::Equals(pointer.clone(), wanted)));
        tests.extend(contains.map(|wanted| Test::Contains(pointer.clone(), wanted)));
        tests.extend(is_true.map(|_| Test::IsTrue(pointer.clone())));
        tests.extend(any.map(|all| Test::In(pointer.clone(), all)));
    }
    if tests.len() != 1 {
        form.note_here(
            "a rule asks one thing: ends_with, or pointer with equals, contains, is_true or in",
        );
    }
    tests.pop().map(|test| ListingRule { test, if_present })
}

// === models ===

/// One of `[[models]]`.
pub(super) fn model(form: &mut Form<'_, '_>) -> Option<Model> {
    let text_only = || Modality::Text.into();
    let model = Model {
        family: form.text("family"),
        context: form.count("context"),
        max_output: form.count("max_output"),
        input: set(form, "input").unwrap_or_else(text_only),
        output: set(form, "output").unwrap_or_else(text_only),
        features: set::<Feature>(form, "features").unwrap_or_default(),
        quality: quality(form),
        dimensions: dimensions(form),
        max_texts: form.count("max_texts"),
        neurons_per_million_input: form.count("neurons_per_million_input"),
        neurons_per_million_output: form.count("neurons_per_million_output"),
        image: form.table("image", painter),
        expires: form.parsed("expires", day),
        enabled: form.flag("enabled").unwrap_or(true),
        uncertain: form.text("uncertain"),
        quirks: set(form, "quirks").unwrap_or_default(),
        limits: form.tables("limits", limit).into_iter().flatten().collect(),
        provenance: provenance(form),
        id: form.needed_text("id")?,
    };
    check_model(form, &model);
    check_painter(form, &model);
    Some(model)
}

/// `dimensions`, what the model makes unasked first, and `least_dimensions`.
fn dimensions(form: &mut Form<'_, '_>) -> Dimensions {
    let place = form.at("dimensions");
    let known: Vec<u32> = form
        .plains("dimensions")
        .unwrap_or_default()
        .iter()
        .filter_map(|text| text.replace('_', "").parse().ok().filter(|length| *length > 0))
        .collect();
    let least = form.count("least_dimensions");
    if least.is_some() && known.is_empty() {
        form.note(&place, "least_dimensions needs dimensions = [ what the model makes unasked ]");
    }
    Dimensions { known, least }
}

fn check_model(form: &Form<'_, '_>, model: &Model) {
    if model.id.trim().is_empty() || model.id.contains(char::is_whitespace) {
        form.note(&form.at("id"), "id must be a name without spaces");
    }
    if let (Some(context), Some(max_output)) = (model.context, model.max_output)
        && max_output > context
    {
        form.note(&form.at("max_output"), "max_output is more than context holds");
    }
    if model.input.is_empty() {
        form.note(&form.at("input"), "input must name at least one modality");
    }
    if !one_trade(model) {
        let what = "output must be [\"text\"], [\"image\"], [\"embedding\"] or [\"score\"]";
        form.note(&form.at("output"), what);
    }
}

fn one_trade(model: &Model) -> bool {
    let alone = Modality::Embedding | Modality::Score;
    let talks = Modality::Text | Modality::Image;
    let one = model.output.len() == 1 && model.output.is_subset(alone);
    one || (!model.output.is_empty() && model.output.is_subset(talks))
}

#[expect(clippy::cast_possible_truncation, reason = "0 to 1 needs no more digits")]
pub(super) fn quality(form: &mut Form<'_, '_>) -> Option<f32> {
    let quality = form.number("quality", true)?;
    if quality > 1.0 {
        form.note(&form.at("quality"), "quality is between 0 and 1");
        return None;
    }
    Some(quality as f32)
}

/// A list of words as a set.
pub(super) fn set<W: Word + EnumSetType>(
    form: &mut Form<'_, '_>,
    key: &'static str,
) -> Option<EnumSet<W>> {
    Some(form.words::<W>(key)?.into_iter().collect())
}

// === addresses ===

/// An http(s) address: http only to this machine, no user, no fragment.
pub(super) fn address(text: &str) -> Result<&str, String> {
    let concrete = text.replace("{account_id}", "account");
    let uri: http::Uri =
        concrete.parse().map_err(|_| "which is no address: write \"https://…\"".to_owned())?;
    let host = uri.host().unwrap_or_default();
    if host.is_empty() || uri.authority().is_some_and(|whole| whole.as_str().contains('@')) {
        return Err("which is no address: write \"https://host/path\"".to_owned());
    }
    match uri.scheme_str() {
        Some("https") => Ok(text),
        Some("http") if is_this_machine(host) => Ok(text),
        Some("http") => {
            Err("which is plain http to another machine: use https, keys travel with it".to_owned())
        }
        _ => Err("which is no web address: write \"https://…\"".to_owned()),
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
