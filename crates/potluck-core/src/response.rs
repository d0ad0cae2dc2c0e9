//! What a model can answer: the union over all dialects, whole or as a stream of events.

use crate::request::ToolCall;
use crate::sealed::{Extra, Sealed};

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatResponse {
    /// The provider's id of the answer, where it gave one.
    pub id: Option<String>,
    /// Seconds since the epoch, where the provider said.
    pub created: Option<i64>,
    /// What the provider calls the model that answered.
    pub model: Option<String>,
    /// The provider's fingerprint of its system.
    pub fingerprint: Option<String>,
    /// The answers; more than one only where `n` asked for them.
    pub choices: Vec<Choice>,
    /// What it cost in tokens, where the provider said.
    pub usage: Option<Usage>,
    /// Unknown fields.
    pub extra: Extra,
}

/// One of the answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// Its number, from 0.
    pub index: u32,
    /// What was said.
    pub reply: Reply,
    /// Why it ended; `None` where the provider did not say.
    pub finish: Option<FinishReason>,
    /// Log probabilities, sealed.
    pub logprobs: Option<Sealed>,
    /// Unknown fields.
    pub extra: Extra,
}

/// What the assistant said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The text; `None` where there was none.
    pub text: Option<String>,
    /// The thoughts, whatever the provider called them.
    pub reasoning: Option<String>,
    /// The thoughts as typed items, which must travel back unmodified.
    pub reasoning_details: Option<Sealed>,
    /// The refusal, in the model's own words.
    pub refusal: Option<String>,
    /// The tools it calls.
    pub tool_calls: Vec<ToolCall>,
    /// Pictures it made, sealed.
    pub images: Option<Sealed>,
    /// Sound it made, sealed.
    pub audio: Option<Sealed>,
    /// Citations and the like, sealed.
    pub annotations: Option<Sealed>,
    /// Unknown fields.
    pub extra: Extra,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// It was done.
    Stop,
    /// It hit a limit of tokens.
    Length,
    /// It calls tools.
    ToolCalls,
    /// A filter stopped it.
    ContentFilter,
    /// It broke.
    Error,
}

impl FinishReason {
    /// The word used in JSON, as OpenAI's chat has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Error => "error",
        }
    }

    /// The reason of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Stop, Self::Length, Self::ToolCalls, Self::ContentFilter, Self::Error]
            .into_iter()
            .find(|reason| reason.word() == word)
    }
}

/// What an answer cost in tokens. Numbers beyond 64 bits are read as the largest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read.
    pub prompt: u64,
    /// Tokens written, thinking included.
    pub completion: u64,
    /// Both, as the provider adds them.
    pub total: u64,
    /// Of those read, how many came from a cache.
    pub cached: Option<u64>,
    /// Of those written, how many were thoughts.
    pub reasoning: Option<u64>,
    /// Details that we do not count, sealed (`prompt_tokens_details` and the like, cost, times).
    pub extra: Extra,
}

/// One event of a streamed answer. Any split of a provider's bytes gives the same events.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// What the provider says of the answer as a whole; at most once, before all else.
    Start {
        /// The provider's id of the answer.
        id: Option<String>,
        /// Seconds since the epoch.
        created: Option<i64>,
        /// What the provider calls the model.
        model: Option<String>,
        /// The provider's fingerprint of its system.
        fingerprint: Option<String>,
    },
    /// Words.
    Text {
        /// The number of the choice.
        choice: u32,
        /// The words; never empty.
        text: String,
    },
    /// Thoughts.
    Reasoning {
        /// The number of the choice.
        choice: u32,
        /// The thoughts; never empty.
        text: String,
    },
    /// Thoughts as typed items, sealed.
    ReasoningDetails {
        /// The number of the choice.
        choice: u32,
        /// The items.
        details: Sealed,
    },
    /// A piece of a refusal.
    Refusal {
        /// The number of the choice.
        choice: u32,
        /// The words; never empty.
        text: String,
    },
    /// A piece of a tool call: the first of an index has the name.
    ToolCall {
        /// The number of the choice.
        choice: u32,
        /// Which call of the choice, from 0.
        index: u32,
        /// The call's id, in its first piece.
        id: Option<String>,
        /// The function's name, in its first piece.
        name: Option<String>,
        /// A piece of the arguments; may be empty.
        arguments: String,
        /// Unknown fields, such as a thought signature.
        extra: Extra,
    },
    /// Log probabilities of what came with it, sealed.
    Logprobs {
        /// The number of the choice.
        choice: u32,
        /// The values.
        logprobs: Sealed,
    },
    /// Pictures, sealed.
    Images {
        /// The number of the choice.
        choice: u32,
        /// The items.
        images: Sealed,
    },
    /// Sound, sealed.
    Audio {
        /// The number of the choice.
        choice: u32,
        /// The piece.
        audio: Sealed,
    },
    /// Citations and the like, sealed.
    Annotations {
        /// The number of the choice.
        choice: u32,
        /// The items.
        annotations: Sealed,
    },
    /// Fields of the answer as a whole that travel unread; of two with one name the later counts.
    Extra(Extra),
    /// A choice ended; once a choice.
    Finish {
        /// The number of the choice.
        choice: u32,
        /// Why.
        reason: FinishReason,
    },
    /// What it cost so far; the last one counts.
    Usage(Usage),
    /// The provider said, inside a stream that began well, that it failed.
    Error(StreamError),
    /// The end marker of the dialect.
    Done,
}

/// A failure told inside a stream or inside an answer of status 200.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamError {
    /// The provider's words, unsafe to show unredacted.
    pub message: String,
    /// A status, where the body gave one.
    pub status: Option<u16>,
    /// The provider's code or type.
    pub code: Option<String>,
    /// The body in which it stood, for the rules that classify it.
    pub body: String,
}

impl StreamEvent {
    /// Whether a client could tell this event from silence: the commit point of a stream.
    ///
    /// Thoughts count: a person sees them. Roles, comments, empty deltas, usage and ends do not.
    #[must_use]
    pub const fn carries_content(&self) -> bool {
        match self {
            Self::Text { .. }
            | Self::Reasoning { .. }
            | Self::Refusal { .. }
            | Self::ToolCall { .. }
            | Self::Images { .. }
            | Self::Audio { .. } => true,
            Self::Start { .. }
            | Self::ReasoningDetails { .. }
            | Self::Logprobs { .. }
            | Self::Annotations { .. }
            | Self::Extra(_)
            | Self::Finish { .. }
            | Self::Usage(_)
            | Self::Error(_)
            | Self::Done => false,
        }
    }
}

impl Reply {
    /// Whether there is nothing in it that a client could use.
    ///
    /// An answer of thoughts alone is empty: the budget went before the words came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.as_deref().is_none_or(|text| text.trim().is_empty())
            && self.refusal.as_deref().is_none_or(str::is_empty)
            && self.tool_calls.is_empty()
            && self.images.is_none()
            && self.audio.is_none()
    }
}
