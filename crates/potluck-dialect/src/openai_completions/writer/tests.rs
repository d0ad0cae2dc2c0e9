use potluck_core::Sealed;
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, StreamEvent, Usage};
use potluck_core::verdict::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Writer;
use crate::client::{Stamp, WriteStream};
use crate::openai_completions::{Question, write_response};

fn stamp() -> Stamp {
    Stamp { id: "gen-7f".into(), created: 7, model: "p/m".into() }
}

fn text(choice: u32, text: &str) -> StreamEvent {
    StreamEvent::Text { choice, text: text.into() }
}

fn finish(choice: u32, reason: FinishReason) -> StreamEvent {
    StreamEvent::Finish { choice, reason }
}

fn run(question: &Question, include_usage: bool, events: &[StreamEvent]) -> Vec<Value> {
    let (mut writer, mut out) = (Writer::new(&stamp(), question, include_usage), Vec::new());
    events.iter().for_each(|event| writer.write(event, &mut out));
    writer.finish(&mut out);
    parse(&out)
}

fn parse(out: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(out).unwrap();
    let (chunks, end) = text.split_at(text.len() - "data: [DONE]\n\n".len());
    assert_eq!(end, "data: [DONE]\n\n");
    let chunks = chunks.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    chunks.map(|chunk| serde_json::from_str(chunk).unwrap()).collect()
}

fn said(chunks: &[Value], index: u32) -> String {
    let choices = chunks.iter().flat_map(|chunk| chunk["choices"].as_array().unwrap());
    let own = choices.filter(|choice| choice["index"] == index);
    own.map(|choice| choice["text"].as_str().unwrap()).collect()
}

#[test]
fn words_come_as_text_and_thoughts_do_not() {
    let usage = Usage { prompt: 1, completion: 2, total: 3, ..Usage::default() };
    let events = [
        StreamEvent::Reasoning { choice: 0, text: "hm".into() },
        text(0, "Hello"),
        text(0, " data: x"),
        finish(0, FinishReason::Length),
        StreamEvent::Usage(usage),
    ];
    let chunks = run(&Question::default(), false, &events);
    assert_eq!(said(&chunks, 0), "Hello data: x");
    assert_eq!(
        chunks[0],
        json!({ "id": "cmpl-7f", "object": "text_completion", "created": 7, "model": "p/m",
        "choices": [{ "text": "Hello", "index": 0, "logprobs": null, "finish_reason": null }] })
    );
    let last = chunks.last().unwrap();
    assert_eq!(
        (&last["choices"][0]["finish_reason"], &last["usage"]["total_tokens"]),
        (&json!("length"), &json!(3))
    );
    let apart = run(&Question::default(), true, &events);
    assert_eq!(apart.last().unwrap()["choices"], json!([]), "usage in a chunk of its own");
}

#[test]
fn what_fills_a_gap_has_no_fence() {
    let question = Question { fills: true, ..Question::default() };
    let pieces = ["``", "`rust\nlet", " a;\n`", "``\nThis", " is"];
    let events: Vec<_> = pieces.iter().map(|piece| text(0, piece)).collect();
    let chunks = run(&question, false, &events);
    assert_eq!(said(&chunks, 0), "let a;");
    assert!(chunks[..chunks.len() - 1].iter().all(|chunk| chunk["choices"][0]["text"] != ""));
    assert_eq!(
        said(&run(&question, false, &[text(0, "``")]), 0),
        "``",
        "what is held back comes at the end"
    );
}

#[test]
fn each_choice_begins_with_the_prompt_where_it_is_echoed() {
    let question = Question { before: Some("Say: ".into()), ..Question::default() };
    let ends = [finish(1, FinishReason::Stop), finish(0, FinishReason::Stop)];
    let events = [&[text(1, "b"), text(0, "a")][..], &ends].concat();
    let chunks = run(&question, false, &events);
    assert_eq!((said(&chunks, 0), said(&chunks, 1)), ("Say: a".into(), "Say: b".into()));
    let finished = chunks.iter().filter(|chunk| chunk["choices"][0]["finish_reason"] == "stop");
    assert_eq!(finished.count(), 2);
}

#[test]
fn clients_of_ollama_find_the_words_under_their_name() {
    let question = Question { ollama: true, ..Question::default() };
    let chunks = run(&question, false, &[text(0, "a"), finish(0, FinishReason::Stop)]);
    let told: Vec<_> = chunks.iter().map(|chunk| (&chunk["response"], &chunk["done"])).collect();
    assert_eq!(told, [(&json!("a"), &json!(false)), (&json!(""), &json!(true))]);
}

#[test]
fn probabilities_are_lists_that_go_on() {
    let logprobs = |token: &str| StreamEvent::Logprobs {
        choice: 0,
        logprobs: Sealed::from_json(format!(
            r#"{{"content":[{{"token":"{token}","logprob":-1}}]}}"#
        )),
    };
    let events = [logprobs("ab"), text(0, "ab"), logprobs("c"), text(0, "c")];
    let chunks = run(&Question::default(), false, &events);
    assert_eq!(chunks[0]["choices"][0]["logprobs"]["tokens"], json!(["ab"]));
    assert_eq!(chunks[1]["choices"][0]["logprobs"]["text_offset"], json!([2]));
}

#[test]
fn failures_are_both_a_finish_and_an_error() {
    let (mut writer, mut out) = (Writer::new(&stamp(), &Question::default(), false), Vec::new());
    writer.write(&text(0, "half"), &mut out);
    writer.fail(&Refusal::new(502, "api_error", "stream_interrupted", "It broke."), &mut out);
    let length = out.len();
    writer.finish(&mut out);
    assert_eq!(out.len(), length, "nothing follows the end");
    let last = parse(&out).pop().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "error");
    assert_eq!(last["error"]["message"], "It broke.");
}

#[test]
fn whole_answers_look_as_clients_know_them() {
    let reply = |text: &str| Reply {
        text: Some(text.into()),
        reasoning: Some("hm".into()),
        ..Reply::default()
    };
    let choice = |index, text| Choice {
        index,
        reply: reply(text),
        finish: Some(FinishReason::Stop),
        ..Choice::default()
    };
    let usage = Some(Usage { prompt: 1, completion: 1, total: 2, ..Usage::default() });
    let choices = vec![choice(0, "```\nx\n```"), choice(1, "y")];
    let response = ChatResponse { choices, usage, ..ChatResponse::default() };
    let question = Question { before: Some("> ".into()), fills: true, ollama: true };
    let whole = write_response(&response, &stamp(), &question);
    insta::assert_snapshot!(String::from_utf8(whole).unwrap());
}

proptest! {
    #[test]
    fn any_split_says_the_same(words in "[`\na-c ]{0,20}", size in 1..5_usize, fills: bool) {
        let question = Question { fills, ..Question::default() };
        let letters: Vec<char> = words.chars().collect();
        let pieces = letters.chunks(size).map(|piece| text(0, &piece.iter().collect::<String>()));
        let split: Vec<_> = pieces.collect();
        let whole = run(&question, false, &[text(0, &words)]);
        prop_assert_eq!(said(&run(&question, false, &split), 0), said(&whole, 0));
    }
}
