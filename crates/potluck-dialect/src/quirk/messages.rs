//! The conversation: roles, contents, ids.

use potluck_core::Sealed;
use potluck_core::request::{Content, Message, Part as Piece, Role, ToolCall};

use super::{Draft, Part, Rule};
use crate::call_id::{self, Form};

pub(super) const DEVELOPER_TO_SYSTEM: Rule = Rule {
    part: Part::Messages,
    touches: |request| request.messages.iter().any(|message| message.role == Role::Developer),
    apply: |draft| {
        for message in &mut draft.request.messages {
            if message.role == Role::Developer {
                message.role = Role::System;
            }
        }
    },
};

pub(super) const NO_MESSAGE_NAME: Rule = Rule {
    part: Part::Messages,
    touches: |request| request.messages.iter().any(has_name),
    apply: |draft| {
        let mut named = false;
        for message in draft.request.messages.iter_mut().filter(|message| has_name(message)) {
            named |= message.name.take().is_some();
            message.extra.retain(|(key, _)| &**key != "name");
        }
        if named {
            draft.name("messages.name");
        }
    },
};

/// The name of a function's answer is not a speaker's: the answer cannot be matched without it.
fn has_name(message: &Message) -> bool {
    message.role != Role::Function
        && (message.name.is_some() || message.extra.iter().any(|(key, _)| &**key == "name"))
}

pub(super) const TEXT_PARTS_JOINED: Rule = Rule {
    part: Part::Messages,
    touches: |request| request.messages.iter().any(|message| joined(&message.content).is_some()),
    apply: |draft| {
        for message in &mut draft.request.messages {
            if let Some(text) = joined(&message.content) {
                message.content = Content::Text(text);
            }
        }
    },
};

fn joined(content: &Content) -> Option<String> {
    let Content::Parts(parts) = content else { return None };
    let texts: Option<Vec<&str>> = parts
        .iter()
        .map(|part| match part {
            Piece::Text { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    Some(texts?.join("\n"))
}

pub(super) const NULL_CONTENT_EMPTY: Rule = Rule {
    part: Part::Messages,
    touches: |request| request.messages.iter().any(|message| is_nothing(&message.content)),
    apply: |draft| {
        for message in &mut draft.request.messages {
            if is_nothing(&message.content) {
                message.content = Content::Text(String::new());
            }
        }
    },
};

const fn is_nothing(content: &Content) -> bool {
    matches!(content, Content::Null | Content::Absent)
}

pub(super) const SHORT_TOOL_IDS: Rule = Rule {
    part: Part::Messages,
    touches: |request| !call_id::are_settled(&request.messages, Form::Nine),
    apply: |draft| call_id::settle(&mut draft.request.messages, Form::Nine),
};

/// What Google documents for history that another model wrote: skips the check of the signature.
const NO_SIGNATURE: &str = r#"{"google":{"thought_signature":"skip_thought_signature_validator"}}"#;

pub(super) const GOOGLE_THOUGHT_SIGNATURE: Rule = Rule {
    part: Part::Messages,
    touches: |request| request.messages.iter().any(lacks_signature),
    apply: |draft: &mut Draft<'_>| {
        for message in draft.request.messages.iter_mut().filter(|message| lacks_signature(message))
        {
            if let Some(first) = message.tool_calls.first_mut() {
                first.extra.retain(|(key, _)| &**key != "extra_content");
                first.extra.push(("extra_content".into(), Sealed::from_json(NO_SIGNATURE)));
            }
        }
    },
};

/// Of parallel calls only the first bears a signature.
fn lacks_signature(message: &Message) -> bool {
    !message.tool_calls.is_empty() && !message.tool_calls.iter().any(has_signature)
}

fn has_signature(call: &ToolCall) -> bool {
    call.extra.iter().any(|(key, value)| {
        &**key == "extra_content" && value.as_json().contains("thought_signature")
    })
}
