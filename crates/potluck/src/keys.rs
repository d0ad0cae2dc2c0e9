//! Client keys: who may come in, with which rights, and how much of them is used.
//!
//! All keys stand in memory, as one ring that is swapped whole. A request finds its holder there and never touches the
//! disk; only making and revoking a key writes, first the file and then the ring. Of a key its hash is kept and nothing
//! else. What was used of a day travels with the counters of the ledger.
//!
//! This room knows no HTTP, no dialect and no offer.
//!
//! | file | what it holds |
//! |---|---|
//! | `secret` | how a key is made, and told from another |
//! | `key` | what is known of a key |
//! | `draft` | what is wished of a new one, checked |
//! | `holder` | a key, and what was used of it |
//! | `ring` | all of them |
//! | `charge` | what one request takes |
//! | `sessions` | browsers that were let in by an administrator's key |
//! | `shape` | a key as JSON, for whoever may see it |
//! | `store` | the file |

mod charge;
mod draft;
mod holder;
mod key;
mod ring;
mod secret;
mod sessions;
mod shape;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use potluck_core::Moment;
use potluck_core::pool::{Heard, Notes};
use potluck_core::quota::Kept;
use tokio::sync::Notify;

use crate::database::OpenError;
use crate::settings::Secret;

pub use charge::Charge;
pub use draft::{Draft, LimitsDraft, Wrong};
pub use holder::Holder;
pub use key::{Key, Standing};
pub use sessions::{By, Session, Sessions};
pub use shape::describe;

use ring::Ring;
use store::Store;

/// All client keys.
#[derive(Debug, Default)]
pub struct Keys {
    ring: RwLock<Arc<Ring>>,
    /// The file; none where nothing is kept. Whoever changes the ring holds this.
    store: Mutex<Option<Store>>,
    /// Whether days are written down.
    keeping: AtomicBool,
    /// What others who share the count last said of keys, and when.
    heard: Mutex<BTreeMap<Arc<str>, (Heard, Moment)>>,
    /// Records became safe.
    granted: Notify,
    /// Browsers that were let in.
    pub sessions: Sessions,
}

/// Why the keys were not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// What is wished cannot be.
    #[error("`{}` {}", .0.field, .0.message)]
    Wrong(Wrong),
    /// Another key has the name.
    #[error("another key is called \"{0}\". Choose another name, or revoke that one first")]
    Taken(String),
    /// Nobody could make or revoke keys any more.
    #[error(
        "no key may manage keys yet, and with this one alone nobody could any more. Make one for yourself first: `potluck keys create NAME --admin`, or \"admin\": true over HTTP"
    )]
    AdminFirst,
    /// The same.
    #[error(
        "\"{0}\" is the last key that may manage keys, and nobody could make another without it. Make another such key first"
    )]
    LastAdmin(String),
    /// There is none.
    #[error("no key has the id or the name \"{0}\"; `potluck keys list` or GET /keys shows all")]
    Unknown(String),
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] OpenError),
    /// No key can be made.
    #[error("the system gives no random numbers: {0}")]
    NoChance(String),
}

/// The file beside the counters' own.
#[must_use]
pub fn beside(state: &Path) -> PathBuf {
    state.with_extension("keys.db")
}

/// A secret for a router that nobody else is to ask.
///
/// # Errors
/// When the system gives no random numbers.
pub fn throwaway() -> Result<Secret, String> {
    secret::random(3).map(Secret::new)
}

/// Whether the file has a key that opens the door, without taking it over.
///
/// # Errors
/// [`OpenError`] when it cannot be read.
pub fn any_in(path: &Path, now: Moment) -> Result<bool, OpenError> {
    let keys = Keys::default();
    keys.open(path, now)?;
    Ok(keys.ring().holders().any(|holder| holder.key.standing(now) == Standing::Good))
}

/// Whether a key was ever made in the file, so that a router asks for one; without taking it over.
///
/// # Errors
/// [`OpenError`] when it cannot be read.
pub fn closed_by(path: &Path, now: Moment) -> Result<bool, OpenError> {
    let keys = Keys::default();
    keys.open(path, now)?;
    Ok(!keys.is_empty())
}

/// Under which names the counters of keys are written down; no provider's begins so.
const COUNTERS: &str = "@key/";

