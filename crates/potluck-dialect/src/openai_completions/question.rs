//! What the door remembers of a request to answer it.

use potluck_core::response::FinishReason;

/// How the answer has to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The prompt, where the answer is to begin with it.
    pub(super) before: Option<String>,
    /// Whether a gap is filled: editors insert the answer as it is, so no fence may stand around it.
    pub(super) fills: bool,
    /// Whether the request was Ollama's in all but its address: its clients look for the words under `response`.
    pub(super) ollama: bool,
}

/// The dialect's word for why an answer ended.
pub(super) const fn finish_word(reason: Option<FinishReason>) -> &'static str {
    match reason {
        Some(FinishReason::Length) => "length",
        Some(FinishReason::ContentFilter) => "content_filter",
        Some(FinishReason::Error) => "error",
        Some(FinishReason::Stop | FinishReason::ToolCalls) | None => "stop",
    }
}
