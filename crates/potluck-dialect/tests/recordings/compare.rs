//! Holding two readings of one answer against each other.

use serde_json::Value;

use crate::plain::{Answer, Choice};

/// Whether `written` says what `recorded` says; else where it does not.
pub(super) fn answers(recorded: &Answer, written: &Answer) -> Result<(), String> {
    let same = |what: &str, is: bool| if is { Ok(()) } else { Err(what.to_owned()) };
    same("the number of choices", recorded.choices.len() == written.choices.len())?;
    for (recorded, written) in recorded.choices.iter().zip(&written.choices) {
        choices(recorded, written)?;
    }
    if recorded.usage.is_some() && recorded.usage != written.usage {
        return Err(format!("usage: {:?} became {:?}", recorded.usage, written.usage));
    }
    Ok(())
}

fn choices(recorded: &Choice, written: &Choice) -> Result<(), String> {
    let differ = |what: &str, one: &str, other: &str| -> Result<(), String> {
        if one == other || (json(one).is_some() && json(one) == json(other)) {
            return Ok(());
        }
        Err(format!("{what}: {one:?} became {other:?}"))
    };
    differ("text", &recorded.text, &written.text)?;
    differ("reasoning", &recorded.reasoning, &written.reasoning)?;
    differ("refusal", &recorded.refusal, &written.refusal)?;
    if recorded.calls.len() != written.calls.len() {
        return Err(format!("calls: {:?} became {:?}", recorded.calls, written.calls));
    }
    for (one, other) in recorded.calls.iter().zip(&written.calls) {
        differ("name", &one.name, &other.name)?;
        let arguments = if one.arguments.is_empty() { "{}" } else { &one.arguments };
        let written = if other.arguments.is_empty() { "{}" } else { &other.arguments };
        differ("arguments", arguments, written)?;
        if !one.id.is_empty() {
            differ("id", &one.id, &other.id)?;
        } else if other.id.is_empty() {
            return Err("a call without an id stayed so".to_owned());
        }
    }
    for (what, one, other) in [
        ("images", &recorded.images, &written.images),
        ("annotations", &recorded.annotations, &written.annotations),
        ("reasoning_details", &recorded.details, &written.details),
        ("logprobs", &recorded.logprobs, &written.logprobs),
    ] {
        if one != other {
            return Err(format!("{what}: {one:?} became {other:?}"));
        }
    }
    // Clients refuse an answer that ends without a reason: one is made where there was none.
    if let (Some(recorded), Some(written)) = (&recorded.finish, &written.finish) {
        differ("finish", recorded, written)?;
    }
    if written.finish.is_none() {
        return Err("no finish reason".to_owned());
    }
    Ok(())
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
