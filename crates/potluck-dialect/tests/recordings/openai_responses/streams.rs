//! The same words, written anew, in the same sequence of events.

use potluck_core::request::ChatRequest;
use potluck_core::response::StreamEvent;
use potluck_dialect::Echo;
use potluck_testkit::recordings::RecordedBody;
use serde_json::Value;

use super::{reading, recipient, recorded, said};
use crate::check_each;

/// Streams whose events are others than ours, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "deepseek/048-",
        "thoughts as content: here they are told as a summary, as OpenAI's models tell theirs",
    ),
    ("openai/134-", "thoughts in three parts: the middle has one text of them"),
    ("openai/205-", "a search on OpenAI's servers"),
    ("openrouter/113-", "OpenRouter adds the thoughts inside the words, and ends both at the end"),
    ("openrouter/117-", "OpenRouter's thoughts as content, ended after the words"),
];

#[test]
fn the_same_words_are_written_in_the_same_sequence() {
    let Some(recordings) = recorded("the_same_words_are_written_in_the_same_sequence") else {
        return;
    };
    let streams = recordings
        .iter()
        .filter(|recording| matches!(recording.response.body, RecordedBody::Sse(_)));
    check_each("responses' streams", streams, EXCEPTIONS, |recording| {
        let RecordedBody::Sse(text) = &recording.response.body else { return Ok(()) };
        let events = reading::events(text);
        let written = write(events.iter().flat_map(reading::event));
        let (expected, types) = (types(&events), types(&written));
        if expected != types {
            let at = expected.iter().zip(&types).take_while(|(one, other)| one == other).count();
            let show = |list: &[String]| list.get(at).cloned().unwrap_or_default();
            return Err(format!("event {at} is {:?}, not {:?}", show(&types), show(&expected)));
        }
        let end = |events: &[Value]| events.last().unwrap()["response"].clone();
        let (recorded, written) = (end(&events), end(&written));
        if said(&recorded["output"]) != said(&written["output"]) {
            return Err("the output says something else".to_owned());
        }
        for field in ["status", "incomplete_details"] {
            if recorded[field] != written[field] {
                return Err(format!("{field}: {} became {}", recorded[field], written[field]));
            }
        }
        for counted in ["input_tokens", "output_tokens", "total_tokens"] {
            if recorded["usage"][counted] != written["usage"][counted] {
                return Err(format!("{counted} differs"));
            }
        }
        Ok(())
    });
}

fn types(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

fn write(events: impl Iterator<Item = StreamEvent>) -> Vec<Value> {
    let (request, echo) = (ChatRequest::default(), Echo::Nothing);
    let mut writer = recipient(&request, &echo).stream_writer();
    let mut out = Vec::new();
    events.for_each(|event| writer.write(&event, &mut out));
    writer.finish(&mut out);
    reading::events(std::str::from_utf8(&out).unwrap())
}
