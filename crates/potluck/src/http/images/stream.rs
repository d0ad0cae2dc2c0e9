//! Pictures as they come: a stream that stays alive while they are made, and says in comments how far they are.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderValue, header};
use potluck_core::verdict::Refusal;
use potluck_dialect::image::{Door, Writer};
use serde_json::json;

use super::order::Order;
use super::{describe, hand, shown};
use crate::house::House;
use crate::http::answer;
use crate::relay::{Look, Painted};

/// How long the status waits for the first picture, so that a failure can still be a plain HTTP error.
const HEAD_WAIT: Duration = Duration::from_secs(2);

/// How often it is looked how far the pictures are.
const TICK: Duration = Duration::from_secs(1);

/// How many looks that show nothing new go by before a stream says that it lives.
const SILENT: u32 = 10;

const EVENTS: &str = "text/event-stream";

/// The answer as a stream.
///
/// # Errors
/// Nothing could be made, and that was known before the stream began.
pub(super) async fn answer(
    house: Arc<House>,
    order: Order,
    base: String,
) -> Result<Response, Refusal> {
    let mut work = Box::pin(order.work(&house));
    let first = match tokio::time::timeout(HEAD_WAIT, work.next()).await {
        Ok(Some((_, Err(refusal)))) if work.is_empty() => return Err(refusal),
        Ok(first) => first,
        Err(_late) => None,
    };
    let kind = kind(order.asked.door);
    let id = order.arrival.id.clone();
    let head = first.as_ref().and_then(|(_, made)| Some(made.as_ref().ok()?.0.clone()));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer::name(headers, &id);
    if let Some(head) = head {
        describe(headers, &order, &head, 0);
    }
    *response.body_mut() = Body::from_stream(async_stream::stream! {
        let mut news = News::of(kind);
        let (mut came, mut refusal) = (first, None);
        let mut next = loop {
            match came.take() {
                Some((_, Ok((_, painted)))) => break Some(painted),
                Some((_, Err(why))) => { refusal.get_or_insert(why); }
                None => {}
            }
            if work.is_empty() {
                break None;
            }
            match tokio::time::timeout(TICK, work.next()).await {
                Ok(one) => came = one,
                Err(_tick) => if let Some(news) = news.of_now(&order.board.look()) {
                    yield Ok::<_, Infallible>(news);
                },
            }
        };
        let stamp = order.stamp(next.as_ref().map_or("potluck", |painted| &painted.offer));
        let mut writer = order.asked.writer(&stamp);
        if next.is_none() {
            yield Ok(failed(&mut writer, refusal));
            return;
        }
        loop {
            if let Some(painted) = next.take() {
                yield Ok(completed(&mut writer, &house, &order, &painted, &base));
            }
            if work.is_empty() {
                break;
            }
            match tokio::time::timeout(TICK, work.next()).await {
                Ok(Some((_, Ok((_, painted))))) => next = Some(painted),
                Ok(Some((_, Err(_)))) => {}
                Ok(None) => break,
                Err(_tick) => if let Some(news) = news.of_now(&order.board.look()) {
                    yield Ok(news);
                },
            }
        }
        let mut end = Vec::new();
        writer.finish(&mut end);
        yield Ok(Bytes::from(end));
    });
    Ok(response)
}

/// What kind of stream a door answers with.
const fn kind(door: Door) -> &'static str {
    match door {
        Door::Chat(client) => client.stream_type(),
        Door::Generations | Door::Edits | Door::OpenRouter => EVENTS,
    }
}

fn completed(
    writer: &mut Writer<'_>,
    house: &House,
    order: &Order,
    painted: &Painted,
    base: &str,
) -> Bytes {
    let mut out = Vec::with_capacity(painted.bytes.len() / 3 * 4 + 1024);
    let handed = hand(house, &order.asked, painted, base);
    writer.completed(&shown(painted, &handed), None, &mut out);
    Bytes::from(out)
}

fn failed(writer: &mut Writer<'_>, refusal: Option<Refusal>) -> Bytes {
    let mut out = Vec::new();
    writer.fail(&refusal.unwrap_or_else(super::nothing_made), &mut out);
    Bytes::from(out)
}

/// What a stream says of the wait, in comments that clients do not read.
struct News {
    /// Whether the stream has comments at all.
    told: bool,
    seen: Look,
    silent: u32,
}

impl News {
    fn of(kind: &str) -> Self {
        Self { told: kind == EVENTS, seen: Look::default(), silent: 0 }
    }

    /// How far the pictures are, where that is new; else now and then that the stream lives.
    fn of_now(&mut self, look: &Look) -> Option<Bytes> {
        self.silent += 1;
        if !self.told || (*look == self.seen && self.silent < SILENT) {
            return None;
        }
        self.silent = 0;
        self.seen = look.clone();
        let told = json!({
            "done": look.done, "of": look.of, "queue": look.queue,
            "wait_seconds": look.wait, "offer": look.offer,
        });
        Some(Bytes::from(format!(": potluck {told}\n\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_told_at_once_and_what_is_not_now_and_then() {
        let mut news = News::of(EVENTS);
        let look = Look { of: 2, queue: Some(3), wait: Some(40), ..Look::default() };
        let told = news.of_now(&look).expect("news");
        let expected =
            ": potluck {\"done\":0,\"of\":2,\"queue\":3,\"wait_seconds\":40,\"offer\":null}\n\n";
        assert_eq!(told, expected);
        let silent = (0..SILENT - 1).filter_map(|_| news.of_now(&look)).count();
        assert_eq!(silent, 0);
        assert!(news.of_now(&look).is_some(), "it still lives");
        assert!(News::of("application/x-ndjson").of_now(&look).is_none());
    }
}
