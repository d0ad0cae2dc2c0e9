//! `GET /metrics`: what the process counts of itself, as scrapers take it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use potluck_dialect::Client;

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::{answer, reach};
use crate::meters::{self, Format};

/// Everything that is counted, now; it is counted of everybody.
pub(super) async fn show(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = reach::check_whole(&caller) {
        return answer::refuse(Client::Chat, &refusal, None);
    }
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let format = Format::accepted(accept.unwrap_or_default());
    let mut response = Response::new(meters::scrape(&house, format).into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
