use potluck_core::capability::{Feature, Parameter};
use serde_json::{Value, json};

use super::*;
use crate::client::Client;
use crate::dialect::{Dialect, Target};

/// What a provider with one quirk is sent, and what was named as left out.
fn sent(quirk: Quirk, fields: &Value) -> (Value, Vec<String>) {
    let mut body = json!({"messages": [{"role": "user", "content": "x"}]});
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    let request = Client::Chat.read_request(body.to_string().as_bytes()).unwrap().request;
    let target = Target {
        model: "m",
        quirks: quirk.into(),
        stream: false,
        max_output: Some(1000),
        context: 8000,
    };
    let written = Dialect::OpenAi.write_request(&request, &target);
    (serde_json::from_slice(&written.body).unwrap(), written.dropped)
}

/// The quirk leaves these fields out and names them.
fn leaves_out(quirk: Quirk, fields: &Value) {
    let (out, dropped) = sent(quirk, fields);
    for key in fields.as_object().unwrap().keys() {
        assert_eq!(out.get(key), None, "{} leaves out {key}", quirk.word());
        assert!(dropped.contains(key), "{} names {key}: {dropped:?}", quirk.word());
    }
    let (_, dropped) = sent(quirk, &json!({}));
    assert!(dropped.is_empty(), "{} names what was not asked for", quirk.word());
}

fn messages(quirk: Quirk, messages: &Value) -> (Value, Vec<String>) {
    let (mut out, dropped) = sent(quirk, &json!({"messages": messages}));
    (out["messages"].take(), dropped)
}

fn tools(quirk: Quirk, tools: &Value) -> (Value, Vec<String>) {
    let (mut out, dropped) = sent(quirk, &json!({"tools": tools}));
    (out["tools"].take(), dropped)
}

#[test]
fn every_word_names_its_quirk() {
    for quirk in Quirk::all() {
        assert_eq!(Quirk::from_word(quirk.word()), Some(quirk));
    }
    assert_eq!(Quirk::all().len(), 51);
    assert_eq!(Quirk::from_word("no_such_quirk"), None);
}

#[test]
fn known_fields_only() {
    let (out, dropped) = sent(
        Quirk::KnownFieldsOnly,
        &json!({
            "store": true, "brand_new": 1, "top_k": 5, "top_a": 0.5, "repetition_penalty": 1.1, "min_p": 0.1,
            "tools": [{"type": "function", "function": {"name": "f", "odd": 1}, "cache_control": 1}],
            "messages": [
                {"role": "user", "id": 1, "content": [{"type": "text", "text": "x", "cache_control": 1}]},
                {"role": "assistant", "content": null, "refusal": null, "tool_calls": [
                    {"id": "a", "type": "function", "index": 0, "function": {"name": "f", "arguments": "{}"}}]}
            ]
        }),
    );
    assert_eq!(
        out,
        json!({
            "model": "m", "store": true, "tools": [{"type": "function", "function": {"name": "f"}}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "x"}]},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
            ]
        })
    );
    assert_eq!(dropped, ["brand_new", "top_k", "min_p", "top_a", "repetition_penalty"]);
}

#[test]
fn developer_to_system() {
    let asked = json!([{"role": "developer", "content": "a"}, {"role": "user", "content": "b"}]);
    let (out, dropped) = messages(Quirk::DeveloperToSystem, &asked);
    assert_eq!(out[0], json!({"role": "system", "content": "a"}));
    assert!(dropped.is_empty());
}

#[test]
fn always_max_tokens() {
    let (out, _) = sent(Quirk::AlwaysMaxTokens, &json!({}));
    assert_eq!(out["max_tokens"], 1000);
    let (out, _) = sent(Quirk::AlwaysMaxTokens, &json!({"max_completion_tokens": 7}));
    assert_eq!((&out["max_completion_tokens"], out.get("max_tokens")), (&json!(7), None));
    let long = json!({"messages": [{"role": "user", "content": "x".repeat(22_000)}]});
    let (out, _) = sent(Quirk::AlwaysMaxTokens, &long);
    let fits = out["max_tokens"].as_u64().unwrap();
    assert!((256..700).contains(&fits), "{fits} fit beside 7,300 of 8,000");
}

#[test]
fn max_tokens_only() {
    let (out, _) = sent(Quirk::MaxTokensOnly, &json!({"max_completion_tokens": 7}));
    assert_eq!((&out["max_tokens"], out.get("max_completion_tokens")), (&json!(7), None));
}

