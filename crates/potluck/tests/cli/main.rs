//! The binary as a person runs it: its output, its files, its exit codes.

mod demo;
mod program;
mod serve;
mod settings;
