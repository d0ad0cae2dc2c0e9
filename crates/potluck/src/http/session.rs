//! `GET`, `POST` and `DELETE /session`: a browser is let in by a key that manages, and stays in by a cookie that no page
//! can read.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use potluck_core::Moment;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::caller::{COOKIE, Caller, cookie};
use crate::http::keys::private;
use crate::http::{answer, body};
use crate::keys::{By, Session, Sessions};

/// The largest body: a key.
const LARGEST: usize = 4 << 10;

/// What a page of an open router sends as its token: there is nobody to tell it from.
const OPEN: &str = "open";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    key: String,
}

/// Who this browser is, and what its changes have to carry.
pub(super) async fn show(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    private(answer::value(StatusCode::OK, &told(&house, &caller)))
}

/// Lets a browser in.
pub(super) async fn open(State(house): State<Arc<House>>, body: Body) -> Response {
    match let_in(&house, body).await {
        Ok((token, session)) => {
            let response = answer::value(StatusCode::OK, &of_session(&house, &session));
            with_cookie(&house, response, &token, Sessions::LENGTH.as_secs())
        }
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

/// Sends it out again.
pub(super) async fn close(State(house): State<Arc<House>>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie(&headers) {
        house.keys.sessions.close(token);
    }
    let caller = if house.is_open() { Caller::Anybody } else { Caller::Stranger };
    with_cookie(&house, answer::value(StatusCode::OK, &told(&house, &caller)), "", 0)
}

async fn let_in(house: &House, body: Body) -> Result<(String, Session), Refusal> {
    let bytes = body::read(body, LARGEST).await?;
    let Wanted { key } = serde_json::from_slice(&bytes).map_err(|_| {
        // what it says of the place could repeat the key
        let message =
            "the body has to be {\"key\": \"pk-…\"}, with a key that may manage this router.";
        Refusal::bad_request("invalid_json", message, Some("key".to_owned()))
    })?;
    let now = house.clock.now();
    let by = match Caller::of_key(house, &key, now)? {
        Caller::Known { admin: true } => By::Settings,
        Caller::Holder(holder) if holder.key.manages(now) => By::Key(holder.key.id.clone()),
        _ => return Err(manages_nothing()),
    };
    house.keys.sessions.open(by, now).map_err(|why| {
        let message = format!("the system gives no random numbers: {why}. Try again.");
        Refusal::new(500, "api_error", "internal", message)
    })
}

fn told(house: &House, caller: &Caller) -> Value {
    match caller {
        Caller::Browser(session) => of_session(house, session),
        other => {
            let open = matches!(other, Caller::Anybody);
            json!({
                "admin": open || other.has_admin_key(house.clock.now()),
                "keys_needed": !house.is_open(),
                "csrf": open.then_some(OPEN),
                "name": other.holder().map(|holder| holder.key.name.as_str()),
                "expires": null,
            })
        }
    }
}

fn of_session(house: &House, session: &Session) -> Value {
    let name = match &session.by {
        By::Settings => "server.admin_keys".to_owned(),
        By::Key(id) => {
            house.keys.by_id(id).map(|holder| holder.key.name.clone()).unwrap_or_default()
        }
    };
    json!({
        "admin": true,
        "keys_needed": true,
        "csrf": session.csrf,
        "name": name,
        "expires": time(session.until),
    })
}

/// No page can read it, none of another site has it sent, and by https it is never sent without.
fn with_cookie(house: &House, response: Response, token: &str, seconds: u64) -> Response {
    let https = house.terms().door.public.as_deref().is_some_and(|url| url.starts_with("https://"));
    let secure = if https { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    let mut response = private(response);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn manages_nothing() -> Refusal {
    Refusal::new(
        403,
        "permission_error",
        "admin_key_needed",
        "that key may ask for answers, and may not manage this router. `potluck keys create NAME --admin` makes one that may, as does POST /keys where \"admin\" is true; server.admin_keys in the settings names others.",
    )
}

fn time(moment: Moment) -> String {
    jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default().to_string()
}
