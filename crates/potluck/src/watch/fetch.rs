//! Reading one live list.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::Value;

use crate::pantry::{Listed, ListingError};
use crate::upstream::{Fault, ReadFault, Upstream, collect};
use crate::watch::stockroom::Source;

/// The largest list that is read: the longest known one is below 3 MiB.
const CAP: usize = 16 << 20;

/// How long a list may take.
const TIME: Duration = Duration::from_secs(20);

/// Why a list was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListFault {
    /// No answer.
    #[error(transparent)]
    Sending(#[from] Fault),
    /// Not the whole of it.
    #[error(transparent)]
    Reading(#[from] ReadFault),
    /// An answer of another status than 200.
    #[error("the provider answers with status {0}")]
    Status(StatusCode),
    /// No JSON.
    #[error("the answer is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but no list that is believed.
    #[error(transparent)]
    List(#[from] ListingError),
}

/// Asks for a list and reads the free models in it.
pub(super) async fn list(upstream: &Upstream, source: &Source) -> Result<Vec<Listed>, ListFault> {
    let body = get(upstream, source, TIME).await?;
    let value: Value = serde_json::from_slice(&body)?;
    Ok(source.listing.read(&value, |id| source.in_file.iter().any(|known| known == id))?)
}

/// The body of a list, if the answer is good.
pub(super) async fn get(
    upstream: &Upstream,
    source: &Source,
    within: Duration,
) -> Result<Bytes, ListFault> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = source.address.clone();
    *request.headers_mut() = source.headers.clone();
    let response = upstream.send(request, within).await?;
    if response.status() != StatusCode::OK {
        return Err(ListFault::Status(response.status()));
    }
    Ok(collect(response.into_body(), CAP, within).await?)
}
