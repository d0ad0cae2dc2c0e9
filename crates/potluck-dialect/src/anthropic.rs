//! Anthropic's Messages, both sides: what clients ask and providers answer, read and written.
//!
//! Knows the field names of this one dialect and how its blocks lie in the shapes of the middle. Knows no quotas,
//! no health and no other dialect.
//!
//! Here the instructions stand apart from the turns, the answers of tools are blocks of the user's turn, a turn is
//! a list of typed blocks, and an answer is one message without alternatives.

mod mark;
mod read_request;
mod refusal;
mod stop;
mod thought;
mod usage;
mod write_response;
mod writer;

pub(crate) use read_request::read as read_request;
pub(crate) use refusal::write as write_refusal;
pub use usage::write_count;
pub(crate) use write_response::write as write_response;
pub(crate) use writer::StreamWriter;

/// The event that Anthropic's own service sends while nothing is said.
pub(crate) const KEEP_ALIVE: &[u8] = b"event: ping\ndata: {\"type\":\"ping\"}\n\n";
