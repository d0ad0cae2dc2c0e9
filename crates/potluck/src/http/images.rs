//! The doors at which pictures are asked for, and where they can be looked at afterwards.
//!
//! Knows the order of the steps between a request and its answer: reading, looking at what was uploaded, the work, and
//! handing over. It does not know any provider, how an offer was chosen, or what a picture shows.

mod files;
mod form;
mod order;
mod stream;
mod uploads;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, StatusCode, header};
use potluck_core::image::{Delivery, Format};
use potluck_core::request::ChatRequest;
use potluck_core::requirements::Requirements;
use potluck_core::verdict::Refusal;
use potluck_dialect::image::{self, Asked, Door, Part, Picture};
use potluck_dialect::{Client, estimate};
use rand::TryRng;

use crate::gallery::Name;
use crate::house::House;
use crate::http::arrival::Arrival;
use crate::http::caller::Caller;
use crate::http::routes::{Methods, post};
use crate::http::{answer, terms, wishes};
use crate::relay::{Head, Painted};
use order::{Handed, Order, Terms};

pub(super) use files::show;

/// How many pictures of an answer are not there, because nobody could make them.
const MISSING: HeaderName = HeaderName::from_static("x-potluck-missing");

/// The door at which pictures are asked for in a shape.
pub(super) fn door(door: Door) -> Methods {
    post(
        move |State(house): State<Arc<House>>,
              Extension(caller): Extension<Caller>,
              mut arrival: Arrival,
              headers: HeaderMap,
              body: Body| async move {
            let served = serve(&house, door, (&headers, &caller), body, &mut arrival).await;
            served.unwrap_or_else(|refusal| {
                let body = door.write_refusal(&refusal, &arrival.id);
                answer::refuse_with(body, &refusal, Some(&arrival.id))
            })
        },
    )
}

async fn serve(
    house: &Arc<House>,
    door: Door,
    asker: (&HeaderMap, &Caller),
    body: Body,
    arrival: &mut Arrival,
) -> Result<Response, Refusal> {
    let bytes = arrival.body(house, body).await?;
    let asked = if form::is_form(asker.0) {
        let fields = form::read(asker.0, bytes).await?;
        let parts: Vec<Part<'_>> = fields.iter().map(form::Field::part).collect();
        door.read_form(&parts)?
    } else {
        let read = house.darkroom.aside(bytes.len(), move || door.read_request(&bytes));
        read.await.ok_or_else(unreadable)??
    };
    fulfil(house, asked, asker, arrival.clone()).await
}

/// A conversation whose answer is to be a picture.
///
/// # Errors
/// As at every door of pictures.
pub(super) async fn converse(
    house: &Arc<House>,
    client: Client,
    request: ChatRequest,
    asker: (&HeaderMap, &Caller),
    arrival: Arrival,
) -> Result<Response, Refusal> {
    let asked = Door::read_chat(client, request)?;
    fulfil(house, asked, asker, arrival).await
}

async fn fulfil(
    house: &Arc<House>,
    asked: Asked,
    (headers, caller): (&HeaderMap, &Caller),
    arrival: Arrival,
) -> Result<Response, Refusal> {
    uploads::check(house, &asked.request).await?;
    let (wishes, explains) = (wishes::of(headers, caller)?, wishes::explains(headers)?);
    let tokens = estimate::words(&asked.request.prompt);
    let mut requirements = Requirements::image(&asked.request, tokens, &wishes);
    let charge = terms::engage(house, caller, &asked.request.models, &mut requirements).await?;
    let terms = Terms { requirements, explains, charge };
    let order = Order::of(house, asked, arrival, terms);
    let base = base(house, headers);
    if order.asked.request.stream {
        return stream::answer(Arc::clone(house), order, base).await;
    }
    let (made, missing) = order.gather(house).await?;
    let head = order::head(&made).ok_or_else(nothing_made)?;
    let handed: Vec<Handed> =
        made.iter().map(|(_, painted)| hand(house, &order.asked, painted, &base)).collect();
    let (asked, stamp) = (Arc::clone(&order.asked), order.stamp(&head.offer));
    let bytes = made.iter().map(|(_, painted)| painted.bytes.len()).sum();
    let written = house.darkroom.aside(bytes, move || {
        let pictures =
            made.iter().zip(&handed).map(|((_, painted), handed)| shown(painted, handed));
        asked.write_response(&pictures.collect::<Vec<_>>(), None, &stamp)
    });
    let body = written.await.ok_or_else(nothing_made)?;
    let mut response = answer::json(StatusCode::OK, body);
    describe(response.headers_mut(), &order, &head, missing);
    Ok(response)
}

/// Puts into the headers what there is to be told of an answer.
fn describe(headers: &mut HeaderMap, order: &Order, head: &Head, missing: usize) {
    answer::name(headers, &order.arrival.id);
    answer::describe(headers, head);
    if missing > 0 {
        headers.insert(MISSING, http::HeaderValue::from(missing));
    }
}

/// A picture as the answer has it.
fn shown<'a>(painted: &'a Painted, handed: &'a Handed) -> Picture<'a> {
    Picture {
        form: match handed {
            Handed::Inline(bytes) => image::Form::Inline(bytes),
            Handed::Link(address) => image::Form::Link(address),
        },
        format: painted.format,
        size: Some(painted.size),
        offer: &painted.offer,
        seed: painted.seed,
        steps: painted.steps,
        revised_prompt: painted.revised_prompt.as_deref(),
        took: painted.took,
        notes: &painted.notes,
    }
}

/// Inside the answer; or under an address of this router, where the client wants one and the gallery has room.
fn hand(house: &House, asked: &Asked, painted: &Painted, base: &str) -> Handed {
    let inline = || Handed::Inline(painted.bytes.clone());
    if asked.delivery() != Delivery::Url {
        return inline();
    }
    let Some(name) = random_name() else { return inline() };
    let format = file_format(painted.format);
    if !house.gallery.hang(name, painted.bytes.clone(), format, house.clock.now()) {
        return inline();
    }
    Handed::Link(format!("{base}/images/files/{}", name.file(format)))
}

/// 128 bits of the system's own chance: whoever knows the name may see the picture.
fn random_name() -> Option<Name> {
    let half = || rand::rngs::SysRng.try_next_u64().ok().map(u128::from);
    Some(Name((half()? << 64) | half()?))
}

const fn file_format(format: Format) -> potluck_picture::Format {
    match format {
        Format::Png => potluck_picture::Format::Png,
        Format::Jpeg => potluck_picture::Format::Jpeg,
        Format::Webp => potluck_picture::Format::WebP,
        Format::Gif => potluck_picture::Format::Gif,
    }
}

/// Under which address the client reaches this router: as configured, else as the client itself says.
fn base(house: &House, headers: &HeaderMap) -> String {
    if let Some(base) = &house.terms().door.public {
        return base.clone();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}/v1", host.unwrap_or("127.0.0.1"))
}

fn unreadable() -> Refusal {
    Refusal::bad_request("unreadable", "the request could not be read. Send it again.", None)
}

fn nothing_made() -> Refusal {
    Refusal::new(502, "api_error", "no_picture", "nobody made a picture; ask again.")
}
