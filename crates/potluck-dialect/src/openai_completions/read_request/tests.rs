use potluck_core::request::{Content, MaxOutput, Stop};
use potluck_core::verdict::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::read;
use crate::client::{Asked, Echo};

fn ask(body: &Value) -> Asked {
    read(body.to_string().as_bytes()).unwrap()
}

fn refused(body: &Value) -> Refusal {
    read(body.to_string().as_bytes()).unwrap_err()
}

fn told(asked: &Asked) -> Vec<&str> {
    let words = asked.request.messages.iter().map(|message| match &message.content {
        Content::Text(text) => text.as_str(),
        _ => "",
    });
    words.collect()
}

fn fills(asked: &Asked) -> bool {
    matches!(&asked.echo, Echo::Completions(question) if question.fills)
}

#[test]
fn a_text_is_gone_on_with_and_a_gap_is_filled() {
    for prompt in [json!("Once upon"), json!(["Once upon"])] {
        let asked = ask(&json!({ "model": "m", "prompt": prompt }));
        let [instruction, text] = told(&asked)[..] else { panic!("{asked:?}") };
        assert!(instruction.starts_with("Continue the text") && !fills(&asked));
        assert_eq!(text, "Once upon");
        assert_eq!(asked.request.max_output, None, "16 would be spent on thoughts");
    }
    for body in [
        json!({ "prompt": "a(", "suffix": ")b" }),
        json!({ "prompt": "<fim_prefix>a(<fim_suffix>)b<fim_middle>" }),
    ] {
        let asked = ask(&body);
        let [instruction, text] = told(&asked)[..] else { panic!("{asked:?}") };
        assert!(instruction.contains("at a cursor") && fills(&asked));
        assert_eq!(text, "<before>a(</before>\n<after>)b</after>");
    }
}

#[test]
fn options_cross_under_their_own_and_ollama_s_names() {
    let asked = ask(&json!({
        "prompt": "x", "max_tokens": 9, "temperature": 0.5, "n": 2, "best_of": 3, "stop": ["a", "b"], "logit_bias": {},
        "stream": true, "stream_options": { "include_usage": true }, "seed": 4, "user": "u", "odd": 1
    }));
    let request = &asked.request;
    assert_eq!((request.max_output, request.choices), (Some(MaxOutput::Tokens(9)), Some(2)));
    assert_eq!(request.stop, Some(Stop::Many(vec!["a".into(), "b".into()])));
    assert_eq!((request.sampling.temperature, request.sampling.seed), (Some(0.5), Some(4)));
    assert_eq!((request.include_usage, &request.sampling.logit_bias), (Some(true), &None));
    assert_eq!(asked.request.dropped, ["best_of", "odd"]);
    let editor = ask(&json!({ "prompt": "x", "keep_alive": "5m", "raw": true,
                              "options": { "temperature": 0.25, "num_predict": 7, "stop": ["c"] } }));
    assert_eq!(editor.request.max_output, Some(MaxOutput::Tokens(7)));
    assert_eq!(editor.request.sampling.temperature, Some(0.25));
    assert_eq!(editor.request.stop, Some(Stop::Many(vec!["c".into()])));
    assert!(matches!(&editor.echo, Echo::Completions(question) if question.ollama));
    let unlimited = ask(&json!({ "prompt": "x", "options": { "num_predict": -1 } }));
    assert_eq!(unlimited.request.max_output, None);
    let likely = ask(&json!({ "prompt": "x", "logprobs": 2 })).request;
    assert_eq!((likely.logprobs, likely.top_logprobs), (Some(true), Some(2)));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (body, param, code) in [
        (json!({}), "prompt", "missing_required_parameter"),
        (json!({ "prompt": [] }), "prompt", "invalid_value"),
        (json!({ "prompt": ["a", "b"] }), "prompt", "invalid_value"),
        (json!({ "prompt": [1, 2] }), "prompt[0]", "invalid_value"),
        (json!({ "prompt": [[1, 2]] }), "prompt[0]", "invalid_value"),
        (json!({ "prompt": 7 }), "prompt", "invalid_type"),
        (json!({ "prompt": "x", "suffix": 7 }), "suffix", "invalid_type"),
        (json!({ "prompt": "x", "max_tokens": 0 }), "max_tokens", "invalid_value"),
        (json!({ "prompt": "x", "temperature": "hot" }), "temperature", "invalid_type"),
        (json!({ "prompt": "x", "n": 2, "best_of": 1 }), "best_of", "invalid_value"),
        (json!({ "prompt": "x", "suffix": "y", "logprobs": 1 }), "logprobs", "invalid_value"),
        (json!({ "prompt": "x", "echo": true, "logprobs": 1 }), "logprobs", "invalid_value"),
        (json!({ "prompt": "x", "options": 7 }), "options", "invalid_type"),
    ] {
        let refusal = refused(&body);
        let got = (refusal.status, refusal.param.as_deref(), refusal.code);
        assert_eq!(got, (400, Some(param), code), "{body}");
    }
    assert_eq!(read(br#"{"prompt":"x","prompt":"y"}"#).unwrap_err().code, "duplicate_parameter");
    assert_eq!(read(b"[1]").unwrap_err().code, "invalid_type");
    assert_eq!(read(b"{").unwrap_err().code, "invalid_json");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_prompt_panics(prompt in "(<fim_prefix>|<fim_suffix>|<fim_middle>|<PRE>|<SUF>|<MID>|\\[SUFFIX\\]|\\[PREFIX\\]| |é){0,8}") {
        let body = json!({ "prompt": prompt }).to_string();
        prop_assert!(read(body.as_bytes()).is_ok());
    }
}
