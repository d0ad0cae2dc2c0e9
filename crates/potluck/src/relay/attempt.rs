//! One attempt at one offer: from the wire request to the first content, or to a classified failure.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use potluck_core::outcome::{Failure, Stage};
use potluck_dialect::bridge::{StreamBridge, Whole};
use potluck_dialect::fault::{self, Transport};
use potluck_dialect::{BadAnswer, Route, Written, rates};

use crate::house::House;
use crate::relay::flight::Flight;
use crate::relay::paint::{Painted, paint};
use crate::relay::pour::Pour;
use crate::relay::record::Record;
use crate::relay::{Answer, Job, Work};
use crate::upstream::{Fault, ReadFault, collect, fault_of};

/// The largest whole answer that is read: pictures inside a chat answer fit, endless ones do not.
const WHOLE_CAP: usize = 64 << 20;

/// The largest error body that is read.
const ERROR_CAP: usize = 256 << 10;

/// How long an error body may take.
const ERROR_TIME: Duration = Duration::from_secs(5);

/// The most that is read before the first content: a stream that never says anything ends here.
const HOLD_CAP: usize = 4 << 20;

/// One offer's turn.
pub(super) struct Attempt {
    pub(super) flight: Flight,
    pub(super) record: Record,
    /// The way here, where the client asked to be told.
    pub(super) route: Option<Route>,
    /// The time that it has until its first content.
    pub(super) share: Duration,
}

/// A failed attempt, with its reservation still open.
pub(super) struct Failed {
    pub(super) flight: Flight,
    pub(super) record: Record,
    pub(super) failure: Failure,
}

/// Tries one offer.
pub(super) async fn run(
    house: &Arc<House>,
    job: &Job,
    attempt: Attempt,
) -> Result<(Answer, Vec<String>), Failed> {
    let Attempt { mut flight, mut record, route, share } = attempt;
    let served = serve(house, job, &mut flight, route.as_ref(), share).await;
    record.sent(&flight);
    match served {
        Ok(Begun { answer, dropped }) => {
            record.begins(&dropped);
            Ok((begin(house, flight, record, answer), dropped))
        }
        Err(failure) => Err(Failed { flight, record, failure }),
    }
}

fn begin(house: &Arc<House>, flight: Flight, record: Record, answer: First) -> Answer {
    match answer {
        First::Whole(whole) => {
            record.served(&flight, whole.finish, whole.usage);
            flight.succeed();
            Answer::Whole(Bytes::from(whole.body))
        }
        First::Picture(painted) => {
            record.served(&flight, None, None);
            flight.succeed();
            Answer::Picture(painted)
        }
        First::Stream(stream) => {
            Answer::Stream(Box::new(Pour::new(house, flight, record, *stream)))
        }
    }
}

/// An answer that has begun, and what of the question could not cross.
struct Begun {
    answer: First,
    dropped: Vec<String>,
}

enum First {
    Whole(Whole),
    Stream(Box<Committed>),
    Picture(Box<Painted>),
}

/// A stream whose first content has arrived.
pub(super) struct Committed {
    pub(super) body: Incoming,
    pub(super) bridge: StreamBridge,
    /// What the client has not been sent yet.
    pub(super) held: Vec<u8>,
    /// Whether the provider's body has ended already.
    pub(super) ended: bool,
    /// What translating it took before it was committed.
    own_time: Duration,
}

async fn serve(
    house: &House,
    job: &Job,
    flight: &mut Flight,
    route: Option<&Route>,
    share: Duration,
) -> Result<Begun, Failure> {
    if let Work::Image(painting) = &job.work {
        // Boxed, so that every chat does not carry the room for a download.
        let painted = Box::pin(paint(house, painting, flight, share)).await?;
        let dropped = painted.dropped.clone();
        return Ok(Begun { answer: First::Picture(Box::new(painted)), dropped });
    }
    let patience = patience(house, flight, job, share);
    if let Some(bridge) = job.bridge(flight, route) {
        return stream(house, job, flight, patience, bridge).await;
    }
    let begun = house.clock.mark();
    let (mut bodies, mut dropped) = (Vec::with_capacity(1), Vec::new());
    for written in job.work.write(flight) {
        dropped = written.dropped;
        let left = patience.saturating_sub(begun.elapsed());
        let body = exchange(house, flight, false, written.body, left).await?;
        let left = patience.saturating_sub(begun.elapsed());
        bodies.push(collect(body, WHOLE_CAP, left).await.map_err(unread)?);
    }
    let arrived = house.clock.mark();
    let whole = whole(house, job, flight, route, &bodies)?;
    flight.spend(arrived.elapsed());
    Ok(Begun { answer: First::Whole(whole), dropped })
}

