//! Simulated providers over real loopback HTTP, a simulated clock, and the loader of recordings.
//!
//! Three users share this crate: tests, `potluck demo` (its pool is made of these providers) and
//! the benchmark (its upstream is [`InstantUpstream`]). It therefore knows neither potluck's core
//! nor its dialects: what a provider is, how it counts its quota and how it fails is written here
//! a second time, from the outside, so that potluck is checked against something independent.
//!
//! Everything answered here says that it is simulated: the text begins with
//! `[simulated by NAME]`, the JSON carries `"system_fingerprint": "simulated"`, and every HTTP
//! response has the header `x-simulated: 1`.
//!
//! # Map
//!
//! - [`SimulatedProvider`]: one provider on `127.0.0.1`, with [`Model`]s, a true [`Quota`], a
//!   [`Plan`] of [`Fault`]s that can be switched while it runs, and a log of what it saw.
//! - [`Pool`]: several providers at once, ready made for the demo and for failover tests.
//! - [`InstantUpstream`]: an upstream that costs next to nothing, to measure a router against.
//! - [`CannedGemini`]: a provider of Gemini's dialect that answers what a test wrote.
//! - [`SimulatedPainter`]: a provider of pictures, in each of the shapes of real ones, with its [`Flaw`]s.
//! - [`recordings`]: recorded real exchanges, when they are there.
//! - [`SimulatedClock`]: milliseconds that move only when pushed.

mod answer;
mod canned;
mod clock;
mod fault;
mod instant;
mod model;
mod painter;
mod pool;
mod provider;
mod quota;
pub mod recordings;
mod seen;
mod server;
mod tasks;

pub use canned::{CannedGemini, Heard};
pub use clock::{Clock, SimulatedClock, WallClock};
pub use fault::{
    CutBefore, Empty, ErrorPlace, Fault, Garbage, NotFree, Oddity, Plan, ServerTrouble,
};
pub use instant::{InstantOptions, InstantUpstream};
pub use model::{Feature, Model, Reasoning, Trade};
pub use painter::{FileKind, Flaw, Manner, Painted, PainterBuilder, SimulatedPainter, bomb, paint};
pub use pool::Pool;
pub use provider::{Builder, ListingStyle, SimulatedProvider, StartError, Transport};
pub use quota::{Limit, Meter, Quota, Refusal, RefusalStyle, Reset, Scope, Span, Standing};
pub use seen::{Counts, End, Seen, Verdict};
