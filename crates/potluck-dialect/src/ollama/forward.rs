//! The same request with its large parts as the client's own bytes, and with what only a server of one's own
//! understands: `keep_alive`, and options that have no place in the shapes in the middle.

use potluck_core::request::ChatRequest;

use super::write_request::{keeps_names, keeps_tools, write_ending};
use crate::dialect::{Target, Written};
use crate::wire::{Broken, Cursor, object};

/// Writes the body out of `original`, from which `request` was read; `None` where it has to be rewritten.
pub(crate) fn forward(
    original: &[u8],
    request: &ChatRequest,
    target: &Target<'_>,
) -> Option<Written> {
    if request.reshaped || !keeps_tools(request) || !keeps_names(request) {
        return None;
    }
    let text = std::str::from_utf8(original).ok()?;
    let mut own_options = None;
    let (mut body, mut dropped) = (Vec::with_capacity(original.len() + 128), Vec::new());
    let mut walked: Result<(), Broken> = Ok(());
    object(&mut body, |body| {
        body.text("model", target.model);
        walked = Cursor::lenient(text).object(|cursor, key| {
            let value = cursor.value()?;
            match &*key {
                "model" | "stream" | "truncate" | "shift" | "think" => {}
                "options" => own_options = Some(value).filter(|value| value.starts_with('{')),
                _ => body.json(&key, value),
            }
            Ok(())
        });
        write_ending(body, request, target, own_options, &mut dropped);
    });
    walked.ok()?;
    Some(Written { body, dropped })
}
