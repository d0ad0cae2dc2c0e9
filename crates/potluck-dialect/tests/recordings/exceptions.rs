//! What is not read as an independent reading says, by name and with the reason.

/// Whole answers.
pub(super) const RESPONSES: &[(&str, &str)] = &[];

/// Streams.
pub(super) const STREAMS: &[(&str, &str)] = &[];

/// Requests that are not written as they were read.
pub(super) const REQUESTS: &[(&str, &str)] = &[];
