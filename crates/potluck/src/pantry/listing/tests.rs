use serde_json::json;

use super::*;
use crate::pantry::rules::Test;

fn at(text: &str) -> Pointer {
    Pointer::new(text).unwrap()
}

fn listing(free: Free, rules: Vec<Rule>) -> Listing {
    Listing {
        path: "/models".into(),
        auth: false,
        items: at("/data"),
        id: at("/id"),
        strip_prefix: None,
        context: Some(at("/context_length")),
        max_output: Some(at("/top_provider/max_completion_tokens")),
        inputs: Some(at("/architecture/input_modalities")),
        features: Some(at("/supported_parameters")),
        free,
        rules,
        also: Vec::new(),
        least: 1,
    }
}

fn ids(listed: &[Listed]) -> Vec<&str> {
    listed.iter().map(|model| model.id.as_str()).collect()
}

#[test]
fn an_allow_list_takes_only_what_the_file_has() {
    let body = json!({ "data": [{ "id": "free" }, { "id": "paid", "price": 0 }] });
    let listed = listing(Free::AllowList, vec![]).read(&body, |id| id == "free").unwrap();
    assert_eq!(ids(&listed), ["free"]);
}

#[test]
fn all_takes_everything_but_other_trades() {
    let body = json!({ "data": [
        { "id": "Qwen3.5-9B" }, { "id": "Qwen3Guard-8B" }, { "id": "bge-m3" }, { "id": "whisper-large-v3" },
    ] });
    let listed = listing(Free::All, vec![]).read(&body, |_| false).unwrap();
    assert_eq!(ids(&listed), ["Qwen3.5-9B"]);
}

#[test]
fn every_rule_must_hold_and_an_exception_needs_none() {
    let rules = vec![
        Rule { test: Test::IdEndsWith(":free".into()), if_present: false },
        Rule { test: Test::Equals(at("/pricing/prompt"), "0".into()), if_present: false },
    ];
    let body = json!({ "data": [
        { "id": "a:free", "pricing": { "prompt": "0" } },
        { "id": "b:free", "pricing": { "prompt": "0.1" } },
        { "id": "openrouter/auto", "pricing": { "prompt": "0" } },
        { "id": "openrouter/free", "pricing": { "prompt": "0" } },
    ] });
    let mut listing = listing(Free::Rules, rules);
    listing.also = vec!["openrouter/free".into()];
    assert_eq!(ids(&listing.read(&body, |_| true).unwrap()), ["a:free", "openrouter/free"]);
}

#[test]
fn capabilities_come_from_the_item() {
    let body = json!({ "data": [{
        "id": "m",
        "context_length": 262_144,
        "top_provider": { "max_completion_tokens": null },
        "architecture": { "input_modalities": ["text", "image", "smell"] },
        "supported_parameters": ["tools", "tool_choice", "response_format", "seed"],
    }] });
    let listed = listing(Free::All, vec![]).read(&body, |_| false).unwrap();
    assert_eq!(listed[0].context, Some(262_144));
    assert_eq!(listed[0].max_output, None);
    assert_eq!(listed[0].input, Some(Modality::Text | Modality::Image));
    let features = Feature::Tools | Feature::ForcedTool | Feature::JsonObject;
    assert_eq!(listed[0].features, Some(features));
}

#[test]
fn a_prefix_is_taken_off_and_a_bare_array_is_read() {
    let mut listing = listing(Free::All, vec![]);
    listing.strip_prefix = Some("models/".into());
    let listed = listing.read(&json!([{ "id": "models/gemini" }, { "id": 7 }, {}]), |_| false);
    assert_eq!(ids(&listed.unwrap()), ["gemini"]);
}

#[test]
fn a_short_list_and_no_list_are_refused() {
    let mut listing = listing(Free::All, vec![]);
    listing.least = 3;
    let short = listing.read(&json!({ "data": [{ "id": "a" }] }), |_| false).unwrap_err();
    assert_eq!(short, ListingError::TooFew { found: 1, least: 3 });
    let none = listing.read(&json!({ "error": "no" }), |_| false).unwrap_err();
    assert_eq!(none, ListingError::NoItems { pointer: "/data".into() });
}
