//! Why an answer ended, in this dialect's words.

use potluck_core::response::FinishReason;

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
