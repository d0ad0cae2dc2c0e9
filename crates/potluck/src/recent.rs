//! What became of the last requests, and how each was decided: facts, never prompts or answers.
//!
//! The relay makes one [`Fact`] a request, when it is over; this room keeps the last of them in memory. It does not
//! know what they are asked for.

mod drawn;
mod needs;
mod roster;
mod wanted;

pub use drawn::{Drawn, Seat, Table};
pub use needs::Needs;
pub use roster::{Named, Roster};
pub use wanted::{Listed, Wanted};

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::requirements::Requirements;
use potluck_core::response::{FinishReason, Usage};
use potluck_core::verdict::AttemptNote;

/// How many requests are remembered. Clients ask for an answer's facts within seconds of it; a fact takes about
/// a KiB beside what its draw takes.
pub const KEPT: usize = 1024;

/// What the draws of all of them may take, in bytes: enough for as many draws among three hundred offers.
const DRAWS: usize = 4 << 20;

/// What became of one request.
#[derive(Clone, Debug)]
pub struct Fact {
    /// `gen-…`, as the client was told.
    pub id: String,
    /// When it came.
    pub came: Moment,
    /// The names asked for; empty for any.
    pub asked: Vec<String>,
    /// Whether a stream was asked for.
    pub streamed: bool,
    /// The conversation that it belongs to, as the client names it.
    pub session: Option<String>,
    /// What serving it needed; without session and client, which are nobody else's business.
    pub needs: Requirements,
    /// The draw that its attempts came from, the last one where it was drawn for again; `None` where its names mean
    /// nothing here.
    pub draw: Option<Arc<Drawn>>,
    /// How long it stood in line, in all.
    pub waited: Duration,
    /// Its attempts in order: those that failed, then the one that served or was at it.
    pub tries: Vec<Try>,
    /// Who served it, or was at it when it ended.
    pub server: Option<Server>,
    /// The attempts that failed before.
    pub failed: Vec<AttemptNote>,
    /// How it ended.
    pub ending: Ending,
    /// Why the answer ended, where the provider said.
    pub finish: Option<FinishReason>,
    /// What it took, where the provider said.
    pub usage: Option<Usage>,
    /// From its arrival to the first content, all attempts included.
    pub first_content: Option<Duration>,
    /// From sending to the end of the answer, at the provider that served.
    pub serving: Option<Duration>,
    /// From its arrival to its end.
    pub total: Duration,
    /// Parameters that could not cross.
    pub dropped: Vec<String>,
}

/// How an attempt came to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Try {
    /// From the request's arrival.
    pub begun: Duration,
    /// The chance that its offer had of being picked then.
    pub chance: f64,
    /// Whether it was picked because the session stuck to it.
    pub sticky: bool,
}

/// Who served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `provider/model`.
    pub offer: String,
    /// The provider's name for people.
    pub provider: Arc<str>,
    /// Whether it only plays a provider.
    pub simulated: bool,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a whole answer.
    Served,
    /// In the middle of a stream.
    Broke {
        /// The word of the failure's class.
        class: &'static str,
    },
    /// Nobody could serve it.
    Refused {
        /// The status that the client was told.
        status: u16,
        /// The exact case.
        code: Cow<'static, str>,
    },
    /// The client went away before its end.
    Left,
}

/// The last requests.
#[derive(Debug, Default)]
pub struct Recent {
    /// What the draws' offers are called.
    pub roster: Arc<Roster>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    facts: VecDeque<Arc<Fact>>,
    /// How many were forgotten: the number of the oldest that is kept.
    forgotten: i64,
    /// What their draws take.
    draws: usize,
}

impl Ending {
    /// The word used in JSON.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Broke { .. } => "broke",
            Self::Refused { .. } => "refused",
            Self::Left => "left",
        }
    }

    /// The words of all endings.
    pub const WORDS: [&str; 4] = ["served", "broke", "refused", "left"];
}

impl Fact {
    fn size(&self) -> usize {
        self.draw.as_ref().map_or(0, |draw| draw.size())
    }

    /// The offers that were tried, in order, as `provider/model`.
    pub fn tried(&self) -> impl Iterator<Item = &str> {
        let failed = self.failed.iter().map(|note| note.offer.as_str());
        failed.chain(self.server.iter().map(|server| server.offer.as_str()))
    }
}

impl Recent {
    /// One more; the oldest are forgotten when there are too many, or when their draws take too much.
    pub fn keep(&self, fact: Arc<Fact>) {
        let mut kept = self.kept();
        kept.draws += fact.size();
        kept.facts.push_back(fact);
        // What falls out is freed after the lock is given back.
        let mut oldest = kept.forget_one();
        while kept.is_too_much() {
            oldest = kept.forget_one();
        }
        drop(kept);
        drop(oldest);
    }

    /// What became of the request `id`, while that is remembered.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Fact>> {
        self.kept().facts.iter().rev().find(|fact| fact.id == id).cloned()
    }

    /// Those that are wanted, the newest first.
    #[must_use]
    pub fn list(&self, wanted: &Wanted) -> Vec<Listed> {
        let kept = self.kept();
        let next = kept.forgotten.saturating_add(i64::try_from(kept.facts.len()).unwrap_or(0));
        let numbered = kept.facts.iter().rev().zip(1..).map(|(fact, back)| (next - back, fact));
        let wanted_ones = numbered.filter(|(number, fact)| wanted.takes(*number, fact));
        let listed = |(number, fact): (i64, &Arc<Fact>)| Listed { number, fact: Arc::clone(fact) };
        wanted_ones.take(wanted.limit).map(listed).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_too_much(&self) -> bool {
        self.facts.len() > KEPT || (self.draws > DRAWS && self.facts.len() > 1)
    }

    fn forget_one(&mut self) -> Option<Arc<Fact>> {
        if !self.is_too_much() {
            return None;
        }
        let oldest = self.facts.pop_front()?;
        self.draws = self.draws.saturating_sub(oldest.size());
        self.forgotten += 1;
        Some(oldest)
    }
}

#[cfg(test)]
pub(crate) mod tests;
