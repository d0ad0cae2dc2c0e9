//! The response object around the items: what is said of the answer as a whole.
//!
//! Parameters that the client gave are repeated as they came. What it did not give, and what only the provider
//! knows, is null or the dialect's own default; nothing says that anything is kept.

use potluck_core::response::Usage;

use super::item::{Item, Status};
use super::question::Question;
use super::usage;
use crate::client::Stamp;
use crate::wire::{self, Object};

/// What stands in every copy of the object.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    /// The answer's id without the word before it: the items' ids are made of it.
    pub(super) root: String,
    created: i64,
    model: String,
    pub(super) question: Question,
}

/// How an answer stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome<'a> {
    InProgress,
    Completed,
    /// Ended early; the dialect's word for why.
    Incomplete(&'static str),
    Failed {
        code: &'static str,
        message: &'a str,
    },
}

/// A parameter that is repeated, and what stands there where it was not given.
const GIVEN: [(&str, &str); 12] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("temperature", "null"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "null"),
];

/// Parameters that are repeated as text, and left out where they were not given: the published schema has no null here.
const GIVEN_AS_TEXT: [&str; 3] = ["prompt_cache_key", "safety_identifier", "user"];

impl Envelope {
    pub(super) fn new(stamp: &Stamp, question: &Question) -> Self {
        Self {
            root: stamp.id.strip_prefix("gen-").unwrap_or(&stamp.id).to_owned(),
            created: stamp.created,
            model: stamp.model.clone(),
            question: question.clone(),
        }
    }

    /// The root of the id of the item at `index`.
    pub(super) fn item_root(&self, index: usize) -> String {
        format!("{}{index:02x}", self.root)
    }

    /// Writes the object with these items.
    pub(super) fn write<'i>(
        &self,
        out: &mut Vec<u8>,
        outcome: &Outcome<'_>,
        items: impl Iterator<Item = (&'i Item, Status)>,
        usage: Option<&Usage>,
    ) {
        wire::object(out, |body| {
            body.text("id", &format!("resp_{}", self.root));
            body.text("object", "response");
            body.integer("created_at", self.created);
            body.text("status", outcome.word());
            body.boolean("background", false);
            body.null("completed_at");
            outcome.write(body);
            body.text("model", &self.model);
            body.array("output", |list| {
                for (item, status) in items {
                    item.write(list.item(), status);
                }
            });
            self.write_given(body);
            // the published schema has no null here either: what is not counted yet is not said
            if let Some(counted) = usage {
                usage::write(body.key("usage"), counted);
            }
        });
    }

    fn write_given(&self, body: &mut Object<'_>) {
        for (name, default) in GIVEN {
            match self.question.given(name) {
                Some(given) => body.sealed(name, given),
                None => body.json(name, default),
            }
        }
        for name in GIVEN_AS_TEXT {
            if let Some(given) = self.question.given(name).filter(|given| given.as_json() != "null")
            {
                body.sealed(name, given);
            }
        }
        body.null("previous_response_id");
        body.null("service_tier");
        body.boolean("store", false);
        body.text("truncation", "disabled");
    }
}

impl Outcome<'_> {
    const fn word(&self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed { .. } => "failed",
        }
    }

    fn write(&self, body: &mut Object<'_>) {
        match self {
            Self::Failed { code, message } => body.object("error", |error| {
                error.text("code", code);
                error.text("message", message);
            }),
            _ => body.null("error"),
        }
        match self {
            Self::Incomplete(reason) => {
                body.object("incomplete_details", |details| details.text("reason", reason));
            }
            _ => body.null("incomplete_details"),
        }
    }
}
