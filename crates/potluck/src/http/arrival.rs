//! A request as it arrives: what it is called from then on.

use crate::house::House;

/// What is fixed about a request before it is read.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// `gen-…`, told to the client.
    pub(super) id: String,
    /// Seconds since the epoch.
    pub(super) created: i64,
    /// The seed of its draw, unless the client names one.
    pub(super) seed: u64,
}

impl Arrival {
    pub(super) fn at(house: &House) -> Self {
        let (seed, created) = (house.seed(), house.clock.now().as_secs());
        Self { id: format!("gen-{created:x}{seed:016x}"), created, seed }
    }
}
