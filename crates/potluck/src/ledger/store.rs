//! The file: SQLite, one transaction a batch, shared by all who have a seat.
//!
//! Counters have a row for each who keeps them. Nobody else writes from when a batch begins, by reading what the others
//! wrote, until it is safe: so what is granted to one is known to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::names::{AccountId, CredentialId, OfferName, ProviderId};
use potluck_core::pool::Notes;
use potluck_core::quota::Kept;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form::{Counter, Health};
use super::seat::Seat;
use crate::clock::{Epoch, uptime};
use crate::database::{OpenError, Purpose, make_folder};

/// The layout of the tables; a file of another layout is set aside like a damaged one.
const VERSION: i64 = 2;

/// Of the first layout, in which one process had the file for itself: what it counted is what the first seat counts.
const FROM_FIRST: &str = "
    ALTER TABLE counters RENAME TO counters_1;
    CREATE TABLE counters (
        key TEXT NOT NULL, seat INTEGER NOT NULL, record TEXT NOT NULL, touched INTEGER NOT NULL,
        epoch INTEGER, batch INTEGER NOT NULL, PRIMARY KEY (key, seat)
    ) WITHOUT ROWID;
    INSERT INTO counters SELECT key, 0, record, touched, NULL, 0 FROM counters_1;
    DROP TABLE counters_1;
";

/// Rows that nobody touched for so long are of no window and no provider any more: the longest window is a month.
const RETENTION: Duration = Duration::from_hours(24 * 62);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS counters (
        key TEXT NOT NULL, seat INTEGER NOT NULL, record TEXT NOT NULL, touched INTEGER NOT NULL,
        epoch INTEGER, batch INTEGER NOT NULL, PRIMARY KEY (key, seat)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS counters_by_batch ON counters (batch);
    CREATE TABLE IF NOT EXISTS health (
        kind TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL, touched INTEGER NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

const PURPOSE: Purpose = Purpose {
    what: "the counters",
    tables: TABLES,
    version: VERSION,
    earlier: Some((1, FROM_FIRST)),
    precious: false,
};

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
    seat: Seat,
    /// The last batch that was heard of.
    heard: i64,
    /// What others last wrote, by key and seat.
    others: BTreeMap<Arc<str>, BTreeMap<u32, Row>>,
    /// What the file says of changes by others.
    version: i64,
}

/// A record, and by which clock it was made.
#[derive(Clone, Debug)]
pub struct Row {
    kept: Kept,
    epoch: Option<Epoch>,
}

impl Row {
    /// What it says by the clock of `epoch`.
    pub fn by(&self, epoch: Option<Epoch>) -> Kept {
        match Epoch::ahead(epoch, self.epoch) {
            0 => self.kept.clone(),
            by => self.kept.clone().moved(by),
        }
    }
}

/// What others who share the count say of one counter.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// All their records.
    pub rows: Vec<Row>,
    /// Whether one of them, since the last time, waits for what is not needed here.
    pub asked: bool,
}

/// What is new with others, by key.
pub type News = BTreeMap<Arc<str>, Told>;

impl Store {
    /// Opens the file, which others may have open too.
    pub(super) fn open(path: &Path, now: Moment) -> Result<Self, OpenError> {
        make_folder(path).map_err(|why| PURPOSE.unusable(path, &why))?;
        let seat = Seat::take(path).map_err(|why| PURPOSE.unusable(path, &why))?;
        // what somebody else has open is not set aside
        let precious = seat.others(path) > 0;
        let connection = Purpose { precious, ..PURPOSE }.open(path, now)?;
        let (path, others) = (path.to_owned(), BTreeMap::new());
        Ok(Self { connection, path, seat, heard: -1, others, version: 0 })
    }

    /// The number of the seat.
    pub(super) const fn seat(&self) -> u32 {
        self.seat.number
    }

    /// How many others share the file now.
    pub(super) fn sharers(&self) -> usize {
        self.seat.others(&self.path)
    }

