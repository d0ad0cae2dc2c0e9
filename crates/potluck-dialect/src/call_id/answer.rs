//! Towards a client: an answer whose ids are none that the conversation has already.

use std::collections::HashSet;

use potluck_core::request::Message;
use potluck_core::response::{ChatResponse, StreamEvent};

use super::{fingerprint, invent};

/// Keeps the ids of an answer apart from each other and from those of the conversation before it. Of several
/// choices only one is ever continued: they may share ids.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// Fingerprints: two ids that share one by chance only cost a new id.
    before: HashSet<u64>,
    /// The same of the answer, by choice.
    given: HashSet<(u32, u64)>,
}

impl Fresh {
    /// For an answer to these messages.
    pub(crate) fn after(messages: &[Message]) -> Self {
        let calls = messages.iter().flat_map(|message| &message.tool_calls);
        let before = calls.map(|call| fingerprint(call.id.as_bytes())).collect();
        Self { before, given: HashSet::new() }
    }

    /// The id itself, or another where it is empty or taken.
    fn give(&mut self, choice: u32, id: &mut String) {
        let mut salt = 0;
        let asked = id.clone();
        while id.is_empty() || !self.take(choice, fingerprint(id.as_bytes())) {
            *id = invent(salt, self.given.len(), &asked);
            salt += 1;
        }
    }

    fn take(&mut self, choice: u32, id: u64) -> bool {
        !self.before.contains(&id) && self.given.insert((choice, id))
    }

    /// Frees a whole answer of ids that are taken.
    pub(crate) fn settle(&mut self, response: &mut ChatResponse) {
        for choice in &mut response.choices {
            for call in &mut choice.reply.tool_calls {
                self.give(choice.index, &mut call.id);
            }
        }
    }

    /// Frees an event of a stream of an id that is taken; only the first piece of a call has one.
    pub(crate) fn settle_event(&mut self, event: &mut StreamEvent) {
        if let StreamEvent::ToolCall { choice, id: Some(id), .. } = event {
            self.give(*choice, id);
        }
    }
}
