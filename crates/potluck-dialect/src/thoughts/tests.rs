use potluck_core::request::{Content, Role, ToolCall};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn turn(details: &Value) -> Message {
    Message {
        role: Role::Assistant,
        name: None,
        content: Content::Null,
        tool_calls: Vec::new(),
        tool_call_id: None,
        refusal: None,
        reasoning: None,
        reasoning_details: Some(Sealed::from_json(details.to_string())),
        extra: Vec::new(),
    }
}

fn typed(maker: Option<Maker>) -> Taker {
    Taker { plain: false, typed: true, maker }
}

fn given(details: &Value, maker: Option<Maker>) -> Value {
    let message = turn(details);
    let given = typed(maker).typed(&message);
    given.map_or(Value::Null, |given| serde_json::from_str(&given).unwrap())
}

const MAKERS: [(&str, Maker); 5] = [
    ("anthropic-claude-v1", Maker::Anthropic),
    ("openai-responses-v1", Maker::OpenAi),
    ("azure-openai-responses-v1", Maker::OpenAi),
    ("google-gemini-v1", Maker::Google),
    ("xai-responses-v1", Maker::Xai),
];

#[test]
fn signed_thoughts_go_back_to_their_maker_alone() {
    for (format, maker) in MAKERS {
        let signed =
            json!([{"type": "reasoning.text", "text": "hm", "signature": "s", "format": format}]);
        for (_, other) in MAKERS {
            let expected = if other == maker { signed.clone() } else { Value::Null };
            assert_eq!(given(&signed, Some(other)), expected, "{format} to {other:?}");
        }
        assert_eq!(given(&signed, None), Value::Null, "{format} to nobody known");
    }
}

#[test]
fn without_a_maker_only_plain_words_go_on() {
    let plain = json!({"type": "reasoning.text", "text": "hm", "format": "unknown", "index": 0});
    let summary = json!({"type": "reasoning.summary", "summary": "hm", "signature": null});
    let mixed = json!([
        plain,
        {"type": "reasoning.encrypted", "data": "x", "format": null},
        {"type": "reasoning.encrypted"},
        "odd",
        summary
    ]);
    assert_eq!(given(&mixed, None), json!([plain, summary]));
    assert_eq!(given(&mixed, Some(Maker::Xai)), json!([plain, summary]));
    let signed = json!([{"type": "reasoning.text", "text": "hm", "signature": "s"}]);
    assert_eq!(given(&signed, Some(Maker::Anthropic)), signed, "nobody else signs words");
    assert_eq!(given(&signed, Some(Maker::Google)), Value::Null);
}

#[test]
fn what_is_no_list_of_thoughts_goes_nowhere() {
    for odd in [json!("x"), json!({}), json!([]), json!([1, null, []])] {
        assert_eq!(given(&odd, Some(Maker::Google)), Value::Null, "{odd}");
    }
}

#[test]
fn thoughts_that_all_go_along_are_the_client_s_own_bytes() {
    let message = turn(&json!([{"type": "reasoning.text", "text": "hm"}]));
    assert!(typed(None).takes_all(&message));
    assert!(!Taker::default().takes_all(&message), "nobody asked for them");
    let signed = turn(&json!([{"data": "x", "format": "xai-responses-v1"}]));
    assert!(!typed(None).takes_all(&signed) && typed(Some(Maker::Xai)).takes_all(&signed));
}

#[test]
fn plain_thoughts_go_along_with_their_calls_to_those_who_ask() {
    let mut message = turn(&json!([]));
    message.reasoning = Some("hm".to_owned());
    let asking = Taker { plain: true, ..Taker::default() };
    assert_eq!(asking.plain(&message), None, "they led to no call");
    let (id, name, arguments) = ("a".to_owned(), "f".to_owned(), "{}".to_owned());
    message.tool_calls.push(ToolCall { id, name, arguments, extra: Vec::new() });
    assert_eq!(asking.plain(&message), Some("hm"));
    assert_eq!(Taker::default().plain(&message), None);
}

#[test]
fn makers_are_told_from_models() {
    for (model, maker) in [
        ("anthropic/claude-sonnet-4", Some(Maker::Anthropic)),
        ("openai/gpt-oss-20b:free", Some(Maker::OpenAi)),
        ("o4-mini", Some(Maker::OpenAi)),
        ("models/gemini-2.5-flash", Some(Maker::Google)),
        ("x-ai/grok-4-fast:free", Some(Maker::Xai)),
        ("deepseek/deepseek-r1:free", None),
        ("", None),
    ] {
        assert_eq!(Maker::of_model(model), maker, "{model}");
    }
}

proptest! {
    #[test]
    fn no_secret_of_one_maker_reaches_another(
        items in prop::collection::vec((0..6_usize, any::<bool>(), "[a-z]{1,6}"), 0..8), to in 0..5_usize
    ) {
        let details: Vec<Value> = items.iter().map(|(format, signed, text)| {
            let format = MAKERS.get(*format).map(|(format, _)| *format);
            let signature = signed.then(|| format!("secret {}", format.unwrap_or("of nobody")));
            json!({"type": "reasoning.text", "text": text, "format": format, "signature": signature})
        }).collect();
        let (_, maker) = MAKERS[to];
        let given = given(&Value::Array(details.clone()), Some(maker));
        let kept: Vec<&Value> = given.as_array().into_iter().flatten().collect();
        // In order, unmodified, and none but the maker's own or nobody's plain words.
        let mut rest = details.iter();
        for item in kept {
            prop_assert!(rest.any(|asked| asked == item));
            let of = item["format"].as_str().and_then(Maker::of_format);
            let of = of.or(item["signature"].is_string().then_some(Maker::Anthropic));
            prop_assert!(of.is_none_or(|of| of == maker));
        }
    }
}
