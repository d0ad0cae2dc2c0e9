//! Google's Gemini, as its own API speaks it: what potluck asks and what it answers.
//!
//! Knows the field names of `generateContent` and `streamGenerateContent` and what the model generations
//! differ in. Knows no quotas, no health and no other dialect.

mod annotation;
mod answer;
mod finish;
mod logprobs;
mod model;
mod part;
mod partial;
mod read_response;
mod reader;
mod schema;
mod signature;
#[cfg(test)]
mod tests;
mod usage;
mod write_request;

use potluck_core::capability::{Parameter, Parameters};

pub(crate) use read_response::read as read_response;
pub(crate) use reader::StreamReader;
pub(crate) use write_request::write as write_request;

/// The path of chat below the base address. A provider's id of a model may name its folder.
pub(crate) fn chat_path(model: &str, stream: bool) -> String {
    let model = model.strip_prefix("models/").unwrap_or(model);
    if stream {
        format!("/models/{model}:streamGenerateContent?alt=sse")
    } else {
        format!("/models/{model}:generateContent")
    }
}

/// The parameters that have no place in a request of this dialect.
pub(crate) fn drops() -> Parameters {
    Parameter::MinP
        | Parameter::TopA
        | Parameter::RepetitionPenalty
        | Parameter::LogitBias
        | Parameter::ParallelToolCalls
        | Parameter::Verbosity
        | Parameter::User
        | Parameter::Bookkeeping
        | Parameter::MessageName
        | Parameter::ToolStrict
        | Parameter::Other
}
