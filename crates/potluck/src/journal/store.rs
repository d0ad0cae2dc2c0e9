//! The file: a row for each request, and one for its draw; names by number.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::names::{Family, OfferName};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::form::{self, DrawForm, FactForm};
use super::{Retention, oldest};
use crate::database::{OpenError, Purpose};
use crate::recent::{Drawn, Fact, Listed, Named, Roster, Wanted};

const PURPOSE: Purpose = Purpose {
    what: "the journal",
    // Names are never removed: there are as many as there ever were offers, and rows name them by number.
    tables: "
        CREATE TABLE IF NOT EXISTS names (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, family TEXT NOT NULL
        );
        CREATE TABLE IF NOT EXISTS requests (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL, came INTEGER NOT NULL, ending TEXT NOT NULL,
            tried TEXT NOT NULL, fact TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS requests_by_id ON requests (id);
        CREATE TABLE IF NOT EXISTS draws (number INTEGER PRIMARY KEY, draw BLOB NOT NULL);
    ",
    version: 1,
    earlier: None,
    precious: false,
};

/// How often what is too old is looked for.
const SWEEP: Duration = Duration::from_hours(1);

const SELECT: &str =
    "SELECT requests.number, fact, draw FROM requests LEFT JOIN draws USING (number)";

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    kept: Retention,
    roster: Arc<Roster>,
    /// How many of the roster's names are in the file.
    named: usize,
    /// The number of the next request.
    next: i64,
    swept: Moment,
}

impl Store {
    /// Opens the file, and lets the roster's numbers go on where they ended.
    pub(super) fn open(
        path: &Path,
        kept: Retention,
        roster: Arc<Roster>,
        now: Moment,
    ) -> Result<Self, OpenError> {
        let connection = PURPOSE.open(path, now)?;
        let mut store = Self { connection, kept, roster, named: 0, next: 1, swept: now };
        store.prepare(now).map_err(|error| PURPOSE.told(path, &error))?;
        Ok(store)
    }

    fn prepare(&mut self, now: Moment) -> rusqlite::Result<()> {
        // A quarter of a MiB: what is read is read once.
        self.connection.pragma_update(None, "cache_size", -256)?;
        let mut names =
            self.connection.prepare("SELECT name, family FROM names ORDER BY number")?;
        let mut rows = names.query([])?;
        while let Some(row) = rows.next()? {
            let (name, family): (String, String) = (row.get(0)?, row.get(1)?);
            self.roster.enlist(Named { name: OfferName::new(name), family: Family::new(family) });
            self.named += 1;
        }
        drop(rows);
        drop(names);
        let last: Option<i64> =
            self.connection.query_row("SELECT max(number) FROM requests", [], |row| row.get(0))?;
        self.next = last.map_or(1, |last| last + 1);
        sweep(&self.connection, self.kept, now)?;
        forget(&self.connection, self.next.saturating_sub(self.kept.most()))
    }

    /// Writes facts, in one transaction, and forgets what is beyond what is kept.
    pub(super) fn write(&mut self, facts: &[Arc<Fact>], now: Moment) -> rusqlite::Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        let names = self.roster.since(self.named);
        let mut next = self.next;
        let batch = self.connection.transaction()?;
        {
            let mut name =
                batch.prepare_cached("INSERT OR REPLACE INTO names VALUES (?1, ?2, ?3)")?;
            let first = i64::try_from(self.named).unwrap_or(i64::MAX);
            for (number, named) in (first..).zip(&names) {
                name.execute(params![number, named.name.as_str(), named.family.as_str()])?;
            }
            let mut request =
                batch.prepare_cached("INSERT INTO requests VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            let mut draw = batch.prepare_cached("INSERT INTO draws VALUES (?1, ?2)")?;
            for fact in facts {
                let (came, ending) = (fact.came.as_millis(), fact.ending.word());
                let text = form::text(&FactForm::from(&**fact));
                request.execute(params![next, fact.id, came, ending, tried(fact), text])?;
                if let Some(drawn) = &fact.draw {
                    draw.execute(params![next, DrawForm::from(&*drawn.table()).to_bytes()])?;
                }
                next += 1;
            }
        }
        // All of it or nothing: what failed half-way would be written twice.
        forget(&batch, next.saturating_sub(self.kept.most()))?;
        let is_due = now.since(self.swept) >= SWEEP;
        if is_due {
            sweep(&batch, self.kept, now)?;
        }
        batch.commit()?;
        self.named += names.len();
        self.next = next;
        if is_due {
            self.swept = now;
        }
        Ok(())
    }

