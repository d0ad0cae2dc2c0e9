//! Anthropic's Messages, both sides: what clients ask and providers answer, read and written.
//!
//! Knows the field names of this one dialect and how its blocks lie in the shapes of the middle. Knows no quotas,
//! no health and no other dialect.
//!
//! Here the instructions stand apart from the turns, the answers of tools are blocks of the user's turn, a turn is
//! a list of typed blocks, and an answer is one message without alternatives.

use potluck_core::capability::{Feature, Features, Parameter, Parameters};

mod mark;
mod read_request;
mod read_response;
mod reader;
mod refusal;
mod stop;
mod thought;
mod usage;
mod write_request;
mod write_response;
mod writer;

pub(crate) use read_request::read as read_request;
pub(crate) use read_response::read as read_response;
pub(crate) use reader::StreamReader;
pub(crate) use refusal::write as write_refusal;
pub use usage::write_count;
pub(crate) use write_request::write as write_request;
pub(crate) use write_response::write as write_response;
pub(crate) use writer::StreamWriter;

/// The event that Anthropic's own service sends while nothing is said.
pub(crate) const KEEP_ALIVE: &[u8] = b"event: ping\ndata: {\"type\":\"ping\"}\n\n";

/// What every request to a provider says of the dialect it is in.
pub(crate) const HEADERS: &[(&str, &str)] = &[("anthropic-version", "2023-06-01")];

/// The path of chat. The base address ends before it, as it does for Anthropic's own clients.
pub(crate) const PATH: &str = "/v1/messages";

/// Parameters that have no field here.
pub(crate) fn drops() -> Parameters {
    Parameter::MinP
        | Parameter::TopA
        | Parameter::FrequencyPenalty
        | Parameter::PresencePenalty
        | Parameter::RepetitionPenalty
        | Parameter::Seed
        | Parameter::LogitBias
        | Parameter::Verbosity
        | Parameter::Bookkeeping
        | Parameter::MessageName
        | Parameter::Other
}

/// What nobody can be asked for here: JSON without a schema, log probabilities, alternatives.
pub(crate) fn lacks() -> Features {
    Feature::JsonObject | Feature::Logprobs | Feature::Choices
}