#[test]
fn max_completion_tokens_only() {
    let (out, _) = sent(Quirk::MaxCompletionTokensOnly, &json!({"max_tokens": 7}));
    assert_eq!((&out["max_completion_tokens"], out.get("max_tokens")), (&json!(7), None));
}

#[test]
fn random_seed() {
    let (out, dropped) = sent(Quirk::RandomSeed, &json!({"seed": 7}));
    assert_eq!((&out["random_seed"], out.get("seed")), (&json!(7), None));
    assert!(dropped.is_empty());
}

#[test]
fn no_seed() {
    leaves_out(Quirk::NoSeed, &json!({"seed": 7}));
}

#[test]
fn no_stop() {
    leaves_out(Quirk::NoStop, &json!({"stop": ["x"]}));
}

#[test]
fn no_penalties() {
    leaves_out(Quirk::NoPenalties, &json!({"frequency_penalty": 1, "presence_penalty": 1}));
}

#[test]
fn no_logit_bias() {
    leaves_out(Quirk::NoLogitBias, &json!({"logit_bias": {"1": 5}}));
}

#[test]
fn no_logprobs() {
    leaves_out(Quirk::NoLogprobs, &json!({"logprobs": true, "top_logprobs": 2}));
    assert!(lacks(Quirk::NoLogprobs.into()).contains(Feature::Logprobs));
}

#[test]
fn no_top_k() {
    leaves_out(Quirk::NoTopK, &json!({"top_k": 40}));
}

#[test]
fn no_min_p() {
    leaves_out(Quirk::NoMinP, &json!({"min_p": 0.1}));
}

#[test]
fn no_sampling() {
    let dials = json!({"temperature": 1, "top_p": 1, "top_k": 40, "min_p": 0.1, "top_a": 0.1});
    leaves_out(Quirk::NoSampling, &dials);
}

#[test]
fn no_n() {
    leaves_out(Quirk::NoN, &json!({"n": 2}));
    assert!(lacks(Quirk::NoN.into()).contains(Feature::Choices));
}

#[test]
fn no_parallel_tool_calls() {
    leaves_out(Quirk::NoParallelToolCalls, &json!({"parallel_tool_calls": true}));
}

#[test]
fn parallel_tool_calls_false() {
    let one = json!([{"type": "function", "function": {"name": "f"}}]);
    let asked = json!({"tools": one, "parallel_tool_calls": true});
    let (out, dropped) = sent(Quirk::ParallelToolCallsFalse, &asked);
    assert_eq!(
        (&out["parallel_tool_calls"], dropped),
        (&json!(false), vec!["parallel_tool_calls".to_owned()])
    );
    let (out, dropped) = sent(Quirk::ParallelToolCallsFalse, &json!({"tools": one}));
    assert_eq!((&out["parallel_tool_calls"], dropped.len()), (&json!(false), 0));
    let (out, _) = sent(Quirk::ParallelToolCallsFalse, &json!({}));
    assert_eq!(out.get("parallel_tool_calls"), None);
}

#[test]
fn no_reasoning_effort() {
    leaves_out(Quirk::NoReasoningEffort, &json!({"reasoning_effort": "low"}));
}

#[test]
fn reasoning_object() {
    let (out, _) = sent(Quirk::ReasoningObject, &json!({"reasoning_effort": "low"}));
    assert_eq!((&out["reasoning"], out.get("reasoning_effort")), (&json!({"effort": "low"}), None));
}

#[test]
fn thinking_type() {
    let (out, dropped) = sent(Quirk::ThinkingType, &json!({"reasoning_effort": "none"}));
    assert_eq!(
        (&out["thinking"], out.get("reasoning_effort")),
        (&json!({"type": "disabled"}), None)
    );
    assert!(dropped.is_empty());
    let (out, dropped) = sent(Quirk::ThinkingType, &json!({"reasoning": {"effort": "high"}}));
    assert_eq!((&out["thinking"], out.get("reasoning")), (&json!({"type": "enabled"}), None));
    assert_eq!(dropped, ["reasoning_effort"]);
    let own = json!({"thinking": {"type": "enabled"}, "reasoning_effort": "none"});
    assert_eq!(sent(Quirk::ThinkingType, &own).0["thinking"], json!({"type": "enabled"}));
}

#[test]
fn enable_thinking() {
    let (out, _) = sent(Quirk::EnableThinking, &json!({"reasoning": {"enabled": false}}));
    assert_eq!(out["enable_thinking"], false);
}

#[test]
fn chat_template_thinking() {
    let (out, _) = sent(Quirk::ChatTemplateThinking, &json!({"reasoning": {"max_tokens": 100}}));
    assert_eq!(out["chat_template_kwargs"], json!({"thinking": true, "enable_thinking": true}));
}

