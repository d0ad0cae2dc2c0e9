//! What OpenRouter's clients ask beside chat: who offers a model, who the providers are, what is left of today.
//!
//! Everything here is free, so prices, credits and costs are zero; what nobody measured or published is `null`.

pub(super) mod endpoints;
mod generation;
mod key;
mod providers;

pub(super) use generation::generation;
pub(super) use key::{credits, key};
pub(super) use providers::providers;
