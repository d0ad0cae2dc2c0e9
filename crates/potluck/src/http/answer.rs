//! Refusals and values as HTTP answers, in the client's dialect.

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::Full;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde::Serialize;

use crate::relay::Head;

/// The request's id, under potluck's name for it, OpenRouter's and Anthropic's.
const REQUEST_ID: [HeaderName; 3] = [
    HeaderName::from_static("x-potluck-request-id"),
    HeaderName::from_static("x-generation-id"),
    HeaderName::from_static("request-id"),
];
const OFFER: HeaderName = HeaderName::from_static("x-potluck-offer");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-potluck-attempts");
const DROPPED: HeaderName = HeaderName::from_static("x-potluck-dropped");
const EMULATED: HeaderName = HeaderName::from_static("x-potluck-emulated");
const EXPLAIN: HeaderName = HeaderName::from_static("x-potluck-explain");
const SEED: HeaderName = HeaderName::from_static("x-potluck-seed");
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Room for the headers of most answers, so that it is taken once.
pub(super) const HEADERS: usize = 12;

/// Clients that wait as long as they are told may do so for this long.
const SOON: Duration = Duration::from_secs(10);

/// A refusal as an answer, in the client's own shape.
pub(super) fn refuse(client: Client, refusal: &Refusal, id: Option<&str>) -> Response {
    refuse_with(client.write_refusal(refusal, id.unwrap_or_default()), refusal, id)
}

/// A refusal whose body is written already.
pub(super) fn refuse_with(body: Vec<u8>, refusal: &Refusal, id: Option<&str>) -> Response {
    let mut response = json(status(refusal.status), body);
    let headers = response.headers_mut();
    if let Some(id) = id {
        name(headers, id);
    }
    if let Some(wait) = refusal.retry_after {
        // Rounded up: a client that comes back a moment early is refused again.
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        number(headers, header::RETRY_AFTER, u64::try_from(seconds).unwrap_or(u64::MAX));
        number(headers, RETRY_AFTER_MS, u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    }
    if refusal.status >= 429 && refusal.retry_after.is_none_or(|wait| wait > SOON) {
        // The pool has already tried every offer that fits: a client's own retries cannot help.
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    response
}

/// JSON bytes as an answer.
pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(axum::body::Body::new(Full::new(body.into())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    *headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A value as an answer.
pub(super) fn value(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => json(status, body),
        Err(error) => refuse(
            Client::Chat,
            &Refusal::new(
                500,
                "api_error",
                "internal",
                format!("the answer cannot be written as JSON: {error}"),
            ),
            None,
        ),
    }
}

/// Puts the request's id into the headers.
pub(super) fn name(headers: &mut HeaderMap, id: &str) {
    let Ok(id) = HeaderValue::from_str(id) else { return };
    for header in REQUEST_ID {
        headers.insert(header, id.clone());
    }
}

/// Puts into the headers who answered, after how many attempts.
pub(super) fn describe(headers: &mut HeaderMap, head: &Head) {
    text(headers, OFFER, &head.offer);
    number(headers, ATTEMPTS, u64::from(head.attempts));
    number(headers, SEED, head.seed);
    if let Some(emulated) = head.emulated {
        text(headers, EMULATED, emulated);
    }
    if let Some(explained) = &head.explained {
        text(headers, EXPLAIN, explained);
    }
    if !head.dropped.is_empty() {
        text(headers, DROPPED, &head.dropped.join(", "));
    }
}

/// What to say at a path that is none of ours.
pub(super) fn no_such_path(path: &str) -> Refusal {
    let hint = if path.contains("/v1/v1/") {
        " The base URL already ends in /v1, and the client adds it again: take it off one of them."
    } else {
        " Chat is at /v1/chat/completions and /v1/messages, the models at /v1/models, the state of the pool at /pool, the dashboard at /."
    };
    Refusal::new(
        404,
        "invalid_request_error",
        "unknown_path",
        format!("there is nothing at {path}.{hint}"),
    )
}

/// What to say to a method that a path does not take.
pub(super) fn no_such_method(method: &Method, path: &str) -> Refusal {
    Refusal::new(
        405,
        "invalid_request_error",
        "method_not_allowed",
        format!(
            "{path} does not take {method}: requests for answers are POST, everything else is GET"
        ),
    )
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Names of models are untrusted text: what cannot stand in a header is left out.
fn text(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn number(headers: &mut HeaderMap, name: HeaderName, value: u64) {
    headers.insert(name, HeaderValue::from(value));
}
