//! One attempt at one picture: the steps of the provider's shape, the download, and the darkroom.
//!
//! Nothing of a picture reaches the client before it is whole, decoded and as wished, so whatever goes wrong up to there is a
//! failed attempt, and another offer can be tried.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header, response};
use http_body_util::Full;
use potluck_core::image::{Format, Size};
use potluck_core::outcome::{Failure, Stage};
use potluck_dialect::BadAnswer;
use potluck_dialect::image::{self, Ask, File, Head, Later, Made, Progress, Shape, Step};
use potluck_picture::Ready;

use crate::house::{Errand, House};
use crate::relay::attempt::{
    Heads, bad_answer, late, never_left, observe, refuse_encoding, refused, transport, unread,
};
use crate::relay::flight::Flight;
use crate::relay::painting::{self, Painting};
use crate::upstream::{Fault, FetchFault, collect};

/// The largest answer and the largest download: a PNG of 4096 x 4096 of noise.
const PICTURE_CAP: usize = 64 << 20;

/// The least and the longest pause between two steps, whatever the provider says.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(30)];

/// A picture as a client gets it.
#[derive(Clone, Debug)]
pub struct Painted {
    /// The file.
    pub bytes: Bytes,
    /// Its format.
    pub format: Format,
    /// Its size, by its own file.
    pub size: Size,
    /// `provider/model` of who made it.
    pub offer: String,
    /// The seed that it was made from, where that is known.
    pub seed: Option<u64>,
    /// Of how many steps, where that is known.
    pub steps: Option<u32>,
    /// The prompt as the provider rewrote it.
    pub revised_prompt: Option<String>,
    /// From the first step to the file.
    pub took: Duration,
    /// What of the wish was met only in part.
    pub notes: Vec<String>,
    /// Parameters that could not cross.
    pub dropped: Vec<String>,
}

/// Has one offer make the picture.
pub(super) async fn paint(
    house: &House,
    painting: &Painting,
    flight: &mut Flight,
    patience: Duration,
) -> Result<Painted, Failure> {
    let Some(shape) = flight.easel().map(|easel| easel.shape) else {
        return Err(no_picture(house, flight, "this model is not asked for pictures"));
    };
    let ask = painting.ask(shape, flight);
    let made = walk(house, painting, flight, shape, ask.step.clone(), patience).await?;
    let left = patience.saturating_sub(flight.age());
    let bytes = file(house, flight, made.file, left).await?;
    let seed = made.seed.or(ask.seed);
    let origin = painting.origin(flight, &ask, seed);
    let ready = house.darkroom.develop(bytes, painting.wish(), origin).await;
    let ready = ready.map_err(|fault| no_picture(house, flight, &fault.to_string()))?;
    flight.commit();
    let mut painted = painted(painting, flight, ask, ready);
    painted.seed = seed;
    painted.revised_prompt = made.revised_prompt;
    Ok(painted)
}

fn painted(painting: &Painting, flight: &Flight, ask: Ask, ready: Ready) -> Painted {
    let mut notes = ask.notes;
    if ready.is_black {
        notes.push("the picture is black all over, and its provider does not say why".to_owned());
    }
    let mut dropped = ask.dropped;
    dropped.extend(painting.dropped(ready.format));
    Painted {
        format: painting::format(ready.format),
        size: Size { wide: ready.size.width, high: ready.size.height },
        bytes: Bytes::from(ready.bytes),
        offer: flight.offer().name.to_string(),
        seed: ask.seed,
        steps: ask.steps,
        revised_prompt: None,
        took: flight.age(),
        notes,
        dropped,
    }
}

/// Goes from step to step until there is a picture.
async fn walk(
    house: &House,
    painting: &Painting,
    flight: &mut Flight,
    shape: Shape,
    first: Step,
    patience: Duration,
) -> Result<Made, Failure> {
    let begun = house.clock.mark();
    let mut progress = take(house, flight, shape, &first, None, patience).await?;
    loop {
        let later = match progress {
            Progress::Pictures(made) => {
                let made =
                    image::unfiltered(made).map_err(|bad| bad_answer(house, flight, &bad))?;
                let first = made.into_iter().next().ok_or(BadAnswer::Empty);
                return first.map_err(|bad| bad_answer(house, flight, &bad));
            }
            Progress::Later(later) => later,
        };
        painting.place.wait(&flight.offer().name.to_string(), later.queue, later.estimate);
        let unwanted = Unwanted::of(house, flight, later.cancel.as_ref());
        let [least, longest] = PAUSES;
        let pause = later.after.clamp(least, longest);
        let left = patience.saturating_sub(begun.elapsed());
        if left <= pause {
            return Err(late());
        }
        tokio::time::sleep(pause).await;
        let left = patience.saturating_sub(begun.elapsed());
        progress = take(house, flight, shape, &later.ask, Some(&later), left).await?;
        unwanted.forget();
    }
}

