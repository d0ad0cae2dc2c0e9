//! A request for pictures on its way: one job a picture, all at work at once, and gathered.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use potluck_core::requirements::Requirements;
use potluck_core::verdict::Refusal;
use potluck_dialect::Stamp;
use potluck_dialect::image::Asked;

use crate::house::House;
use crate::http::arrival::Arrival;
use crate::keys::Charge;
use crate::relay::{self, Answer, Board, Head, Job, Painted, Painting, Work};

/// A request for pictures.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) asked: Arc<Asked>,
    pub(super) arrival: Arrival,
    pub(super) board: Board,
    jobs: Vec<Job>,
}

/// On which terms it is made.
pub(super) struct Terms {
    pub(super) requirements: Requirements,
    pub(super) explains: bool,
    pub(super) charge: Option<Arc<Charge>>,
}

/// What became of one picture of an order.
pub(super) type Outcome = Result<(Head, Painted), Refusal>;

impl Order {
    /// One job for each picture that is wanted.
    pub(super) fn of(house: &House, asked: Asked, arrival: Arrival, terms: Terms) -> Self {
        let Terms { requirements, explains, charge } = terms;
        let pictures = asked.request.pictures();
        let asked = Arc::new(asked);
        let board = Board::new(pictures as usize);
        let jobs = (0..pictures).map(|number| {
            let painting = Painting {
                asked: Arc::clone(&asked),
                seed: asked.request.seed.map(|seed| seed.wrapping_add(number.into())),
                chance: house.seed(),
                place: board.place(number as usize),
            };
            let work = Work::Image(Box::new(painting));
            let job = arrival.job(work, requirements.clone(), charge.clone());
            let seed = job.seed.wrapping_add(number.into());
            Job { id: name(&arrival.id, number), seed, explains, ..job }
        });
        let jobs = jobs.collect();
        Self { asked, arrival, board, jobs }
    }

    /// What the answer says of itself, when `offer` gave it.
    pub(super) fn stamp(&self, offer: &str) -> Stamp {
        let Arrival { id, created, .. } = self.arrival.clone();
        Stamp { id, created, model: offer.to_owned() }
    }

    /// All pictures at work at once; each comes when it is finished, one way or the other. Dropping it stops them all.
    pub(super) fn work(
        &self,
        house: &Arc<House>,
    ) -> FuturesUnordered<impl Future<Output = (usize, Outcome)> + Send + use<>> {
        let each = self.jobs.iter().cloned().enumerate().map(|(number, job)| {
            let (house, place) = (Arc::clone(house), self.board.place(number));
            async move {
                let made = one(&house, &job).await;
                place.done();
                (number, made)
            }
        });
        each.collect()
    }

    /// Waits for all of them: those that came, in their order, and how many did not.
    ///
    /// # Errors
    /// Why the first did not come, where none did.
    pub(super) async fn gather(
        &self,
        house: &Arc<House>,
    ) -> Result<(Vec<(Head, Painted)>, usize), Refusal> {
        let mut all: Vec<(usize, Outcome)> = self.work(house).collect().await;
        all.sort_by_key(|(number, _)| *number);
        let (mut made, mut refusals) = (Vec::with_capacity(all.len()), Vec::new());
        for (_, outcome) in all {
            match outcome {
                Ok(painted) => made.push(painted),
                Err(refusal) => refusals.push(refusal),
            }
        }
        let missing = refusals.len();
        match refusals.into_iter().next() {
            Some(refusal) if made.is_empty() => Err(refusal),
            _ => Ok((made, missing)),
        }
    }
}

/// The first picture has the request's own id, so that what became of it can be asked for.
fn name(id: &str, number: u32) -> String {
    if number == 0 { id.to_owned() } else { format!("{id}-{}", number + 1) }
}

async fn one(house: &Arc<House>, job: &Job) -> Outcome {
    let found = relay::find(house, job).await?;
    match found.answer {
        Answer::Picture(painted) => Ok((found.head, *painted)),
        Answer::Whole(_) | Answer::Stream(_) => Err(Refusal::new(
            500,
            "api_error",
            "internal",
            "a picture was asked for and something else was made: this is a mistake in potluck.",
        )),
    }
}

/// One head for all: who made the first, how many attempts all took, and what could not cross anywhere.
pub(super) fn head(made: &[(Head, Painted)]) -> Option<Head> {
    let mut heads = made.iter().map(|(head, _)| head);
    let mut head = heads.next()?.clone();
    for other in heads {
        head.attempts += other.attempts;
        let new = other.dropped.iter().filter(|name| !head.dropped.contains(name));
        let new: Vec<String> = new.cloned().collect();
        head.dropped.extend(new);
    }
    Some(head)
}

/// How a file is handed over: inside the answer, or by an address.
#[derive(Clone, Debug)]
pub(super) enum Handed {
    Inline(Bytes),
    Link(String),
}
