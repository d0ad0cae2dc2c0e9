//! The file: SQLite, one writer, one transaction a batch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::names::{AccountId, CredentialId, OfferName, ProviderId};
use potluck_core::pool::Notes;
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form::{Counter, Health};
use crate::database::{OpenError, Purpose};

/// The layout of the tables; a file of another layout is set aside like a damaged one.
const VERSION: i64 = 1;

/// Rows that nobody touched for so long are of no window and no provider any more: the longest window is a month.
const RETENTION: Duration = Duration::from_hours(24 * 62);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS counters (
        key TEXT PRIMARY KEY, record TEXT NOT NULL, touched INTEGER NOT NULL
    ) WITHOUT ROWID;
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
    exclusive: true,
    precious: false,
};

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file for this process alone.
    pub(super) fn open(path: &Path, now: Moment) -> Result<Self, OpenError> {
        Ok(Self { connection: PURPOSE.open(path, now)?, path: path.to_owned() })
    }

    /// What was written before.
    pub(super) fn read(&mut self, now: Moment) -> Result<Notes, OpenError> {
        self.try_read(now).map_err(|error| PURPOSE.told(&self.path, &error))
    }

    fn try_read(&mut self, now: Moment) -> rusqlite::Result<Notes> {
        let oldest = now.before(RETENTION).as_millis();
        for table in ["counters", "health"] {
            let forget = format!("DELETE FROM {table} WHERE touched < ?1");
            self.connection.execute(&forget, [oldest])?;
        }
        let mut notes = Notes { made: self.made()?, ..Notes::default() };
        for (key, record) in self.rows("SELECT key, record FROM counters", [])? {
            if let Some(counter) = parse::<Counter>(&key, &record) {
                notes.buckets.insert(key.into(), counter.into());
            }
        }
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

    fn made(&self) -> rusqlite::Result<Option<Moment>> {
        let read =
            self.connection.query_row("SELECT value FROM facts WHERE name = 'made'", [], |row| {
                row.get(0).map(Moment::from_millis)
            });
        match read {
            Ok(made) => Ok(Some(made)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(error),
        }
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

    /// Makes notes safe.
    pub(super) fn write(&mut self, notes: &Notes) -> Result<(), OpenError> {
        self.try_write(notes).map_err(|error| PURPOSE.told(&self.path, &error))
    }

    fn try_write(&mut self, notes: &Notes) -> rusqlite::Result<()> {
        let made = notes.made.map_or(0, Moment::as_millis);
        let batch = self.connection.transaction()?;
        {
            let mut counter =
                batch.prepare_cached("INSERT OR REPLACE INTO counters VALUES (?1, ?2, ?3)")?;
            for (key, kept) in &notes.buckets {
                counter.execute(params![&**key, text(&Counter::from(kept)), made])?;
            }
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
            let mut fact =
                batch.prepare_cached("INSERT OR REPLACE INTO facts VALUES ('made', ?1)")?;
            fact.execute([made])?;
        }
        batch.commit()
    }
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
