//! Pictures by their addresses, for as long as they hang.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;

use crate::gallery::{Exhibit, Found, Name};
use crate::house::House;
use crate::http::answer;

/// What a browser may do with a picture that it is led to: show it, and nothing else.
const SANDBOX: &str = "default-src 'none'; sandbox";

/// A picture; 410 where it was taken down, 404 where there is none.
pub(in crate::http) async fn show(
    State(house): State<Arc<House>>,
    Path(file): Path<String>,
) -> Response {
    let Some((name, format)) = Name::read(&file) else { return refuse(&nothing(&file)) };
    match house.gallery.find(name, house.clock.now()) {
        Found::Here(exhibit) if exhibit.format == format => hand_over(&file, exhibit, &house),
        Found::Here(_) | Found::Nothing => refuse(&nothing(&file)),
        Found::Gone => refuse(&gone(&file)),
    }
}

fn hand_over(file: &str, exhibit: Exhibit, house: &House) -> Response {
    let left = exhibit.until.since(house.clock.now()).as_secs();
    let mut response = Response::new(Body::from(exhibit.bytes));
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, exhibit.format.media_type()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    told(headers, header::CONTENT_DISPOSITION, &format!("inline; filename=\"{file}\""));
    told(headers, header::CACHE_CONTROL, &format!("private, max-age={left}, immutable"));
    response
}

fn told(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn refuse(refusal: &Refusal) -> Response {
    let mut response = answer::refuse(Client::Chat, refusal, None);
    debug_assert_ne!(response.status(), StatusCode::OK);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn nothing(file: &str) -> Refusal {
    Refusal::new(
        404,
        "invalid_request_error",
        "no_such_picture",
        format!(
            "there is no picture {file:?}: names are given out with the answer that made the picture."
        ),
    )
}

fn gone(file: &str) -> Refusal {
    Refusal::new(
        410,
        "invalid_request_error",
        "picture_gone",
        format!(
            "the picture {file:?} was taken down: pictures are kept for images.keep_minutes, and the oldest make room at images.keep_mib. Ask for b64_json to have the file itself."
        ),
    )
}
