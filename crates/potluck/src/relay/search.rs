//! The walk through the drawn order: whom to try next, for how long, and when to give up.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::catalog::{OfferIndex, ProviderIndex, means_everything};
use potluck_core::choose::Candidate;
use potluck_core::exclusion::Exclusion;
use potluck_core::outcome::{Cause, Class, Failure};
use potluck_core::pool::Draw;
use potluck_core::verdict::{AttemptNote, Refusal, judge, unknown_model};
use potluck_dialect::{Route, emulate};

use crate::clock::Mark;
use crate::house::{Asked, House, may_wait, may_wait_for};
use crate::recent::Drawn;
use crate::relay::flight::Flight;
use crate::relay::way::Way;
use crate::relay::{Head, Job};
use crate::shelf::Shelf;

/// The least time that an attempt is given: less would fail healthy providers.
const LEAST_SHARE: Duration = Duration::from_secs(2);

/// How much longer than asked for the steady clock lets anybody wait.
const GRACE: Duration = Duration::from_secs(1);

/// How many attempts the time that is left is split over.
const SPLIT: u32 = 3;

/// A request's walk through its drawn order.
pub(super) struct Search<'a> {
    house: &'a Arc<House>,
    job: &'a Job,
    shelf: Arc<Shelf>,
    draw: Draw,
    /// Who could serve when it was drawn; only where the client asked to be told.
    eligible: Vec<OfferIndex>,
    current: Option<Candidate>,
    /// What is kept of the draw, once somebody was found in it.
    drawn: Option<Arc<Drawn>>,
    /// How long the request stood in line.
    waited: Duration,
    /// Asked in vain through no fault of its own: it is asked again before any other.
    again: Option<Candidate>,
    /// Whether others took what was free when it was drawn.
    overtaken: bool,
    notes: Vec<AttemptNote>,
    causes: Vec<(ProviderIndex, Option<Cause>)>,
    /// Who failed by no limit: it is not waited for them.
    failed: Vec<String>,
    begun: Mark,
    /// How long the last attempt was given.
    given: Duration,
}

impl<'a> Search<'a> {
    /// Draws the order.
    ///
    /// # Errors
    /// 404 when the names mean nothing here.
    pub(super) fn begin(house: &'a Arc<House>, job: &'a Job, begun: Mark) -> Result<Self, Refusal> {
        let (shelf, draw) = house
            .draw(job.work.models(), &job.requirements, job.seed)
            .map_err(|unknown| unknown_model(&unknown))?;
        let told = if job.tells_route { draw.order.entries() } else { &[] };
        Ok(Self {
            house,
            job,
            shelf,
            eligible: told.iter().map(|entry| entry.offer).collect(),
            draw,
            current: None,
            drawn: None,
            waited: Duration::ZERO,
            again: None,
            overtaken: false,
            notes: Vec::new(),
            causes: Vec::new(),
            failed: Vec::new(),
            begun,
            given: Duration::ZERO,
        })
    }

    /// The next offer that can be reserved, if there is one and time and budget are left. Where there is none, the
    /// request waits for one that comes back in time, unless that one has failed it by more than a limit.
    pub(super) async fn next(&mut self) -> Option<Flight> {
        if self.notes.is_empty() && !self.house.queue.is_empty() {
            // Others came before.
            return self.wait().await;
        }
        match self.next_now() {
            Some(flight) => Some(flight),
            None => self.wait().await,
        }
    }

    async fn wait(&mut self) -> Option<Flight> {
        // Whoever was failed by more than a limit is no reason for a storm.
        let out_of_budget = !self.failed.is_empty() && self.out_of_budget();
        if !self.may_wait() || self.out_of_attempts() || out_of_budget {
            return None;
        }
        let left = self.patience();
        let now = self.house.clock.now();
        let asked = Asked {
            names: self.job.work.models().to_vec(),
            requirements: self.job.requirements.clone(),
            seed: self.job.seed,
            since: now,
            until: now.after(left),
            by: now.after(self.limit().saturating_sub(self.begun.elapsed())),
            failed: self.failed.clone(),
        };
        // The line keeps to the wall clock, which may be set: this keeps to the steady one.
        let begun = self.house.clock.mark();
        let waiting = tokio::time::timeout(left + GRACE, self.house.queue.wait(asked));
        let turn = waiting.await;
        self.waited += begun.elapsed();
        let mut turn = turn.ok()??;
        self.shelf = Arc::clone(&turn.shelf);
        self.current = Some(turn.candidate);
        std::mem::swap(&mut self.draw, &mut turn.draw);
        self.drawn = None;
        let offer = turn.candidate.offer;
        let ticket = turn.take()?;
        Some(Flight::new(self.house, &self.shelf, offer, ticket, &self.job.requirements))
    }

