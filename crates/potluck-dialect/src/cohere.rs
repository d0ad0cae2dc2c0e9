//! Cohere's own chat, version 2: parts and plans, tools, and events that say what they are.
//!
//! Knows the field names of `/v2/chat` (docs.cohere.com/reference/chat). Its vectors and its orders of texts are
//! the rooms' of those. Version 1 is another dialect, which nobody here speaks. Knows no quotas and no health.

mod answer;
mod call;
mod citation;
mod document;
mod finish;
mod read_response;
mod reader;
#[cfg(test)]
mod tests;
mod usage;
mod write_request;

use enumset::enum_set;
use potluck_core::capability::{Feature, Features, Parameter, Parameters};

pub(crate) use read_response::read as read_response;
pub(crate) use reader::StreamReader;
pub(crate) use write_request::write as write_request;

/// What cannot be asked for in this dialect: log probabilities come by pieces of text instead of by token, there is
/// one answer, and JSON cannot be demanded where tools are described.
pub(crate) const LACKS: Features =
    enum_set!(Feature::Logprobs | Feature::Choices | Feature::JsonWithTools);

/// Parameters that have no word in this dialect.
pub(crate) const DROPS: Parameters = enum_set!(
    Parameter::MinP
        | Parameter::TopA
        | Parameter::RepetitionPenalty
        | Parameter::LogitBias
        | Parameter::ParallelToolCalls
        | Parameter::Verbosity
        | Parameter::User
        | Parameter::Bookkeeping
        | Parameter::MessageName
        | Parameter::Other
);
