//! The same request with its large parts as the client's own bytes.
//!
//! Messages, and mostly tools, are nearly all of a request. Where no quirk rewrites them their bytes are
//! copied as they came; the small fields are always written anew, by the same code as any other
//! request, so forwarding is a shorter way to say the same and never says something else.

use potluck_core::request::{ChatRequest, Message, Tool};

use super::write_request::{self, Text, keeps_all};
use crate::dialect::{Target, Written};
use crate::quirk::{Draft, Part};
use crate::wire::top_level;

/// Writes the body with the messages of `original`, from which `request` was read; `None` where they have
/// to be rewritten.
pub(crate) fn forward(
    original: &[u8],
    request: &ChatRequest,
    target: &Target<'_>,
) -> Option<Written> {
    let quirks = target.quirks;
    let rewritten = request.reshaped
        || write_request::touches(request, quirks, Part::Messages)
        || !keeps_all(&request.messages, target);
    if rewritten {
        return None;
    }
    let [messages, tools] = top_level(original, ["messages", "tools"]);
    let messages: Text<'_, Message> = Text::Json(messages?);
    let mut draft = Draft::new(request, target);
    let touched = write_request::touches(request, quirks, Part::Tools);
    if touched {
        draft.request.tools.clone_from(&request.tools);
    }
    draft.apply();
    let tools: Text<'_, Tool> = match tools {
        _ if request.tools.is_empty() => Text::Shapes(&[]),
        Some(json) if !touched => Text::Json(json),
        _ if touched => Text::Shapes(&draft.request.tools),
        _ => Text::Shapes(&request.tools),
    };
    let body = write_request::body(&draft, messages, tools);
    Some(write_request::finish(draft, body))
}
