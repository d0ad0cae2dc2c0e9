//! What a client can ask: the union over all dialects.
//!
//! Each dialect reads into these shapes and writes from them. No vendor's field names appear here;
//! schemas and unknown fields stay [`Sealed`].

mod message;
mod tool;

pub use message::{Content, Media, Message, Part, Role};
pub use tool::{Tool, ToolCall, ToolChoice};

use crate::sealed::{Extra, Sealed};

/// A conversation to be continued, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRequest {
    /// The names asked for, in order of preference: `model`, then `models`. May be empty.
    pub models: Vec<String>,
    /// The conversation so far; never empty once read.
    pub messages: Vec<Message>,
    /// The tools that the model may call.
    pub tools: Vec<Tool>,
    /// Which tool is to be called, where that was said.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several tools may be called in one turn, where that was said.
    pub parallel_tool_calls: Option<bool>,
    /// The wished form of the answer, where that was said.
    pub format: Option<Format>,
    /// The dials of the sampler.
    pub sampling: Sampling,
    /// The most tokens to answer with, thinking included.
    pub max_output: Option<MaxOutput>,
    /// How much to think, where that was said.
    pub reasoning: Option<Reasoning>,
    /// How many answers; `None` is one.
    pub choices: Option<u32>,
    /// Texts at which to stop.
    pub stop: Option<Stop>,
    /// Whether to give log probabilities, and of how many alternatives.
    pub logprobs: Option<bool>,
    /// How many alternatives per token.
    pub top_logprobs: Option<u32>,
    /// Whether the answer is to be streamed.
    pub stream: Option<bool>,
    /// Whether a streamed answer ends with a usage chunk.
    pub include_usage: Option<bool>,
    /// Further stream options that a dialect did not know.
    pub stream_extra: Extra,
    /// Who asks, as the client names it.
    pub user: Option<String>,
    /// Kinds of output asked for (`modalities`), where that was said.
    pub modalities: Option<Vec<String>>,
    /// What the client wants of the router itself.
    pub routing: Routing,
    /// Fields that no dialect of ours knows, in their order.
    pub extra: Extra,
    /// Whether reading put an older or looser spelling of messages or tools into today's: the bytes then
    /// say the same in other words, and must be written anew.
    pub reshaped: bool,
    /// What the client asked for and nothing here can carry, by the client's name for it: it is told so.
    pub dropped: Vec<String>,
}

/// The dials of the sampler. Absent ones stay absent: the provider's own default applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Randomness, usually 0 to 2.
    pub temperature: Option<f64>,
    /// Nucleus, 0 to 1.
    pub top_p: Option<f64>,
    /// The k likeliest tokens.
    pub top_k: Option<f64>,
    /// Least probability relative to the likeliest.
    pub min_p: Option<f64>,
    /// As `min_p`, squared.
    pub top_a: Option<f64>,
    /// -2 to 2.
    pub frequency_penalty: Option<f64>,
    /// -2 to 2.
    pub presence_penalty: Option<f64>,
    /// 0 to 2.
    pub repetition_penalty: Option<f64>,
    /// For repeatable answers, where the provider can; any 64-bit integer.
    pub seed: Option<i64>,
    /// A map from token to bias.
    pub logit_bias: Option<Sealed>,
}

/// The most tokens to answer with, and under which of its two names it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxOutput {
    /// The older name.
    Tokens(u32),
    /// The newer name, which says that thinking counts.
    CompletionTokens(u32),
}

impl MaxOutput {
    /// The number of tokens, whatever it was called.
    #[must_use]
    pub const fn tokens(self) -> u32 {
        match self {
            Self::Tokens(tokens) | Self::CompletionTokens(tokens) => tokens,
        }
    }
}

/// Where to stop: one text, or several; kept apart so that reading and writing is the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// One text.
    One(String),
    /// A list.
    Many(Vec<String>),
}

/// The wished form of the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// Plain text, said explicitly.
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON of a schema; the whole description (name, strict, schema) stays sealed.
    JsonSchema(Sealed),
    /// A form that only some provider knows.
    Other(Sealed),
}

/// How much to think. Effort and budget exclude each other at most providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasoning {
    /// `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`; unknown words travel as they are.
    pub effort: Option<String>,
    /// Tokens to think with.
    pub max_tokens: Option<u32>,
    /// On or off, where only that was said.
    pub enabled: Option<bool>,
    /// Whether to leave the thoughts out of the answer.
    pub exclude: Option<bool>,
    /// Asked for as an object (`reasoning: {...}`) rather than as a word (`reasoning_effort`).
    pub as_object: bool,
    /// Further fields of the object.
    pub extra: Extra,
}

/// What the client asks of the router: OpenRouter's extras. None of it reaches a provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routing {
    /// Only these providers.
    pub only: Vec<String>,
    /// None of these providers.
    pub ignore: Vec<String>,
    /// These providers first, in this order.
    pub order: Vec<String>,
    /// `false`: no second attempt at another offer.
    pub allow_fallbacks: Option<bool>,
    /// `true`: every parameter that was sent is a requirement.
    pub require_parameters: Option<bool>,
    /// `true` when `data_collection` is `"deny"`: only providers that do not train on prompts.
    pub deny_training: bool,
    /// The best by some measure first, instead of by chance.
    pub sort: Option<Sort>,
    /// Wishes that potluck does not follow, by the client's name for them; never one that changes what the
    /// answer means.
    pub ignored: Vec<String>,
    /// Keeps a conversation on one offer while that offer can serve.
    pub session: Option<String>,
}

/// The best by some measure first; what was not measured comes last, by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The measure.
    pub by: Measure,
    /// Whether all offers are sorted together, whatever name meant them; else each name's own.
    pub across_names: bool,
}

/// What the pool measures of its offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Tokens a second, the median.
    Throughput,
    /// Time to the first content, the median.
    Latency,
    /// Recent success, in which broken answers and broken tool calls count as failures.
    Success,
}

impl Measure {
    /// The word used in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Latency => "latency",
            Self::Success => "success",
        }
    }

    /// The measure of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Throughput, Self::Latency, Self::Success].into_iter().find(|m| m.word() == word)
    }
}
