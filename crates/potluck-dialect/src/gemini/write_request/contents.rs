//! The conversation: turns of user and model in parts, instructions beside them.
//!
//! Turns of one speaker that follow each other are one turn. Answers to calls stand in a turn of their own,
//! in the order of the calls, right after the turn that called; what stands nowhere else (pictures
//! that a tool gave to an older model, answers to calls that nobody made) goes into the user's turn.

use potluck_core::request::{Content, Message, Part, Role, ToolCall};

use super::{media, result};
use crate::gemini::model::Model;
use crate::gemini::signature;
use crate::quirk::Draft;
use crate::wire::{self, Cursor, Kind, Object};

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    User,
    Model,
    /// Answers to calls, which Gemini calls the user's and wants alone.
    Results,
}

/// Turns as they are written.
struct Turns {
    json: Vec<u8>,
    open: Option<Speaker>,
    /// How many turns there are.
    count: usize,
    /// Parts that wait for the user's next turn.
    waiting: Vec<Vec<u8>>,
}

/// Said for the user where a conversation begins with a call, which must follow somebody.
const BEFORE_A_CALL: &str = "Continue.";

/// About how many bytes the messages take, so that the body is laid out once.
pub(super) fn size(messages: &[Message]) -> usize {
    let of = |message: &Message| match &message.content {
        Content::Absent | Content::Null => 64,
        Content::Text(text) => text.len() + text.len() / 16 + 64,
        Content::Parts(parts) => parts.iter().map(media::size).sum(),
    };
    let calls = |call: &ToolCall| call.arguments.len() + 512;
    messages.iter().map(|each| of(each) + each.tool_calls.iter().map(calls).sum::<usize>()).sum()
}

/// Writes `systemInstruction` and `contents`.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>, model: Model) {
    let messages = &draft.asked.messages;
    let has_turns = messages.iter().any(|message| !is_instruction(message));
    // Without a single turn Gemini answers nothing: instructions alone are asked by the user.
    let apart = has_turns && model.takes_instructions();
    if apart {
        write_instructions(body, messages);
    }
    let mut turns = Turns { json: vec![b'['], open: None, count: 0, waiting: Vec::new() };
    let mut at = 0;
    while let Some(message) = messages.get(at) {
        at += 1;
        match message.role {
            Role::System | Role::Developer if apart => turns.media_alone(message, draft),
            Role::System | Role::Developer | Role::User => {
                turns.parts(Speaker::User, message, draft);
            }
            Role::Assistant => turns.model(message, draft, model),
            Role::Tool | Role::Function => {
                let answers = messages[at - 1..].iter().take_while(|each| is_answer(each)).count();
                let (before, rest) = messages.split_at(at - 1);
                turns.results(before, &rest[..answers], draft, model);
                at += answers - 1;
            }
        }
    }
    body.key("contents").append(&mut turns.end());
}

const fn is_instruction(message: &Message) -> bool {
    matches!(message.role, Role::System | Role::Developer)
}

const fn is_answer(message: &Message) -> bool {
    matches!(message.role, Role::Tool | Role::Function)
}

/// All instructions, wherever they stood: there is one place for them.
fn write_instructions(body: &mut Object<'_>, messages: &[Message]) {
    let texts = messages.iter().filter(|message| is_instruction(message)).flat_map(texts);
    let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    if texts.is_empty() {
        return;
    }
    body.object("systemInstruction", |instruction| {
        instruction.array("parts", |parts| {
            for text in texts {
                parts.object(|part| part.text("text", text));
            }
        });
    });
}

/// The words of a message, part by part.
pub(super) fn texts(message: &Message) -> Vec<&str> {
    match &message.content {
        Content::Absent | Content::Null => Vec::new(),
        Content::Text(text) => vec![text],
        Content::Parts(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text, .. } | Part::Refusal(text) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
    }
}

impl Turns {
    /// Begins a part of a speaker's turn; it must be written into what is given back.
    fn part(&mut self, speaker: Speaker) -> &mut Vec<u8> {
        if self.open != Some(speaker) && !self.waiting.is_empty() {
            self.turn(Speaker::User);
            let waiting = std::mem::take(&mut self.waiting);
            self.json.extend_from_slice(&waiting.join(&b","[..]));
        }
        if self.open == Some(speaker) {
            self.json.push(b',');
        } else {
            self.turn(speaker);
        }
        &mut self.json
    }

