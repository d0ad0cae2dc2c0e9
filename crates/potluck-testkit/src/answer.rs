//! What a simulated model says: from a request body to a whole answer or a stream.
//!
//! Everything follows from the prompt and a seed, so the same request gets the same answer. This
//! room speaks the OpenAI dialect (chat, embeddings, and the rerank that goes with it) from the provider's side; it knows no quota, no faults and
//! no sockets, and takes nothing from potluck's own dialect code, which it is there to check.

mod ask;
mod call;
mod chat;
mod choice;
mod error;
mod listing;
mod logprobs;
mod pieces;
mod schema;
mod stream;
mod text;
mod texts;

pub(crate) use ask::{Ask, Invalid};
pub(crate) use chat::whole_body;
pub(crate) use choice::{Answer, answer};
pub(crate) use error::{Shape, error_body};
pub use listing::ListingStyle;
pub(crate) use listing::{listing_body, one_listed};
pub(crate) use stream::stream_events;
pub(crate) use texts::TextsAsk;
