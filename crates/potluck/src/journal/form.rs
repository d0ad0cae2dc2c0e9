//! Facts and draws as they stand in the file.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::choose::Strategy;
use potluck_core::exclusion::Why;
use potluck_core::outcome::{Cause, Class};
use potluck_core::response::{FinishReason, Usage};
use potluck_core::verdict::AttemptNote;
use serde::{Deserialize, Serialize};

use crate::recent::{Ending, Fact, Needs, Seat, Server, Table, Try};

/// The most names of a request that are written, and characters of each: clients may send anything as a name.
const NAMES: usize = 8;
const NAME: usize = 200;

/// What became of a request. Nothing in it is of a prompt or an answer: a provider's words on a failure, which may
/// repeat them, are left out.
#[derive(Serialize, Deserialize)]
pub(super) struct FactForm {
    id: String,
    came: i64,
    asked: Vec<String>,
    streamed: bool,
    session: Option<String>,
    needs: Needs,
    waited_us: u64,
    tries: Vec<(u64, f64, bool)>,
    server: Option<ServerForm>,
    failed: Vec<FailedForm>,
    ending: EndingForm,
    finish: Option<String>,
    usage: Option<UsageForm>,
    first_content_us: Option<u64>,
    serving_us: Option<u64>,
    total_us: u64,
    dropped: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ServerForm {
    offer: String,
    provider: String,
    simulated: bool,
}

#[derive(Serialize, Deserialize)]
struct FailedForm {
    offer: String,
    class: String,
    cause: Option<String>,
    status: Option<u16>,
    took_us: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EndingForm {
    Served,
    Broke(String),
    Refused(u16, String),
    Left,
}

#[derive(Serialize, Deserialize)]
struct UsageForm {
    prompt: u64,
    completion: u64,
    total: u64,
    cached: Option<u64>,
    reasoning: Option<u64>,
}

/// A draw, in bytes: it is by far the largest part of a row.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DrawForm {
    seed: u64,
    strategy: String,
    considered: u32,
    sticky: Option<u32>,
    eligible: Vec<(u32, f32, u32)>,
    /// By reason.
    excluded: Vec<(String, Vec<u32>)>,
}

/// A plain struct of numbers and texts as JSON.
pub(super) fn text(form: &impl Serialize) -> String {
    serde_json::to_string(form).unwrap_or_default()
}

impl From<&Fact> for FactForm {
    fn from(fact: &Fact) -> Self {
        let short = |name: &String| name.chars().take(NAME).collect();
        Self {
            id: fact.id.clone(),
            came: fact.came.as_millis(),
            asked: fact.asked.iter().take(NAMES).map(short).collect(),
            streamed: fact.streamed,
            session: fact.session.as_ref().map(short),
            needs: Needs::from(&fact.needs),
            waited_us: micros(fact.waited),
            tries: fact.tries.iter().map(|t| (micros(t.begun), t.chance, t.sticky)).collect(),
            server: fact.server.as_ref().map(ServerForm::from),
            failed: fact.failed.iter().map(FailedForm::from).collect(),
            ending: EndingForm::from(&fact.ending),
            finish: fact.finish.map(|finish| finish.word().to_owned()),
            usage: fact.usage.as_ref().map(UsageForm::from),
            first_content_us: fact.first_content.map(micros),
            serving_us: fact.serving.map(micros),
            total_us: micros(fact.total),
            dropped: fact.dropped.iter().take(NAMES).map(short).collect(),
        }
    }
}

impl From<FactForm> for Fact {
    fn from(form: FactForm) -> Self {
        let tried = |(begun, chance, sticky)| Try { begun: span(begun), chance, sticky };
        Self {
            id: form.id,
            came: Moment::from_millis(form.came),
            asked: form.asked,
            streamed: form.streamed,
            session: form.session,
            needs: form.needs.into(),
            draw: None,
            waited: span(form.waited_us),
            tries: form.tries.into_iter().map(tried).collect(),
            server: form.server.map(Server::from),
            failed: form.failed.into_iter().map(AttemptNote::from).collect(),
            ending: form.ending.into(),
            finish: form.finish.as_deref().and_then(FinishReason::from_word),
            usage: form.usage.map(Usage::from),
            first_content: form.first_content_us.map(span),
            serving: form.serving_us.map(span),
            total: span(form.total_us),
            dropped: form.dropped,
        }
    }
}

impl From<&Server> for ServerForm {
    fn from(server: &Server) -> Self {
        let Server { offer, provider, simulated } = server;
        Self { offer: offer.clone(), provider: provider.to_string(), simulated: *simulated }
    }
}

impl From<ServerForm> for Server {
    fn from(form: ServerForm) -> Self {
        let ServerForm { offer, provider, simulated } = form;
        Self { offer, provider: Arc::from(provider), simulated }
    }
}

impl From<&AttemptNote> for FailedForm {
    fn from(note: &AttemptNote) -> Self {
        Self {
            offer: note.offer.clone(),
            class: note.class.to_owned(),
            cause: note.cause.map(|cause| cause.word().to_owned()),
            status: note.status,
            took_us: micros(note.took),
        }
    }
}

impl From<FailedForm> for AttemptNote {
    fn from(form: FailedForm) -> Self {
        Self {
            offer: form.offer,
            class: class(&form.class),
            cause: form.cause.as_deref().and_then(Cause::from_word),
            status: form.status,
            detail: String::new(),
            took: span(form.took_us),
        }
    }
}

impl From<&Ending> for EndingForm {
    fn from(ending: &Ending) -> Self {
        match ending {
            Ending::Served => Self::Served,
            Ending::Broke { class } => Self::Broke((*class).to_owned()),
            Ending::Refused { status, code } => Self::Refused(*status, code.to_string()),
            Ending::Left => Self::Left,
        }
    }
}

impl From<EndingForm> for Ending {
    fn from(form: EndingForm) -> Self {
        match form {
            EndingForm::Served => Self::Served,
            EndingForm::Broke(word) => Self::Broke { class: class(&word) },
            EndingForm::Refused(status, code) => Self::Refused { status, code: code.into() },
            EndingForm::Left => Self::Left,
        }
    }
}

impl From<&Usage> for UsageForm {
    fn from(usage: &Usage) -> Self {
        let Usage { prompt, completion, total, cached, reasoning, .. } = *usage;
        Self { prompt, completion, total, cached, reasoning }
    }
}

impl From<UsageForm> for Usage {
    fn from(form: UsageForm) -> Self {
        let UsageForm { prompt, completion, total, cached, reasoning } = form;
        Self { prompt, completion, total, cached, reasoning, ..Self::default() }
    }
}

impl DrawForm {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Numbers and texts in memory can always be written.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// `None` where the bytes are of another version of potluck.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    pub(super) fn into_table(self) -> Option<Table> {
        let seat = |(offer, weight, tier)| Seat { offer, weight, tier };
        let excluded = self.excluded.into_iter().filter_map(|(text, offers)| {
            let why = Why::from_text(&text)?;
            Some(offers.into_iter().map(move |offer| (offer, why)))
        });
        Some(Table {
            seed: self.seed,
            strategy: Strategy::from_word(&self.strategy)?,
            considered: self.considered,
            sticky: self.sticky,
            eligible: self.eligible.into_iter().map(seat).collect(),
            excluded: excluded.flatten().collect(),
        })
    }
}

impl From<&Table> for DrawForm {
    fn from(table: &Table) -> Self {
        let mut excluded: Vec<(Why, Vec<u32>)> = Vec::new();
        for (offer, why) in &table.excluded {
            match excluded.iter_mut().find(|(known, _)| known == why) {
                Some((_, offers)) => offers.push(*offer),
                None => excluded.push((*why, vec![*offer])),
            }
        }
        let seats = table.eligible.iter().map(|seat| (seat.offer, seat.weight, seat.tier));
        Self {
            seed: table.seed,
            strategy: table.strategy.word().to_owned(),
            considered: table.considered,
            sticky: table.sticky,
            eligible: seats.collect(),
            excluded: excluded.into_iter().map(|(why, all)| (why.to_string(), all)).collect(),
        }
    }
}

/// A class by its word; a word of another version of potluck is told as an answer that was none.
fn class(word: &str) -> &'static str {
    Class::from_word(word).unwrap_or(Class::BadAnswer).word()
}

/// Microseconds, to the nearest: as they are shown.
fn micros(span: Duration) -> u64 {
    u64::try_from((span.as_nanos() + 500) / 1000).unwrap_or(u64::MAX)
}

const fn span(micros: u64) -> Duration {
    Duration::from_micros(micros)
}
