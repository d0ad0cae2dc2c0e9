//! One item while it is being said: its events from added to done.

use potluck_core::Sealed;

use super::event::Events;
use crate::openai_responses::cite;
use crate::openai_responses::item::{self, Call, Item, Said, Status};
use crate::wire::Object;

/// An item and its place in `output`.
#[derive(Debug)]
pub(super) struct Open {
    index: usize,
    pub(super) item: Item,
    pub(super) status: Status,
    /// How many characters the part has that is being said: citations count them.
    said: usize,
}

impl Open {
    /// Adds the item.
    pub(super) fn begin(events: &mut Events, index: usize, item: Item, out: &mut Vec<u8>) -> Self {
        let open = Self { index, item, status: Status::InProgress, said: 0 };
        open.write_item(events, "response.output_item.added", out);
        open
    }

    /// Whether it may be done as soon as another begins: a call only when nothing can follow, since calls are
    /// also sent side by side.
    pub(super) fn may_close(&self) -> bool {
        match &self.item {
            Item::Call(call) => call.is_whole(),
            Item::Reasoning { .. } | Item::Message { .. } => true,
        }
    }

    /// Adds thoughts.
    pub(super) fn think(&mut self, events: &mut Events, text: &str, out: &mut Vec<u8>) {
        let Item::Reasoning { words, .. } = &mut self.item else { return };
        let first = words.is_empty();
        words.push_str(text);
        if first {
            self.at("response.reasoning_summary_part.added", SUMMARY, events, out, |fields| {
                fields.object("part", |part| item::write_summary(part, ""));
            });
        }
        self.at("response.reasoning_summary_text.delta", SUMMARY, events, out, |fields| {
            fields.text("delta", text);
        });
    }

    /// Adds words.
    pub(super) fn say(
        &mut self,
        events: &mut Events,
        text: &str,
        probabilities: &str,
        out: &mut Vec<u8>,
    ) {
        self.part(events, out, |part| matches!(part, Said::Text { .. }), Said::text);
        if let Some(Said::Text { text: so_far, logprobs, .. }) = self.last_part() {
            so_far.push_str(text);
            item::push(logprobs, probabilities);
        }
        self.said += text.chars().count();
        self.at("response.output_text.delta", self.content(), events, out, |fields| {
            fields.text("delta", text);
            write_list(fields, "logprobs", probabilities);
        });
    }

    /// Adds words of a refusal.
    pub(super) fn refuse(&mut self, events: &mut Events, text: &str, out: &mut Vec<u8>) {
        let refusal = || Said::Refusal(String::new());
        self.part(events, out, |part| matches!(part, Said::Refusal(_)), refusal);
        if let Some(Said::Refusal(so_far)) = self.last_part() {
            so_far.push_str(text);
        }
        self.at("response.refusal.delta", self.content(), events, out, |fields| {
            fields.text("delta", text);
        });
    }

    /// Adds citations to the words so far.
    pub(super) fn cite(&mut self, events: &mut Events, annotations: &Sealed, out: &mut Vec<u8>) {
        self.part(events, out, |part| matches!(part, Said::Text { .. }), Said::text);
        for citation in cite::citations(annotations, self.said) {
            let Some(Said::Text { citations, .. }) = self.last_part() else { return };
            // Told by its number: how many came before it.
            let before = count(citations);
            item::push(citations, &citation);
            let kind = "response.output_text.annotation.added";
            self.at(kind, self.content(), events, out, |fields| {
                fields.integer("annotation_index", before);
                fields.json("annotation", &citation);
            });
        }
    }

    /// Adds a piece of arguments. What follows a whole call is nothing that a client could use.
    pub(super) fn call(&mut self, events: &mut Events, piece: &str, out: &mut Vec<u8>) {
        let Item::Call(call) = &mut self.item else { return };
        if self.status != Status::InProgress || piece.is_empty() {
            return;
        }
        call.arguments.push_str(piece);
        if !call.custom {
            self.at("response.function_call_arguments.delta", None, events, out, |fields| {
                fields.text("delta", piece);
            });
        }
    }

    /// Ends the item, unless it has ended.
    pub(super) fn close(&mut self, events: &mut Events, status: Status, out: &mut Vec<u8>) {
        if self.status != Status::InProgress {
            return;
        }
        match &self.item {
            Item::Reasoning { words, .. } if !words.is_empty() => {
                self.close_thoughts(events, words, out);
            }
            Item::Reasoning { .. } => {}
            Item::Message { .. } => self.close_part(events, out),
            Item::Call(call) => self.close_call(events, call, out),
        }
        self.status = status;
        self.write_item(events, "response.output_item.done", out);
    }

