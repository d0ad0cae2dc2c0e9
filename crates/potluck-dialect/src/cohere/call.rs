//! The calls of an answer, whose arguments may come in pieces.
//!
//! A call without arguments is written as no piece at all or as `null`; clients read an object, so it is told as
//! `{}`. That is known only at the end of the call, so what could still become `null` is held back.

use potluck_core::response::StreamEvent;
use potluck_core::sealed::Extra;

use super::document::Call;
use crate::call_id;

/// The most calls of one answer that are read.
const MOST: usize = 512;

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Open>);

#[derive(Debug)]
struct Open {
    /// The number that events call it by.
    key: Option<u64>,
    held: String,
    /// Whether any of its arguments were told.
    told: bool,
    closed: bool,
}

impl Calls {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a call, or a piece of the one that `key` names.
    pub(super) fn take(
        &mut self,
        key: Option<u64>,
        call: Call<'_>,
        seed: u64,
        events: &mut Vec<StreamEvent>,
    ) {
        let Some(name) = call.name else {
            if let Some(at) = self.find(key) {
                let arguments = self.0[at].admit(&call.arguments);
                if !arguments.is_empty() {
                    events.push(piece(at, arguments));
                }
            }
            return;
        };
        let at = self.0.len();
        if at >= MOST {
            return;
        }
        let mut open = Open { key, held: String::new(), told: false, closed: false };
        let arguments = open.admit(&call.arguments);
        self.0.push(open);
        let id = call.id.map_or_else(|| call_id::invent(seed, at, &name), |id| id.into_owned());
        events.push(event(at, Some(id), Some(name.into_owned()), arguments));
    }

    /// The arguments of a call are whole.
    pub(super) fn close(&mut self, key: Option<u64>, events: &mut Vec<StreamEvent>) {
        if let Some(at) = self.find(key) {
            events.extend(self.0[at].close().map(|rest| piece(at, rest)));
        }
    }

    /// Those of all calls are.
    pub(super) fn close_all(&mut self, events: &mut Vec<StreamEvent>) {
        for (at, open) in self.0.iter_mut().enumerate() {
            events.extend(open.close().map(|rest| piece(at, rest)));
        }
    }

    fn find(&self, key: Option<u64>) -> Option<usize> {
        match key {
            Some(_) => self.0.iter().rposition(|open| open.key == key),
            None => self.0.len().checked_sub(1),
        }
    }
}

impl Open {
    /// The arguments that can be told now.
    fn admit(&mut self, more: &str) -> String {
        if self.told {
            return more.to_owned();
        }
        self.held.push_str(more);
        if "null".starts_with(self.held.trim()) {
            return String::new();
        }
        self.told = true;
        std::mem::take(&mut self.held)
    }

    fn close(&mut self) -> Option<String> {
        if std::mem::replace(&mut self.closed, true) || self.told {
            return None;
        }
        let held = std::mem::take(&mut self.held);
        Some(if matches!(held.trim(), "" | "null") { "{}".to_owned() } else { held })
    }
}

fn piece(at: usize, arguments: String) -> StreamEvent {
    event(at, None, None, arguments)
}

fn event(at: usize, id: Option<String>, name: Option<String>, arguments: String) -> StreamEvent {
    let index = u32::try_from(at).unwrap_or(u32::MAX);
    StreamEvent::ToolCall { choice: 0, index, id, name, arguments, extra: Extra::new() }
}
