//! Which of the kept requests somebody wants to see.

use std::sync::Arc;

use potluck_core::Moment;

use super::Fact;

/// Which requests, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Only those with a lower number.
    pub before: Option<i64>,
    /// Only those that came then or later.
    pub since: Option<Moment>,
    /// Only those that ended so, by [`super::Ending::word`].
    pub ending: Option<String>,
    /// Only those for which this offer was tried.
    pub offer: Option<String>,
    /// How many at most.
    pub limit: usize,
}

/// A request in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its number: higher than that of every request that ended before it.
    pub number: i64,
    /// What became of it.
    pub fact: Arc<Fact>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { before: None, since: None, ending: None, offer: None, limit: 50 }
    }
}

impl Wanted {
    /// Whether it is one of them.
    #[must_use]
    pub fn takes(&self, number: i64, fact: &Fact) -> bool {
        self.before.is_none_or(|before| number < before)
            && self.since.is_none_or(|since| fact.came >= since)
            && self.ending.as_ref().is_none_or(|ending| fact.ending.word() == ending)
            && self.offer.as_ref().is_none_or(|offer| fact.tried().any(|tried| tried == offer))
    }
}
