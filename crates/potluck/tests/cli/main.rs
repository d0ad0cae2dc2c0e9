//! The binary as a person runs it: its output, its files, its exit codes.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod connect;
mod demo;
mod init;
mod keys;
mod program;
mod serve;
mod settings;