#[test]
fn no_user() {
    leaves_out(Quirk::NoUser, &json!({"user": "u"}));
}

#[test]
fn no_store_metadata() {
    leaves_out(
        Quirk::NoStoreMetadata,
        &json!({
            "store": true, "metadata": {}, "service_tier": "auto", "prediction": {},
            "prompt_cache_key": "k", "safety_identifier": "s", "verbosity": "low"
        }),
    );
}

#[test]
fn no_message_name() {
    let asked = json!([{"role": "user", "name": "Ann", "content": "x"}]);
    let (out, dropped) = messages(Quirk::NoMessageName, &asked);
    assert_eq!(out[0], json!({"role": "user", "content": "x"}));
    assert_eq!(dropped, ["messages.name"]);
}

#[test]
fn no_tool_choice() {
    let (out, dropped) = sent(Quirk::NoToolChoice, &json!({"tool_choice": "none"}));
    assert_eq!((out.get("tool_choice"), dropped), (None, vec!["tool_choice".to_owned()]));
    let (_, dropped) = sent(Quirk::NoToolChoice, &json!({"tool_choice": "auto"}));
    assert!(dropped.is_empty());
    assert!(lacks(Quirk::NoToolChoice.into()).contains(Feature::ForcedTool));
}

#[test]
fn tool_choice_auto_only() {
    assert!(lacks(Quirk::ToolChoiceAutoOnly.into()).contains(Feature::ForcedTool));
}

#[test]
fn tool_choice_any() {
    let (out, _) = sent(Quirk::ToolChoiceAny, &json!({"tool_choice": "required"}));
    assert_eq!(out["tool_choice"], "any");
}

#[test]
fn plain_tool_schema() {
    let asked = json!([{"type": "function", "function": {"name": "f", "strict": true, "parameters": {
        "$schema": "s", "type": "object", "additionalProperties": false,
        "properties": {
            "strict": {"type": "object", "additionalProperties": {"type": "string"}},
            "$schema": {"enum": [{"strict": 1}]}
        }
    }}}]);
    let (out, dropped) = tools(Quirk::PlainToolSchema, &asked);
    assert_eq!(
        out[0]["function"],
        json!({"name": "f", "parameters": {"type": "object", "properties": {
            "strict": {"type": "object"}, "$schema": {"enum": [{"strict": 1}]}
        }}})
    );
    assert_eq!(dropped, ["tools.function.strict"]);
}

#[test]
fn no_tool_strict() {
    let asked = json!([{"type": "function", "function": {"name": "f", "strict": false}}]);
    let (out, dropped) = tools(Quirk::NoToolStrict, &asked);
    assert_eq!(out[0]["function"], json!({"name": "f"}));
    assert!(dropped.is_empty(), "false is what the provider does anyway");
}

#[test]
fn no_response_format() {
    leaves_out(Quirk::NoResponseFormat, &json!({"response_format": {"type": "json_object"}}));
    let lacking = lacks(Quirk::NoResponseFormat.into());
    assert!(lacking.contains(Feature::JsonObject) && lacking.contains(Feature::JsonSchema));
}

#[test]
fn json_object_only() {
    assert_eq!(lacks(Quirk::JsonObjectOnly.into()), Feature::JsonSchema);
}

#[test]
fn json_schema_only() {
    let (out, _) =
        sent(Quirk::JsonSchemaOnly, &json!({"response_format": {"type": "json_object"}}));
    assert_eq!(out["response_format"]["json_schema"]["schema"], json!({"type": "object"}));
}

#[test]
fn text_parts_joined() {
    let picture = json!({"type": "image_url", "image_url": {"url": "data:,"}});
    let asked = json!([
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "user", "content": [{"type": "text", "text": "a"}, picture]}
    ]);
    let (out, _) = messages(Quirk::TextPartsJoined, &asked);
    assert_eq!(out[0]["content"], "a\nb");
    assert_eq!(out[1]["content"][1], picture);
}

#[test]
fn null_content_empty() {
    let call = json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let asked = json!([
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "assistant", "tool_calls": [call]}
    ]);
    let (out, _) = messages(Quirk::NullContentEmpty, &asked);
    assert_eq!((&out[0]["content"], &out[1]["content"]), (&json!(""), &json!("")));
}

