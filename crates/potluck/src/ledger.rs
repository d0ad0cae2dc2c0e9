//! What outlives a restart: counters and health, written behind the requests.
//!
//! Requests reserve in memory; one thread of its own writes what changed into SQLite and then tells the pool which
//! allowances are safe ([`potluck_core::pool::Notes`]). A killed process leaves its last whole transaction with the
//! system, so a restart counts at least what the providers count. (After a power cut the last seconds may be missing:
//! a sync for each record would wear a disk for a case in which clocks and connections start anew anyway.)
//!
//! Several processes may share the file: then each keeps rows of its own, and allowances are what the others have left
//! (`docs/adr/0026-several-processes-one-count.md`).
//!
//! This room knows counters by their keys. It does not know which request they are for, and no request waits
//! for it, except where an allowance ran out.

mod form;
mod seat;
mod store;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::pool::{Heard, Notes};

use crate::clock::Epoch;
use crate::database::OpenError;
use crate::house::House;
use crate::keys::Keys;
use crate::tasks::Tasks;
use store::Store;
pub use store::{News, Told};

/// How long changes wait to be written when no allowance runs low.
const PAUSE: Duration = Duration::from_millis(500);

/// How often it is looked whether others wrote, where others share the file: somebody there may wait for what is not
/// needed here.
const LOOK: Duration = Duration::from_millis(40);

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

    /// Waits until it is rung; whether it was.
    fn wait(&self, most: Duration) -> bool {
        if self.rung.swap(false, Ordering::AcqRel) || self.is_closing() {
            return true;
        }
        std::thread::park_timeout(most);
        self.rung.swap(false, Ordering::AcqRel)
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
    /// [`OpenError`] when a program has it open that does not share it, or nothing can be written there.
    pub fn open(path: &Path, now: Moment) -> Result<Self, OpenError> {
        let mut store = Store::open(path, now)?;
        let notes = store.read(now)?;
        Ok(Self { store, notes })
    }

    /// Tells `keys` what was used of them, and is not written to: for whoever looks while no router runs.
    ///
    /// # Errors
    /// When what others wrote cannot be read.
    pub fn tell(mut self, keys: &Keys, now: Moment) -> Result<(), OpenError> {
        keys.begin_keeping(&mut self.notes, now);
        let epoch = Epoch::now();
        let rows = |told: Told| told.rows.iter().map(|row| row.by(epoch)).collect();
        let heard = self.store.listen()?.into_iter();
        let mut heard =
            heard.map(|(key, told)| (key, Heard { records: rows(told), asked: false })).collect();
        keys.hear(&mut heard, now);
        Ok(())
    }

    /// Which of those who share the file this is: zero for whoever is alone.
    #[must_use]
    pub const fn seat(&self) -> u32 {
        self.store.seat()
    }

    /// Hands the notes to the house and writes on until [`Bell::close`]. Returns once the first records are safe,
    /// so that no request finds an allowance missing.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn begin(self, house: &Arc<House>, tasks: &Tasks) -> Result<(), OpenError> {
        let Self { mut store, notes } = self;
        house.begin_keeping(notes);
        house.set_sharers(store.sharers());
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
    let mut written = house.clock.mark();
    while !bell.is_closing() {
        let rung = bell.wait(if house.sharers() > 0 { LOOK } else { PAUSE });
        let due = rung || written.elapsed() >= PAUSE;
        if due {
            written = house.clock.mark();
        }
        if let Err(error) = turn(house, store, due) {
            tracing::warn!(%error, "the counters cannot be written: offers with limits wait until they can");
            std::thread::park_timeout(TROUBLE);
        }
    }
    let last = store.write(house.clock.now(), |news| {
        house.hear(news);
        house.keep(true)
    });
    if let Err(error) = last {
        tracing::warn!(%error, "the last counters cannot be written: the next start counts more as used than was");
    }
}

/// Writes where that is `due`, or where others wrote what calls for it.
fn turn(house: &House, store: &mut Store, due: bool) -> Result<(), OpenError> {
    if due {
        house.set_sharers(store.sharers());
        look_at_keys(house);
        return write(house, store);
    }
    if store.has_changed()? && house.hear(&store.listen()?) {
        return write(house, store);
    }
    Ok(())
}

/// Keys that somebody else made or revoked.
fn look_at_keys(house: &House) {
    if let Err(error) = house.keys.look() {
        tracing::warn!(%error, "client keys cannot be read again: those of before hold");
    }
}

fn write(house: &House, store: &mut Store) -> Result<(), OpenError> {
    let mut made = None;
    let written = store.write(house.clock.now(), |news| {
        house.hear(news);
        let (notes, epoch) = house.keep(false);
        made = Some(notes.clone());
        (notes, epoch)
    });
    let notes = made.unwrap_or_default();
    match written {
        Ok(()) if notes.is_empty() => Ok(()),
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