    /// Whether somebody else has written since this was last asked.
    pub(super) fn has_changed(&mut self) -> Result<bool, OpenError> {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        let version: i64 = self.told(version)?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }

    /// What others wrote since this was last asked.
    pub(super) fn listen(&mut self) -> Result<News, OpenError> {
        let heard = self.try_listen();
        self.told(heard)
    }

    fn try_listen(&mut self) -> rusqlite::Result<News> {
        let batch = self.connection.transaction()?;
        let last = fact(&batch, "batch")?.unwrap_or(0);
        let news = hear(&batch, &self.seat, self.heard, &mut self.others)?;
        self.heard = last;
        Ok(news)
    }

    fn told<T>(&self, done: rusqlite::Result<T>) -> Result<T, OpenError> {
        done.map_err(|error| PURPOSE.told(&self.path, &error))
    }

    /// What was written before under this seat. From now on others take it for closed: what was granted counts as used.
    pub(super) fn read(&mut self, now: Moment) -> Result<Notes, OpenError> {
        self.try_read(now).map_err(|error| PURPOSE.told(&self.path, &error))
    }

    fn try_read(&mut self, now: Moment) -> rusqlite::Result<Notes> {
        let oldest = now.before(RETENTION).as_millis();
        let batch = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        batch.execute("DELETE FROM health WHERE touched < ?1", [oldest])?;
        // others may still hold what they were granted long ago
        let forget = "DELETE FROM counters WHERE touched < ?1
            AND (seat = ?2 OR json_extract(record, '$.allowance') = 0)";
        batch.execute(forget, params![oldest, self.seat.number])?;
        let number = fact(&batch, "batch")?.unwrap_or(0) + 1;
        let epoch = Epoch::now();
        // clocks of another start of the machine say nothing by this one's
        if self.seat.others(&self.path) == 0 || uptime() < fact(&batch, "uptime")? {
            let all = "UPDATE counters SET epoch = ?1, batch = ?2";
            batch.execute(all, params![epoch.map(|epoch| epoch.0), number])?;
            set_clock(&batch, epoch)?;
        }
        let since = Epoch::ahead(epoch, fact(&batch, "epoch")?.map(Epoch));
        let made = fact(&batch, "made")?.map(|made| Moment::from_millis(made).moved(since));
        let own = rows_of(&batch, self.seat.number, epoch)?;
        bury(&batch, self.seat.number, (number, epoch), now)?;
        for gone in seats(&batch)?.into_iter().filter_map(|seat| Seat::vacant(&self.path, seat)) {
            bury(&batch, gone.number, (number, epoch), now)?;
        }
        set_fact(&batch, "batch", number)?;
        batch.commit()?;
        let mut notes = Notes { made, ..Notes::default() };
        notes.buckets.extend(own);
        let of = "SELECT key, record FROM health WHERE kind = ?1";
        for (key, record) in self.rows(of, ["offer"])? {
            if let Some(health) = parse::<Health>(&key, &record) {
                notes.offers.insert(OfferName::new(key), health.into());
            }
        }
        for (key, record) in self.rows(of, ["credential"])? {
            if let (Some(health), Some((provider, credential))) =
                (parse::<Health>(&key, &record), key.split_once('\n'))
            {
                let credential = (ProviderId::new(provider), CredentialId::new(credential));
                notes.credentials.insert(credential, health.standing());
            }
        }
        for (key, record) in self.rows(of, ["account"])? {
            if let (Some(health), Some((provider, account))) =
                (parse::<Health>(&key, &record), key.split_once('\n'))
            {
                let account = (ProviderId::new(provider), AccountId::new(account));
                notes.accounts.insert(account, health.standing());
            }
        }
        for (key, record) in self.rows(of, ["provider"])? {
            if let Some(health) = parse::<Health>(&key, &record) {
                notes.providers.insert(ProviderId::new(key), health.standing());
            }
        }
        Ok(notes)
    }

