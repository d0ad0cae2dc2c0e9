//! A request as it arrives: what it is called from then on, when it came, and how its answer is counted.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use potluck_core::requirements::Requirements;
use potluck_core::verdict::Refusal;

use crate::clock::Mark;
use crate::house::House;
use crate::http::body;
use crate::keys::Charge;
use crate::meters::Traffic;
use crate::relay::{Job, Work};
use crate::telemetry::Parent;

/// What is fixed about a request before it is read.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// `gen-…`, told to the client.
    pub(super) id: String,
    /// Seconds since the epoch.
    pub(super) created: i64,
    /// The seed of its draw, unless the client names one.
    seed: u64,
    /// The trace that it belongs to, where anybody is told of it.
    parent: Option<Arc<Parent>>,
    came: Mark,
    /// How long its body was waited for.
    awaited: Duration,
}

impl Arrival {
    /// Reads the body, which the client may take its time to send.
    ///
    /// # Errors
    /// As [`body::read`].
    pub(super) async fn body(&mut self, house: &House, body: Body) -> Result<Bytes, Refusal> {
        let begun = house.clock.mark();
        let read = body::read(body, house.terms().door.body_limit).await;
        self.awaited += begun.elapsed();
        read
    }

    /// What is to be done for it, now that it has been read; it is told neither its way nor its decision.
    pub(super) fn job(
        &self,
        work: Work,
        requirements: Requirements,
        charge: Option<Arc<Charge>>,
    ) -> Job {
        Job {
            id: self.id.clone(),
            created: self.created,
            work,
            seed: requirements.constraints.seed.unwrap_or(self.seed),
            requirements,
            tells_route: false,
            explains: false,
            parent: self.parent.clone(),
            charge,
            read_in: self.own_time(),
        }
    }

    /// How much time potluck itself has taken for it so far.
    fn own_time(&self) -> Duration {
        self.came.elapsed().saturating_sub(self.awaited)
    }
}

impl FromRequestParts<Arc<House>> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, Self::Rejection> {
        let (seed, created) = (house.seed(), house.clock.now().as_secs());
        let came = parts.extensions.get::<Came>().map_or_else(|| house.clock.mark(), |came| came.0);
        let id = format!("gen-{created:x}{seed:016x}");
        let parent = house.export.parent(&parts.headers);
        Ok(Self { id, created, seed, parent, came, awaited: Duration::ZERO })
    }
}

/// When the head of a request was here.
#[derive(Clone, Copy, Debug)]
struct Came(Mark);

/// Marks when a request came, and counts the answer when its head is ready.
pub(super) async fn count(
    State((house, traffic)): State<(Arc<House>, Arc<Traffic>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(Came(house.clock.mark()));
    let response = next.run(request).await;
    traffic.count(route.as_ref().map(MatchedPath::as_str), response.status().as_u16());
    response
}
