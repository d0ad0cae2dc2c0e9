//! One request on its way through the house.

use bytes::Bytes;
use potluck_core::request::ChatRequest;
use potluck_core::requirements::Requirements;
use potluck_dialect::{Dialect, Stamp};

/// Everything that is fixed about a request once it has been read.
#[derive(Clone, Debug)]
pub struct Job {
    /// `gen-…`, told to the client.
    pub id: String,
    /// Seconds since the epoch when it came.
    pub created: i64,
    /// The client's dialect.
    pub client: Dialect,
    /// What was asked.
    pub request: ChatRequest,
    /// The bytes in which it was asked.
    pub original: Bytes,
    /// What serving it needs.
    pub requirements: Requirements,
    /// The seed of its draw.
    pub seed: u64,
}

impl Job {
    /// Whether the client wants a stream.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.request.stream == Some(true)
    }

    /// Whether the client asked for a usage chunk.
    #[must_use]
    pub fn wants_usage(&self) -> bool {
        self.request.include_usage == Some(true)
    }

    /// What each chunk of the answer says of itself, when `offer` gives it.
    #[must_use]
    pub fn stamp(&self, offer: &str) -> Stamp {
        Stamp { id: self.id.clone(), created: self.created, model: offer.to_owned() }
    }
}
