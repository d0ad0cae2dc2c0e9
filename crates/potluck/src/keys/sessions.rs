//! Browsers that were let in by an administrator's key, for a while. In memory: a restart ends them all.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use potluck_core::Moment;
use subtle::ConstantTimeEq;

use crate::keys::secret::{self, Hash};

/// How long a browser stays in.
pub(super) const LENGTH: Duration = Duration::from_hours(12);

/// The most at once; the one that ends first makes room.
const ROOM: usize = 256;

/// Browsers that were let in, by the hash of what their cookie holds.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<BTreeMap<Hash, Session>>);

/// One browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// By whose key.
    pub by: By,
    /// What every changing call has to repeat in a header.
    pub csrf: String,
    /// Until when.
    pub until: Moment,
}

/// Whose key let a browser in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The client key of this id, for as long as it is worth something.
    Key(String),
    /// A key of the settings.
    Settings,
}

impl Session {
    /// Whether `given` is what this session's pages send, in a time that tells nothing of it.
    #[must_use]
    pub fn matches(&self, given: &[u8]) -> bool {
        self.csrf.as_bytes().ct_eq(given).into()
    }
}

impl Sessions {
    /// How long a browser stays in.
    pub const LENGTH: Duration = LENGTH;

    /// Lets a browser in; what its cookie is to hold, and the session.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn open(&self, by: By, now: Moment) -> Result<(String, Session), String> {
        let (token, csrf) = (secret::random(4)?, secret::random(2)?);
        let session = Session { by, csrf, until: now.after(LENGTH) };
        let mut all = self.all();
        all.retain(|_, session| session.until > now);
        while all.len() >= ROOM {
            let first = all.iter().min_by_key(|(_, session)| session.until).map(|(hash, _)| *hash);
            first.and_then(|hash| all.remove(&hash));
        }
        all.insert(secret::hash(&token), session.clone());
        Ok((token, session))
    }

    /// The session of a cookie.
    #[must_use]
    pub fn find(&self, token: &str, now: Moment) -> Option<Session> {
        let session = self.all().get(&secret::hash(token)).cloned();
        session.filter(|session| session.until > now)
    }

    /// Ends a session.
    pub fn close(&self, token: &str) {
        self.all().remove(&secret::hash(token));
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Hash, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
