//! A kept request in JSON: what became of it, and how it was decided. The same wherever it is told.

use std::time::Duration;

use potluck_core::capability::Modality;
use potluck_core::verdict::{AttemptNote, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::recent::{Ending, Fact, KEPT, Listed, Needs, Roster, Seat, Server, Table, Try};

/// How a request was decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Decision {
    /// What decided, as text: it has more digits than JavaScript's numbers.
    pub(crate) seed: String,
    /// The word of the strategy.
    pub(crate) strategy: String,
    /// How many offers the names meant.
    pub(crate) considered: u32,
    /// The offer that the session stuck to.
    pub(crate) sticky: Option<String>,
    /// Who could serve, in the order of the draw.
    pub(crate) candidates: Vec<Candidate>,
    /// Who could not.
    pub(crate) excluded: Vec<Excluded>,
    /// What serving it needed.
    pub(crate) needs: Needs,
}

/// One who could serve.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Candidate {
    pub(crate) offer: String,
    pub(crate) family: String,
    pub(crate) weight: f32,
    /// The chance to be the first pick.
    pub(crate) probability: f64,
    /// Lower ones are tried before any higher one.
    pub(crate) tier: u32,
}

/// One who could not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Excluded {
    pub(crate) offer: String,
    pub(crate) reason: String,
    /// What the reason is about.
    pub(crate) about: Option<String>,
}

impl Decision {
    /// How a request was decided; `None` where nothing was drawn for it.
    pub(super) fn of(fact: &Fact, roster: &Roster) -> Option<Self> {
        let table = fact.draw.as_ref()?.table();
        Some(Self {
            seed: table.seed.to_string(),
            strategy: table.strategy.word().to_owned(),
            considered: table.considered,
            sticky: table.sticky.map(|offer| name(roster, offer)),
            candidates: candidates(&table, roster),
            excluded: excluded(&table, roster),
            needs: Needs::from(&fact.needs),
        })
    }
}

fn candidates(table: &Table, roster: &Roster) -> Vec<Candidate> {
    let seats = table.eligible.iter().zip(table.chances());
    let candidate = |(seat, probability): (&Seat, f64)| {
        let named = roster.named(seat.offer)?;
        Some(Candidate {
            offer: named.name.to_string(),
            family: named.family.to_string(),
            weight: seat.weight,
            probability,
            tier: seat.tier,
        })
    };
    seats.filter_map(candidate).collect()
}

fn excluded(table: &Table, roster: &Roster) -> Vec<Excluded> {
    let out = table.excluded.iter().map(|(offer, why)| Excluded {
        offer: name(roster, *offer),
        reason: why.word().to_owned(),
        about: why.subject().map(str::to_owned),
    });
    out.collect()
}

fn name(roster: &Roster, offer: u32) -> String {
    roster.named(offer).map_or_else(|| "?".to_owned(), |named| named.name.to_string())
}

/// A request in a list.
pub(super) fn listed(listed: &Listed) -> Value {
    let mut told = summary(&listed.fact);
    told["number"] = json!(listed.number);
    told
}

/// What became of a request, without its decision.
pub(super) fn summary(fact: &Fact) -> Value {
    let usage = fact.usage.as_ref();
    let draw = fact.draw.as_ref();
    json!({
        "id": fact.id,
        "came": jiff::Timestamp::from_millisecond(fact.came.as_millis()).unwrap_or_default().to_string(),
        "asked": fact.asked,
        "streamed": fact.streamed,
        "work": work(fact),
        "ending": fact.ending.word(),
        "detail": detail(&fact.ending),
        "offer": fact.server.as_ref().map(|server| &server.offer),
        "simulated": fact.server.as_ref().map(|server| server.simulated),
        "candidates": draw.map(|draw| draw.counts().0),
        "excluded": draw.map(|draw| draw.counts().1),
        "attempts": attempts(fact),
        "waited_ms": millis(fact.waited),
        "first_content_ms": fact.first_content.map(millis),
        "total_ms": millis(fact.total),
        "prompt_tokens": usage.map(|usage| usage.prompt),
        "completion_tokens": usage.map(|usage| usage.completion),
        "dropped": fact.dropped,
    })
}

/// What was asked for.
fn work(fact: &Fact) -> &'static str {
    let output = fact.needs.output;
    if output.contains(Modality::Image) {
        "picture"
    } else if output.contains(Modality::Embedding) {
        "embedding"
    } else if output.contains(Modality::Score) {
        "order"
    } else {
        "chat"
    }
}

/// More of how it ended, where there is more to say.
pub(super) fn detail(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Broke { class } => Some((*class).to_owned()),
        Ending::Refused { status, code } => Some(format!("{status} {code}")),
        Ending::Served | Ending::Left => None,
    }
}

/// Every attempt, the last one last.
pub(super) fn attempts(fact: &Fact) -> Vec<Value> {
    let failed = fact.failed.iter().map(failure);
    let all = failed.chain(fact.server.iter().map(|server| last(fact, server)));
    let all = all.enumerate().map(|(at, mut told)| {
        if let Some(Try { begun, chance, sticky }) = fact.tries.get(at) {
            told["began_ms"] = json!(millis(*begun));
            told["chance"] = json!(chance);
            told["sticky"] = json!(sticky);
        }
        told
    });
    all.collect()
}

fn failure(note: &AttemptNote) -> Value {
    json!({
        "offer": note.offer,
        "outcome": note.class,
        "cause": note.cause.map(potluck_core::outcome::Cause::word),
        "status": note.status,
        "detail": (!note.detail.is_empty()).then_some(&note.detail),
        "took_ms": millis(note.took),
    })
}

fn last(fact: &Fact, server: &Server) -> Value {
    json!({
        "offer": server.offer,
        "outcome": match &fact.ending {
            Ending::Broke { class } => class,
            other => other.word(),
        },
        "status": fact.first_content.map(|_| 200),
        "took_ms": fact.serving.map(millis),
    })
}

/// Milliseconds with their thousandths.
pub(super) fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

/// What to say of an id that nobody remembers.
pub(super) fn forgotten(id: &str) -> Refusal {
    if id.is_empty() {
        let message = "`id` is missing: it stands in the answer and in its header x-generation-id.";
        return Refusal::bad_request("missing_required_parameter", message, Some("id".to_owned()));
    }
    let shown: String = id.chars().take(80).collect();
    let message = format!(
        "nothing is known of the request {shown:?}. Requests are known once they are over: the last {KEPT} in memory, and \
         more in the journal where one is kept (state.journal_rows, state.journal_days)."
    );
    Refusal::new(404, "invalid_request_error", "generation_not_found", message)
}
