//! The turns: one speaker after the other, with all that follows each other of one speaker in one turn.

use std::collections::VecDeque;

use potluck_core::request::{Content, Message, Role};

use super::block;
use crate::wire::{self, Array, Object};

/// The conversation without its instructions.
#[derive(Debug, Default)]
pub(super) struct Turns {
    turns: VecDeque<Turn>,
    /// There was nothing but instructions: they are what the person says.
    instructions: bool,
}

#[derive(Debug)]
struct Turn {
    is_person: bool,
    /// Answers of tools, which must come first: the items of an array.
    results: Vec<u8>,
    /// All else: the items of an array.
    rest: Vec<u8>,
}

/// What is said where a conversation begins with the assistant: here the person has the first word.
const GO_ON: &str = "Go on.";

/// Reads messages into turns.
pub(super) fn of(messages: &[Message], dropped: &mut Vec<String>) -> Turns {
    let mut turns = Turns::default();
    for message in messages {
        turns.add(message, dropped);
    }
    turns.turns.retain(|turn| !turn.results.is_empty() || !turn.rest.is_empty());
    if turns.turns.is_empty() {
        turns.instructions = true;
        let mut first = Turn::new(true);
        first.write(|blocks| {
            messages.iter().for_each(|message| block::write_words(blocks, &message.content));
        });
        turns.turns.extend(Some(first).filter(|first| !first.rest.is_empty()));
    }
    if turns.turns.front().is_none_or(|turn| !turn.is_person) {
        let mut first = Turn::new(true);
        first.write(|blocks| block::write_words(blocks, &Content::Text(GO_ON.to_owned())));
        turns.turns.push_front(first);
    }
    turns
}

impl Turns {
    /// About how many bytes they take.
    pub(super) fn size(&self) -> usize {
        self.turns.iter().map(|turn| turn.results.len() + turn.rest.len() + 48).sum()
    }

    /// Whether the instructions are said in a turn, since nothing else is.
    pub(super) const fn takes_instructions(&self) -> bool {
        self.instructions
    }

    /// Writes `messages`.
    pub(super) fn write(&self, body: &mut Object<'_>) {
        body.array("messages", |items| {
            for turn in &self.turns {
                items.object(|fields| {
                    fields.text("role", if turn.is_person { "user" } else { "assistant" });
                    turn.write_content(fields.key("content"));
                });
            }
        });
    }

    fn add(&mut self, message: &Message, dropped: &mut Vec<String>) {
        match message.role {
            Role::System | Role::Developer => {}
            Role::User => {
                self.turn(true).write(|blocks| block::write_said(blocks, message, dropped));
            }
            Role::Assistant => {
                self.turn(false).write(|blocks| block::write_assistant(blocks, message, dropped));
            }
            Role::Tool | Role::Function => {
                let results = &mut self.turn(true).results;
                append(results, |blocks| block::write_result(blocks, message, dropped));
            }
        }
    }

    /// The turn of that speaker that is last, or a new one.
    fn turn(&mut self, is_person: bool) -> &mut Turn {
        let goes_on = self.turns.back().is_some_and(|turn| turn.is_person == is_person);
        if !goes_on {
            self.turns.push_back(Turn::new(is_person));
        }
        let last = self.turns.len() - 1;
        &mut self.turns[last]
    }
}

impl Turn {
    const fn new(is_person: bool) -> Self {
        Self { is_person, results: Vec::new(), rest: Vec::new() }
    }

    fn write(&mut self, blocks: impl FnOnce(&mut Array<'_>)) {
        append(&mut self.rest, blocks);
    }

    fn write_content(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        out.extend_from_slice(&self.results);
        if !self.results.is_empty() && !self.rest.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(&self.rest);
        out.push(b']');
    }
}

/// Appends items to the items of an array.
fn append(items: &mut Vec<u8>, write: impl FnOnce(&mut Array<'_>)) {
    let mut more = Vec::new();
    wire::array(&mut more, write);
    let Some(more) = more.get(1..more.len() - 1).filter(|more| !more.is_empty()) else { return };
    if !items.is_empty() {
        items.push(b',');
    }
    items.extend_from_slice(more);
}
