//! What the assistant said in earlier turns: thoughts, words and calls.

use potluck_core::request::{Content, Message, Part, Role, ToolCall};

use super::block::{self, Block};
use crate::anthropic::thought::{self, Thought};
use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

#[derive(Default)]
struct Draft {
    parts: Vec<Part>,
    calls: Vec<ToolCall>,
    thoughts: Vec<Thought>,
}

/// Reads the content of an assistant's turn.
pub(super) fn read(cursor: &mut Cursor<'_>, dropped: &mut Vec<String>) -> Result<Message, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(Message::new(Role::Assistant, Content::Text(wrong::text(cursor)?))),
        Kind::Array => {
            let mut draft = Draft::default();
            block::each(cursor, |block| draft.take(block, dropped))?;
            Ok(draft.finish())
        }
        other => Err(Wrong::kind("a string or an array of blocks", other)),
    }
}

impl Draft {
    fn take(&mut self, block: Block<'_>, dropped: &mut Vec<String>) -> Result<(), Wrong> {
        match &*block.kind {
            "text" | "image" | "document" => block.read_parts(&mut self.parts, dropped)?,
            "tool_use" => self.calls.push(read_call(&block)?),
            "thinking" => self.thoughts.push(Thought::Open {
                text: block.required_text("thinking")?,
                signature: block.text("signature")?.unwrap_or_default(),
            }),
            "redacted_thinking" => {
                self.thoughts.push(Thought::Closed { data: block.required_text("data")? });
            }
            // Notes of tools that Anthropic's service ran itself: no other model can go on from them.
            other => dropped.push(format!("messages.content.{other}")),
        }
        Ok(())
    }

    fn finish(self) -> Message {
        let content = if self.parts.is_empty() && !self.calls.is_empty() {
            Content::Null
        } else {
            block::content(self.parts)
        };
        Message {
            tool_calls: self.calls,
            reasoning: thought::words(&self.thoughts),
            reasoning_details: thought::seal(&self.thoughts),
            ..Message::new(Role::Assistant, content)
        }
    }
}

fn read_call(block: &Block<'_>) -> Result<ToolCall, Wrong> {
    let mut input = block.place("input").ok_or_else(|| Wrong::missing("input"))?;
    let found = input.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found).inside("input"));
    }
    Ok(ToolCall {
        id: block.required_text("id")?,
        name: block.required_text("name")?,
        arguments: input.value()?.to_owned(),
        extra: block.marked(&["cache_control", "caller"]),
    })
}
