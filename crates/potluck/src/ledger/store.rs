//! The file: SQLite, one writer, one transaction a batch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::names::{CredentialId, OfferName, ProviderId};
use potluck_core::pool::Notes;
use rusqlite::{Connection, ErrorCode, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form::{Counter, Health};

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

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has it.
    #[error(
        "{0} is in use by another potluck: two that count apart would overrun quotas. Stop the other one, or give this one a file of its own with --state FILE (\":memory:\" for none)"
    )]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error(
        "{path} cannot be used to keep the counters: {why}. Choose another file with --state FILE, or \":memory:\" to keep nothing"
    )]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What SQLite or the system said.
        why: String,
    },
}

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file for this process alone.
    pub(super) fn open(path: &Path, now: Moment) -> Result<Self, OpenError> {
        match Self::try_open(path) {
            Ok(store) => Ok(store),
            Err(error) if is_damage(&error) => {
                let aside = set_aside(path, now).map_err(|why| unusable(path, &why))?;
                tracing::warn!(
                    path = %path.display(), aside = %aside.display(), %error,
                    "the counters were damaged: they are set aside, and counting begins anew"
                );
                Self::try_open(path).map_err(|error| told(path, &error))
            }
            Err(error) => Err(told(path, &error)),
        }
    }

    fn try_open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_millis(200))?;
        // The lock is kept, so that a second process is told instead of counting apart.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let verdict: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if verdict != "ok" || !matches!(version, 0 | VERSION) {
            return Err(damage(format!("quick_check: {verdict}, layout {version}")));
        }
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
        ))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// What was written before.
    pub(super) fn read(&mut self, now: Moment) -> Result<Notes, OpenError> {
        self.try_read(now).map_err(|error| told(&self.path, &error))
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
        for (key, record) in self.rows(of, ["account"])? {
            if let (Some(health), Some((provider, credential))) =
                (parse::<Health>(&key, &record), key.split_once('\n'))
            {
                let account = (ProviderId::new(provider), CredentialId::new(credential));
                notes.accounts.insert(account, health.into());
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
        self.try_write(notes).map_err(|error| told(&self.path, &error))
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
            for ((provider, credential), kept) in &notes.accounts {
                let key = format!("{provider}\n{credential}");
                health.execute(params!["account", key, text(&Health::from(kept)), made])?;
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

fn damage(why: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error { code: ErrorCode::DatabaseCorrupt, extended_code: 0 };
    rusqlite::Error::SqliteFailure(code, Some(why))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn told(path: &Path, error: &rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            OpenError::InUse(path.to_owned())
        }
        _ => unusable(path, error),
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), why: why.to_string() }
}

/// Renames the file and what belongs to it.
fn set_aside(path: &Path, now: Moment) -> std::io::Result<PathBuf> {
    let with = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let aside = with(&format!(".damaged-{}", now.as_secs()));
    std::fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        match std::fs::remove_file(with(end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}
