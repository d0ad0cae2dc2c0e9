//! The loop: choose, reserve, send, stream, settle, or next.
//!
//! This room knows the order of the steps and the deadlines between them. It does not know any
//! dialect's fields, how an offer was chosen, or where counters are kept. What differs between kinds of work
//! (chat, vectors, an order of texts) stands in `work` alone.

mod attempt;
mod board;
mod flight;
mod job;
mod paint;
mod painting;
mod pour;
mod record;
mod search;
mod way;
mod work;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use potluck_core::verdict::Refusal;

use crate::house::House;
use crate::relay::attempt::Attempt;
use crate::relay::record::Record;

pub use board::{Board, Look, Place};
pub use job::Job;
pub use paint::Painted;
pub use painting::Painting;
pub use pour::Pour;
pub use work::{Chat, Work};

/// How long each step may take. Keep-alive comments and role-only deltas reset none of these.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// From sending to the first event with content.
    pub first_event: Duration,
    /// The same for models that think first, and between events while they think.
    pub thinking: Duration,
    /// Between two events with content.
    pub idle: Duration,
    /// A whole answer, however fast it drips.
    pub total: Duration,
    /// The whole request up to its first content, over all attempts.
    pub request: Duration,
    /// The whole request for pictures, over all attempts.
    pub picture: Duration,
}

/// An answer that has begun, and who gives it.
#[derive(Debug)]
pub struct Found {
    /// What the client is told of it in headers.
    pub head: Head,
    /// The answer.
    pub answer: Answer,
}

/// What the client is told of an answer in headers.
#[derive(Clone, Debug)]
pub struct Head {
    /// `provider/model`.
    pub offer: String,
    /// How many offers were tried, this one included.
    pub attempts: u32,
    /// Parameters that could not cross.
    pub dropped: Vec<String>,
    /// What the offer cannot do itself and was only told in the prompt.
    pub emulated: Option<&'static str>,
    /// The seed of the draw.
    pub seed: u64,
    /// The decision in a line, where the client asked for it.
    pub explained: Option<String>,
}

/// The answer itself, in the client's dialect.
#[derive(Debug)]
pub enum Answer {
    /// Whole; where the client wants a stream, all of it.
    Whole(Bytes),
    /// As a stream that has committed: its first content has arrived.
    Stream(Box<Pour>),
    /// A picture, which the door hands over.
    Picture(Box<Painted>),
}

/// Finds an offer that serves the job, however many fail on the way.
///
/// # Errors
/// The truth about why nothing could serve, from every exclusion and every attempt.
pub async fn find(house: &Arc<House>, job: &Job) -> Result<Found, Refusal> {
    let begun = house.clock.mark();
    let mut record = Record::open(house, job, begun);
    let mut search = match search::Search::begin(house, job, begun) {
        Ok(search) => search,
        Err(unknown) => return Err(refuse(record, unknown)),
    };
    loop {
        let Some(flight) = search.next().await else {
            record.comes(search.way());
            return Err(refuse(record, search.verdict()));
        };
        let way = search.way();
        let head = search.head(&flight, &way);
        record.tries(&flight, way);
        let route = job.tells_route.then(|| search.route(&flight));
        let attempt = Attempt { flight, record, route, share: search.share() };
        match attempt::run(house, job, attempt).await {
            Ok((answer, dropped)) => {
                search.remember();
                return Ok(Found { head: Head { dropped, ..head }, answer });
            }
            Err(failed) => {
                record = failed.record;
                record.failed(search.note(&failed.flight, &failed.failure));
                if let Err(refusal) = search.learn(failed.flight, failed.failure) {
                    return Err(refuse(record, refusal));
                }
            }
        }
    }
}

fn refuse(record: Record, refusal: Refusal) -> Refusal {
    record.refused(&refusal);
    refusal
}
