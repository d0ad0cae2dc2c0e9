//! The doors at which pictures are asked for, and where they can be looked at afterwards.

mod files;

pub(super) use files::{is_file, show};
