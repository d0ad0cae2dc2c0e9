//! What became of the last requests, for whoever asks by id: facts, never prompts or answers.
//!
//! The relay makes one [`Fact`] a request, when it is over; this room keeps the last of them in memory. It does not
//! know what they are asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::response::{FinishReason, Usage};
use potluck_core::verdict::AttemptNote;

/// How many requests are remembered. Clients ask for an answer's facts within seconds of it; a fact takes about
/// half a KiB, so that a full memory stays below one MiB.
pub const KEPT: usize = 1024;

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
        code: &'static str,
    },
    /// The client went away before its end.
    Left,
}

/// The last requests.
#[derive(Debug, Default)]
pub struct Recent(Mutex<VecDeque<Arc<Fact>>>);

impl Recent {
    /// One more; the oldest is forgotten when there are too many.
    pub fn keep(&self, fact: Arc<Fact>) {
        let mut facts = self.facts();
        // What falls out is freed after the lock is given back.
        let oldest = if facts.len() >= KEPT { facts.pop_front() } else { None };
        facts.push_back(fact);
        drop(facts);
        drop(oldest);
    }

    /// What became of the request `id`, while that is remembered.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<Fact>> {
        self.facts().iter().rev().find(|fact| fact.id == id).cloned()
    }

    fn facts(&self) -> MutexGuard<'_, VecDeque<Arc<Fact>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(id: usize) -> Arc<Fact> {
        Arc::new(Fact {
            id: format!("gen-{id}"),
            came: Moment::from_millis(0),
            asked: Vec::new(),
            streamed: false,
            session: None,
            server: None,
            failed: Vec::new(),
            ending: Ending::Left,
            finish: None,
            usage: None,
            first_content: None,
            serving: None,
            total: Duration::ZERO,
            dropped: Vec::new(),
        })
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let recent = Recent::default();
        for id in 0..KEPT + 3 {
            recent.keep(fact(id));
        }
        assert!(recent.find("gen-2").is_none());
        assert_eq!(recent.find("gen-3").unwrap().id, "gen-3");
        assert_eq!(recent.facts().len(), KEPT);
        assert!(recent.find(&format!("gen-{}", KEPT + 2)).is_some());
    }
}
