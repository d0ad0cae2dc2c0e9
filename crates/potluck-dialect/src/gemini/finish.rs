//! Why an answer ended, in Gemini's words.

use potluck_core::response::FinishReason;

/// How an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// It ended.
    Reason(FinishReason),
    /// Its model broke off: the answer cannot be used.
    Failed,
}

/// The words by their numbers, which clients that ask for numbers are given.
const NUMBERED: [&str; 14] = [
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
];

/// The word of a number.
pub(super) fn numbered(number: u64) -> &'static str {
    usize::try_from(number).ok().and_then(|at| NUMBERED.get(at)).copied().unwrap_or("OTHER")
}

/// What a word means. Calls that came to nothing are the model's failure and another answer may succeed;
/// they are neither an end nor a filter's work.
pub(super) fn read(word: &str) -> Finish {
    match word {
        "MAX_TOKENS" => Finish::Reason(FinishReason::Length),
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "OTHER"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Finish::Reason(FinishReason::ContentFilter),
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE"
        | "NO_IMAGE"
        | "IMAGE_OTHER" => Finish::Failed,
        _ => Finish::Reason(FinishReason::Stop),
    }
}
