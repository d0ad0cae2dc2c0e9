//! `GET /metrics`: what the process counts of itself, as scrapers take it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use crate::house::House;
use crate::meters::{self, Format};

/// Everything that is counted, now.
pub(super) async fn show(State(house): State<Arc<House>>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let format = Format::accepted(accept.unwrap_or_default());
    let mut response = Response::new(meters::scrape(&house, format).into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
