//! The decisions of potluck.
//!
//! Everything here is a value in and a value out: time comes as a [`Moment`], randomness as a
//! [`rand_core::Rng`], vendors' JSON as [`Sealed`] text that no room of this crate opens. There is no
//! tokio, no HTTP, no clock and no random source of its own, so a week of traffic runs in a test in
//! well under a second.
//!
//! | room | what it decides |
//! |---|---|
//! | [`request`], [`response`] | nothing: the union of what clients ask and models answer |
//! | [`embedding`], [`rerank`] | nothing: the same for vectors, and for the order of texts |
//! | [`image`] | the same for pictures; which size a model makes is nearest to a wished one |
//! | [`requirements`] | what serving a request needs |
//! | [`catalog`] | what there is: providers, offers, limits; immutable |
//! | [`quota`] | windows, reservations, resets |
//! | [`eligible`] | which offers can serve a request, by what it needs and what they can do |
//! | [`choose`] | in which random order they are tried |
//! | [`health`] | who rests, who is on probation, who is out |
//! | [`pool`] | all of it together, over time: draw, admit, settle |
//! | [`mod@forecast`] | how many requests of a kind can be served, and when more |
//! | [`promise`] | what limits promise in a day, before anybody has used any of it |
//! | [`mod@line`] | who is next when everybody waits |
//! | [`replay`] | what a draw that was kept would come to under another configuration |
//! | [`rights`] | what the holder of a client key may, and how much of it is used |
//! | [`verdict`] | what the client is told when nothing could serve |

pub mod capability;
pub mod catalog;
pub mod choose;
pub mod eligible;
pub mod embedding;
pub mod exclusion;
#[cfg(test)]
mod fixture;
pub mod forecast;
pub mod health;
pub mod image;
pub mod line;
pub mod names;
pub mod outcome;
pub mod pool;
pub mod promise;
pub mod quota;
pub mod replay;
pub mod request;
pub mod requirements;
pub mod rerank;
pub mod response;
pub mod rights;
pub mod sealed;
pub mod time;
pub mod verdict;

pub use sealed::Sealed;
pub use time::Moment;
