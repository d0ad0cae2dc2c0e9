//! `GET /pool/events`: what changes, as server-sent events.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use potluck_core::Moment;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde_json::{Value, json};

use crate::events::{About, Change, Heard, LISTENERS, Listener};
use crate::house::House;
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::pool::audience::{ADDED, Audience};
use crate::http::pool::shape;
use crate::http::reach::Reach;
use crate::shelf::Shelf;

/// How often the pool is looked at while somebody listens.
const GLANCE: Duration = Duration::from_millis(250);

/// How often a silent stream says that it still lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Tells what changes, for as long as somebody listens: first the whole pool, then each change; of what whoever asks may use.
pub(in crate::http) async fn events(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let Some(listener) = house.events.listen() else {
        return answer::refuse(Client::Chat, &too_many(), None);
    };
    let mut response = Response::new(stream(Audience::of(house, caller), listener));
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
            let (kind, about, told) = describe(&change, &shelf, view.now);
            house.events.tell(kind, || (about, told));
        }
        tokio::time::sleep(GLANCE).await;
        house.events.lookout.forget_if(|| !house.events.is_heard());
    }
}

fn describe(change: &Change<'_>, shelf: &Shelf, now: Moment) -> (&'static str, About, Value) {
    match change {
        Change::Added(offer) => {
            let told = shape::offer(shelf, offer, now, &Reach::whole());
            (ADDED, About::Offer(offer.name.clone()), told)
        }
        Change::Removed(name, credential) => {
            let told = json!({ "offer": name.as_str(), "credential": credential.as_str() });
            ("offer_removed", About::Offer(name.clone()), told)
        }
        Change::State { offer, was } => {
            let mut told = shape::standing(offer, now);
            told["was"] = json!(was);
            ("state", About::Offer(offer.name.clone()), told)
        }
        Change::Limit { limit, how } => {
            let mut told = shape::limit(limit, now);
            told["change"] = json!(how);
            ("limit", About::Limit(Arc::clone(&limit.key)), told)
        }
    }
}

fn stream(mut audience: Audience, mut listener: Listener) -> Body {
    Body::from_stream(async_stream::stream! {
        yield Ok::<_, Infallible>(snapshot(&audience, listener.since));
        let mut last = listener.since;
        while audience.may_stay() {
            match tokio::time::timeout(HEARTBEAT, listener.next()).await {
                Ok(Heard::Event(told)) => {
                    last = told.id;
                    if let Some(words) = audience.hear(&told) {
                        yield Ok(event(told.id, told.kind, &words));
                    }
                }
                Ok(Heard::Lagged(lost)) => {
                    last += lost;
                    yield Ok(event(last, "lagged", &json!({ "lost": lost }).to_string()));
                    yield Ok(snapshot(&audience, last));
                }
                Ok(Heard::End) => break,
                Err(_silent) => yield Ok(Bytes::from_static(b": nothing new\n\n")),
            }
        }
    })
}

fn snapshot(audience: &Audience, id: u64) -> Bytes {
    event(id, "snapshot", &audience.snapshot().to_string())
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
