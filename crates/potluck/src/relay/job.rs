//! One request on its way through the house.

use bytes::Bytes;
use potluck_core::request::ChatRequest;
use potluck_core::requirements::Requirements;
use potluck_dialect::{Client, Echo, Recipient, Stamp};

/// Everything that is fixed about a request once it has been read.
#[derive(Clone, Debug)]
pub struct Job {
    /// `gen-…`, told to the client.
    pub id: String,
    /// Seconds since the epoch when it came.
    pub created: i64,
    /// What the client speaks.
    pub client: Client,
    /// What the answer repeats of the question.
    pub echo: Echo,
    /// What of it has no place in any answer, by the names that clients use.
    pub dropped: Vec<String>,
    /// What was asked.
    pub request: ChatRequest,
    /// The bytes in which it was asked.
    pub original: Bytes,
    /// What serving it needs.
    pub requirements: Requirements,
    /// The seed of its draw.
    pub seed: u64,
    /// Whether the client asked to be told the way that its answer took.
    pub tells_route: bool,
}

impl Job {
    /// Whether the client wants a stream.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.request.stream == Some(true)
    }

    /// Who gets the answer, when `offer` gives it.
    #[must_use]
    pub fn recipient(&self, offer: &str) -> Recipient<'_> {
        Recipient {
            client: self.client,
            stamp: Stamp { id: self.id.clone(), created: self.created, model: offer.to_owned() },
            request: &self.request,
            echo: &self.echo,
        }
    }
}
