//! The conversation: roles, contents, ids.

use std::collections::HashMap;

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Content, Message, Part as Piece, Role, ToolCall};

use super::{Draft, Part, Rule};

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
    touches: |request| ids(request).any(|id| !is_short(id)),
    apply: |draft| {
        let short = shortened(draft.asked);
        for message in &mut draft.request.messages {
            let calls = message.tool_calls.iter_mut().map(|call| &mut call.id);
            for id in calls.chain(&mut message.tool_call_id) {
                if let Some(short) = short.get(id.as_str()) {
                    id.clone_from(short);
                }
            }
        }
    },
};

fn ids(request: &ChatRequest) -> impl Iterator<Item = &str> {
    request.messages.iter().flat_map(|message| {
        let calls = message.tool_calls.iter().map(|call| call.id.as_str());
        calls.chain(message.tool_call_id.as_deref())
    })
}

fn is_short(id: &str) -> bool {
    id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A short id for every long one, no two alike. The same conversation gets the same ids on every turn, so
/// nothing has to be remembered to map them back: clients send back what they were given.
fn shortened(request: &ChatRequest) -> HashMap<&str, String> {
    let mut short: HashMap<&str, String> =
        ids(request).filter(|id| is_short(id)).map(|id| (id, id.to_owned())).collect();
    let mut taken: std::collections::HashSet<String> = short.values().cloned().collect();
    for id in ids(request) {
        if short.contains_key(id) {
            continue;
        }
        let mut salt = 0;
        let mut candidate = short_id(id, salt);
        while !taken.insert(candidate.clone()) {
            salt += 1;
            candidate = short_id(id, salt);
        }
        short.insert(id, candidate);
    }
    short
}

fn short_id(id: &str, salt: u64) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = fingerprint(id.as_bytes()).wrapping_add(salt);
    let mut short = String::with_capacity(9);
    for _ in 0..9 {
        short.push(char::from(LETTERS[(rest % 62) as usize]));
        rest /= 62;
    }
    short
}

/// FNV-1a: the same on every machine and in every version, which a hash map's own is not.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

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
