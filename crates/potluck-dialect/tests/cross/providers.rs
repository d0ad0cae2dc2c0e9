//! Readers of what providers are sent, each made from its vendor's documentation and not from potluck's writer.

mod anthropic;
mod cohere;
mod gemini;
mod ollama;
mod openai;

use potluck_dialect::Dialect;
use serde_json::Value;

use crate::fact::Fact;

/// All that a request says to its provider.
pub(crate) fn read(dialect: Dialect, body: &Value) -> Vec<Fact> {
    match dialect.word() {
        "openai" => openai::read(body),
        "gemini" => gemini::read(body),
        "ollama" => ollama::read(body),
        "anthropic" => anthropic::read(body),
        "cohere" => cohere::read(body),
        other => panic!("write a reader of what {other} is sent, into providers/"),
    }
}

/// The names of the tools called so far, by the ids of the calls.
#[derive(Default)]
struct Names(Vec<(Value, String)>);

impl Names {
    fn note(&mut self, id: &Value, name: &Value) -> String {
        assert!(id.as_str().is_some_and(|id| !id.is_empty()), "a call without an id");
        assert!(self.0.iter().all(|(known, _)| known != id), "two calls of the id {id}");
        let name = name.as_str().unwrap_or_default().to_owned();
        self.0.push((id.clone(), name.clone()));
        name
    }

    fn of(&self, id: &Value) -> &str {
        let known = self.0.iter().find(|(known, _)| known == id);
        known.map_or("no call of this id", |(_, name)| name)
    }
}
