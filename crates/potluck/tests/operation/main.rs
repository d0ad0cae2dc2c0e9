//! What those who run a router rely on: its metrics, and what is written of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod contrib;
#[path = "../house/mod.rs"]
mod house;
mod logs;
mod metrics;
mod openapi;
mod telemetry;
