//! Whatever a client can set reaches a provider, or the client is told that it did not; and what a dialect says that
//! it drops is what it drops, so that those who require every parameter are sent elsewhere.
//!
//! That it reached the provider is seen from outside: the provider's body is another than without it.

use potluck_core::capability::{Features, Parameters};
use potluck_core::requirements::{Requirements, Wishes};
use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Asked, Client, Dialect, Target, Written};
use serde_json::{Value, json};

/// A field that a client sets: where it stands, what it is set to, and the name under which it would be missed.
struct Set {
    /// As a JSON pointer.
    place: &'static str,
    value: Value,
    name: &'static str,
}

fn set(place: &'static str, value: Value, name: &'static str) -> Set {
    Set { place, value, name }
}

/// What a client asks at least, so that every field has something to be about.
fn plain(client: Client) -> Value {
    let parameters =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let function =
        json!({"name": "weather", "description": "The weather.", "parameters": parameters});
    let turns = json!([{"role": "user", "content": "hello"}]);
    match client {
        Client::Chat | Client::OpenRouter => {
            json!({"messages": turns, "tools": [{"type": "function", "function": function}]})
        }
        Client::Messages => json!({
            "messages": turns, "max_tokens": 64,
            "tools": [{"name": "weather", "description": "The weather.", "input_schema": parameters}],
        }),
        Client::Responses => json!({
            "input": "hello",
            "tools": [{"type": "function", "name": "weather", "description": "The weather.", "parameters": parameters}],
        }),
        Client::Completions => json!({"prompt": "hello"}),
        Client::OllamaChat => {
            json!({"messages": turns, "tools": [{"type": "function", "function": function}]})
        }
        Client::OllamaGenerate => json!({"prompt": "hello"}),
    }
}

