//! Who may come in: the `Host` and `Origin` checks, and client keys.
//!
//! Without keys a loopback bind is open to this machine alone. A web page in a browser on this machine
//! could still reach it, by a name that it rebinds to loopback or by a plain cross-site request: both
//! are refused here.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use potluck_core::verdict::Refusal;

use crate::house::{Door, House};
use crate::http::{answer, dashboard, images, speaker};

/// Lets a request through, or refuses it with what to do.
pub(super) async fn admit(
    State(house): State<Arc<House>>,
    request: Request,
    next: Next,
) -> Response {
    let terms = house.terms();
    let page = allowed_page(&terms.door, request.headers());
    let client = speaker::of(request.uri().path());
    let mut response = match (&page, request.method()) {
        // A browser asks before it sends, and sends no key when it asks.
        (Some(_), &Method::OPTIONS) => preflight(request.headers()),
        _ => match check(&terms.door, request.uri(), request.headers()) {
            Ok(()) => next.run(request).await,
            Err(refusal) => answer::refuse(client, &refusal, None),
        },
    };
    if let Some(page) = page {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, page);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// What a page may read of an answer beside its body.
const EXPOSED: &str = "retry-after, x-potluck-offer, x-potluck-attempts, x-potluck-dropped, \
                       x-potluck-explain, x-potluck-request-id, x-potluck-seed, x-potluck-missing, x-generation-id";

/// The origin of a web page that the person has let in; errors too are then readable for it.
fn allowed_page(door: &Door, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let known = door.origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
    known.then(|| origin.clone())
}

/// Says to a browser that a page may ask, with whatever headers it named.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("GET, POST, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

fn check(door: &Door, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let path = uri.path();
    if !is_probe(path) && !dashboard::is_file(path) && !images::is_file(path) {
        check_key(door, headers)?;
    }
    check_origin(door, headers)?;
    // With keys a rebound page has nothing to show: only the open door needs the name check.
    if door.keys.is_empty() { check_host(door, uri, headers) } else { Ok(()) }
}

/// Health probes carry no key, and tell nothing.
fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

fn check_host(door: &Door, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let host = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST)?.to_str().ok())
        .unwrap_or_default();
    let name = host_name(host);
    if is_loopback(name) || door.hosts.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "permission_error",
        "host_not_allowed",
        format!(
            "this router is open to this machine only, and was addressed as {name:?}. Use http://127.0.0.1, or name that host in server.allowed_hosts."
        ),
    ))
}

fn check_origin(door: &Door, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let same = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    if same || door.origins.iter().any(|known| known == origin) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "permission_error",
        "origin_not_allowed",
        format!(
            "web pages of {origin:?} may not use this router. If they should, name that origin in server.allowed_origins."
        ),
    ))
}

fn check_key(door: &Door, headers: &HeaderMap) -> Result<(), Refusal> {
    if door.keys.is_empty() {
        return Ok(());
    }
    let given = given_key(headers).unwrap_or_default();
    // Every key is compared, so that the time tells nothing of which one was near.
    let known = door.keys.iter().fold(false, |known, key| known | key.matches(given.as_bytes()));
    if known {
        return Ok(());
    }
    let what = if given.is_empty() { "no key was sent" } else { "that key is not known here" };
    Err(Refusal::new(
        401,
        "authentication_error",
        "invalid_api_key",
        format!(
            "{what}. Send a client key of this router as \"Authorization: Bearer KEY\" or as \"x-api-key: KEY\"."
        ),
    ))
}

/// The key that a client sent, whether it is known or not.
pub(super) fn given_key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok())
}

fn host_name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        Door {
            body_limit: 1,
            keys: Vec::new(),
            hosts: vec!["box.lan".into()],
            origins: vec!["http://app.test".into()],
            public: None,
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), (*value).parse().unwrap()))
            .collect()
    }

    fn code(pairs: &[(&'static str, &'static str)]) -> Option<&'static str> {
        check(&door(), &Uri::from_static("/v1/models"), &headers(pairs)).err().map(|r| r.code)
    }

    #[test]
    fn loopback_names_come_in_and_rebound_names_do_not() {
        for host in
            ["127.0.0.1:7685", "localhost", "LOCALHOST:1", "[::1]:7685", "127.9.9.9", "box.lan:80"]
        {
            assert_eq!(code(&[("host", host)]), None, "{host}");
        }
        for host in ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:7685", ""] {
            assert_eq!(code(&[("host", host)]), Some("host_not_allowed"), "{host}");
        }
    }

    #[test]
    fn pages_of_other_origins_stay_outside() {
        let same = [("host", "localhost:7685"), ("origin", "http://localhost:7685")];
        assert_eq!(code(&same), None);
        assert_eq!(code(&[("host", "localhost"), ("origin", "http://app.test")]), None);
        for origin in ["null", "https://evil.test", "http://localhost:3000"] {
            let refused = check(
                &door(),
                &Uri::from_static("/v1/models"),
                &HeaderMap::from_iter([
                    (header::HOST, "localhost:7685".parse().unwrap()),
                    (header::ORIGIN, origin.parse().unwrap()),
                ]),
            );
            assert_eq!(refused.err().map(|r| r.code), Some("origin_not_allowed"), "{origin}");
        }
    }
}
