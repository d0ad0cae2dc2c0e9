//! What was asked arrives at every provider, or the client is told that it does not.

use potluck_dialect::quirk::Quirks;
use potluck_dialect::{Client, Dialect, Target};
use serde_json::{Value, json};

use crate::fact::Fact;
use crate::losses::{LOSSES, Loss};
use crate::{files, providers};

const IMAGE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The conversation that every door tells, as far as its shape has places for it.
fn conversation() -> Vec<Fact> {
    vec![
        Fact::new("system", "You plan trips and answer briefly."),
        Fact::new("user", "What is in this picture, and is it warm there?"),
        Fact::new("image", IMAGE),
        Fact::new("assistant", "I will look both up."),
        Fact::call("look_up_weather", json!({"city": "Köln", "days": 2, "exact": 1.5})),
        Fact::call("find_place", json!({"query": "a tower with \"spires\""})),
        Fact::result("look_up_weather", "21 degrees"),
        Fact::result("find_place", "Cologne Cathedral"),
        Fact::new("user", "And tomorrow?"),
        Fact::new("thoughts", "The forecast says rain."),
        Fact::new("assistant", "It will rain."),
        Fact::new("user", "Then what shall I pack?"),
    ]
}

fn tools() -> Vec<Fact> {
    let weather = json!({
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where"},
            "days": {"type": "integer"},
            "exact": {"type": "number"},
        },
        "required": ["city"],
    });
    let place = json!({
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
    });
    let tool = |name: &str, words: &str, schema| Fact::tool(&name.into(), &words.into(), schema);
    vec![
        tool("look_up_weather", "The weather of a city.", &weather),
        tool("find_place", "Finds a place by what it looks like.", &place),
    ]
}

/// The dials that a door's shape has.
fn dials(client: &str) -> Vec<Fact> {
    let all = [
        Fact::new("temperature", 0.25),
        Fact::new("top_p", 0.75),
        Fact::new("max", 640),
        Fact::new("stop", json!(["END"])),
        Fact::new("seed", 7),
        Fact::new("top_k", 20),
    ];
    let lacks: &[&str] = match client {
        "Chat" => &["top_k"],
        "Messages" => &["seed"],
        "Responses" => &["stop", "seed", "top_k"],
        _ => &[],
    };
    all.into_iter().filter(|fact| !lacks.contains(&fact.kind)).collect()
}

/// What a door's fixture says.
fn said(client: &str) -> Vec<Fact> {
    let turns = conversation();
    let (turns, tools) = match client {
        "Completions" => (turns[11..].to_vec(), Vec::new()),
        "OllamaGenerate" => (turns[..3].to_vec(), Vec::new()),
        _ => (turns, tools()),
    };
    [turns, tools, dials(client)].concat()
}

/// What a door says for itself: how a model of chats goes on with a text.
fn is_doors_own(client: &str, fact: &Fact) -> bool {
    client == "Completions" && fact.kind == "system"
}

/// Numbers that are equal though one is written with a fraction.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        other => other.clone(),
    }
}

fn write(client: Client, dialect: Dialect) -> (Vec<Fact>, Vec<String>) {
    let asked = files::asked(client);
    let target = Target {
        model: "their-model",
        quirks: Quirks::empty(),
        stream: false,
        max_output: Some(4096),
        context: 32_768,
    };
    let mut written = dialect.write_request(&asked.request, &target);
    let body = serde_json::from_slice(&written.body).unwrap();
    written.dropped.extend(asked.request.dropped);
    let read = providers::read(dialect, &body).into_iter();
    (read.map(|fact| Fact { value: plain(&fact.value), ..fact }).collect(), written.dropped)
}

/// What went wrong between a door and a dialect.
fn compare(client: Client, dialect: Dialect) -> Vec<String> {
    let (name, word) = (format!("{client:?}"), dialect.word());
    let (mut found, dropped) = write(client, dialect);
    let (mut kept, mut wrong) = (Vec::new(), Vec::new());
    for fact in said(&name) {
        let fact = Fact { value: plain(&fact.value), ..fact };
        let loss = LOSSES.iter().find(|loss| loss.is_of(&name, word, fact.kind));
        match (found.contains(&fact), loss) {
            (true, None) => kept.extend(fact.is_turn().then_some(fact)),
            (true, Some(Loss { why, .. })) => {
                wrong.push(format!("{name} to {word}: {fact:?} arrives, though {why}"));
            }
            (false, Some(_)) => {}
            (false, None) if dropped.iter().any(|dropped| dropped == fact.kind) => {}
            (false, None) => wrong.push(format!("{name} to {word}: {fact:?} is lost")),
        }
    }
    found.retain(|fact| fact.is_turn() && !is_doors_own(&name, fact));
    if found != kept {
        wrong.push(format!("{name} to {word}: the turns became {found:#?}"));
    }
    wrong
}

#[test]
fn what_every_door_asks_arrives_at_every_provider() {
    let pairs = Client::ALL.into_iter().flat_map(|client| Dialect::ALL.map(|to| (client, to)));
    let wrong: Vec<String> = pairs.flat_map(|(client, dialect)| compare(client, dialect)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_loss_is_of_a_door_that_says_it() {
    let doors = Client::ALL.map(|client| format!("{client:?}"));
    for loss in &LOSSES {
        assert!(doors.iter().any(|door| door == loss.client), "no door is called {}", loss.client);
        let says = said(loss.client).iter().any(|fact| fact.kind == loss.kind);
        assert!(says, "{} says nothing of {}", loss.client, loss.kind);
    }
}
