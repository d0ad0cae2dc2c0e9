//! OpenAI's chat completions, both sides: what clients ask and providers answer, read and written.
//!
//! Knows the field names of this one dialect, OpenRouter's additions to it, and the spellings that
//! compatible providers were seen to use. Knows no quotas, no health and no other dialect.

mod error_inside;
mod finish;
mod forward;
pub(crate) mod openrouter;
mod plain;
mod read_request;
mod read_response;
mod reader;
mod refusal;
mod saying;
mod tool_calls;
mod usage;
mod write_request;
mod write_response;
mod writer;

pub(crate) use error_inside::of_body as error_of_body;
pub(crate) use finish::Calling;
pub(crate) use finish::corrected;
pub(crate) use forward::forward as forward_request;
pub(crate) use plain::{Of, Plain};
pub(crate) use read_request::{read as read_request, read_routing, read_tools};
pub(crate) use read_response::read as read_response;
pub(crate) use reader::Piece;
pub use reader::StreamReader;
#[cfg(test)]
pub(crate) use reader::tests::streams;
pub(crate) use refusal::{write as write_refusal, write_inside as write_error};
pub(crate) use saying::SOURCES;
pub(crate) use tool_calls::is_custom;
pub(crate) use usage::{ESTIMATED, read as read_usage, write as write_usage};
pub(crate) use write_request::{write as write_request, write_tools};
pub(crate) use write_response::{write as write_response, write_for_openrouter};
pub use writer::StreamWriter;

/// A comment, which every client of event streams skips.
pub(crate) const KEEP_ALIVE: &[u8] = b": potluck waiting\n\n";
