//! What was answered arrives at every client, whole and as a stream that may be cut anywhere.

use potluck_dialect::bridge::{self, StreamBridge};
use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Contract, Dialect, Recipient, Stamp};
use proptest::prelude::*;
use serde_json::json;

use crate::fact::{Answer, Call};
use crate::{clients, files};

const THOUGHTS: &str = "Two look-ups are needed.";
const TEXT: &str = "Let me see:\n“Köln” first.";

fn pour<T>(client: Client, give: impl FnOnce(&Recipient<'_>) -> T) -> T {
    let asked = files::asked(client);
    let stamp = Stamp { id: "gen-1".into(), created: 1_767_225_600, model: "p/m".into() };
    give(&Recipient { client, stamp, request: &asked.request, echo: &asked.echo })
}

/// What a client is to read: all that its shape has a place for.
fn told(client: Client, dialect: Dialect, found: &Answer) -> Answer {
    let (thoughts, calls, finish) = match format!("{client:?}").as_str() {
        "Chat" | "OpenRouter" => (true, true, "tool_calls"),
        "Messages" => (true, true, "tool_use"),
        "Responses" => (true, true, "completed"),
        "Completions" => (false, false, "stop"),
        "OllamaChat" | "OllamaGenerate" => (true, true, "stop"),
        other => panic!("say what {other} has a place for"),
    };
    let call = |at: usize, id: &str, name: &str, arguments| {
        // Where the provider gives none, each call has one of its own all the same.
        let own = has_ids(client) && !matches!(dialect, Dialect::Gemini | Dialect::Ollama);
        let given = found.calls.get(at).map(|call| call.id.clone()).unwrap_or_default();
        let id = if own { id.to_owned() } else { given };
        Call { id, name: name.to_owned(), arguments }
    };
    let called = vec![
        call(0, "call_a1", "look_up_weather", json!({"city": "Köln", "days": 3})),
        call(1, "call_b2", "find_place", json!({"query": "a bridge"})),
    ];
    Answer {
        thoughts: if thoughts { THOUGHTS.to_owned() } else { String::new() },
        text: TEXT.to_owned(),
        calls: if calls { called } else { Vec::new() },
        finish: finish.to_owned(),
        usage: Some((40, 30)),
    }
}

/// Whether the shape binds answers of tools by ids; Ollama's binds them by the tools' names.
fn has_ids(client: Client) -> bool {
    !matches!(format!("{client:?}").as_str(), "OllamaChat" | "OllamaGenerate")
}

fn compare(client: Client, dialect: Dialect, found: &Answer) {
    let pair = format!("{dialect:?} to {client:?}");
    assert_eq!(found, &told(client, dialect, found), "{pair}");
    if let [one, other] = found.calls.as_slice()
        && has_ids(client)
    {
        assert!(!one.id.is_empty() && one.id != other.id, "{pair}: {found:?}");
    }
}

fn stream(client: Client, dialect: Dialect, cuts: &[usize]) -> Vec<u8> {
    let (_, bytes) = files::answer(dialect);
    pour(client, |recipient| {
        let mut bridge = StreamBridge::new(dialect, Quirks::empty(), recipient);
        let (mut out, mut rest) = (Vec::new(), bytes.as_bytes());
        for cut in cuts {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            bridge.push(piece, &mut out).unwrap();
            rest = after;
        }
        bridge.push(rest, &mut out).unwrap();
        bridge.finish(&mut out).unwrap();
        out
    })
}

fn pairs() -> impl Iterator<Item = (Client, Dialect)> {
    Client::ALL.into_iter().flat_map(|client| Dialect::ALL.map(|dialect| (client, dialect)))
}

#[test]
fn whole_answers_arrive_at_every_client() {
    for (client, dialect) in pairs() {
        let (body, _) = files::answer(dialect);
        let whole = pour(client, |recipient| {
            let contract = Contract::default();
            bridge::whole(dialect, Quirks::empty(), recipient, &contract, body.as_bytes()).unwrap()
        });
        compare(client, dialect, &clients::whole(client, &whole.body));
    }
}

#[test]
fn streamed_answers_arrive_at_every_client() {
    for (client, dialect) in pairs() {
        compare(client, dialect, &clients::stream(client, &stream(client, dialect, &[])));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_client_is_given_the_same_bytes_for_any_split(cuts in prop::collection::vec(1_usize..200, 0..40)) {
        for (client, dialect) in pairs() {
            let (cut, at_once) = (stream(client, dialect, &cuts), stream(client, dialect, &[]));
            prop_assert_eq!(
                String::from_utf8(cut).unwrap(), String::from_utf8(at_once).unwrap(), "{:?} to {:?}", dialect, client
            );
        }
    }
}