async fn stream(
    house: &House,
    job: &Job,
    flight: &mut Flight,
    patience: Duration,
    bridge: StreamBridge,
) -> Result<Begun, Failure> {
    let Some(Written { body, dropped }) = job.work.write(flight).into_iter().next() else {
        return Err(bad_answer(house, flight, &BadAnswer::Empty));
    };
    let body = exchange(house, flight, true, body, patience).await?;
    let left = patience.saturating_sub(flight.age());
    let stream =
        Committed { body, bridge, held: Vec::new(), ended: false, own_time: Duration::ZERO };
    let stream = commit(house, flight, stream, left).await?;
    Ok(Begun { answer: First::Stream(Box::new(stream)), dropped })
}

/// Sends a body and gives the answer's, once its head says that it is one.
async fn exchange(
    house: &House,
    flight: &mut Flight,
    stream: bool,
    body: Vec<u8>,
    within: Duration,
) -> Result<Incoming, Failure> {
    let response = send(house, flight, stream, body, within).await?;
    flight.arrive();
    observe(house, flight, response.headers());
    if !response.status().is_success() {
        return Err(refused(house, flight, response).await);
    }
    refuse_encoding(response.headers())?;
    Ok(response.into_body())
}

/// How long until the first content. A whole answer has no first event: it may take the whole time.
fn patience(house: &House, flight: &Flight, job: &Job, share: Duration) -> Duration {
    let deadlines = house.terms().deadlines;
    let own = if !job.work.streams() || flight.emulates() {
        deadlines.total
    } else if flight.thinks() {
        deadlines.thinking
    } else {
        deadlines.first_event
    };
    flight.wire().first_event.map_or(own, |stated| own.max(stated)).min(share)
}

async fn send(
    house: &House,
    flight: &mut Flight,
    stream: bool,
    body: Vec<u8>,
    within: Duration,
) -> Result<Response<Incoming>, Failure> {
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = flight.address(stream).clone();
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    flight.wire().authorise(headers);
    flight.dispatch();
    house.upstream.send(request, within).await.map_err(|fault| {
        if never_left(&fault) {
            flight.never_left();
        }
        if fault == Fault::Stale {
            flight.found_stale();
        }
        transport(&fault, Stage::FirstEvent)
    })
}

/// Faults before a byte of the request could be read by the provider: its quota is untouched.
pub(super) const fn never_left(fault: &Fault) -> bool {
    matches!(fault, Fault::Refused | Fault::Name | Fault::ConnectTimeout | Fault::Tls(_))
}

pub(super) fn observe(house: &House, flight: &Flight, headers: &HeaderMap) {
    let known = &flight.wire().rate_headers;
    if known.is_empty() {
        return;
    }
    let claims = rates::read(&Heads(headers), known, house.clock.now());
    if !claims.is_empty() {
        flight.observe(&claims);
    }
}

pub(super) async fn refused(
    house: &House,
    flight: &Flight,
    response: Response<Incoming>,
) -> Failure {
    let (head, body) = response.into_parts();
    // An error body that cannot be read still leaves a status to judge by.
    let bytes = collect(body, ERROR_CAP, ERROR_TIME).await.unwrap_or_default();
    let (wire, now) = (flight.wire(), house.clock.now());
    // some providers send no rate headers: their refusal is the only word on the true limit
    let claims = fault::claims(&bytes, now);
    if !claims.is_empty() {
        flight.observe(&claims);
    }
    fault::classify(head.status.as_u16(), &Heads(&head.headers), &bytes, &wire.rules, now)
}