/// Sends a step, and reads what came of it.
async fn take(
    house: &House,
    flight: &mut Flight,
    shape: Shape,
    step: &Step,
    later: Option<&Later>,
    within: Duration,
) -> Result<Progress, Failure> {
    let begun = house.clock.mark();
    let Some(request) = request(flight, step) else {
        return Err(no_picture(house, flight, "an address that cannot be asked"));
    };
    if later.is_none() {
        flight.dispatch();
    }
    let sent = house.upstream.send(request, within).await;
    let response = sent.map_err(|fault| unsent(flight, later.is_none(), &fault))?;
    observe(house, flight, response.headers());
    if !response.status().is_success() {
        return Err(refused(house, flight, response).await);
    }
    refuse_encoding(response.headers())?;
    let (head, body) = response.into_parts();
    let left = within.saturating_sub(begun.elapsed());
    let body = collect(body, PICTURE_CAP, left).await.map_err(unread)?;
    let later = later.cloned();
    let read = house.darkroom.aside(body.len(), move || read(shape, later.as_ref(), &head, &body));
    let read = read.await.unwrap_or_else(|| Err(BadAnswer::Garbage("unreadable".to_owned())));
    read.map_err(|bad| bad_answer(house, flight, &bad))
}

/// What an answer means in its shape.
fn read(
    shape: Shape,
    later: Option<&Later>,
    head: &response::Parts,
    body: &[u8],
) -> Result<Progress, BadAnswer> {
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let heads = Heads(&head.headers);
    let head = Head { status: head.status.as_u16(), content_type, headers: &heads };
    match later {
        None => shape.read(&head, body),
        Some(later) => shape.read_later(later, &head, body),
    }
}

fn unsent(flight: &mut Flight, is_first: bool, fault: &Fault) -> Failure {
    if is_first && never_left(fault) {
        flight.never_left();
    }
    if is_first && *fault == Fault::Stale {
        flight.found_stale();
    }
    transport(fault, Stage::FirstEvent)
}

/// A step as a request to the flight's provider, its credential included.
fn request(flight: &Flight, step: &Step) -> Option<Request<Full<Bytes>>> {
    let address: Uri = step.address(&base(flight)?).parse().ok()?;
    let mut request = Request::new(Full::new(Bytes::from(step.body.clone())));
    *request.method_mut() = Method::from_bytes(step.method.word().as_bytes()).ok()?;
    *request.uri_mut() = address;
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static(step.accept));
    for (name, value) in &step.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
    }
    if let Some(kind) = &step.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).ok()?);
    }
    flight.wire().authorise(headers);
    Some(request)
}

/// The address below which pictures are asked for, without a slash at the end of its path.
fn base(flight: &Flight) -> Option<String> {
    let base = flight.easel()?.base.to_string();
    Some(match base.split_once('?') {
        Some((place, query)) => format!("{}?{query}", place.trim_end_matches('/')),
        None => base.trim_end_matches('/').to_owned(),
    })
}

/// The picture's file, from wherever it is.
async fn file(
    house: &House,
    flight: &Flight,
    file: File,
    within: Duration,
) -> Result<Bytes, Failure> {
    let address = match file {
        File::Bytes(bytes) => return Ok(Bytes::from(bytes)),
        File::Url(address) => address,
    };
    let base = flight.easel().map(|easel| &easel.base);
    let own = base.filter(|base| base.scheme_str() == Some("http")).and_then(Uri::authority);
    let fetched = house.upstream.downloads.fetch(&address, own, PICTURE_CAP, within).await;
    fetched.map_err(|fault| match fault {
        FetchFault::Unread(fault) => unread(fault),
        other => no_picture(house, flight, &format!("an address that was not followed ({other})")),
    })
}

fn no_picture(house: &House, flight: &Flight, what: &str) -> Failure {
    bad_answer(house, flight, &BadAnswer::Garbage(format!("no picture: {what}")))
}

/// A picture in the making at a provider that wants to be told when nobody waits for it any more. Dropping it tells.
struct Unwanted<'a> {
    house: &'a House,
    errand: Option<Errand>,
}

impl<'a> Unwanted<'a> {
    fn of(house: &'a House, flight: &Flight, cancel: Option<&Step>) -> Self {
        Self { house, errand: cancel.and_then(|step| request(flight, step)) }
    }

    /// The picture came, or what follows has its own word for it.
    fn forget(mut self) {
        self.errand = None;
    }
}

impl Drop for Unwanted<'_> {
    fn drop(&mut self) {
        if let Some(errand) = self.errand.take() {
            self.house.errands.leave(errand);
        }
    }
}
