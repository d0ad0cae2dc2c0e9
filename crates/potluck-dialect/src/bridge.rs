//! From a provider's bytes to a client's, with what the relay must know on the way.
//!
//! The only room that holds two dialects at once. Before the commit point nothing is given out, so that an
//! answer that turns out to be none can still be replaced by another provider's; words that are
//! already JSON strings are carried over as they are written.

mod stream;
mod whole;

#[cfg(test)]
mod tests;

pub use stream::{Progress, StreamBridge};
pub use whole::{Whole, emulated, whole};
