//! What is noted of one request on its way: the only place where its [`Fact`] is made, once, when it is over.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::outcome::Failure;
use potluck_core::requirements::{Constraints, Requirements};
use potluck_core::response::{FinishReason, Usage};
use potluck_core::rights::Spent;
use potluck_core::verdict::{AttemptNote, Refusal};

use crate::clock::Mark;
use crate::events::{self, About};
use crate::house::House;
use crate::keys::Charge;
use crate::meters::Own;
use crate::recent::{Ending, Fact, Server, Try};
use crate::relay::Job;
use crate::relay::flight::Flight;
use crate::relay::way::Way;
use crate::telemetry::Parent;

/// An open record. Dropping it means that the client left.
#[derive(Debug)]
pub(super) struct Record {
    house: Arc<House>,
    begun: Mark,
    door: &'static str,
    read_in: Duration,
    own: Own,
    fact: Option<Box<Fact>>,
    /// The id of the client key: told to nobody but its holder.
    client: String,
    parent: Option<Arc<Parent>>,
    charge: Option<Arc<Charge>>,
}

impl Record {
    /// The request has been read.
    pub(super) fn open(house: &Arc<House>, job: &Job, begun: Mark) -> Self {
        let fact = Fact {
            id: job.id.clone(),
            came: house.clock.now(),
            asked: job.work.models().to_vec(),
            streamed: job.work.streams(),
            session: job.requirements.constraints.session.clone(),
            needs: anonymous(&job.requirements),
            draw: None,
            waited: Duration::ZERO,
            tries: Vec::new(),
            server: None,
            failed: Vec::new(),
            ending: Ending::Left,
            finish: None,
            usage: None,
            first_content: None,
            serving: None,
            total: Duration::ZERO,
            dropped: Vec::new(),
        };
        let client = job.requirements.constraints.client.clone();
        house.events.tell("request", || (About::Request(client.clone()), events::begun(&fact)));
        house.meters.opens();
        Self {
            house: Arc::clone(house),
            begun,
            door: job.work.door(),
            read_in: job.read_in,
            own: Own::default(),
            fact: Some(Box::new(fact)),
            client,
            parent: job.parent.clone(),
            charge: job.charge.clone(),
        }
    }

    /// So far the request came.
    pub(super) fn comes(&mut self, way: Way) {
        self.note(|fact| {
            fact.draw = Some(way.drawn);
            fact.waited = way.waited;
        });
    }

    /// An offer is tried.
    pub(super) fn tries(&mut self, flight: &Flight, way: Way) {
        let provider = flight.provider();
        let begun = self.begun.elapsed();
        let (chance, sticky) = way.candidate.map_or((0.0, false), |c| (c.probability, c.sticky));
        self.comes(way);
        self.note(|fact| {
            fact.tries.push(Try { begun, chance, sticky });
            fact.server = Some(Server {
                offer: flight.offer().name.to_string(),
                provider: Arc::clone(&provider.title),
                simulated: provider.simulated,
            });
        });
        if let Some(fact) = &self.fact {
            self.house.events.tell("attempt", || (self.about(), events::tried(fact)));
        }
    }

    /// The attempt was sent its bytes, if they got that far: what comes before the first one is potluck's own time.
    pub(super) fn sent(&mut self, flight: &Flight) {
        if let (None, Some(sent), Some(fact)) = (self.own.asking, flight.sent(), &self.fact) {
            let in_all = self.read_in + self.begun.until(sent);
            self.own.asking = Some(in_all.saturating_sub(fact.waited));
        }
    }

    /// It failed, before the client saw anything of it.
    pub(super) fn failed(&mut self, attempt: AttemptNote) {
        if let Some(fact) = &self.fact {
            let told = || (self.about(), events::failed(fact, &attempt));
            self.house.events.tell("attempt_failed", told);
        }
        self.note(|fact| {
            fact.server = None;
            fact.failed.push(attempt);
        });
    }

    /// The first content is here.
    pub(super) fn begins(&mut self, dropped: &[String]) {
        let waited = self.begun.elapsed();
        self.note(|fact| {
            fact.first_content = Some(waited);
            fact.dropped = dropped.to_vec();
        });
    }

    /// The answer is whole.
    pub(super) fn served(
        mut self,
        flight: &Flight,
        end: Option<FinishReason>,
        took: Option<Usage>,
    ) {
        self.answered(flight, end, took);
        self.close(Ending::Served);
    }

    /// The stream broke off.
    pub(super) fn broke(mut self, flight: &Flight, failure: &Failure, took: Option<Usage>) {
        self.answered(flight, Some(FinishReason::Error), took);
        self.close(Ending::Broke { class: failure.class.word() });
    }

    /// Nobody could serve it.
    pub(super) fn refused(mut self, refusal: &Refusal) {
        self.close(Ending::Refused { status: refusal.status, code: refusal.code.into() });
    }

    fn answered(&mut self, flight: &Flight, end: Option<FinishReason>, took: Option<Usage>) {
        self.own.answering = flight.own_time();
        self.note(|fact| {
            fact.finish = end;
            fact.usage = took;
            fact.serving = Some(flight.age());
        });
    }

    fn about(&self) -> About {
        About::Request(self.client.clone())
    }

    fn note(&mut self, change: impl FnOnce(&mut Fact)) {
        if let Some(fact) = &mut self.fact {
            change(fact);
        }
    }

    fn close(&mut self, ending: Ending) {
        let Some(mut fact) = self.fact.take() else { return };
        fact.ending = ending;
        fact.total = self.begun.elapsed();
        if let Some(charge) = self.charge.take() {
            charge.note(spent(&fact));
        }
        if self.house.events.is_heard() {
            let (kind, told) = events::ended(&fact);
            self.house.events.tell(kind, || (self.about(), told));
        }
        self.house.meters.closes(self.door, &fact, self.own);
        let fact = Arc::from(fact);
        self.house.export.offer(self.door, self.parent.take(), &fact);
        self.house.remember(fact);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.close(Ending::Left);
    }
}

/// What it took of the key of whoever asked. A refusal has no words, whatever the attempts at it took.
fn spent(fact: &Fact) -> Spent {
    let tokens = fact.usage.as_ref().map(|usage| usage.prompt.saturating_add(usage.completion));
    match (&fact.ending, tokens) {
        _ if fact.tries.is_empty() => Spent::Nothing,
        (Ending::Refused { .. }, _) => Spent::Tokens(tokens.unwrap_or(0)),
        (_, Some(tokens)) => Spent::Tokens(tokens),
        (_, None) => Spent::Unknown(0),
    }
}

/// What serving it needs, without who asks: conversations and keys are nobody's business later.
fn anonymous(requirements: &Requirements) -> Requirements {
    let constraints = &requirements.constraints;
    let constraints = Constraints {
        only: constraints.only.clone(),
        ignore: constraints.ignore.clone(),
        order: constraints.order.clone(),
        client: String::new(),
        session: None,
        permit: None,
        ..*constraints
    };
    Requirements { constraints, ..*requirements }
}
