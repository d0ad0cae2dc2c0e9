//! The translation of potluck: vendors' bytes to core shapes and back.
//!
//! Bytes come in as slices and go out as vectors; there is no socket, no HTTP client, no clock and no
//! random source here. A dialect knows one vendor's wire shape and the quirks that providers show in it;
//! it knows no quotas, no health and no other dialect: the shapes of `potluck-core` stand in the middle.
//!
//! | room | what it does |
//! |---|---|
//! | [`wire`] | reads and writes JSON by span |
//! | [`sse`] | server-sent events out of bytes that come in any pieces |
//! | [`ndjson`] | documents a line each, out of bytes that come in any pieces |
//! | [`dialect`] | the providers' dialects by name, and what one can ask of each |
//! | [`client`] | what clients speak, by name, and how each is read and answered |
//! | [`openai_chat`] | OpenAI's chat completions, both sides |
//! | [`openai_completions`] | OpenAI's completions, towards clients |
//! | [`openai_responses`] | OpenAI's Responses, towards clients |
//! | [`anthropic`] | Anthropic's Messages, both sides |
//! | `gemini` | Google's Gemini, for providers |
//! | [`ollama`] | Ollama's own dialect, both sides |
//! | `cohere` | Cohere's own chat, for providers |
//! | [`embedding`] | vectors for texts, both sides, by door and by provider's shape |
//! | [`image`] | pictures, both sides, by door and by provider's shape |
//! | [`rerank`] | texts in the order of how well they answer, both sides |
//! | [`quirk`] | the closed list of deviations, each one function |
//! | [`bridge`] | from a provider's bytes to a client's |
//! | `call_id` | the ids that bind a tool's answer to its call |
//! | `thoughts` | which thoughts of a history may go to whom |
//! | `contract` | what an answer must keep to, by what was asked |
//! | `schema` | a client's JSON schema, ready to judge answers by |
//! | [`emulate`] | a JSON schema for models that only write some object |
//! | [`estimate`] | how many tokens a prompt is, on the high side |
//! | [`bad_answer`] | how a provider's bytes disappoint |
//! | [`fault`] | what a refusal means, by rules that are data |
//! | `answer` | a walk over an answer that is one object |
//! | `wrong` | what can be wrong with a request, and where |
//! | `fields` | the fields of an object whose kind is known last |
//! | `fold` | between a whole answer and its events |
//! | `think_tags` | thoughts that stand inside a text |
//! | [`rates`] | what a provider's headers say of its limits |

mod answer;
pub mod anthropic;
pub mod bad_answer;
mod body;
pub mod bridge;
mod call_id;
pub mod client;
mod cohere;
mod contract;
pub mod dialect;
pub mod embedding;
pub mod emulate;
pub mod estimate;
pub mod fault;
mod fields;
mod fold;
mod gemini;
pub mod image;
pub mod ndjson;
pub mod ollama;
pub mod openai_chat;
pub mod openai_completions;
pub mod openai_responses;
pub mod quirk;
pub mod rates;
pub mod rerank;
mod schema;
pub mod sse;
mod think_tags;
mod thoughts;
pub mod wire;
mod wrong;

pub use bad_answer::BadAnswer;
pub use client::{Asked, Client, Echo, Recipient, Route, Stamp, Stopwatch, StreamWriter};
pub use contract::Contract;
pub use dialect::{Dialect, StreamReader, Target, Written};
