//! How an offer, an account or a provider is doing, as outcomes taught.
//!
//! | state | meaning | how it ends |
//! |---|---|---|
//! | available | nothing speaks against it | |
//! | cooling | it failed, and rests | the time is over, or a guess is probed early |
//! | probation | it rested; one request at a time tries it | that request succeeds or fails |
//! | retired | not free, or gone | the catalog lists it differently, or the person restores it |
//! | credential refused | nobody gets in with this key | the person mends it |
//!
//! A rest has a provenance. A *stated* one (the provider named the time) lasts at least a second and at most
//! a day, and is never shortened. A *guess* doubles with each failed probe, from a base to a cap by class, and
//! real traffic may probe it after half its time. Nothing here sends probes of its own.
//!
//! A rate limit is a fact about quota: it makes an offer rest, and says nothing against its health.

mod estimate;
mod learnt;
mod pace;
mod rest;
mod speed;
mod success;

pub use estimate::Estimate;
pub use learnt::{Misfit, Misfits, REMEMBERED};
pub use pace::Pace;
pub use rest::{Bounds, Cooling, KeptRest, KeptStanding, Standing, State};
pub use speed::{Latency, Percentiles};
pub(crate) use success::Good;
pub use success::Success;