    /// Begins a turn, whose first part must follow.
    fn turn(&mut self, speaker: Speaker) {
        self.close();
        self.json.extend_from_slice(if self.count > 0 { b",{" } else { b"{" });
        let role = if speaker == Speaker::Model { "model" } else { "user" };
        self.json.extend_from_slice(format!(r#""role":"{role}","parts":["#).as_bytes());
        (self.open, self.count) = (Some(speaker), self.count + 1);
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.json.extend_from_slice(b"]}");
        }
    }

    fn end(mut self) -> Vec<u8> {
        if let Some(last) = self.waiting.pop() {
            self.part(Speaker::User).extend_from_slice(&last);
        }
        if self.count == 0 {
            text(self.part(Speaker::User), "");
        }
        self.close();
        self.json.push(b']');
        self.json
    }

    /// A call must follow somebody: where the model began the conversation, the user is made to.
    fn begin_before_a_call(&mut self) {
        if self.count == 0 {
            text(self.part(Speaker::User), BEFORE_A_CALL);
        } else if self.count == 1 && self.open == Some(Speaker::Model) {
            let mut first = br#"{"role":"user","parts":["#.to_vec();
            text(&mut first, BEFORE_A_CALL);
            first.extend_from_slice(b"]},");
            self.json.splice(1..1, first);
            self.count += 1;
        }
    }

    fn text(&mut self, speaker: Speaker, words: &str) {
        if !words.is_empty() {
            text(self.part(speaker), words);
        }
    }

    /// The content of a message, as a part each.
    fn parts(&mut self, speaker: Speaker, message: &Message, draft: &mut Draft<'_>) {
        match &message.content {
            Content::Absent | Content::Null => {}
            Content::Text(words) => self.text(speaker, words),
            Content::Parts(parts) => {
                for part in parts {
                    match part {
                        Part::Text { text, .. } | Part::Refusal(text) => self.text(speaker, text),
                        other => {
                            if let Some(json) = media::written(other, draft) {
                                self.part(speaker).extend_from_slice(&json);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Pictures in instructions, whose words stand elsewhere.
    fn media_alone(&mut self, message: &Message, draft: &mut Draft<'_>) {
        self.waiting.append(&mut media::all(message, draft));
    }

    fn model(&mut self, message: &Message, draft: &mut Draft<'_>, model: Model) {
        self.parts(Speaker::Model, message, draft);
        self.text(Speaker::Model, message.refusal.as_deref().unwrap_or_default());
        if !message.tool_calls.is_empty() {
            self.begin_before_a_call();
        }
        let signed = message.tool_calls.iter().any(|call| signature::of(call).is_some());
        for (at, call) in message.tool_calls.iter().enumerate() {
            let own = signature::of(call);
            let stand_in =
                (at == 0 && !signed && model.signs_calls()).then_some(signature::STAND_IN);
            write_call(self.part(Speaker::Model), call, own.as_deref().or(stand_in));
        }
    }

    /// Answers that follow each other, in the order of their calls.
    fn results(
        &mut self,
        before: &[Message],
        answers: &[Message],
        draft: &mut Draft<'_>,
        model: Model,
    ) {
        let caller = before.iter().rfind(|message| message.role == Role::Assistant);
        let calls = caller.map_or(&[][..], |message| &message.tool_calls);
        for (call, answer) in result::in_order(calls, answers) {
            match calls.get(call) {
                Some(call) => {
                    let (json, mut others) = result::written(call, answer, draft, model);
                    self.part(Speaker::Results).extend_from_slice(&json);
                    self.waiting.append(&mut others);
                }
                None => self.parts(Speaker::User, answer, draft),
            }
        }
    }
}

fn text(out: &mut Vec<u8>, words: &str) {
    wire::object(out, |part| part.text("text", words));
}

fn write_call(out: &mut Vec<u8>, call: &ToolCall, signature: Option<&str>) {
    wire::object(out, |part| {
        part.object("functionCall", |fields| {
            if !call.id.is_empty() {
                fields.text("id", &call.id);
            }
            fields.text("name", &call.name);
            write_object(fields, "args", "input", &call.arguments);
        });
        if let Some(signature) = signature {
            part.text("thoughtSignature", signature);
        }
    });
}

/// Writes text that is a JSON object as that object; any other under a key of one, as it is.
pub(super) fn write_object(fields: &mut Object<'_>, field: &str, key: &str, words: &str) {
    let words = words.trim();
    if words.is_empty() {
        fields.object(field, |_| {});
    } else if is_object(words) {
        fields.json(field, words);
    } else {
        fields.object(field, |object| object.text(key, words));
    }
}

fn is_object(text: &str) -> bool {
    let mut cursor = Cursor::strict(text);
    matches!(cursor.kind(), Ok(Kind::Object)) && cursor.value().and_then(|_| cursor.end()).is_ok()
}