    /// What became of the request `id`.
    pub(super) fn find(&self, id: &str) -> rusqlite::Result<Option<Arc<Fact>>> {
        let select = format!("{SELECT} WHERE id = ?1");
        let mut statement = self.connection.prepare_cached(&select)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(read(row)?.map(|listed| listed.fact))
    }

    /// Those that are wanted, the newest first.
    pub(super) fn list(&self, wanted: &Wanted) -> rusqlite::Result<Vec<Listed>> {
        let select = format!(
            "{SELECT} WHERE requests.number < ?1 AND came >= ?2 AND (?3 IS NULL OR ending = ?3)
             AND (?4 IS NULL OR instr(tried, ?4) > 0) ORDER BY requests.number DESC LIMIT ?5"
        );
        let since = wanted.since.map_or(i64::MIN, Moment::as_millis);
        let offer = wanted.offer.as_ref().map(|offer| format!("\n{offer}\n"));
        let mut statement = self.connection.prepare_cached(&select)?;
        let mut rows = statement.query(params![
            wanted.before.unwrap_or(i64::MAX),
            since,
            wanted.ending,
            offer,
            i64::try_from(wanted.limit).unwrap_or(i64::MAX)
        ])?;
        let mut listed = Vec::new();
        while let Some(row) = rows.next()? {
            listed.extend(read(row)?);
        }
        Ok(listed)
    }
}

impl Retention {
    fn most(self) -> i64 {
        i64::try_from(self.rows).unwrap_or(i64::MAX)
    }
}

/// Forgets what is too old. Requests are numbered as they end, so the first that is young enough ends the search.
fn sweep(connection: &Connection, kept: Retention, now: Moment) -> rusqlite::Result<()> {
    let young = "SELECT number FROM requests WHERE came >= ?1 ORDER BY number LIMIT 1";
    let oldest = oldest(kept, now).as_millis();
    let first: Option<i64> = connection.query_row(young, [oldest], |row| row.get(0)).optional()?;
    forget(connection, first.unwrap_or(i64::MAX))
}

fn forget(connection: &Connection, below: i64) -> rusqlite::Result<()> {
    for table in ["draws", "requests"] {
        let forget = format!("DELETE FROM {table} WHERE number < ?1");
        connection.prepare_cached(&forget)?.execute([below])?;
    }
    Ok(())
}

/// The offers that were tried, each between line ends.
fn tried(fact: &Fact) -> String {
    fact.tried().fold("\n".to_owned(), |all, offer| all + offer + "\n")
}

/// A row that cannot be read is of an older potluck, or of nobody: it is skipped, and said so.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<Listed>> {
    let number: i64 = row.get(0)?;
    let (text, draw): (String, Option<Vec<u8>>) = (row.get(1)?, row.get(2)?);
    let form: FactForm = match serde_json::from_str(&text) {
        Ok(form) => form,
        Err(error) => {
            tracing::warn!(number, %error, "a request in the journal cannot be read");
            return Ok(None);
        }
    };
    let table = draw.as_deref().and_then(DrawForm::from_bytes).and_then(DrawForm::into_table);
    let draw = table.map(|table| Arc::new(Drawn::Read(table)));
    Ok(Some(Listed { number, fact: Arc::new(Fact { draw, ..form.into() }) }))
}
