//! Every client's door before every provider's dialect: what was asked arrives, and so does what was answered.
//!
//! The fixtures were written by hand, one a door and two a dialect, and say the same. What arrives is read back by
//! readers that share no code with potluck's. Doors and dialects come from their own lists: a new one fails here
//! until it has its fixtures.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

mod answers;
mod clients;
mod fact;
mod files;
mod losses;
mod parameters;
mod providers;
mod requests;
