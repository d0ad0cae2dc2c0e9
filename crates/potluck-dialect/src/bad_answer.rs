//! Answers that are no answers: how a provider's bytes disappoint.
//!
//! Knows what was wrong with the bytes, not what that means for the provider: that is the fault room's.

use potluck_core::response::StreamError;
use potluck_core::verdict::Refusal;

use crate::schema::Breach;

/// Why a provider's answer cannot be passed on. Its words are safe to show: they hold nothing that the
/// provider wrote, except [`BadAnswer::ErrorInside`], whose error must be redacted first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// It ended with nothing in it that a client could use.
    #[error("the answer was empty")]
    Empty,
    /// It ended before its end marker.
    #[error("the answer was cut off before its end")]
    Cut,
    /// It is not what the dialect describes; says how.
    #[error("the answer was not what its dialect describes: {0}")]
    Garbage(String),
    /// It had status 200 and an error inside.
    #[error("the answer was an error inside a success")]
    ErrorInside(StreamError),
    /// A line, an event or a body beyond its cap.
    #[error("the answer had a piece longer than {limit} bytes")]
    TooLong {
        /// The cap.
        limit: usize,
    },
    /// The arguments of a tool call are no JSON object.
    #[error("the answer called a tool with arguments that are no JSON object")]
    BrokenArguments,
    /// JSON was demanded, and the text is none.
    #[error("JSON was asked for and the answer is none")]
    BrokenJson,
    /// A JSON object was demanded, and the text is JSON of another kind.
    #[error("a JSON object was asked for and the answer is JSON of another kind")]
    NoObject,
    /// The text breaks the schema that was demanded.
    #[error("the answer breaks the JSON schema that was asked for, {0}")]
    BrokenSchema(Breach),
    /// The arguments break the schema of a tool that was described as strict.
    #[error("the answer called {tool} with arguments that break its schema, {breach}")]
    WrongArguments {
        /// The tool, as the client named it.
        tool: String,
        /// How.
        breach: Breach,
    },
    /// A tool was called that the request does not describe.
    #[error("the answer called a tool that the request does not describe")]
    UnknownTool,
    /// The provider made a picture and held it back: what came is black, or a notice.
    #[error("the provider's filter held the picture back")]
    Filtered,
}

/// What a client is told of an error whose words are the provider's own and not safe to show.
pub(crate) const BROKE: &str =
    "The provider failed in the middle of its answer. Send the request again to draw another.";

/// The same as what ends a stream.
pub(crate) fn broke() -> Refusal {
    Refusal::new(502, "api_error", "provider_failed", BROKE)
}

impl BadAnswer {
    /// One word for journals and metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Cut => "cut",
            Self::Garbage(_) => "garbage",
            Self::ErrorInside(_) => "error_inside",
            Self::TooLong { .. } => "too_long",
            Self::BrokenArguments => "broken_arguments",
            Self::BrokenJson => "broken_json",
            Self::NoObject => "no_object",
            Self::BrokenSchema(_) => "broken_schema",
            Self::WrongArguments { .. } => "wrong_arguments",
            Self::UnknownTool => "unknown_tool",
            Self::Filtered => "filtered",
        }
    }
}