    fn close_thoughts(&self, events: &mut Events, words: &str, out: &mut Vec<u8>) {
        self.at("response.reasoning_summary_text.done", SUMMARY, events, out, |fields| {
            fields.text("text", words);
        });
        self.at("response.reasoning_summary_part.done", SUMMARY, events, out, |fields| {
            fields.object("part", |part| item::write_summary(part, words));
        });
    }

    fn close_call(&self, events: &mut Events, call: &Call, out: &mut Vec<u8>) {
        if !call.custom {
            self.at("response.function_call_arguments.done", None, events, out, |fields| {
                fields.text("name", &call.name);
                fields.text("arguments", &call.arguments);
            });
            return;
        }
        // The free text stands inside arguments that are only known to be whole now.
        let input = call.input();
        self.at("response.custom_tool_call_input.delta", None, events, out, |fields| {
            fields.text("delta", &input);
        });
        self.at("response.custom_tool_call_input.done", None, events, out, |fields| {
            fields.text("input", &input);
        });
    }

    /// Ends the part that is being said.
    fn close_part(&self, events: &mut Events, out: &mut Vec<u8>) {
        let Item::Message { parts, .. } = &self.item else { return };
        let Some(part) = parts.last() else { return };
        match part {
            Said::Text { text, logprobs, .. } => {
                self.at("response.output_text.done", self.content(), events, out, |fields| {
                    fields.text("text", text);
                    write_list(fields, "logprobs", logprobs);
                });
            }
            Said::Refusal(refusal) => {
                self.at("response.refusal.done", self.content(), events, out, |fields| {
                    fields.text("refusal", refusal);
                });
            }
        }
        self.at("response.content_part.done", self.content(), events, out, |fields| {
            fields.object("part", |fields| part.write(fields));
        });
    }

    /// Makes the last part one of the kind wanted, ending the one before.
    fn part(
        &mut self,
        events: &mut Events,
        out: &mut Vec<u8>,
        is_wanted: impl Fn(&Said) -> bool,
        new: impl Fn() -> Said,
    ) {
        if self.last_part().is_some_and(|part| is_wanted(part)) {
            return;
        }
        self.close_part(events, out);
        self.said = 0;
        let Item::Message { parts, .. } = &mut self.item else { return };
        parts.push(new());
        self.at("response.content_part.added", self.content(), events, out, |fields| {
            fields.object("part", |fields| new().write(fields));
        });
    }

    fn last_part(&mut self) -> Option<&mut Said> {
        match &mut self.item {
            Item::Message { parts, .. } => parts.last_mut(),
            Item::Reasoning { .. } | Item::Call(_) => None,
        }
    }

    /// The place of the part that is being said.
    fn content(&self) -> Place {
        match &self.item {
            Item::Message { parts, .. } => Some(("content_index", parts.len().saturating_sub(1))),
            Item::Reasoning { .. } | Item::Call(_) => None,
        }
    }

    /// Writes an event about this item.
    fn at(
        &self,
        kind: &str,
        place: Place,
        events: &mut Events,
        out: &mut Vec<u8>,
        rest: impl FnOnce(&mut Object<'_>),
    ) {
        events.write(kind, out, |fields| {
            fields.text("item_id", self.item.id());
            fields.integer("output_index", self.index as u64);
            if let Some((name, index)) = place {
                fields.integer(name, index as u64);
            }
            rest(fields);
        });
    }

    fn write_item(&self, events: &mut Events, kind: &str, out: &mut Vec<u8>) {
        events.write(kind, out, |fields| {
            fields.integer("output_index", self.index as u64);
            self.item.write(fields.key("item"), self.status);
        });
    }
}

/// Where inside an item: the name of the index, and the index.
type Place = Option<(&'static str, usize)>;

/// Thoughts are one part.
const SUMMARY: Place = Some(("summary_index", 0));

/// Writes a list by its inside.
fn write_list(fields: &mut Object<'_>, name: &str, inside: &str) {
    let out = fields.key(name);
    out.push(b'[');
    out.extend_from_slice(inside.as_bytes());
    out.push(b']');
}

/// How many objects the inside of a list has.
fn count(inside: &str) -> u64 {
    let list = format!("[{inside}]");
    let mut cursor = crate::wire::Cursor::lenient(&list);
    let mut items = 0;
    let _ = cursor.array(|cursor, _| {
        items += 1;
        cursor.value().map(drop)
    });
    items
}
