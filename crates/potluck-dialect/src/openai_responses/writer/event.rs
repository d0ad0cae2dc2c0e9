//! The frame of an event: its name, its number, its fields.

use potluck_core::verdict::Refusal;

use crate::wire::{self, Object};

/// Numbers the events of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    next: u64,
}

impl Events {
    /// Writes an event of this type with these fields.
    pub(super) fn write(
        &mut self,
        kind: &str,
        out: &mut Vec<u8>,
        fields: impl FnOnce(&mut Object<'_>),
    ) {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        let start = out.len();
        wire::object(out, |event| {
            event.text("type", kind);
            event.integer("sequence_number", self.next);
            fields(event);
        });
        // What is repeated of the question stands as the client laid it out.
        wire::join_lines(&mut out[start..]);
        out.extend_from_slice(b"\n\n");
        self.next += 1;
    }

    /// Writes the event that says why a stream fails. Some clients look for its fields at the top, some inside
    /// `error`.
    pub(super) fn write_error(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        self.write("error", out, |fields| {
            write_words(fields, refusal);
            fields.object("error", |error| {
                error.text("type", refusal.kind);
                write_words(error, refusal);
            });
        });
    }
}

fn write_words(fields: &mut Object<'_>, refusal: &Refusal) {
    fields.text("code", refusal.code);
    fields.text("message", &refusal.message);
    match &refusal.param {
        Some(param) => fields.text("param", param),
        None => fields.null("param"),
    }
}
