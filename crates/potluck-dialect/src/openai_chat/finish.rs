//! Why an answer ended, in the words of all the providers.

use potluck_core::response::FinishReason;

/// What `finish_reason` said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// The answer ended.
    Reason(FinishReason),
    /// The answer failed; the provider's word.
    Failed(String),
}

/// Reads the word; an empty one says nothing.
pub(super) fn read(word: &str) -> Option<Finish> {
    let reason = match word.to_ascii_lowercase().as_str() {
        "" => return None,
        "length"
        | "max_tokens"
        | "model_length"
        | "max_output_tokens"
        | "max_length"
        | "model_context_window_exceeded" => FinishReason::Length,
        "tool_calls" | "tool_call" | "tool_use" | "function_call" => FinishReason::ToolCalls,
        "content_filter" | "content_filtered" | "safety" | "recitation" | "blocklist"
        | "prohibited_content" | "spii" | "sensitive" | "refusal" | "image_safety" => {
            FinishReason::ContentFilter
        }
        "error"
        | "network_error"
        | "insufficient_system_resource"
        | "malformed_function_call"
        | "unexpected_tool_call"
        | "malformed_response"
        | "abort" => {
            return Some(Finish::Failed(word.to_owned()));
        }
        // stop, eos, eos_token, end_turn, stop_sequence, COMPLETE, STOP ... and what nobody has seen yet.
        _ => FinishReason::Stop,
    };
    Some(Finish::Reason(reason))
}

/// The form in which a client is told of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Calling {
    /// `tool_calls`
    #[default]
    Tools,
    /// `function_call`, the form before: one a turn, and without an id.
    Function,
}

/// The word that clients are given.
pub(super) const fn word(reason: FinishReason, calling: Calling) -> &'static str {
    match reason {
        FinishReason::ToolCalls if matches!(calling, Calling::Function) => "function_call",
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Error => "error",
    }
}

/// Agents stop their loop on "stop": where tools were called, that is what ended the turn.
pub(crate) const fn corrected(reason: FinishReason, called: bool) -> FinishReason {
    match reason {
        FinishReason::Stop if called => FinishReason::ToolCalls,
        other => other,
    }
}
