//! potluck: one address for all free language models.
//!
//! The doors of the house: everything that reads, writes, listens or connects. Decisions are in
//! `potluck-core`, translation in `potluck-dialect`; what is here does the I/O.
//!
//! | room | what it is for |
//! |---|---|
//! | [`settings`] | what a person may set, from file, environment and flags |
//! | [`pantry`] | what is known of each provider, from TOML files |
//! | [`stock`] | from settings to the pantry: which files are read, who is on |
//! | [`telemetry`] | the log |
//! | [`cli`] | the commands of the binary |

pub mod cli;
pub mod pantry;
pub mod settings;
pub mod stock;
pub mod telemetry;