    /// Whether somebody is back in time.
    fn may_wait(&self) -> bool {
        let until = self.house.clock.now().after(self.patience());
        let waited_for = !self.house.queue.is_empty() && !self.draw.order.is_empty();
        waited_for || self.is_back_by(until)
    }

    /// Whether somebody can serve by then; asked anew where something has changed since the draw.
    fn is_back_by(&self, until: Moment) -> bool {
        if self.notes.is_empty() && !self.overtaken {
            return may_wait(&self.draw.excluded, until);
        }
        let seen = self.house.explain(self.job.work.models(), &self.job.requirements);
        seen.is_ok_and(|(shelf, seen)| {
            let name = |offer| shelf.catalog.offer(offer).name.as_str();
            let hopes_for = |offer| !self.failed.iter().any(|failed| failed == name(offer));
            let others = seen.excluded.iter().filter(|(offer, _)| hopes_for(*offer));
            seen.eligible.iter().any(|weighted| hopes_for(weighted.offer))
                || may_wait_for(others.map(|(_, exclusion)| exclusion), until)
        })
    }

    /// How long the request may still wait.
    fn patience(&self) -> Duration {
        let constraints = &self.job.requirements.constraints;
        let wait = constraints.patience(self.house.terms().wait).saturating_sub(self.waited);
        wait.min(self.limit().saturating_sub(self.begun.elapsed()))
    }

    fn next_now(&mut self) -> Option<Flight> {
        // The budget is asked last: asking spends it.
        let out_of_candidates = self.draw.order.is_empty() && self.again.is_none();
        if out_of_candidates || self.out_of_attempts() || self.out_of_time() || self.out_of_budget()
        {
            return None;
        }
        let drawn = self.draw.order.by_ref();
        let (house, shelf, needs) = (self.house, &self.shelf, &self.job.requirements);
        // Why one cannot be reserved is asked anew for the verdict, if it comes to one.
        let found = self.again.take().into_iter().chain(drawn).find_map(|candidate| {
            let ticket = house.admit(shelf, candidate.offer, needs).ok()?;
            Some((candidate, Flight::new(house, shelf, candidate.offer, ticket, needs)))
        });
        self.overtaken |= found.is_none();
        let (candidate, flight) = found?;
        self.current = Some(candidate);
        Some(flight)
    }

    /// The draw, and how the request came to the offer that is tried.
    pub(super) fn way(&mut self) -> Way {
        let kept = || {
            let numbers = self.house.recent.roster.numbers(&self.shelf.catalog);
            Arc::new(Drawn::Fresh { decision: self.draw.decision(), numbers })
        };
        let drawn = Arc::clone(self.drawn.get_or_insert_with(kept));
        Way { drawn, candidate: self.current, waited: self.waited }
    }

    /// What the client will be told if this attempt serves.
    pub(super) fn head(&self, flight: &Flight, way: &Way) -> Head {
        Head {
            offer: flight.offer().name.to_string(),
            attempts: u32::try_from(self.notes.len()).unwrap_or(u32::MAX).saturating_add(1),
            dropped: Vec::new(),
            emulated: flight.emulates().then_some(emulate::SCHEMA),
            seed: self.draw.seed,
            explained: self.job.explains.then(|| way.summary()),
        }
    }

    /// How long the next attempt may take until its first content: a share of what is left, so that a
    /// silent provider leaves time for another. The last candidate gets all of it.
    pub(super) fn share(&mut self) -> Duration {
        let left = self.limit().saturating_sub(self.begun.elapsed());
        let split = (left / SPLIT).max(LEAST_SHARE.min(left));
        self.given = if self.draw.order.is_empty() { left } else { split };
        self.given
    }

    /// Keeps the conversation where it was served.
    pub(super) fn remember(&self) {
        if let (Some(session), Some(current)) =
            (&self.job.requirements.constraints.session, self.current)
        {
            self.house.remember_session(&self.shelf, session, current.offer);
        }
    }

    /// The way to this attempt, for clients that ask to be told.
    pub(super) fn route(&self, flight: &Flight) -> Route {
        let asked = self.job.work.models();
        let name = |offer| self.shelf.catalog.offer(offer).name.to_string();
        Route {
            asked: asked.first().cloned().unwrap_or_else(|| "free".to_owned()),
            strategy: match asked {
                [] => "free",
                [first, ..] if means_everything(first) => "free",
                [_one] => "direct",
                _ => "fallback",
            },
            considered: self.draw.considered,
            available: self.eligible.iter().map(|offer| name(*offer)).collect(),
            failed: self.notes.clone(),
            served_by: flight.offer().name.to_string(),
        }
    }

