//! The doors at which chat is asked for, each in its own shape.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use potluck_core::request::ChatRequest;
use potluck_core::requirements::Requirements;
use potluck_core::verdict::{Refusal, unknown_model};
use potluck_dialect::{Asked, Client, Contract, Echo, Stamp, estimate, image};

use crate::house::House;
use crate::http::arrival::Arrival;
use crate::http::caller::Caller;
use crate::http::routes::{Methods, post};
use crate::http::{answer, images, terms, wishes};
use crate::relay::{self, Answer, Chat, Found, Head, Job, Work};

/// How long a stream's status waits for the first content, so that failures can still be plain HTTP
/// errors; then it is sent, and keep-alives with it. Clients give up on heads after 60 s.
const HEAD_WAIT: Duration = Duration::from_secs(10);

/// How often a stream that waits says so.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The door of a client: takes its requests, and answers whole or as a stream.
pub(super) fn door(client: Client) -> Methods {
    post(
        move |State(house): State<Arc<House>>,
              Extension(caller): Extension<Caller>,
              mut arrival: Arrival,
              headers: HeaderMap,
              body: Body| async move {
            let asker = Asker { client, caller, headers };
            // Boxed: every layer around the doors moves what they give it.
            let served = Box::pin(serve(&house, &asker, body, &mut arrival)).await;
            served.unwrap_or_else(|refusal| answer::refuse(client, &refusal, Some(&arrival.id)))
        },
    )
}

/// Who asks, in which shape, and what they say beside the body.
struct Asker {
    client: Client,
    caller: Caller,
    headers: HeaderMap,
}

async fn serve(
    house: &Arc<House>,
    asker: &Asker,
    body: Body,
    arrival: &mut Arrival,
) -> Result<Response, Refusal> {
    let Asker { client, caller, headers } = asker;
    let client = *client;
    let asked = house.clock.mark();
    let original = arrival.body(house, body).await?;
    let Asked { request, echo } = client.read_request(&original)?;
    if let Some(ready) = ready(house, client, &request, arrival)? {
        return Ok(ready);
    }
    if image::wants_picture(&request) {
        let asker = (headers, caller);
        return Box::pin(images::converse(house, client, request, asker, arrival.clone())).await;
    }
    let echo = if client.tells_time() { Echo::Timed(Arc::new(asked)) } else { echo };
    let contract = Contract::of(&request, client.schema_field())?;
    let wishes = wishes::of(headers, caller)?;
    let tokens = estimate::prompt_tokens(&request);
    let mut requirements = Requirements::derive(&request, tokens, &wishes);
    let charge = terms::engage(house, caller, &request.models, &mut requirements).await?;
    let tells_route = wishes::tells_route(headers);
    let explains = wishes::explains(headers)?;
    let work = Work::Chat(Box::new(Chat { client, echo, request, original, contract }));
    let job = Job { tells_route, explains, ..arrival.job(work, requirements, charge) };
    if job.work.streams() {
        stream(Arc::clone(house), client, job).await
    } else {
        let found = Box::pin(relay::find(house, &job)).await?;
        Ok(respond(client, &job, found))
    }
}

/// The answer to a client that only wants a model to be ready: every model that has a name is.
fn ready(
    house: &House,
    client: Client,
    request: &ChatRequest,
    arrival: &Arrival,
) -> Result<Option<Response>, Refusal> {
    let model = request.models.first().cloned().unwrap_or_else(|| "free".to_owned());
    let stamp = Stamp { id: arrival.id.clone(), created: arrival.created, model };
    let Some(ready) = client.write_ready(request, &stamp) else { return Ok(None) };
    house.shelf().catalog.select(&request.models).map_err(|unknown| unknown_model(&unknown))?;
    let mut response = answer::json(StatusCode::OK, ready);
    answer::name(response.headers_mut(), &arrival.id);
    Ok(Some(response))
}

async fn stream(house: Arc<House>, client: Client, job: Job) -> Result<Response, Refusal> {
    let job = Arc::new(job);
    let mut finding = {
        let job = Arc::clone(&job);
        Box::pin(async move { relay::find(&house, &job).await })
    };
    match tokio::time::timeout(HEAD_WAIT, &mut finding).await {
        Ok(found) => Ok(respond(client, &job, found?)),
        Err(_late) => Ok(promise(client, job, finding)),
    }
}

/// An answer whose first content is here.
fn respond(client: Client, job: &Job, found: Found) -> Response {
    let mut response = match found.answer {
        Answer::Whole(body) if job.work.streams() => event_stream(client, Body::from(body)),
        Answer::Whole(body) => answer::json(StatusCode::OK, body),
        Answer::Stream(pour) => event_stream(client, Body::new(*pour)),
        Answer::Picture(painted) => Response::new(Body::from(painted.bytes)),
    };
    answer::name(response.headers_mut(), &job.id);
    answer::describe(response.headers_mut(), &found.head);
    response
}

/// A stream that begins before anybody has answered: it stays alive by comments, and tells a failure
/// inside itself.
fn promise<F>(client: Client, job: Arc<Job>, mut finding: Pin<Box<F>>) -> Response
where
    F: Future<Output = Result<Found, Refusal>> + Send + 'static,
{
    let id = job.id.clone();
    let body = async_stream::stream! {
        let found = loop {
            if !client.keep_alive().is_empty() {
                yield Ok::<_, Infallible>(Bytes::from_static(client.keep_alive()));
            }
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
            Ok(Found { answer: Answer::Picture(painted), .. }) => yield Ok(painted.bytes),
            Err(refusal) => {
                yield Ok(Bytes::from(job.fail(&refusal)));
            }
        }
    };
    let mut response = event_stream(client, Body::from_stream(body));
    answer::name(response.headers_mut(), &id);
    response
}

fn event_stream(client: Client, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    *headers = HeaderMap::with_capacity(answer::HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(client.stream_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
