//! From a list of items to turns: what an assistant thought, said and called between two of the others' is one turn.

use potluck_core::Sealed;
use potluck_core::request::{Content, Message, Part, Role, ToolCall};
use potluck_core::sealed::Extra;

use crate::openai_responses::item;

/// The turns so far.
#[derive(Debug, Default)]
pub(super) struct Turns {
    messages: Vec<Message>,
    /// Whether the last of them is an assistant's that goes on.
    open: bool,
    /// Typed thoughts of that turn: the inside of a list.
    typed: String,
    /// Whether a turn was nothing but thoughts, and was left out.
    pub(super) lost_thoughts: bool,
}

impl Turns {
    /// What somebody else than the assistant says.
    pub(super) fn say(&mut self, role: Role, content: Content) {
        self.close();
        self.messages.push(Message::new(role, content));
    }

    /// What a tool answers.
    pub(super) fn answer(&mut self, call: String, content: Content) {
        self.close();
        let message = Message { tool_call_id: Some(call), ..Message::new(Role::Tool, content) };
        self.messages.push(message);
    }

    /// What the assistant says; words behind words without a call between them are a turn of their own.
    pub(super) fn reply(&mut self, content: Content) {
        let turn = self.turn();
        if turn.content == Content::Absent {
            turn.content = content;
        } else if turn.tool_calls.is_empty() {
            self.close();
            self.turn().content = content;
        } else {
            let mut parts = parts(std::mem::take(&mut turn.content));
            parts.extend(self::parts(content));
            turn.content = Content::Parts(parts);
        }
    }

    /// What the assistant thinks.
    pub(super) fn think(&mut self, words: &str, typed: Option<&Sealed>) {
        let turn = self.turn();
        if !words.is_empty() {
            let thoughts = turn.reasoning.get_or_insert_default();
            if !thoughts.is_empty() {
                thoughts.push_str("\n\n");
            }
            thoughts.push_str(words);
        }
        if let Some(typed) = typed {
            item::join(&mut self.typed, typed);
        }
    }

    /// What the assistant calls.
    pub(super) fn call(&mut self, call: ToolCall) {
        self.turn().tool_calls.push(call);
    }

    /// All turns.
    pub(super) fn finish(&mut self) -> Vec<Message> {
        self.close();
        std::mem::take(&mut self.messages)
    }

    fn turn(&mut self) -> &mut Message {
        if !self.open || self.messages.is_empty() {
            self.open = true;
            self.messages.push(Message::new(Role::Assistant, Content::Absent));
        }
        let last = self.messages.len() - 1;
        &mut self.messages[last]
    }

    /// Ends the assistant's turn. One of thoughts alone is no turn: nobody takes it.
    fn close(&mut self) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let typed = std::mem::take(&mut self.typed);
        let Some(turn) = self.messages.last_mut() else { return };
        if turn.content == Content::Absent && turn.tool_calls.is_empty() {
            self.lost_thoughts = true;
            self.messages.pop();
            return;
        }
        if turn.content == Content::Absent {
            turn.content = Content::Null;
        }
        if !typed.is_empty() {
            turn.reasoning_details = Some(Sealed::from_json(format!("[{typed}]")));
        }
    }
}

fn parts(content: Content) -> Vec<Part> {
    match content {
        Content::Absent | Content::Null => Vec::new(),
        Content::Text(text) => vec![Part::Text { text, extra: Extra::new() }],
        Content::Parts(parts) => parts,
    }
}