    /// What a client may see of a failed attempt.
    pub(super) fn note(&self, flight: &Flight, failure: &Failure) -> AttemptNote {
        AttemptNote {
            offer: flight.offer().name.to_string(),
            class: failure.class.word(),
            cause: failure.cause,
            status: failure.status,
            detail: failure.detail.clone(),
            took: flight.age(),
        }
    }

    /// Takes in a failed attempt.
    ///
    /// # Errors
    /// The refusal, when no other offer may be tried.
    pub(super) fn learn(&mut self, flight: Flight, failure: Failure) -> Result<(), Refusal> {
        let offer = flight.offer();
        tracing::debug!(offer = %offer.name, class = failure.class.word(), detail = %failure.detail, "attempt failed");
        self.notes.push(self.note(&flight, &failure));
        self.causes.push((offer.provider, failure.cause));
        if flight.is_stale() {
            self.again = self.current;
            flight.excused();
            return Ok(());
        }
        let fatal = !failure.class.may_try_another();
        if !matches!(failure.class, Class::RateLimited | Class::QuotaSpent)
            && !self.job.work.is_slow()
        {
            self.failed.push(offer.name.to_string());
        }
        if failure.class == Class::TooSlow && self.hurried() {
            flight.excused();
        } else {
            flight.fail(failure);
        }
        let stop = fatal || self.refused_twice() || self.job.requirements.constraints.no_fallbacks;
        if stop { Err(self.verdict()) } else { Ok(()) }
    }

    /// The truth about why nothing could serve.
    pub(super) fn verdict(&mut self) -> Refusal {
        if self.refused_twice()
            && let Some(last) = self.notes.last_mut()
        {
            last.class = Class::ClientFault.word();
        }
        let now = self.house.clock.now();
        match self.house.explain(self.job.work.models(), &self.job.requirements) {
            // Asked anew, so that the returns are those of now, after what the attempts have taught.
            Ok((shelf, state)) => {
                let mut excluded = state.excluded;
                if self.notes.is_empty() {
                    // Busy when they were drawn, free again since: asking once more helps.
                    let free = state.eligible.iter().map(|weighted| weighted.offer);
                    excluded.extend(free.map(|offer| (offer, Exclusion::Busy)));
                }
                self.of_time(judge(&shelf.catalog, &excluded, &self.notes, now))
            }
            Err(unknown) => unknown_model(&unknown),
        }
    }

    /// Where all failed and the time that the request had is over, that is told first.
    fn of_time(&self, refusal: Refusal) -> Refusal {
        if refusal.code != "all_attempts_failed" || !self.out_of_time() {
            return refusal;
        }
        let message = format!(
            "the request had {} s, and they are over: {} Give it more time where it may have more.",
            self.limit().as_secs_f64(),
            refusal.message
        );
        Refusal { code: "deadline_passed", message, ..refusal }
    }

    /// Whether the client's own deadline gave the attempt less time than anybody is given otherwise: that
    /// it was too slow for this client says nothing against it.
    fn hurried(&self) -> bool {
        self.job.requirements.constraints.deadline.is_some()
            && self.given < self.house.terms().deadlines.first_event
    }

    /// Two providers called the request itself wrong: a third would say the same.
    fn refused_twice(&self) -> bool {
        let mut refusers = self
            .causes
            .iter()
            .filter(|(_, cause)| matches!(cause, Some(Cause::Malformed | Cause::ContentPolicy)))
            .map(|(provider, _)| *provider);
        let Some(first) = refusers.next() else { return false };
        refusers.any(|provider| provider != first)
    }

    fn limit(&self) -> Duration {
        let usual = self.job.work.limit(&self.house.terms().deadlines);
        self.job.requirements.constraints.deadline.unwrap_or(usual)
    }

    fn out_of_attempts(&self) -> bool {
        self.notes.len() >= self.house.terms().attempts as usize
    }

    fn out_of_time(&self) -> bool {
        !self.notes.is_empty() && self.begun.elapsed() >= self.limit()
    }

    /// Extra attempts are a share of all traffic, so that an outage does not multiply the load.
    fn out_of_budget(&self) -> bool {
        !self.notes.is_empty() && !self.house.allow_retry()
    }
}
