//! The items of an answer, whole: what `output` is a list of.

use potluck_core::Sealed;
use potluck_core::sealed::Extra;

use super::names::Names;
use crate::wire::{self, Cursor, Object};

/// What is free text for the client is this field of the function that the model is told.
pub(super) const INPUT: &str = "input";

/// One item of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// Thoughts, in words and as typed items that travel back as they are.
    Reasoning { id: String, words: String, details: String },
    /// What is said.
    Message { id: String, parts: Vec<Said> },
    /// A tool that is to be called.
    Call(Call),
}

/// A part of what is said. Citations and probabilities are the insides of their lists, as JSON.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    Text { text: String, citations: String, logprobs: String },
    Refusal(String),
}

/// A call, by the client's own name of the tool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) call_id: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) custom: bool,
    /// As the model wrote them; the free text of a custom tool stands inside.
    pub(super) arguments: String,
    /// Unknown fields, such as a thought signature.
    pub(super) extra: Extra,
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Completed,
    Incomplete,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Item {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Reasoning { id, .. } | Self::Message { id, .. } | Self::Call(Call { id, .. }) => {
                id
            }
        }
    }

    /// Writes the item as it is so far.
    pub(super) fn write(&self, out: &mut Vec<u8>, status: Status) {
        wire::object(out, |fields| match self {
            Self::Reasoning { id, words, details } => {
                fields.text("id", id);
                fields.text("type", "reasoning");
                fields.array("summary", |items| {
                    if !words.is_empty() {
                        items.object(|part| write_summary(part, words));
                    }
                });
                if !details.is_empty() {
                    fields.text("encrypted_content", &format!("[{details}]"));
                }
            }
            Self::Message { id, parts } => {
                fields.text("id", id);
                fields.text("type", "message");
                fields.text("status", status.word());
                fields.array("content", |items| {
                    for part in parts {
                        items.object(|fields| part.write(fields));
                    }
                });
                fields.text("role", "assistant");
            }
            Self::Call(call) => call.write(fields, status),
        });
    }
}

/// Writes a part of the thoughts.
pub(super) fn write_summary(part: &mut Object<'_>, words: &str) {
    part.text("type", "summary_text");
    part.text("text", words);
}

impl Said {
    pub(super) const fn text() -> Self {
        Self::Text { text: String::new(), citations: String::new(), logprobs: String::new() }
    }

    pub(super) fn write(&self, fields: &mut Object<'_>) {
        match self {
            Self::Text { text, citations, logprobs } => {
                fields.text("type", "output_text");
                fields.json("annotations", &format!("[{citations}]"));
                fields.json("logprobs", &format!("[{logprobs}]"));
                fields.text("text", text);
            }
            Self::Refusal(refusal) => {
                fields.text("type", "refusal");
                fields.text("refusal", refusal);
            }
        }
    }
}

impl Call {
    /// A call of what the model knows as `told`.
    pub(super) fn new(id: &str, call_id: &str, told: &str, extra: &Extra, names: &Names) -> Self {
        let named = names.find(told);
        let custom = named.is_some_and(|named| named.custom);
        // What a provider gave as another form of call is told in this one's own form.
        let own = |key: &str| matches!(key, "type" | "function" | "custom");
        let extra = extra.iter().filter(|(key, _)| !own(key)).cloned().collect();
        Self {
            id: format!("{}_{id}", if custom { "ctc" } else { "fc" }),
            call_id: call_id.to_owned(),
            name: named.map_or(told, |named| &named.name).to_owned(),
            namespace: named.and_then(|named| named.namespace.clone()),
            custom,
            arguments: String::new(),
            extra,
        }
    }

    /// The free text of a custom tool: what the model put into its one field, else all that it wrote.
    pub(super) fn input(&self) -> String {
        input_of(&self.arguments).unwrap_or_else(|| self.arguments.clone())
    }

    /// Whether nothing can follow: the arguments are a whole object.
    pub(super) fn is_whole(&self) -> bool {
        let mut cursor = Cursor::lenient(&self.arguments);
        self.arguments.trim_start().starts_with('{')
            && cursor.value().and_then(|_| cursor.end()).is_ok()
    }

    fn write(&self, fields: &mut Object<'_>, status: Status) {
        fields.text("id", &self.id);
        fields.text("type", if self.custom { "custom_tool_call" } else { "function_call" });
        fields.text("status", status.word());
        match (self.custom, status) {
            (true, Status::InProgress) => fields.text("input", ""),
            (true, _) => fields.text("input", &self.input()),
            (false, _) => fields.text("arguments", &self.arguments),
        }
        fields.text("call_id", &self.call_id);
        fields.text("name", &self.name);
        if let Some(namespace) = &self.namespace {
            fields.text("namespace", namespace);
        }
        fields.extra(&self.extra);
    }
}

fn input_of(arguments: &str) -> Option<String> {
    let mut cursor = Cursor::lenient(arguments);
    let mut input = None;
    let read = cursor.object(|cursor, key| {
        if key == INPUT {
            input = Some(cursor.text()?.into_owned());
        } else {
            cursor.value()?;
        }
        Ok::<(), wire::Broken>(())
    });
    read.and_then(|()| cursor.end()).ok()?;
    input
}

/// Adds the items of a list to the inside of another.
pub(super) fn join(inside: &mut String, more: &Sealed) {
    let more = more.as_json().trim();
    let items = more.strip_prefix('[').and_then(|more| more.strip_suffix(']')).unwrap_or(more);
    push(inside, items.trim());
}

/// Adds JSON items, apart by commas, to the inside of a list.
pub(super) fn push(inside: &mut String, items: &str) {
    if !inside.is_empty() && !items.is_empty() {
        inside.push(',');
    }
    inside.push_str(items);
}
