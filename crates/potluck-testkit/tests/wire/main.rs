//! What simulated providers put on the wire, seen by a raw TCP client.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod answers;
mod raw;
