//! The guard before everything that changes or reveals what is the administrator's: keys, above all.
//!
//! It stands on the routes themselves: what is authorised is what is served, whatever a path or a header says. Three may
//! pass. Who sends a key that manages. A browser that was let in by one: its pages come from this origin, and prove with
//! each change that they are these pages. And whoever is on this machine, while there is no key: a page of another origin
//! cannot send the header that a change needs without asking first, and is not let.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, Method, header};
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;

use crate::clock::Clock;
use crate::http::answer;
use crate::http::caller::Caller;

/// What every change by a browser has to carry.
pub(super) const CSRF: HeaderName = HeaderName::from_static("x-potluck-csrf");

/// Lets those pass who may manage the router; laid around routes by [`Routes::managed`](super::routes::Routes::managed).
pub(super) async fn require(request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or(Caller::Stranger);
    match allow(&caller, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

fn allow(caller: &Caller, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    match caller {
        Caller::Browser(_) => same_origin(headers),
        Caller::Anybody => {
            same_origin(headers)?;
            if method.is_safe() || headers.contains_key(CSRF) { Ok(()) } else { Err(no_token()) }
        }
        _ if caller.has_admin_key(Clock.now()) => Ok(()),
        Caller::Holder(_) | Caller::Known { .. } | Caller::Stranger => Err(Refusal::new(
            403,
            "permission_error",
            "admin_key_needed",
            "this needs a key that may manage the router. `potluck keys create NAME --admin` makes one, as does POST /keys where \"admin\" is true; server.admin_keys in the settings names others.",
        )),
    }
}

/// Refuses pages of any other origin, those that may ask for answers too.
fn same_origin(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let elsewhere = site.is_some_and(|site| site != "same-origin" && site != "none");
    let host = text(header::HOST).unwrap_or_default();
    let own = match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => {
            let origin = origin.to_str().unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, authority)| authority == host)
        }
    };
    if own && !elsewhere {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "permission_error",
        "origin_not_allowed",
        "only pages of this router itself may do this, whatever server.allowed_origins says. Open its own dashboard, or send an administrator's key.",
    ))
}

/// What to say where a change by a browser carries no proof of its page.
pub(super) fn no_token() -> Refusal {
    Refusal::new(
        403,
        "permission_error",
        "csrf_token_needed",
        "a change without a client key needs the header x-potluck-csrf, with the `csrf` that GET /session answers: so no other page can ask in this one's name.",
    )
}
