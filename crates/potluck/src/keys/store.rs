//! The file: SQLite, for its owner alone, a row a key.

use std::path::{Path, PathBuf};

use potluck_core::Moment;
use rusqlite::{Connection, params};

use crate::database::{OpenError, Purpose};
use crate::keys::key::{Form, Key};
use crate::keys::secret::Hash;

const PURPOSE: Purpose = Purpose {
    what: "client keys",
    tables: "CREATE TABLE IF NOT EXISTS keys (
        id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, record TEXT NOT NULL
    ) WITHOUT ROWID;",
    version: 1,
    earlier: None,
    precious: true,
};

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
    /// What the file says of changes by others.
    version: i64,
}

impl Store {
    /// Opens the file for this process and its owner alone.
    pub(super) fn open(path: &Path, now: Moment) -> Result<Self, OpenError> {
        let connection = PURPOSE.open(path, now)?;
        let mut store = Self { connection, path: path.to_owned(), version: 0 };
        store.has_changed()?;
        // keys are few, and a revocation that a power cut undoes would be worse than a slow one
        store.told(store.connection.pragma_update(None, "synchronous", "FULL"))?;
        Ok(store)
    }

    /// All keys.
    pub(super) fn read(&mut self) -> Result<Vec<Key>, OpenError> {
        self.told(self.try_read())
    }

    fn try_read(&self) -> rusqlite::Result<Vec<Key>> {
        let mut statement = self.connection.prepare("SELECT id, hash, record FROM keys")?;
        let rows = statement.query_map([], |row| {
            let (id, hash, record): (String, Hash, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let form: Form = serde_json::from_str(&record).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(
                    2,
                    rusqlite::types::Type::Text,
                    error.into(),
                )
            })?;
            Ok(Key::read(id, hash, form))
        })?;
        rows.collect()
    }

    /// Whether somebody else has changed the file since this was last asked.
    pub(super) fn has_changed(&mut self) -> Result<bool, OpenError> {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        let version: i64 = self.told(version)?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }

    /// Keeps others from changing the file until it is [let go](Self::end).
    pub(super) fn begin(&mut self) -> Result<(), OpenError> {
        self.told(self.connection.execute_batch("BEGIN IMMEDIATE"))
    }

    /// What was written since the beginning is safe, or is as if it had never been.
    pub(super) fn end(&mut self, is_good: bool) -> Result<(), OpenError> {
        self.told(self.connection.execute_batch(if is_good { "COMMIT" } else { "ROLLBACK" }))
    }

    /// Makes a key safe, in place of the one of its id.
    pub(super) fn write(&mut self, key: &Key) -> Result<(), OpenError> {
        self.told(self.try_write(key))
    }

    fn try_write(&self, key: &Key) -> rusqlite::Result<()> {
        // Plain structs of numbers and texts have a JSON text.
        let record = serde_json::to_string(&Form::from(key)).unwrap_or_default();
        let mut statement = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO keys (id, hash, record) VALUES (?1, ?2, ?3)")?;
        statement.execute(params![key.id, key.hash, record])?;
        Ok(())
    }

    fn told<T>(&self, done: rusqlite::Result<T>) -> Result<T, OpenError> {
        done.map_err(|error| PURPOSE.told(&self.path, &error))
    }
}
