//! A request that is over as spans: one for it, and one below it for each attempt.

use std::time::Duration;

use potluck_core::response::FinishReason;
use serde_json::{Value, json};

use super::convention as words;
use super::parent::Parent;
use super::shape::{Attribute, attributes, list, number, text};
use crate::recent::{Ending, Fact};

/// The longest name of a model that is told: a client may ask for anything.
const LONGEST: usize = 120;

/// OTLP's kinds of spans: one who serves, and one who asks.
const SERVER: u8 = 2;
const CLIENT: u8 = 3;

/// The status of a span that failed.
const FAILED: u8 = 2;

/// One attempt as the conventions tell of it.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    offer: &'a str,
    /// The class of its failure; `None` where it served.
    pub(super) failure: Option<&'a str>,
    status: Option<u16>,
    begun: Duration,
    pub(super) took: Duration,
}

impl Attempt<'_> {
    pub(super) fn provider(&self) -> &str {
        words::provider(self.offer.split_once('/').map_or(self.offer, |(provider, _)| provider))
    }

    pub(super) fn model(&self) -> &str {
        self.offer.split_once('/').map_or(self.offer, |(_, model)| model)
    }
}

/// Every attempt, the last one last.
pub(super) fn attempts(fact: &Fact) -> Vec<Attempt<'_>> {
    let begun = |at: usize| fact.tries.get(at).map_or(Duration::ZERO, |attempt| attempt.begun);
    let failed = fact.failed.iter().enumerate().map(|(at, note)| Attempt {
        offer: &note.offer,
        failure: Some(note.class),
        status: note.status,
        begun: begun(at),
        took: note.took,
    });
    let last = fact.server.iter().map(|server| {
        let begun = begun(fact.failed.len());
        Attempt {
            offer: &server.offer,
            failure: failure(&fact.ending),
            status: fact.first_content.map(|_| 200),
            begun,
            took: fact.serving.unwrap_or_else(|| fact.total.saturating_sub(begun)),
        }
    });
    failed.chain(last).collect()
}

fn failure(ending: &Ending) -> Option<&str> {
    match ending {
        Ending::Served => None,
        Ending::Broke { class } => Some(class),
        Ending::Refused { code, .. } => Some(code),
        Ending::Left => Some("client_left"),
    }
}

/// The spans of a request, below its client's where it has one. `chance` gives numbers by chance, of which their ids are made.
pub(super) fn spans(
    door: &'static str,
    fact: &Fact,
    parent: Option<&Parent>,
    mut chance: impl FnMut() -> u64,
) -> Vec<Value> {
    let trace = parent.map_or_else(
        || format!("{:016x}{:016x}", chance(), chance()),
        |parent| parent.trace.clone(),
    );
    let root = format!("{:016x}", chance());
    let operation = words::operation(door);
    let asked: String =
        fact.asked.first().map_or("free", String::as_str).chars().take(LONGEST).collect();
    let mut spans = vec![json!({
        "traceId": trace,
        "spanId": root,
        "name": format!("{operation} {asked}"),
        "kind": SERVER,
        "startTimeUnixNano": at(fact, Duration::ZERO),
        "endTimeUnixNano": at(fact, fact.total),
        "attributes": attributes(&of_request(door, &asked, fact)),
        "status": status(failure(&fact.ending).filter(|_| fact.ending != Ending::Left)),
    })];
    spans.extend(attempts(fact).iter().map(|attempt| {
        json!({
            "traceId": trace,
            "spanId": format!("{:016x}", chance()),
            "parentSpanId": root,
            "name": format!("{operation} {}", attempt.model()),
            "kind": CLIENT,
            "startTimeUnixNano": at(fact, attempt.begun),
            "endTimeUnixNano": at(fact, attempt.begun + attempt.took),
            "attributes": attributes(&of_attempt(operation, attempt)),
            "status": status(attempt.failure),
        })
    }));
    join(&mut spans, parent);
    spans
}

/// The first of them stands below the client's span.
fn join(spans: &mut [Value], parent: Option<&Parent>) {
    let Some(parent) = parent else { return };
    if let Some(root) = spans.first_mut() {
        root["parentSpanId"] = json!(parent.span);
    }
    if let Some(state) = &parent.state {
        spans.iter_mut().for_each(|span| span["traceState"] = json!(state));
    }
}

fn of_request(door: &'static str, asked: &str, fact: &Fact) -> Vec<Attribute> {
    let mut all = vec![
        (words::OPERATION, text(words::operation(door))),
        (words::PROVIDER, text("potluck")),
        (words::REQUEST_MODEL, text(asked)),
        (words::RESPONSE_ID, text(&fact.id)),
        ("potluck.door", text(door)),
        ("potluck.ending", text(fact.ending.word())),
        ("potluck.attempts", number(fact.tries.len())),
        ("potluck.waited_ms", number(fact.waited.as_millis())),
    ];
    let mut also = |name, value: Option<Value>| all.extend(value.map(|value| (name, value)));
    also(words::RESPONSE_MODEL, fact.server.as_ref().map(|server| text(&server.offer)));
    also(words::MAX_TOKENS, fact.needs.max_output.map(number));
    also(words::FINISH_REASONS, fact.finish.map(FinishReason::word).map(list));
    also(words::INPUT_TOKENS, fact.usage.as_ref().map(|usage| number(usage.prompt)));
    also(words::OUTPUT_TOKENS, fact.usage.as_ref().map(|usage| number(usage.completion)));
    let first = fact.first_content.map(|span| number(span.as_millis()));
    also("potluck.time_to_first_token_ms", first);
    let failed = failure(&fact.ending).filter(|_| fact.ending != Ending::Left);
    also(words::ERROR_TYPE, failed.map(text));
    all
}

fn of_attempt(operation: &'static str, attempt: &Attempt<'_>) -> Vec<Attribute> {
    let mut all = vec![
        (words::OPERATION, text(operation)),
        (words::PROVIDER, text(attempt.provider())),
        (words::REQUEST_MODEL, text(attempt.model())),
        ("potluck.offer", text(attempt.offer)),
    ];
    all.extend(attempt.status.map(|status| (words::STATUS, number(status))));
    all.extend(attempt.failure.map(|class| (words::ERROR_TYPE, text(class))));
    all
}

/// Nanoseconds since 1970, as text.
fn at(fact: &Fact, after: Duration) -> String {
    let came = u64::try_from(fact.came.as_millis()).unwrap_or(0);
    (Duration::from_millis(came) + after).as_nanos().to_string()
}

fn status(failure: Option<&str>) -> Value {
    failure.map_or_else(|| json!({}), |why| json!({ "code": FAILED, "message": why }))
}
