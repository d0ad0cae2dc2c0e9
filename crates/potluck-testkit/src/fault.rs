//! The ways in which a provider fails, and when it does.
//!
//! A [`Fault`] is one way; a [`Plan`] says which requests it meets. Both are data: they can be
//! switched while a provider runs. How a fault looks on the wire is decided in the rooms below,
//! from the answer that would have been given without it.

mod broken;
mod flood;
mod kind;
mod odd;
mod plan;
mod refusing;
mod spoil;
mod wrong;

pub use kind::{CutBefore, Empty, ErrorPlace, Fault, Garbage, NotFree, Oddity, ServerTrouble};
pub use plan::Plan;
pub(crate) use spoil::{Good, spoil};
