//! The doors of potluck: everything that reads, writes, listens or connects.
//!
//! Decisions are in `potluck-core`, translation in `potluck-dialect`; what is here does the I/O.

pub mod pantry;
