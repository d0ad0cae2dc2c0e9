//! A key, and what was used of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use potluck_core::Moment;
use potluck_core::rights::Tally;

use crate::keys::key::Key;

/// A key, and what was used of it. The count outlives a change of the key.
#[derive(Debug)]
pub struct Holder {
    /// What is known of the key.
    pub key: Key,
    tally: Arc<Mutex<Tally>>,
}

impl Holder {
    pub(super) fn new(key: Key) -> Self {
        let tally = Tally::new(&key.rights.limits);
        Self { key, tally: Arc::new(Mutex::new(tally)) }
    }

    pub(super) fn revoked(&self, now: Moment) -> Self {
        self.renewed(Key { revoked: Some(now), ..self.key.clone() })
    }

    /// The same with what is known of its key now.
    pub(super) fn renewed(&self, key: Key) -> Self {
        Self { key, tally: Arc::clone(&self.tally) }
    }

    /// What was used. Held for as long as it takes to count, never across an await.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
