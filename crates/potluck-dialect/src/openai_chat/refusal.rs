//! An answer that is none, in OpenAI's shape, with OpenRouter's `metadata` for what that shape cannot say.

use potluck_core::verdict::Refusal;

use super::openrouter;
use crate::wire::{self, Object};

/// Writes the body of a refusal.
pub(crate) fn write(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    wire::object(&mut out, |body| {
        body.object("error", |error| {
            write_words(error, refusal);
            error.text("code", refusal.code);
            error.object("metadata", |metadata| write_metadata(metadata, refusal, request_id));
        });
    });
    out
}

/// Writes the value of `error` inside a stream, where the status can no longer be told by HTTP and is the code.
pub(crate) fn write_inside(out: &mut Vec<u8>, refusal: &Refusal) {
    wire::object(out, |error| {
        write_words(error, refusal);
        error.integer("code", refusal.status);
        error.object("metadata", |metadata| {
            openrouter::write_type(metadata, refusal);
            write_metadata(metadata, refusal, "");
        });
    });
}

pub(super) fn write_words(error: &mut Object<'_>, refusal: &Refusal) {
    error.text("message", &refusal.message);
    error.text("type", refusal.kind);
    match &refusal.param {
        Some(param) => error.text("param", param),
        None => error.null("param"),
    }
}

pub(super) fn write_metadata(metadata: &mut Object<'_>, refusal: &Refusal, request_id: &str) {
    if !request_id.is_empty() {
        metadata.text("request_id", request_id);
    }
    if let Some(wait) = refusal.retry_after {
        metadata.number("retry_after", wait.as_secs_f64());
    }
    if !refusal.reasons.is_empty() {
        metadata.array("reasons", |items| {
            for reason in &refusal.reasons {
                items.object(|fields| {
                    fields.text("reason", &reason.reason);
                    fields.integer("offers", reason.offers);
                    if let Some(back) = reason.first_back {
                        fields.number("first_back_seconds", back.as_secs_f64());
                    }
                });
            }
        });
    }
    if !refusal.attempts.is_empty() {
        metadata.array("attempts", |items| {
            for attempt in &refusal.attempts {
                items.object(|fields| {
                    fields.text("offer", &attempt.offer);
                    fields.text("class", attempt.class);
                    if let Some(status) = attempt.status {
                        fields.integer("status", status);
                    }
                    fields.text("detail", &attempt.detail);
                    fields.number("seconds", attempt.took.as_secs_f64());
                });
            }
        });
    }
}