    fn rows(
        &self,
        query: &str,
        values: impl rusqlite::Params,
    ) -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = self.connection.prepare(query)?;
        let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// Makes notes safe, and nobody else writes meanwhile: closes what the dead left, reads what the others wrote, lets
    /// `make` make notes by that, and writes them. What they say by which clock comes with them.
    pub(super) fn write(
        &mut self,
        now: Moment,
        make: impl FnOnce(&News) -> (Notes, Option<Epoch>),
    ) -> Result<(), OpenError> {
        let written = self.try_write(now, make);
        self.told(written)
    }

    fn try_write(
        &mut self,
        now: Moment,
        make: impl FnOnce(&News) -> (Notes, Option<Epoch>),
    ) -> rusqlite::Result<()> {
        let batch = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last = fact(&batch, "batch")?.unwrap_or(0);
        let news = hear(&batch, &self.seat, self.heard, &mut self.others)?;
        self.heard = last;
        let (mut notes, epoch) = make(&news);
        // nobody takes a seat of the dead before this is done
        let dead = dead(&self.others, &self.path);
        if notes.is_empty() && dead.is_empty() {
            return Ok(());
        }
        let number = last + 1;
        for gone in &dead {
            bury(&batch, gone.number, (number, epoch), now)?;
        }
        let made = notes.made.get_or_insert(now).as_millis();
        {
            let mut counter = batch.prepare_cached(INSERT)?;
            for (key, kept) in &notes.buckets {
                let record = text(&Counter::from(kept));
                let epoch = epoch.map(|epoch| epoch.0);
                counter.execute(params![&**key, self.seat.number, record, made, epoch, number])?;
            }
        }
        write_health(&batch, &notes, made)?;
        set_fact(&batch, "made", made)?;
        set_clock(&batch, epoch)?;
        set_fact(&batch, "batch", number)?;
        batch.commit()
    }
}

const INSERT: &str = "INSERT OR REPLACE INTO counters VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

fn write_health(batch: &Transaction<'_>, notes: &Notes, made: i64) -> rusqlite::Result<()> {
    let mut health =
        batch.prepare_cached("INSERT OR REPLACE INTO health VALUES (?1, ?2, ?3, ?4)")?;
    for (name, kept) in &notes.offers {
        health.execute(params!["offer", name.as_str(), text(&Health::from(kept)), made])?;
    }
    for ((provider, credential), kept) in &notes.credentials {
        let key = format!("{provider}\n{credential}");
        health.execute(params!["credential", key, text(&Health::of(*kept)), made])?;
    }
    for ((provider, account), kept) in &notes.accounts {
        let key = format!("{provider}\n{account}");
        health.execute(params!["account", key, text(&Health::of(*kept)), made])?;
    }
    for (id, kept) in &notes.providers {
        health.execute(params!["provider", id.as_str(), text(&Health::of(*kept)), made])?;
    }
    Ok(())
}

fn fact(batch: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut query = batch.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
    query.query_row([name], |row| row.get(0)).optional()
}

fn set_fact(batch: &Transaction<'_>, name: &str, value: i64) -> rusqlite::Result<()> {
    let mut fact = batch.prepare_cached("INSERT OR REPLACE INTO facts VALUES (?1, ?2)")?;
    fact.execute(params![name, value]).map(drop)
}

