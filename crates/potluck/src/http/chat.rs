//! `POST /v1/chat/completions`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use potluck_core::requirements::Requirements;
use potluck_core::verdict::Refusal;
use potluck_dialect::{Dialect, StreamWriter, estimate};

use crate::house::House;
use crate::http::{answer, body, wishes};
use crate::relay::{self, Answer, Found, Head, Job};

/// How long a stream's status waits for the first content, so that failures can still be plain HTTP
/// errors; then it is sent, and keep-alives with it. Clients give up on heads after 60 s.
const HEAD_WAIT: Duration = Duration::from_secs(10);

/// How often a stream that waits says so.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Answers a chat request, whole or as a stream.
pub(super) async fn complete(
    State(house): State<Arc<House>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let seed = house.seed();
    let now = house.clock.now();
    let id = format!("gen-{:x}{seed:016x}", now.as_secs());
    let served = serve(&house, &headers, body, &id, seed, now.as_secs()).await;
    served.unwrap_or_else(|refusal| answer::refuse(&refusal, Some(&id)))
}

async fn serve(
    house: &Arc<House>,
    headers: &HeaderMap,
    body: Body,
    id: &str,
    seed: u64,
    created: i64,
) -> Result<Response, Refusal> {
    let original = body::read(body, house.door.body_limit).await?;
    let request = Dialect::OpenAi.read_request(&original)?;
    let wishes = wishes::read(headers)?;
    let tokens = estimate::prompt_tokens(&request);
    let requirements = Requirements::derive(&request, tokens, &wishes);
    let seed = requirements.constraints.seed.unwrap_or(seed);
    let client = Dialect::OpenAi;
    let id = id.to_owned();
    let job = Job { id, created, client, request, original, requirements, seed };
    if job.streams() {
        stream(Arc::clone(house), job).await
    } else {
        let found = relay::find(house, &job).await?;
        Ok(respond(&job.id, found))
    }
}

async fn stream(house: Arc<House>, job: Job) -> Result<Response, Refusal> {
    let id = job.id.clone();
    let writer = job.client.stream_writer(job.stamp("potluck"), job.wants_usage());
    let mut finding = Box::pin(async move { relay::find(&house, &job).await });
    match tokio::time::timeout(HEAD_WAIT, &mut finding).await {
        Ok(found) => Ok(respond(&id, found?)),
        Err(_late) => Ok(promise(&id, finding, writer)),
    }
}

/// An answer whose first content is here.
fn respond(id: &str, found: Found) -> Response {
    let mut response = match found.answer {
        Answer::Whole(body) => answer::json(StatusCode::OK, body),
        Answer::Stream(pour) => event_stream(Body::new(*pour)),
    };
    answer::name(response.headers_mut(), id);
    answer::describe(response.headers_mut(), &found.head);
    response
}

/// A stream that begins before anybody has answered: it stays alive by comments, and tells a failure
/// inside itself.
fn promise<F>(id: &str, mut finding: std::pin::Pin<Box<F>>, mut writer: StreamWriter) -> Response
where
    F: Future<Output = Result<Found, Refusal>> + Send + 'static,
{
    let body = async_stream::stream! {
        let found = loop {
            yield Ok::<_, Infallible>(Bytes::from_static(writer.keep_alive()));
            if let Ok(found) = tokio::time::timeout(KEEP_ALIVE, &mut finding).await {
                break found;
            }
        };
        match found {
            Ok(Found { answer: Answer::Stream(mut pour), head: Head { .. } }) => {
                while let Some(Ok(frame)) = pour.frame().await {
                    if let Ok(data) = frame.into_data() {
                        yield Ok(data);
                    }
                }
            }
            Ok(Found { answer: Answer::Whole(body), .. }) => yield Ok(body),
            Err(refusal) => {
                let mut out = Vec::new();
                writer.fail(&refusal, &mut out);
                yield Ok(Bytes::from(out));
            }
        }
    };
    let mut response = event_stream(Body::from_stream(body));
    answer::name(response.headers_mut(), id);
    response
}

fn event_stream(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
