//! The answer of a tool, under the name of the function that was called: Gemini's answers are told apart by
//! name, and its ids are optional.

use potluck_core::request::{Content, Message, Part, ToolCall};

use super::contents::{texts, write_object};
use super::media;
use crate::gemini::model::Model;
use crate::quirk::Draft;
use crate::wire;

/// Answers with the number of the call that each belongs to, in the order of the calls; beyond them what
/// answers none.
pub(super) fn in_order<'a>(
    calls: &[ToolCall],
    answers: &'a [Message],
) -> Vec<(usize, &'a Message)> {
    let of = |answer: &Message| {
        let at = calls.iter().position(|call| Some(&call.id) == answer.tool_call_id.as_ref());
        at.unwrap_or(usize::MAX)
    };
    let mut ordered: Vec<_> = answers.iter().map(|answer| (of(answer), answer)).collect();
    ordered.sort_by_key(|(call, _)| *call);
    ordered
}

/// The part, and the media that have no place inside it.
pub(super) fn written(
    call: &ToolCall,
    answer: &Message,
    draft: &mut Draft<'_>,
    model: Model,
) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (inside, after) = match &answer.content {
        Content::Parts(parts) => split(parts, draft, model),
        _ => (Vec::new(), Vec::new()),
    };
    let mut json = Vec::new();
    wire::object(&mut json, |part| {
        part.object("functionResponse", |fields| {
            if !call.id.is_empty() {
                fields.text("id", &call.id);
            }
            fields.text("name", &call.name);
            write_object(fields, "response", "result", &texts(answer).concat());
            if !inside.is_empty() {
                fields
                    .key("parts")
                    .extend_from_slice(&[b"[", &inside.join(&b","[..])[..], b"]"].concat());
            }
        });
    });
    (json, after)
}

/// Media of an answer: those that may stand inside it, and the others.
fn split(parts: &[Part], draft: &mut Draft<'_>, model: Model) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut inside, mut after) = (Vec::new(), Vec::new());
    for part in parts {
        if matches!(part, Part::Text { .. } | Part::Refusal(_)) {
            continue;
        }
        let Some(json) = media::written(part, draft) else { continue };
        // Pictures and documents that are here; sound and films stand outside, as do addresses.
        let is_page = matches!(part, Part::Image { .. } | Part::File { .. });
        let is_inline = json.starts_with(br#"{"inlineData""#);
        if is_page && is_inline && model.takes_media_in_results() {
            inside.push(json);
        } else {
            after.push(json);
        }
    }
    (inside, after)
}
