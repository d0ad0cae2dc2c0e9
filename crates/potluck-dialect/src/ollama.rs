//! Ollama's own dialect, both sides: one JSON document a line, options by their own names, tool arguments as objects.
//!
//! Knows the field names of `/api/chat` and `/api/generate` (docs.ollama.com/api, and the server's `api/types.go`
//! for `truncate` and `shift`). Tools are described as OpenAI describes them, so their reader and writer are
//! OpenAI's. Knows no quotas and no health.

mod forward;
mod frame;
mod line;
mod options;
mod read_request;
mod read_response;
mod reader;
mod statistics;
mod thinking;
mod write_request;
mod write_response;
mod writer;

#[cfg(test)]
mod tests;

use enumset::enum_set;
use potluck_core::capability::{Feature, Features, Parameter, Parameters};

pub(crate) use forward::forward as forward_request;
pub(crate) use frame::Shape;
pub(crate) use read_request::{read_chat, read_generate};
pub(crate) use read_response::read as read_response;
pub(crate) use reader::StreamReader;
pub(crate) use write_request::write as write_request;
pub(crate) use write_response::{write as write_response, write_ready, write_refusal};
pub(crate) use writer::StreamWriter;

/// What cannot be asked for in this dialect: which tool is called is the model's choice, a request has one answer,
/// and pictures travel inside it.
pub(crate) const LACKS: Features =
    enum_set!(Feature::ForcedTool | Feature::Choices | Feature::RemoteImages);

/// Parameters that have no word in this dialect.
pub(crate) const DROPS: Parameters = enum_set!(
    Parameter::TopA
        | Parameter::LogitBias
        | Parameter::ParallelToolCalls
        | Parameter::Verbosity
        | Parameter::User
        | Parameter::Bookkeeping
        | Parameter::MessageName
        | Parameter::ToolStrict
        | Parameter::Other
);
