//! Why an answer ended, in Cohere's words.

use potluck_core::response::FinishReason;

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// It ended.
    Reason(FinishReason),
    /// It broke.
    Failed,
}

/// Reads a word. One that nobody knows is no reason to throw a good answer away.
pub(super) fn read(word: &str) -> Finish {
    Finish::Reason(match word {
        "MAX_TOKENS" | "ERROR_LIMIT" => FinishReason::Length,
        "TOOL_CALL" => FinishReason::ToolCalls,
        "ERROR_TOXIC" => FinishReason::ContentFilter,
        "TIMEOUT" | "USER_CANCEL" => return Finish::Failed,
        _ if word.starts_with("ERROR") => return Finish::Failed,
        _ => FinishReason::Stop,
    })
}
