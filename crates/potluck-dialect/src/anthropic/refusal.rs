//! An answer that is none, in this dialect's shape, whose types go by the status.

use potluck_core::verdict::Refusal;

use crate::wire::{self, Object};

/// Writes the body of a refusal.
pub(crate) fn write(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    wire::object(&mut out, |body| {
        body.text("type", "error");
        body.object("error", |error| write_words(error, refusal));
        if request_id.is_empty() {
            body.null("request_id");
        } else {
            body.text("request_id", request_id);
        }
    });
    out
}

fn write_words(error: &mut Object<'_>, refusal: &Refusal) {
    error.text("type", kind(refusal.status));
    error.text("message", &refusal.message);
}

/// The word of a status: <https://platform.claude.com/docs/en/api/errors>. A dry pool stays 429 and is no 529: both are
/// tried again by clients, and only the first says that it is a matter of quota.
const fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 | 405 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}