/// Nothing was asked to be compressed: whoever compresses anyway may be sending a bomb.
pub(super) fn refuse_encoding(headers: &HeaderMap) -> Result<(), Failure> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes);
    match encoding {
        None | Some(b"" | b"identity") => Ok(()),
        Some(_) => Err(fault::from_transport(Transport::Encoding, Stage::BeforeCommit)),
    }
}

pub(super) fn unread(fault: ReadFault) -> Failure {
    match fault {
        ReadFault::Broken(fault) => transport(&fault, Stage::BeforeCommit),
        ReadFault::TooLarge(_) => {
            fault::from_transport(Transport::BodyTooLarge, Stage::BeforeCommit)
        }
        ReadFault::TooLate(_) => late(),
    }
}

fn whole(
    house: &House,
    job: &Job,
    flight: &mut Flight,
    route: Option<&Route>,
    bodies: &[Bytes],
) -> Result<Whole, Failure> {
    let stamp = job.stamp(flight.offer().name.as_str());
    let whole = job
        .work
        .read(flight, stamp, route, bodies)
        .map_err(|bad| bad_answer(house, flight, &bad))?;
    flight.commit();
    flight.used(whole.usage.clone());
    Ok(whole)
}

async fn commit(
    house: &House,
    flight: &mut Flight,
    mut stream: Committed,
    within: Duration,
) -> Result<Committed, Failure> {
    match tokio::time::timeout(within, read_until_content(house, &mut stream)).await {
        Ok(Ok(())) => {
            flight.commit_stream();
            flight.spend(stream.own_time);
            Ok(stream)
        }
        Ok(Err(Unbegun::Bad(bad))) => Err(bad_answer(house, flight, &bad)),
        Ok(Err(Unbegun::Broken(fault))) => Err(transport(&fault, Stage::BeforeCommit)),
        Err(_late) => Err(late()),
    }
}

/// Why a stream never came to its first content.
enum Unbegun {
    Bad(BadAnswer),
    Broken(Fault),
}

async fn read_until_content(house: &House, stream: &mut Committed) -> Result<(), Unbegun> {
    let mut read = 0;
    while !stream.bridge.progress().committed {
        match stream.body.frame().await {
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                let arrived = house.clock.mark();
                stream.bridge.push(&data, &mut stream.held).map_err(Unbegun::Bad)?;
                stream.own_time += arrived.elapsed();
                read += data.len();
                if read > HOLD_CAP && !stream.bridge.progress().committed {
                    return Err(Unbegun::Bad(BadAnswer::TooLong { limit: HOLD_CAP }));
                }
            }
            Some(Err(error)) => return Err(Unbegun::Broken(fault_of(&error))),
            None => {
                stream.ended = true;
                return stream.bridge.finish(&mut stream.held).map_err(Unbegun::Bad);
            }
        }
    }
    Ok(())
}

pub(super) fn bad_answer(house: &House, flight: &Flight, bad: &BadAnswer) -> Failure {
    fault::from_bad_answer(bad, &flight.wire().rules, Stage::BeforeCommit, house.clock.now())
}

pub(super) fn late() -> Failure {
    fault::from_transport(Transport::FirstEventTimeout, Stage::FirstEvent)
}

/// A fault of the sockets as a classified failure.
pub(super) fn transport(fault: &Fault, stage: Stage) -> Failure {
    let kind = match fault {
        Fault::Refused => Transport::Refused,
        Fault::Name => Transport::Dns,
        Fault::ConnectTimeout => Transport::ConnectTimeout,
        Fault::Tls(_) => Transport::Tls,
        Fault::Stale => Transport::Stale,
        Fault::Reset | Fault::Other(_) => Transport::Reset,
        Fault::NoHeadInTime(_) => Transport::FirstEventTimeout,
        Fault::Protocol(_) => Transport::Protocol,
    };
    fault::from_transport(kind, stage)
}

/// Lets the dialect room read headers without knowing the HTTP library.
pub(super) struct Heads<'a>(pub(super) &'a HeaderMap);

impl rates::Headers for Heads<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}
