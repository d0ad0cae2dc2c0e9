//! Fields that a provider refuses, or does not know.

use potluck_core::request::{Content, Message, Part as Piece, Tool};
use potluck_core::sealed::Extra;

use super::{Draft, Part, Rule};

pub(super) const NO_STOP: Rule =
    Rule::fields(|draft| draft.drop_field("stop", |request| &mut request.stop));

pub(super) const NO_N: Rule =
    Rule::fields(|draft| draft.drop_field("n", |request| &mut request.choices));

pub(super) const NO_LOGPROBS: Rule = Rule::fields(|draft| {
    draft.drop_field("logprobs", |request| &mut request.logprobs);
    draft.drop_field("top_logprobs", |request| &mut request.top_logprobs);
});

pub(super) const NO_USER: Rule =
    Rule::fields(|draft| draft.drop_field("user", |request| &mut request.user));

/// What OpenAI keeps books with; none of it changes an answer.
const BOOKKEEPING: [&str; 8] = [
    "store",
    "metadata",
    "service_tier",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "verbosity",
];

pub(super) const NO_STORE_METADATA: Rule = Rule::fields(|draft| {
    leave_out(draft, |key| BOOKKEEPING.contains(&key));
});

/// Fields of OpenAI's own that potluck carries without reading them.
const ALSO_KNOWN: [&str; 2] = ["audio", "web_search_options"];

pub(super) const KNOWN_FIELDS_ONLY: Rule = Rule {
    part: Part::Everything,
    touches: |request| {
        request.messages.iter().any(has_unknown) || request.tools.iter().any(tool_has_unknown)
    },
    apply: |draft| {
        leave_out(draft, |key| !BOOKKEEPING.contains(&key) && !ALSO_KNOWN.contains(&key));
        draft.drop_field("top_k", |request| &mut request.sampling.top_k);
        draft.drop_field("min_p", |request| &mut request.sampling.min_p);
        draft.drop_field("top_a", |request| &mut request.sampling.top_a);
        draft.drop_field("repetition_penalty", |request| &mut request.sampling.repetition_penalty);
        draft.request.stream_extra.clear();
        draft.request.messages.iter_mut().for_each(clear_message);
        draft.request.tools.iter_mut().for_each(clear_tool);
    },
};

fn leave_out(draft: &mut Draft<'_>, unwanted: impl Fn(&str) -> bool) {
    let (out, kept): (Extra, Extra) =
        std::mem::take(&mut draft.request.extra).into_iter().partition(|(key, _)| unwanted(key));
    draft.request.extra = kept;
    for (key, _) in out {
        draft.name(&key);
    }
}

fn has_unknown(message: &Message) -> bool {
    let in_parts = matches!(&message.content, Content::Parts(parts)
        if parts.iter().any(|part| part_extra(part).is_some_and(|extra| !extra.is_empty())));
    in_parts
        || !message.extra.is_empty()
        || message.tool_calls.iter().any(|call| !call.extra.is_empty())
}

fn tool_has_unknown(tool: &Tool) -> bool {
    match tool {
        Tool::Function { function_extra, extra, .. } => {
            !function_extra.is_empty() || !extra.is_empty()
        }
        Tool::Other(_) => false,
    }
}

const fn part_extra(part: &Piece) -> Option<&Extra> {
    match part {
        Piece::Text { extra, .. }
        | Piece::Image { extra, .. }
        | Piece::Audio { extra, .. }
        | Piece::Video { extra, .. }
        | Piece::File { extra, .. } => Some(extra),
        Piece::Refusal(_) | Piece::Other(_) => None,
    }
}

fn clear_message(message: &mut Message) {
    message.extra.clear();
    for call in &mut message.tool_calls {
        // A thought signature is no unknown field: the writer keeps it or not by a quirk of its own.
        call.extra.retain(|(key, _)| &**key == "extra_content" || &**key == "type");
    }
    if let Content::Parts(parts) = &mut message.content {
        for part in parts {
            match part {
                Piece::Text { extra, .. }
                | Piece::Image { extra, .. }
                | Piece::Audio { extra, .. }
                | Piece::Video { extra, .. }
                | Piece::File { extra, .. } => extra.clear(),
                Piece::Refusal(_) | Piece::Other(_) => {}
            }
        }
    }
}

fn clear_tool(tool: &mut Tool) {
    if let Tool::Function { function_extra, extra, .. } = tool {
        function_extra.clear();
        extra.clear();
    }
}