impl Keys {
    /// Opens the file and takes over what is in it.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be read: without it anybody might come in.
    pub fn open(&self, path: &Path, now: Moment) -> Result<(), OpenError> {
        let mut store = self.store();
        let mut opened = Store::open(path, now)?;
        let holders = opened.read()?.into_iter().map(Holder::new);
        self.swap(Ring::of(holders));
        *store = Some(opened);
        Ok(())
    }

    /// Whether no key was ever made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring().holders().next().is_none()
    }

    /// The holder of a key, whatever it is worth now.
    #[must_use]
    pub fn find(&self, given: &str) -> Option<Arc<Holder>> {
        self.ring().find(&secret::hash(given))
    }

    /// The holder of the key of that id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Arc<Holder>> {
        self.ring().holders().find(|holder| holder.key.id == id).cloned()
    }

    /// All of them, the oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Holder>> {
        self.ring().holders().cloned().collect()
    }

    /// Makes a key. Its secret is given here and never again. `has_admin`: somebody else may manage keys.
    ///
    /// # Errors
    /// [`KeysError`]; then nothing has changed.
    pub fn create(
        &self,
        draft: Draft,
        pools: &[String],
        has_admin: bool,
        now: Moment,
    ) -> Result<(Arc<Holder>, Secret), KeysError> {
        let wish = draft.check(pools, now).map_err(KeysError::Wrong)?;
        self.change(|ring| {
            if ring
                .holders()
                .any(|other| other.key.revoked.is_none() && other.key.name == wish.name)
            {
                return Err(KeysError::Taken(wish.name));
            }
            if !wish.admin && !has_admin && !ring.has_admin(now, None) {
                return Err(KeysError::AdminFirst);
            }
            let made = secret::make().map_err(KeysError::NoChance)?;
            let holder = Arc::new(self.hold(wish.into_key(&made, now)));
            Ok((Some(Arc::clone(&holder)), (holder, made.secret)))
        })
    }

    /// Revokes a key by its id or its name. One that is revoked already stays so.
    ///
    /// # Errors
    /// [`KeysError`]; then nothing has changed.
    pub fn revoke(
        &self,
        which: &str,
        has_admin: bool,
        now: Moment,
    ) -> Result<Arc<Holder>, KeysError> {
        self.change(|ring| {
            let holder = ring.named(which).ok_or_else(|| KeysError::Unknown(shown(which)))?;
            if holder.key.revoked.is_some() {
                return Ok((None, holder));
            }
            if holder.key.admin && !has_admin && !ring.has_admin(now, Some(&holder.key.id)) {
                return Err(KeysError::LastAdmin(holder.key.name.clone()));
            }
            let revoked = Arc::new(holder.revoked(now));
            Ok((Some(Arc::clone(&revoked)), revoked))
        })
    }

    /// Changes one key, by what all of them are at this moment: others who share the file cannot change it meanwhile.
    fn change<T>(
        &self,
        decide: impl FnOnce(&Ring) -> Result<(Option<Arc<Holder>>, T), KeysError>,
    ) -> Result<T, KeysError> {
        let mut store = self.store();
        let Some(store) = store.as_mut() else {
            let ring = self.ring();
            let (changed, answer) = decide(&ring)?;
            changed.into_iter().for_each(|holder| self.swap(ring.with(holder)));
            return Ok(answer);
        };
        store.begin()?;
        let done = self.change_in(store, decide);
        store.end(done.is_ok())?;
        let (changed, answer) = done?;
        changed.into_iter().for_each(|holder| self.swap(self.ring().with(holder)));
        Ok(answer)
    }

    fn change_in<T>(
        &self,
        store: &mut Store,
        decide: impl FnOnce(&Ring) -> Result<(Option<Arc<Holder>>, T), KeysError>,
    ) -> Result<(Option<Arc<Holder>>, T), KeysError> {
        self.take_in(store.read()?);
        let (changed, answer) = decide(&self.ring())?;
        if let Some(holder) = &changed {
            store.write(&holder.key)?;
        }
        Ok((changed, answer))
    }

    /// Reads the keys again where somebody else has changed them. Touches the disk.
    ///
    /// # Errors
    /// [`OpenError`] when they cannot be read: those of before hold.
    pub fn look(&self) -> Result<(), OpenError> {
        let mut store = self.store();
        let Some(store) = store.as_mut() else { return Ok(()) };
        if store.has_changed()? {
            self.take_in(store.read()?);
        }
        Ok(())
    }

    /// These are the keys now. What was used of them stays.
    fn take_in(&self, keys: Vec<Key>) {
        let ring = self.ring();
        let known = |id: &str| ring.holders().find(|holder| holder.key.id == id);
        let holders = keys.into_iter().map(|key| match known(&key.id) {
            Some(holder) if holder.key == key => Arc::clone(holder),
            Some(holder) => Arc::new(holder.renewed(key)),
            None => Arc::new(self.hold(key)),
        });
        self.swap(Ring::made(holders.collect()));
    }

    /// A holder of a key that is new here.
    fn hold(&self, key: Key) -> Holder {
        let holder = Holder::new(key);
        if self.keeping.load(Ordering::Acquire) {
            holder.tally().begin_keeping();
        }
        let begins = format!("{COUNTERS}{}/", holder.key.id);
        for (name, (heard, at)) in self.heard().iter() {
            if let Some(word) = name.strip_prefix(begins.as_str()) {
                holder.tally().hear(word, heard, *at);
            }
        }
        holder
    }

    // ---- what the ledger writes -----------------------------------------------------------------------

    /// Takes the records of keys out of `notes`; from now on nothing of a day is taken that a record has not granted.
    pub fn begin_keeping(&self, notes: &mut Notes, now: Moment) {
        let records = notes.buckets.extract_if(.., |name, _| name.starts_with(COUNTERS));
        let records: Vec<(Arc<str>, Kept)> = records.collect();
        let _changing = self.store();
        self.keeping.store(true, Ordering::Release);
        let ring = self.ring();
        for holder in ring.holders() {
            holder.tally().begin_keeping();
        }
        for (name, kept) in &records {
            if let Some((holder, word)) = counter(&ring, name) {
                holder.tally().recall(word, kept, now);
            }
        }
    }

    /// Adds what changed to what is to be written down.
    pub fn keep(&self, notes: &mut Notes, last: bool, now: Moment) {
        if !self.keeping.load(Ordering::Acquire) {
            return;
        }
        for holder in self.ring().holders() {
            let mut tally = holder.tally();
            let kept = if last { tally.keep_last(now) } else { tally.keep(now) };
            drop(tally);
            for (word, kept) in kept {
                notes.made.get_or_insert(now);
                let name = format!("{COUNTERS}{}/{word}", holder.key.id);
                notes.buckets.insert(name.into(), kept);
            }
        }
    }

    /// The notes that grant these are safe.
    pub fn grant(&self, allowances: &[(Arc<str>, u64)]) {
        let ring = self.ring();
        let mut any = false;
        for (name, allowance) in allowances {
            if let Some((holder, word)) = counter(&ring, name) {
                holder.tally().grant(word, *allowance);
                any = true;
            }
        }
        if any {
            self.granted.notify_waiters();
        }
    }

    /// Notes could not be written.
    pub fn unkeep(&self, notes: &Notes) {
        let ring = self.ring();
        for name in notes.buckets.keys() {
            if let Some((holder, _)) = counter(&ring, name) {
                holder.tally().unkeep();
            }
        }
    }

    /// Takes what others who share the count say of keys out of `heard`. Whether the next record had better be made at
    /// once.
    pub fn hear(&self, heard: &mut BTreeMap<Arc<str>, Heard>, now: Moment) -> bool {
        let ring = self.ring();
        let mut urgent = false;
        for (name, heard) in heard.extract_if(.., |name, _| name.starts_with(COUNTERS)) {
            if let Some((holder, word)) = counter(&ring, &name) {
                urgent |= holder.tally().hear(word, &heard, now);
            }
            self.heard().insert(name, (heard, now));
        }
        urgent
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, (Heard, Moment)>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock was set `by` milliseconds forward, or back below zero, to `now`.
    pub fn shift_clock(&self, by: i64, now: Moment) {
        for holder in self.ring().holders() {
            holder.tally().shift(by, now);
        }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn swap(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    fn store(&self) -> MutexGuard<'_, Option<Store>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose counter that is, and its word.
fn counter<'a>(ring: &Ring, name: &'a str) -> Option<(Arc<Holder>, &'a str)> {
    let (id, word) = name.strip_prefix(COUNTERS)?.split_once('/')?;
    let holder = ring.holders().find(|holder| holder.key.id == id)?;
    Some((Arc::clone(holder), word))
}

/// As much of a text as an error repeats: it may be a key that was pasted into the wrong place.
fn shown(text: &str) -> String {
    text.chars().take(24).collect()
}
