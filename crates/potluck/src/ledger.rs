//! What outlives a restart: counters and health, written behind the requests.
//!
//! Requests reserve in memory; one thread of its own writes what changed into SQLite and then tells the pool which
//! allowances are safe ([`potluck_core::pool::Notes`]). A killed process leaves its last whole transaction with the
//! system, so a restart counts at least what the providers count. (After a power cut the last seconds may be missing:
//! a sync for each record would wear a disk for a case in which clocks and connections start anew anyway.)
//!
//! This room knows counters by their keys. It does not know which request they are for, and no request waits
//! for it, except where an allowance ran out.

mod form;
mod store;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::pool::Notes;

use crate::database::OpenError;
use crate::house::House;
use crate::keys::Keys;
use crate::tasks::Tasks;
use store::Store;

/// How long changes wait to be written when no allowance runs low.
const PAUSE: Duration = Duration::from_millis(500);

/// How long to rest after a failed write: a full disk stays full for a while.
const TROUBLE: Duration = Duration::from_secs(5);

/// Wakes the writer.
#[derive(Debug, Default)]
pub struct Bell {
    writer: OnceLock<Thread>,
    rung: AtomicBool,
    closing: AtomicBool,
}

impl Bell {
    /// Something is to be written soon. Costs one atomic when it was rung already.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel)
            && let Some(writer) = self.writer.get()
        {
            writer.unpark();
        }
    }

    /// The last request has ended: the writer writes what is left, and ends.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    fn wait(&self, most: Duration) {
        if !self.rung.swap(false, Ordering::AcqRel) && !self.is_closing() {
            std::thread::park_timeout(most);
            self.rung.store(false, Ordering::Release);
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// The open file and what was in it.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    notes: Notes,
}

impl Ledger {
    /// Opens the file, or makes it. A damaged one is set aside under another name, and said so in the log.
    ///
    /// # Errors
    /// [`OpenError`] when another potluck has it open, or nothing can be written there.
    pub fn open(path: &Path, now: Moment) -> Result<Self, OpenError> {
        let mut store = Store::open(path, now)?;
        let notes = store.read(now)?;
        Ok(Self { store, notes })
    }

    /// Tells `keys` what was used of them, and is not written to: for whoever looks while no router runs.
    pub fn tell(mut self, keys: &Keys, now: Moment) {
        keys.begin_keeping(&mut self.notes, now);
    }

    /// Hands the notes to the house and writes on until [`Bell::close`]. Returns once the first records are safe,
    /// so that no request finds an allowance missing.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn begin(self, house: &Arc<House>, tasks: &Tasks) -> Result<(), OpenError> {
        let Self { mut store, notes } = self;
        house.begin_keeping(notes);
        write(house, &mut store)?;
        let house = Arc::clone(house);
        tasks.start_blocking(move || keep(&house, &mut store));
        Ok(())
    }
}

fn keep(house: &House, store: &mut Store) {
    let bell = &house.bell;
    // Only this thread sets it, and only once.
    let _ = bell.writer.set(std::thread::current());
    while !bell.is_closing() {
        bell.wait(PAUSE);
        if let Err(error) = write(house, store) {
            tracing::warn!(%error, "the counters cannot be written: offers with limits wait until they can");
            std::thread::park_timeout(TROUBLE);
        }
    }
    if let Err(error) = store.write(&house.keep_last()) {
        tracing::warn!(%error, "the last counters cannot be written: the next start counts more as used than was");
    }
}

fn write(house: &House, store: &mut Store) -> Result<(), OpenError> {
    let notes = house.keep();
    if notes.is_empty() {
        return Ok(());
    }
    match store.write(&notes) {
        Ok(()) => {
            house.grant(&notes.allowances());
            Ok(())
        }
        Err(error) => {
            // What was not written is to be written the next time.
            house.unkeep(&notes);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
