//! Requests that nobody waits for, such as telling a provider that a picture is no longer wanted.
//!
//! They are sent one after the other, each for a short while, and a provider that does not listen is not told twice.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::upstream::Upstream;

/// How many may wait; more are forgotten.
const WAITING: usize = 256;

/// How long one may take.
const WITHIN: Duration = Duration::from_secs(5);

/// A request that nobody waits for.
pub type Errand = Request<Full<Bytes>>;

/// Where they are left.
#[derive(Debug)]
pub struct Errands {
    leave: Sender<Errand>,
    take: Mutex<Option<Receiver<Errand>>>,
}

impl Default for Errands {
    fn default() -> Self {
        let (leave, take) = channel(WAITING);
        Self { leave, take: Mutex::new(Some(take)) }
    }
}

impl Errands {
    /// Leaves one to be sent.
    pub fn leave(&self, errand: Errand) {
        if self.leave.try_send(errand).is_err() {
            tracing::debug!("an errand was forgotten: too many wait");
        }
    }

    /// Sends what is left here, for ever.
    pub(super) async fn run(&self, upstream: &Upstream) {
        let taken = self.take.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut errands) = taken else { return };
        while let Some(errand) = errands.recv().await {
            if let Err(fault) = upstream.send(errand, WITHIN).await {
                tracing::debug!(%fault, "an errand was not heard");
            }
        }
    }
}
