//! What simulated providers put on the wire, seen by a raw TCP client.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod answers;
mod content;
mod door;
mod instant;
mod log;
mod oddities;
mod raw;
mod refusals;
mod size;
mod transport;

use std::time::Duration;

use potluck_testkit::{Fault, Model, Plan, SimulatedProvider};
use raw::{Got, ask, exchange, post};

/// Long enough for any answer that comes at all on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a stall is watched.
const STALL: Duration = Duration::from_millis(600);

/// Waits for what a provider does in its own time.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within ten seconds");
}

/// A provider with one model `m` that always fails in this way.
async fn failing(fault: Fault) -> SimulatedProvider {
    SimulatedProvider::build("sim-broken")
        .model(Model::capable("m"))
        .faults(Plan::always(fault))
        .start()
        .await
        .unwrap()
}

/// What a client gets from a provider that fails in this way.
async fn suffer(fault: Fault, stream: bool, patience: Duration) -> Got {
    let provider = failing(fault.clone()).await;
    let got = exchange(provider.address(), &post(&ask("m", stream)), patience).await;
    assert_eq!(provider.seen()[0].fault, Some(fault.name()));
    got
}
