//! OpenAI's Responses, towards clients: what they ask, and the answers and streams that they are given.
//!
//! Nothing is kept between two requests: what only a store could answer is refused, and every answer says
//! `store: false`. Knows the field names of this one dialect and no other; no provider of the pool speaks
//! it alone, so nothing of it is read from providers.

mod cite;
mod envelope;
mod item;
mod names;
mod question;
mod read_request;
mod usage;
mod write_response;
mod writer;

pub use question::Question;
pub(crate) use read_request::read as read_request;
pub(crate) use write_response::write as write_response;
pub(crate) use writer::Writer;