fn chat() -> Vec<Set> {
    vec![
        set("/temperature", json!(0.25), "temperature"),
        set("/top_p", json!(0.5), "top_p"),
        set("/top_k", json!(20), "top_k"),
        set("/min_p", json!(0.125), "min_p"),
        set("/top_a", json!(0.25), "top_a"),
        set("/frequency_penalty", json!(0.5), "frequency_penalty"),
        set("/presence_penalty", json!(0.5), "presence_penalty"),
        set("/repetition_penalty", json!(1.25), "repetition_penalty"),
        set("/seed", json!(7), "seed"),
        set("/stop", json!(["END"]), "stop"),
        set("/logit_bias", json!({"50256": -100}), "logit_bias"),
        set("/max_tokens", json!(100), "max_tokens"),
        set("/max_completion_tokens", json!(100), "max_completion_tokens"),
        set("/parallel_tool_calls", json!(false), "parallel_tool_calls"),
        set("/tool_choice", json!("none"), "tool_choice"),
        set("/reasoning_effort", json!("high"), "reasoning_effort"),
        set("/verbosity", json!("low"), "verbosity"),
        set("/user", json!("somebody"), "user"),
        set("/store", json!(true), "store"),
        set("/metadata", json!({"a": "b"}), "metadata"),
        set("/service_tier", json!("flex"), "service_tier"),
        set("/prompt_cache_key", json!("k"), "prompt_cache_key"),
        set("/safety_identifier", json!("s"), "safety_identifier"),
        set("/n", json!(2), "n"),
        set("/logprobs", json!(true), "logprobs"),
        set("/response_format", json!({"type": "json_object"}), "response_format"),
        set("/a_field_of_tomorrow", json!(1), "a_field_of_tomorrow"),
        set("/messages/0/name", json!("ada"), "messages.name"),
        set("/tools/0/function/strict", json!(true), "tools.function.strict"),
        set("/tool_choice", json!("required"), "tool_choice"),
        set(
            "/tool_choice",
            json!({"type": "function", "function": {"name": "weather"}}),
            "tool_choice",
        ),
        set(
            "/response_format",
            json!({"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "properties": {}}}}),
            "response_format",
        ),
    ]
}

fn messages() -> Vec<Set> {
    vec![
        set("/system", json!("Be brief."), "system"),
        set("/max_tokens", json!(65), "max_tokens"),
        set("/temperature", json!(0.25), "temperature"),
        set("/top_p", json!(0.5), "top_p"),
        set("/top_k", json!(20), "top_k"),
        set("/stop_sequences", json!(["END"]), "stop"),
        set("/tool_choice", json!({"type": "any"}), "tool_choice"),
        set(
            "/tool_choice",
            json!({"type": "auto", "disable_parallel_tool_use": true}),
            "parallel_tool_calls",
        ),
        set("/metadata", json!({"user_id": "somebody"}), "metadata"),
        set("/service_tier", json!("standard_only"), "service_tier"),
        set("/container", json!("c"), "container"),
        set("/a_field_of_tomorrow", json!(1), "a_field_of_tomorrow"),
    ]
}

fn responses() -> Vec<Set> {
    vec![
        set("/instructions", json!("Be brief."), "instructions"),
        set("/max_output_tokens", json!(64), "max_output_tokens"),
        set("/temperature", json!(0.25), "temperature"),
        set("/top_p", json!(0.5), "top_p"),
        set("/top_k", json!(20), "top_k"),
        set("/frequency_penalty", json!(0.5), "frequency_penalty"),
        set("/presence_penalty", json!(0.5), "presence_penalty"),
        set("/seed", json!(7), "seed"),
        set("/parallel_tool_calls", json!(false), "parallel_tool_calls"),
        set("/tool_choice", json!("required"), "tool_choice"),
        set("/top_logprobs", json!(3), "logprobs"),
        set("/user", json!("somebody"), "user"),
        set("/truncation", json!("auto"), "truncation"),
        set("/service_tier", json!("flex"), "service_tier"),
        set("/safety_identifier", json!("s"), "safety_identifier"),
        set("/max_tool_calls", json!(3), "max_tool_calls"),
        set("/a_field_of_tomorrow", json!(1), "a_field_of_tomorrow"),
    ]
}

fn completions() -> Vec<Set> {
    vec![
        set("/max_tokens", json!(64), "max_tokens"),
        set("/temperature", json!(0.25), "temperature"),
        set("/top_p", json!(0.5), "top_p"),
        set("/top_k", json!(20), "top_k"),
        set("/min_p", json!(0.125), "min_p"),
        set("/frequency_penalty", json!(0.5), "frequency_penalty"),
        set("/presence_penalty", json!(0.5), "presence_penalty"),
        set("/repetition_penalty", json!(1.25), "repetition_penalty"),
        set("/seed", json!(7), "seed"),
        set("/stop", json!(["END"]), "stop"),
        set("/logit_bias", json!({"50256": -100}), "logit_bias"),
        set("/logprobs", json!(3), "logprobs"),
        set("/n", json!(2), "n"),
        set("/best_of", json!(2), "best_of"),
        set("/user", json!("somebody"), "user"),
        set("/a_field_of_tomorrow", json!(1), "a_field_of_tomorrow"),
    ]
}

fn ollama() -> Vec<Set> {
    vec![
        set("/options/temperature", json!(0.25), "temperature"),
        set("/options/top_p", json!(0.5), "top_p"),
        set("/options/top_k", json!(20), "top_k"),
        set("/options/min_p", json!(0.125), "min_p"),
        set("/options/frequency_penalty", json!(0.5), "frequency_penalty"),
        set("/options/presence_penalty", json!(0.5), "presence_penalty"),
        set("/options/repeat_penalty", json!(1.25), "repetition_penalty"),
        set("/options/seed", json!(7), "seed"),
        set("/options/stop", json!(["END"]), "stop"),
        set("/options/num_predict", json!(64), "max_tokens"),
        set("/options/mirostat", json!(1), "options.mirostat"),
        set("/format", json!("json"), "response_format"),
        set("/logprobs", json!(true), "logprobs"),
        set("/keep_alive", json!("5m"), "keep_alive"),
        set("/a_field_of_tomorrow", json!(1), "a_field_of_tomorrow"),
    ]
}

fn settable(client: Client) -> Vec<Set> {
    match client {
        Client::Chat | Client::OpenRouter => chat(),
        Client::Messages => messages(),
        Client::Responses => responses(),
        Client::Completions => completions(),
        Client::OllamaChat | Client::OllamaGenerate => ollama(),
    }
}

/// The request with a field set.
fn with(client: Client, set: &Set) -> Asked {
    let mut body = plain(client);
    let (inside, last) = set.place.rsplit_once('/').unwrap();
    if body.pointer(inside).is_none() {
        body[inside.trim_start_matches('/')] = json!({});
    }
    body.pointer_mut(inside).unwrap()[last] = set.value.clone();
    read(client, &body)
}

fn read(client: Client, body: &Value) -> Asked {
    let asked = client.read_request(body.to_string().as_bytes());
    asked.unwrap_or_else(|refusal| panic!("{client:?} refuses {body}: {refusal:?}"))
}

fn write(asked: &Asked, dialect: Dialect) -> Written {
    let target = Target {
        model: "their-model",
        quirks: Quirks::empty(),
        stream: false,
        max_output: Some(4096),
        context: 32_768,
    };
    let written = dialect.write_request(&asked.request, &target);
    let dropped = [written.dropped, asked.request.dropped.clone()].concat();
    Written { dropped, ..written }
}

/// What is required of an offer beyond what the plain request requires.
fn required(client: Client, asked: &Asked) -> (Parameters, Features) {
    let derive = |asked: &Asked| Requirements::derive(&asked.request, 10, &Wishes::default());
    let (plain, all) = (derive(&read(client, &plain(client))), derive(asked));
    (all.parameters - plain.parameters, all.features - plain.features)
}

#[test]
fn whatever_is_set_arrives_or_is_named() {
    let mut lost = Vec::new();
    for client in Client::ALL {
        for set in settable(client) {
            let asked = with(client, &set);
            for dialect in Dialect::ALL {
                let (_, features) = required(client, &asked);
                let Written { body, dropped } = write(&asked, dialect);
                let arrives = body != write(&read(client, &plain(client)), dialect).body;
                let is_named = dropped.iter().any(|dropped| dropped == set.name);
                // An offer that lacks what is required is never asked.
                if !arrives && !is_named && (features & dialect.lacks()).is_empty() {
                    lost.push(format!(
                        "{client:?} to {dialect:?}: {} {}, told {dropped:?}",
                        set.place, set.value
                    ));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// What a dialect carries to some models alone, which it cannot say of all.
const BY_MODEL: [(Dialect, &str); 1] = [(Dialect::Ollama, "reasoning_effort")];

#[test]
fn what_a_dialect_says_that_it_drops_is_what_it_drops() {
    let mut wrong = Vec::new();
    for set in chat() {
        let asked = with(Client::Chat, &set);
        let (parameters, features) = required(Client::Chat, &asked);
        for dialect in Dialect::ALL {
            let is_named = write(&asked, dialect).dropped.iter().any(|dropped| dropped == set.name);
            let is_said = !(parameters & dialect.drops()).is_empty();
            let is_lacked = !(features & dialect.lacks()).is_empty();
            // Whoever lacks a feature is never asked for it.
            if is_named != is_said && !is_lacked && !BY_MODEL.contains(&(dialect, set.name)) {
                wrong.push(format!(
                    "{dialect:?}: {} is named: {is_named}, is said: {is_said}",
                    set.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