#[test]
fn short_tool_ids() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let asked = json!([
        {"role": "assistant", "content": "", "tool_calls": [call("call_one_long"), call("abcdefgh1")]},
        {"role": "tool", "tool_call_id": "call_one_long", "content": "1"},
        {"role": "tool", "tool_call_id": "abcdefgh1", "content": "2"}
    ]);
    let (out, _) = messages(Quirk::ShortToolIds, &asked);
    let first = out[0]["tool_calls"][0]["id"].as_str().unwrap();
    assert!(first.len() == 9 && first.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{first}");
    assert_eq!(out[1]["tool_call_id"], first);
    assert_eq!(out[0]["tool_calls"][1]["id"], "abcdefgh1");
    assert_eq!(out[2]["tool_call_id"], "abcdefgh1");
    assert_eq!(messages(Quirk::ShortToolIds, &asked).0, out, "the same on the next turn");
}

#[test]
fn temperature_to_one() {
    let (out, dropped) = sent(Quirk::TemperatureToOne, &json!({"temperature": 1.5}));
    assert_eq!((&out["temperature"], dropped), (&json!(1), vec!["temperature".to_owned()]));
    let (out, dropped) = sent(Quirk::TemperatureToOne, &json!({"temperature": 0.5}));
    assert_eq!((&out["temperature"], dropped.len()), (&json!(0.5), 0));
}

#[test]
fn temperature_above_zero() {
    let (out, _) = sent(Quirk::TemperatureAboveZero, &json!({"temperature": 0}));
    assert!(out["temperature"].as_f64().is_some_and(|least| least > 0.0 && least < 0.01));
}

#[test]
fn no_json_with_tools() {
    assert_eq!(lacks(Quirk::NoJsonWithTools.into()), Feature::JsonWithTools);
}

#[test]
fn images_inline_only() {
    assert_eq!(lacks(Quirk::ImagesInlineOnly.into()), Feature::RemoteImages);
}

#[test]
fn google_thought_signature() {
    let call = |extra: Value| {
        let mut call =
            json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}});
        if !extra.is_null() {
            call["extra_content"] = extra;
        }
        call
    };
    let own = json!({"google": {"thought_signature": "s"}});
    let asked = json!([
        {"role": "assistant", "content": "", "tool_calls": [call(own.clone()), call(Value::Null)]},
        {"role": "assistant", "content": "", "tool_calls": [call(Value::Null), call(Value::Null)]}
    ]);
    let (out, _) = messages(Quirk::GoogleThoughtSignature, &asked);
    let extra = |turn: usize, at: usize| out[turn]["tool_calls"][at].get("extra_content").cloned();
    assert_eq!((extra(0, 0), extra(0, 1)), (Some(own), None));
    let stand_in = json!({"google": {"thought_signature": "skip_thought_signature_validator"}});
    assert_eq!((extra(1, 0), extra(1, 1)), (Some(stand_in), None));
}

#[test]
fn think_tags() {
    let body = json!({"choices": [{"message": {"content": "<think>a</think>\n\nb"}, "finish_reason": "stop"}]});
    let read = |quirks: Quirks| {
        let response = Dialect::OpenAi.read_response(body.to_string().as_bytes(), quirks).unwrap();
        let reply = response.choices.into_iter().next().unwrap().reply;
        (reply.reasoning, reply.text)
    };
    assert_eq!(read(Quirk::ThinkTags.into()), (Some("a".into()), Some("b".into())));
    assert_eq!(read(Quirks::empty()).0, None);
}

#[test]
fn content_as_object_and_error_array_are_read_from_everybody() {
    let body = br#"{"choices":[{"message":{"content":{"a": 1}},"finish_reason":"stop"}]}"#;
    let response = Dialect::OpenAi.read_response(body, Quirks::empty()).unwrap();
    assert_eq!(response.choices[0].reply.text.as_deref(), Some(r#"{"a": 1}"#));
    let body = br#"[{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}]"#;
    let failed = Dialect::OpenAi.read_response(body, Quirks::empty()).unwrap_err();
    let crate::BadAnswer::ErrorInside(error) = failed else { panic!("{failed:?}") };
    assert_eq!((error.message.as_str(), error.status), ("slow down", Some(429)));
}

#[test]
fn models_prefix() {
    assert_eq!(strip_models_prefix("models/gemini", Quirk::ModelsPrefix.into()), "gemini");
    assert_eq!(strip_models_prefix("models/gemini", Quirks::empty()), "models/gemini");
}

#[test]
fn sets_add_up() {
    let quirks = Quirk::NoSeed | Quirk::NoTopK | Quirk::NoUser;
    assert_eq!(drops(quirks), Parameter::Seed | Parameter::TopK | Parameter::User);
    assert!(drops(Quirks::empty()).is_empty() && lacks(Quirks::empty()).is_empty());
}
