//! One request on its way through the house.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::requirements::Requirements;
use potluck_core::verdict::Refusal;
use potluck_dialect::bridge::StreamBridge;
use potluck_dialect::{Route, Stamp};

use crate::keys::Charge;
use crate::relay::Work;
use crate::relay::flight::Flight;
use crate::telemetry::Parent;

/// Everything that is fixed about a request once it has been read.
#[derive(Clone, Debug)]
pub struct Job {
    /// `gen-…`, told to the client.
    pub id: String,
    /// Seconds since the epoch when it came.
    pub created: i64,
    /// What was asked, and in which shape.
    pub work: Work,
    /// What serving it needs.
    pub requirements: Requirements,
    /// The seed of its draw.
    pub seed: u64,
    /// Whether the client asked to be told the way that its answer took.
    pub tells_route: bool,
    /// Whether the client asked to be told the decision in a header.
    pub explains: bool,
    /// The trace that it belongs to, where anybody is told of it.
    pub parent: Option<Arc<Parent>>,
    /// What it takes of the key of whoever asks.
    pub charge: Option<Arc<Charge>>,
    /// The time that potluck itself took to read it.
    pub read_in: Duration,
}

impl Job {
    /// What the answer says of itself, when `offer` gives it.
    #[must_use]
    pub fn stamp(&self, offer: &str) -> Stamp {
        Stamp { id: self.id.clone(), created: self.created, model: offer.to_owned() }
    }

    /// The rest of an answer that was begun and that nobody can give: why, in the client's own shape.
    #[must_use]
    pub fn fail(&self, refusal: &Refusal) -> Vec<u8> {
        self.work.fail(self.stamp("potluck"), refusal)
    }

    /// From the stream of the offer that is tried to the client's, where the client wants one.
    pub(super) fn bridge(&self, flight: &Flight, route: Option<&Route>) -> Option<StreamBridge> {
        // An emulated answer is given out only once it is whole.
        if !self.work.streams() || flight.emulates() {
            return None;
        }
        let stamp = self.stamp(flight.offer().name.as_str());
        let bridge = self.work.bridge(flight, stamp)?;
        let mut bridge = bridge.estimating_usage(self.requirements.prompt_tokens);
        bridge.tell_route(route);
        Some(bridge)
    }
}
