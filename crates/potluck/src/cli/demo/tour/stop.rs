//! What the demo asks: one request for each thing that the router promises.

use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::ask::picture;

/// The provider that is made to fail under the first request, so that the way round it can be seen.
pub(super) const BROKEN: &str = "sim-sprinter";
const BROKEN_OFFER: &str = "sim-sprinter/sprint-8b";

/// One request of the tour.
pub(super) struct Stop {
    pub(super) what: &'static str,
    pub(super) body: Value,
    /// What must be true of the answer, besides that there is one.
    pub(super) holds: fn(&Answer) -> bool,
}

/// All of them, in order.
pub(super) fn all() -> Vec<Stop> {
    vec![failover(), whole(), streamed(), family(), tool(), shaped(), seen()]
}

fn failover() -> Stop {
    Stop {
        what: "the first choice fails",
        body: json!({ "models": [BROKEN_OFFER, "free"], "messages": user("Say hello."), "stream": true }),
        holds: |answer| {
            answer.attempts.is_some_and(|tried| tried > 1) && answer.model != BROKEN_OFFER
        },
    }
}

fn whole() -> Stop {
    Stop {
        what: "any model, whole",
        body: json!({ "model": "free", "messages": user("Name three rivers.") }),
        holds: has_words,
    }
}

fn streamed() -> Stop {
    Stop {
        what: "any model, streamed",
        body: json!({ "model": "free", "messages": user("Tell a short story."), "stream": true }),
        holds: has_words,
    }
}

fn family() -> Stop {
    Stop {
        what: "one family, two providers",
        body: json!({ "model": "everyday", "messages": user("What day is it?"), "stream": true }),
        holds: |answer| answer.model.ends_with("/everyday-32b"),
    }
}

fn tool() -> Stop {
    let parameters = json!({
        "type": "object",
        "properties": { "city": { "type": "string" } },
        "required": ["city"],
    });
    let weather = json!({ "name": "weather", "description": "The weather in a city", "parameters": parameters });
    Stop {
        what: "a tool call, streamed",
        body: json!({
            "model": "free",
            "messages": user("What is the weather in Oslo?"),
            "stream": true,
            "tools": [{ "type": "function", "function": weather }],
            "tool_choice": "required",
        }),
        holds: |answer| answer.tools.first().is_some_and(|name| name == "weather"),
    }
}

fn shaped() -> Stop {
    let schema = json!({
        "type": "object",
        "properties": { "name": { "type": "string" }, "age": { "type": "integer" } },
        "required": ["name", "age"],
        "additionalProperties": false,
    });
    let format = json!({ "name": "person", "strict": true, "schema": schema });
    Stop {
        what: "JSON of a schema",
        body: json!({
            "model": "free",
            "messages": user("A person, please."),
            "response_format": { "type": "json_schema", "json_schema": format },
        }),
        holds: |answer| {
            serde_json::from_str::<Value>(&answer.content)
                .is_ok_and(|person| person["name"].is_string() && person["age"].is_number())
        },
    }
}

fn seen() -> Stop {
    Stop {
        what: "a picture",
        body: json!({ "model": "free", "messages": [picture("What is this?")] }),
        holds: |answer| answer.model.starts_with("sim-painter/"),
    }
}

fn user(text: &str) -> Value {
    json!([{ "role": "user", "content": text }])
}

fn has_words(answer: &Answer) -> bool {
    !answer.content.trim().is_empty()
}
