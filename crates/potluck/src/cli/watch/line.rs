//! One event of the pool as one line.

use serde_json::Value;

use super::super::gauge;
use super::super::status::in_a_line;
use super::super::view::{Limit, Pool, Reason};

/// An event in words; `None` for kinds that this command does not know.
pub(super) fn of(kind: &str, data: &Value) -> Option<String> {
    let text = |name: &str| data[name].as_str().unwrap_or("?");
    Some(match kind {
        "snapshot" => in_a_line(&serde_json::from_value::<Pool>(data.clone()).ok()?),
        "state" => format!("{}: {}", text("offer"), state(data)),
        "limit" => limit(data)?,
        "offer_added" => format!("{}: on offer", text("offer")),
        "offer_removed" => format!("{}: on offer no more", text("offer")),
        "request" => format!("{}: asked of {}", text("id"), asked(data)),
        "attempt" => format!("{}: tries {}", text("id"), text("offer")),
        "attempt_failed" => {
            let status = data["status"].as_u64();
            let status = status.map_or_else(String::new, |status| format!(", HTTP {status}"));
            let (class, took) = (text("class").replace('_', " "), millis(&data["took_ms"]));
            format!("{}: failed at {}: {class}{status} after {took}", text("id"), text("offer"))
        }
        "served" => {
            let (attempts, took) = (&data["attempts"], millis(&data["total_ms"]));
            let attempts =
                if *attempts == 1 { String::new() } else { format!(", {attempts} attempts") };
            format!("{}: served by {} in {took}{attempts}", text("id"), text("offer"))
        }
        "broke" => format!("{}: broke off at {}: {}", text("id"), text("offer"), text("class")),
        "refused" => format!("{}: refused, HTTP {}, {}", text("id"), data["status"], text("code")),
        "left" => format!("{}: the client left after {}", text("id"), millis(&data["total_ms"])),
        "configuration" => configuration(data),
        "lagged" => format!("{} changes went by unseen", data["lost"]),
        _ => return None,
    })
}

fn state(data: &Value) -> String {
    let reasons: Vec<Reason> = serde_json::from_value(data["reasons"].clone()).unwrap_or_default();
    let state = data["state"].as_str().unwrap_or("?").replace('_', " ");
    let why: Vec<&str> = reasons.iter().map(Reason::words).collect();
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
    let wait = data["estimated_wait_s"].as_f64().filter(|seconds| *seconds > 0.0);
    let wait = wait.map_or_else(String::new, |seconds| format!(" ({})", gauge::wait(seconds)));
    format!("{state}{why}{wait}")
}

fn limit(data: &Value) -> Option<String> {
    let limit: Limit = serde_json::from_value(data.clone()).ok()?;
    let back = match gauge::countdown(&limit) {
        none if none.is_empty() => none,
        wait => format!(", some back in {wait}"),
    };
    let bucket = data["bucket"].as_str().unwrap_or("?");
    Some(format!("{bucket}: {}{back}", gauge::limit_words(&limit)))
}

fn configuration(data: &Value) -> String {
    let list = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        items.map(str::to_owned).collect()
    };
    let (wrong, waiting) = (list(&data["refused"]["errors"]), list(&data["needs_restart"]));
    if !wrong.is_empty() {
        return format!("the new configuration is refused: {}", wrong.join("; "));
    }
    let after = if waiting.is_empty() {
        String::new()
    } else {
        format!("; only after a restart: {}", waiting.join(", "))
    };
    format!("the configuration was read again, and holds{after}")
}

fn asked(data: &Value) -> String {
    let names = data["asked"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "any".to_owned() } else { names.join(", ") }
}

fn millis(value: &Value) -> String {
    match value.as_u64() {
        Some(millis @ 0..10_000) => format!("{millis} ms"),
        Some(millis) => format!("{} s", millis / 1000),
        None => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_event_is_a_line() {
        let limit = json!({ "counts": "requests", "amount": 30, "per": "minute", "remaining": 28,
            "resets_in_s": 41.2, "bucket": "groq/default/m/requests/minute", "change": "used" });
        let resting = json!({ "offer": "groq/m", "state": "cooling", "was": "available", "estimated_wait_s": 4.6,
            "reasons": [{ "reason": "cooling", "detail": "rests after trouble there or on the way" }] });
        let events = [
            (
                "snapshot",
                json!({ "strategy": "balanced", "offers": [], "summary": { "providers": 2, "offers": 5, "available": 3 } }),
            ),
            ("state", resting),
            (
                "state",
                json!({ "offer": "groq/m", "state": "available", "reasons": [], "estimated_wait_s": 0.0 }),
            ),
            ("limit", limit),
            ("offer_added", json!({ "offer": "groq/n" })),
            ("offer_removed", json!({ "offer": "groq/n" })),
            ("request", json!({ "id": "gen-1", "asked": ["free"] })),
            ("attempt", json!({ "id": "gen-1", "offer": "groq/m", "attempt": 1 })),
            (
                "attempt_failed",
                json!({ "id": "gen-1", "offer": "groq/m", "class": "rate_limited", "status": 429, "took_ms": 12 }),
            ),
            (
                "served",
                json!({ "id": "gen-1", "offer": "groq/n", "attempts": 2, "total_ms": 1200 }),
            ),
            ("broke", json!({ "id": "gen-1", "offer": "groq/n", "class": "bad_answer" })),
            ("refused", json!({ "id": "gen-1", "status": 429, "code": "pool_dry" })),
            ("left", json!({ "id": "gen-1", "total_ms": 61_000 })),
            ("configuration", json!({ "needs_restart": ["server.bind"], "refused": null })),
            (
                "configuration",
                json!({ "needs_restart": [], "refused": { "errors": ["potluck.toml:2: `pool.attempts` must be a number"] } }),
            ),
            ("lagged", json!({ "lost": 7 })),
            ("of another time", json!({})),
        ];
        let lines: Vec<String> = events.iter().filter_map(|(kind, data)| of(kind, data)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
