//! What of the house is written down, and what is heard of others who share the count.
//!
//! The pool's counters and those of client keys go the same way. When it is written, and where, is the ledger's to know.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use potluck_core::pool::{Heard, Notes};

use crate::clock::Epoch;
use crate::house::House;
use crate::ledger::{News, Told};

impl House {
    /// Takes over what was written down before a restart; from now on only what a record grants is taken.
    pub fn begin_keeping(&self, mut notes: Notes) {
        let now = self.clock.now();
        self.keys.begin_keeping(&mut notes, now);
        self.stock().pool.begin_keeping(notes, now);
    }

    /// Takes in what others say who share the count. Whether the next notes had better be made at once.
    pub fn hear(&self, news: &News) -> bool {
        if news.is_empty() {
            return false;
        }
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        let epoch = stock.pulse.epoch();
        let told = news.iter().map(|(key, told)| (Arc::clone(key), heard(told, epoch)));
        let mut told = told.collect();
        let of_keys = self.keys.hear(&mut told, now);
        let urgent = stock.pool.hear(&told, now);
        drop(stock);
        self.queue.stir();
        urgent || of_keys
    }

    /// What changed since the last time, to be written down, and by which clock it is said. `last`: everything as it is at
    /// the end; nothing may be taken any more.
    #[must_use]
    pub fn keep(&self, last: bool) -> (Notes, Option<Epoch>) {
        let now = self.clock.now();
        let mut stock = self.stock_at(now);
        let mut notes = if last { stock.pool.keep_last(now) } else { stock.pool.keep(now) };
        let epoch = stock.pulse.epoch();
        drop(stock);
        self.keys.keep(&mut notes, last, now);
        (notes, epoch)
    }

    /// How many other routers share the count.
    #[must_use]
    pub fn sharers(&self) -> usize {
        self.sharers.load(Ordering::Relaxed)
    }

    /// So many other routers share the count now.
    pub fn set_sharers(&self, sharers: usize) {
        self.sharers.store(sharers, Ordering::Relaxed);
    }

    /// The notes that grant these allowances are safe.
    pub fn grant(&self, allowances: &[(Arc<str>, u64)]) {
        self.stock().pool.grant(allowances);
        self.keys.grant(allowances);
        self.queue.stir();
    }

    /// Notes could not be written: what they say is to be written the next time.
    pub fn unkeep(&self, notes: &Notes) {
        self.stock().pool.unkeep(notes);
        self.keys.unkeep(notes);
    }
}

/// What others say, by this clock: what they said before it was set, or before theirs was, is moved along.
fn heard(told: &Told, epoch: Option<Epoch>) -> Heard {
    let records = told.rows.iter().map(|row| row.by(epoch));
    Heard { records: records.collect(), asked: told.asked }
}
