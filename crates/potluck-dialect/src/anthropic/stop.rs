//! Why an answer ended, in this dialect's words.

use potluck_core::response::FinishReason;

/// Reads the word; an unknown one ends an answer as any other.
pub(super) fn read(word: &str) -> FinishReason {
    match word {
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        // end_turn, stop_sequence, pause_turn
        _ => FinishReason::Stop,
    }
}

/// What ended an answer: where tools were called, they did.
pub(super) const fn corrected(reason: FinishReason, called: bool) -> FinishReason {
    match reason {
        FinishReason::Stop if called => FinishReason::ToolCalls,
        other => other,
    }
}

/// The word that clients are given. Agents end their loop unless it is `tool_use` where tools were called.
pub(super) const fn word(reason: FinishReason, called: bool) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::Error if called => "tool_use",
        FinishReason::Stop | FinishReason::Error => "end_turn",
        FinishReason::Length => "max_tokens",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::ContentFilter => "refusal",
    }
}
