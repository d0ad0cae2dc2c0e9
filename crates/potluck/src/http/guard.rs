//! Who may come in: keys and cookies, and the `Host` and `Origin` checks.
//!
//! Without keys a loopback bind is open to this machine alone. A web page in a browser on this machine
//! could still reach it, by a name that it rebinds to loopback or by a plain cross-site request: both
//! are refused here. So are they where a cookie would speak for a page. Which paths need no key is asked of the route
//! that will serve, never of the path as it was written.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use potluck_core::verdict::Refusal;

use crate::house::{Door, House};
use crate::http::caller::Caller;
use crate::http::{admin, answer, speaker};

/// Lets a request through, or refuses it with what to do.
pub(super) async fn admit(
    State(house): State<Arc<House>>,
    mut request: Request,
    next: Next,
) -> Response {
    let terms = house.terms();
    let page = allowed_page(&terms.door, request.headers());
    let client = speaker::of(request.uri().path());
    let mut response = match (&page, request.method()) {
        // A browser asks before it sends, and sends no key when it asks.
        (Some(_), &Method::OPTIONS) => preflight(request.headers()),
        _ => match check(&house, &terms.door, &request) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
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

fn check(house: &House, door: &Door, request: &Request) -> Result<Caller, Refusal> {
    let headers = request.headers();
    let route = request.extensions().get::<MatchedPath>();
    let caller = match Caller::identify(house, headers) {
        Err(_) if route.is_some_and(|route| needs_no_key(route.as_str())) => Caller::Stranger,
        identified => identified?,
    };
    check_origin(door, headers)?;
    match &caller {
        Caller::Anybody => check_host(door, request.uri(), headers, is_loopback)?,
        // A browser takes no address for a name: what is reached by one is what its pages came from.
        Caller::Browser(_) => check_host(door, request.uri(), headers, is_address)?,
        // Whoever sends a key chose to; a page on a rebound name has none.
        Caller::Stranger | Caller::Known { .. } | Caller::Holder(_) => {}
    }
    if let Caller::Browser(session) = &caller
        && !request.method().is_safe()
        && !headers.get(admin::CSRF).is_some_and(|token| session.matches(token.as_bytes()))
    {
        return Err(admin::no_token());
    }
    Ok(caller)
}

/// Routes that serve everybody: probes tell nothing, the dashboard's files are the same for all, a picture's name is the
/// permission to see it, and a session begins with a key in its body.
fn needs_no_key(route: &str) -> bool {
    matches!(route, "/healthz" | "/readyz" | "/" | "/dashboard/{*path}" | "/session")
        || route.ends_with("/images/files/{file}")
}

fn check_host(
    door: &Door,
    uri: &Uri,
    headers: &HeaderMap,
    is_own: fn(&str) -> bool,
) -> Result<(), Refusal> {
    let host = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST)?.to_str().ok())
        .unwrap_or_default();
    let name = host_name(host);
    if is_own(name) || door.hosts.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "permission_error",
        "host_not_allowed",
        format!(
            "pages that come by the name {name:?} may not use this router: anybody can have a name point here. Use its address, such as http://127.0.0.1, or name that host in server.allowed_hosts."
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

fn is_address(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        Door {
            body_limit: 1,
            keys: Vec::new(),
            admin_keys: Vec::new(),
            loopback: true,
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
        let headers = headers(pairs);
        let checked = check_origin(&door(), &headers).and_then(|()| {
            check_host(&door(), &Uri::from_static("/v1/models"), &headers, is_loopback)
        });
        checked.err().map(|refusal| refusal.code)
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
            let refused = check_origin(
                &door(),
                &HeaderMap::from_iter([
                    (header::HOST, "localhost:7685".parse().unwrap()),
                    (header::ORIGIN, origin.parse().unwrap()),
                ]),
            );
            assert_eq!(refused.err().map(|r| r.code), Some("origin_not_allowed"), "{origin}");
        }
    }
}
