//! OpenAI's completions, towards clients: a text to go on with, or a gap to fill.
//!
//! The models of the pool are chat models. They are asked by an instruction, and what chat adds around the words is
//! taken off again: thoughts, and the fence around code. Knows the field names of this one dialect, and the
//! templates in which editors write a gap.

mod fence;
mod fill;
mod offsets;
mod question;
mod read_request;
mod write_response;
mod writer;

pub use question::Question;
pub(crate) use read_request::read as read_request;
pub(crate) use write_response::write as write_response;
pub(crate) use writer::Writer;
