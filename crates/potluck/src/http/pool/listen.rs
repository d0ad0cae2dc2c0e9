//! `GET /pool/events`: what changes, as server-sent events.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use potluck_core::Moment;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde_json::{Value, json};

use crate::events::{Change, Heard, LISTENERS, Listener};
use crate::house::House;
use crate::http::answer;
use crate::http::pool::shape;
use crate::shelf::Shelf;

/// How often the pool is looked at while somebody listens.
const GLANCE: Duration = Duration::from_millis(250);

/// How often a silent stream says that it still lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Tells what changes, for as long as somebody listens: first the whole pool, then each change.
pub(in crate::http) async fn events(State(house): State<Arc<House>>) -> Response {
    let Some(listener) = house.events.listen() else {
        return answer::refuse(Client::Chat, &too_many(), None);
    };
    let mut response = Response::new(stream(house, listener));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Looks at the pool a few times a second while somebody listens, and tells what changed.
pub(in crate::http) async fn look_out(house: Arc<House>) {
    loop {
        house.events.heard().await;
        let (shelf, view) = house.view();
        for change in house.events.lookout.look(&view) {
            let (kind, told) = describe(&change, &shelf, view.now);
            house.events.tell(kind, || told);
        }
        tokio::time::sleep(GLANCE).await;
        house.events.lookout.forget_if(|| !house.events.is_heard());
    }
}

fn describe(change: &Change<'_>, shelf: &Shelf, now: Moment) -> (&'static str, Value) {
    match change {
        Change::Added(offer) => ("offer_added", shape::offer(shelf, offer, now)),
        Change::Removed(name, credential) => {
            let (offer, credential) = (name.as_str(), credential.as_str());
            ("offer_removed", json!({ "offer": offer, "credential": credential }))
        }
        Change::State { offer, was } => {
            let mut told = shape::standing(offer, now);
            told["was"] = json!(was);
            ("state", told)
        }
        Change::Limit { limit, how } => {
            let mut told = shape::limit(limit, now);
            told["change"] = json!(how);
            ("limit", told)
        }
    }
}

fn stream(house: Arc<House>, mut listener: Listener) -> Body {
    Body::from_stream(async_stream::stream! {
        yield Ok::<_, Infallible>(snapshot(&house, listener.since));
        let mut last = listener.since;
        loop {
            match tokio::time::timeout(HEARTBEAT, listener.next()).await {
                Ok(Heard::Event(told)) => {
                    last = told.id;
                    yield Ok(event(told.id, told.kind, &told.data));
                }
                Ok(Heard::Lagged(lost)) => {
                    last += lost;
                    yield Ok(event(last, "lagged", &json!({ "lost": lost }).to_string()));
                    yield Ok(snapshot(&house, last));
                }
                Ok(Heard::End) => break,
                Err(_silent) => yield Ok(Bytes::from_static(b": nothing new\n\n")),
            }
        }
    })
}

/// The whole pool. What changes after it is told, and may be told twice: events say how things are, not by how much
/// they changed.
fn snapshot(house: &House, id: u64) -> Bytes {
    let (shelf, view) = house.view();
    house.events.lookout.begin(&view);
    let pool = shape::pool(house, &shelf, &view);
    event(id, "snapshot", &pool.to_string())
}

/// JSON in one line needs one `data:`.
fn event(id: u64, kind: &str, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 48);
    // Writing into a string cannot fail.
    let _ = write!(text, "id: {id}\nevent: {kind}\ndata: {data}\n\n");
    Bytes::from(text)
}

fn too_many() -> Refusal {
    Refusal::new(
        503,
        "api_error",
        "too_many_listeners",
        format!(
            "{LISTENERS} listen already, or the router is stopping. End one of them, or ask GET /pool now and then."
        ),
    )
}