/// What others wrote after the batch `since`, laid into what is known of them.
fn hear(
    batch: &Transaction<'_>,
    own: &Seat,
    since: i64,
    others: &mut BTreeMap<Arc<str>, BTreeMap<u32, Row>>,
) -> rusqlite::Result<News> {
    let mut news = News::new();
    let mut changed = batch.prepare_cached(
        "SELECT key, seat, record, epoch FROM counters WHERE batch > ?1 AND seat <> ?2",
    )?;
    let mut rows = changed.query(params![since, own.number])?;
    while let Some(row) = rows.next()? {
        let (key, record): (String, String) = (row.get(0)?, row.get(2)?);
        let Some(counter) = parse::<Counter>(&key, &record) else { continue };
        let (key, kept) = (Arc::<str>::from(key), Kept::from(counter));
        news.entry(Arc::clone(&key)).or_default().asked |= kept.asks > 0;
        let epoch: Option<i64> = row.get(3)?;
        let row = (row.get(1)?, Row { kept, epoch: epoch.map(Epoch) });
        others.entry(key).or_default().extend([row]);
    }
    for (key, told) in &mut news {
        told.rows = others.get(key).into_iter().flat_map(BTreeMap::values).cloned().collect();
    }
    Ok(news)
}

/// By which clock the last batch was made.
fn set_clock(batch: &Transaction<'_>, epoch: Option<Epoch>) -> rusqlite::Result<()> {
    let (Some(Epoch(epoch)), Some(uptime)) = (epoch, uptime()) else { return Ok(()) };
    set_fact(batch, "epoch", epoch)?;
    set_fact(batch, "uptime", uptime)
}

/// Seats of those who are gone and left something that was granted.
fn dead(others: &BTreeMap<Arc<str>, BTreeMap<u32, Row>>, state: &Path) -> Vec<Seat> {
    let open = others.values().flatten().filter(|(_, row)| is_open(&row.kept));
    let seats: BTreeSet<u32> = open.map(|(seat, _)| *seat).collect();
    seats.into_iter().filter_map(|seat| Seat::vacant(state, seat)).collect()
}

const fn is_open(kept: &Kept) -> bool {
    kept.allowance > 0 || kept.asks > 0
}

/// All who have rows.
fn seats(batch: &Transaction<'_>) -> rusqlite::Result<BTreeSet<u32>> {
    let mut query = batch.prepare("SELECT DISTINCT seat FROM counters")?;
    let seats = query.query_map([], |row| row.get(0))?;
    seats.collect()
}

/// What was kept under a seat, by the clock of `epoch`.
fn rows_of(
    batch: &Transaction<'_>,
    seat: u32,
    epoch: Option<Epoch>,
) -> rusqlite::Result<BTreeMap<Arc<str>, Kept>> {
    let mut query =
        batch.prepare_cached("SELECT key, record, epoch FROM counters WHERE seat = ?1")?;
    let mut rows = query.query([seat])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (key, record, written): (String, String, Option<i64>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some(counter) = parse::<Counter>(&key, &record) else { continue };
        let row = Row { kept: counter.into(), epoch: written.map(Epoch) };
        all.insert(Arc::from(key), row.by(epoch));
    }
    Ok(all)
}

/// Writes that whoever had a seat is gone: all that was granted is used.
fn bury(
    batch: &Transaction<'_>,
    seat: u32,
    (number, epoch): (i64, Option<Epoch>),
    now: Moment,
) -> rusqlite::Result<()> {
    let mut counter = batch.prepare_cached(INSERT)?;
    let (written, epoch_written) = (now.as_millis(), epoch.map(|epoch| epoch.0));
    for (key, kept) in rows_of(batch, seat, epoch)?.iter().filter(|(_, kept)| is_open(kept)) {
        let record = text(&Counter::from(&kept.closed(now)));
        counter.execute(params![&**key, seat, record, written, epoch_written, number])?;
    }
    Ok(())
}

fn text(form: &impl Serialize) -> String {
    // Plain structs of numbers and texts have a JSON text.
    serde_json::to_string(form).unwrap_or_default()
}

/// A row that cannot be read is of an older potluck, or of nobody: it is skipped, and said so.
fn parse<T: DeserializeOwned>(key: &str, record: &str) -> Option<T> {
    match serde_json::from_str(record) {
        Ok(form) => Some(form),
        Err(error) => {
            tracing::warn!(key, %error, "a kept record cannot be read, and is forgotten");
            None
        }
    }
}
