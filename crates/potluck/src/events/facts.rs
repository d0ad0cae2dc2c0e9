//! What is told of a request on its way: facts, never prompts, answers or a provider's words.

use potluck_core::verdict::AttemptNote;
use serde_json::{Value, json};

use crate::recent::{Ending, Fact};

/// Names come from clients: so many of them are told, ...
const NAMES: usize = 4;
/// ... each so many characters of it.
const LONGEST: usize = 100;

/// It came.
#[must_use]
pub fn begun(fact: &Fact) -> Value {
    let asked = fact.asked.iter().take(NAMES).map(|name| name.chars().take(LONGEST).collect());
    let asked: Vec<String> = asked.collect();
    json!({ "id": fact.id, "asked": asked, "streamed": fact.streamed })
}

/// An offer is tried.
#[must_use]
pub fn tried(fact: &Fact) -> Value {
    json!({
        "id": fact.id,
        "offer": fact.server.as_ref().map(|server| &server.offer),
        "attempt": fact.failed.len() + 1,
    })
}

/// An offer failed.
#[must_use]
pub fn failed(fact: &Fact, attempt: &AttemptNote) -> Value {
    json!({
        "id": fact.id,
        "offer": attempt.offer,
        "attempt": fact.failed.len() + 1,
        "class": attempt.class,
        "status": attempt.status,
        "took_ms": millis(attempt.took),
    })
}

/// It is over.
#[must_use]
pub fn ended(fact: &Fact) -> (&'static str, Value) {
    let (kind, how) = match &fact.ending {
        Ending::Served => ("served", json!({})),
        Ending::Broke { class } => ("broke", json!({ "class": class })),
        Ending::Refused { status, code } => ("refused", json!({ "status": status, "code": code })),
        Ending::Left => ("left", json!({})),
    };
    let mut told = json!({
        "id": fact.id,
        "offer": fact.server.as_ref().map(|server| &server.offer),
        "attempts": fact.failed.len() + usize::from(fact.server.is_some()),
        "prompt_tokens": fact.usage.as_ref().map(|usage| usage.prompt),
        "completion_tokens": fact.usage.as_ref().map(|usage| usage.completion),
        "first_content_ms": fact.first_content.map(millis),
        "total_ms": millis(fact.total),
    });
    if let (Some(told), Value::Object(how)) = (told.as_object_mut(), how) {
        told.extend(how);
    }
    (kind, told)
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
