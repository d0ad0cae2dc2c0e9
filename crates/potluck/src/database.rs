//! SQLite files as this house opens them: with the tables that are needed, and set aside when they are damaged.
//!
//! Knows nothing of what is in them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use potluck_core::Moment;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

/// How long a batch of another process is waited for: it takes milliseconds, on a slow disk more.
const BUSY: Duration = Duration::from_secs(3);

/// How long a file is waited for at the start that others are opening too, how often, and the pause between.
const OPENING: Duration = Duration::from_millis(250);
const TRIES: usize = 8;
const AGAIN: Duration = Duration::from_millis(20);

/// What a file is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// For people, such as "the counters".
    pub what: &'static str,
    /// The tables, made where they are missing.
    pub tables: &'static str,
    /// The layout of the tables; a file of another layout is set aside like a damaged one.
    pub version: i64,
    /// An earlier layout, and what makes this one of it.
    pub earlier: Option<(i64, &'static str)>,
    /// Whether a damaged one is an error, and never set aside; and whether its owner alone may read it, whoever let others
    /// do so.
    pub precious: bool,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has it.
    #[error(
        "{0} is in use by a program that does not share it, an older potluck perhaps. Stop that one, or give this one a file of its own with --state FILE (\":memory:\" for none)"
    )]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error(
        "{path} cannot be used to keep {what}: {why}. Choose another file with --state FILE, or \":memory:\" to keep nothing"
    )]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What for.
        what: &'static str,
        /// What SQLite or the system said.
        why: String,
    },
}

impl Purpose {
    /// Opens the file, or makes it. A damaged one is set aside under another name, and said so in the log.
    ///
    /// # Errors
    /// [`OpenError`] when another process has it, or nothing can be written there.
    pub fn open(&self, path: &Path, now: Moment) -> Result<Connection, OpenError> {
        match self.try_open(path) {
            Ok(connection) => Ok(connection),
            Err(error) if is_damage(&error) && !self.precious => {
                let aside = set_aside(path, now).map_err(|why| self.unusable(path, &why))?;
                tracing::warn!(
                    path = %path.display(), aside = %aside.display(), %error,
                    "{} cannot be read: the damaged file is set aside, and a new one begun", self.what
                );
                self.try_open(path).map_err(|error| self.told(path, &error))
            }
            Err(error) => Err(self.told(path, &error)),
        }
    }

    /// Several may make or convert the same file at once: then some are told to try again.
    fn try_open(&self, path: &Path) -> rusqlite::Result<Connection> {
        for _ in 0..TRIES {
            match self.open_once(path) {
                Err(error) if is_busy(&error) => std::thread::park_timeout(AGAIN),
                opened => return opened,
            }
        }
        self.open_once(path)
    }

    fn open_once(&self, path: &Path) -> rusqlite::Result<Connection> {
        make_folder(path).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
        own(path, self.precious)
            .map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(OPENING)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let verdict: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(damage(format!("quick_check: {verdict}")));
        }
        self.lay_out(&mut connection)?;
        connection.busy_timeout(BUSY)?;
        Ok(connection)
    }

    /// Makes the tables, of an earlier layout where there is one.
    fn lay_out(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let batch = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = batch.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match self.earlier {
            _ if found == self.version => return Ok(()),
            _ if found == 0 => {}
            Some((earlier, steps)) if found == earlier => batch.execute_batch(steps)?,
            _ => return Err(damage(format!("layout {found}"))),
        }
        batch.execute_batch(self.tables)?;
        batch.pragma_update(None, "user_version", self.version)?;
        batch.commit()
    }

    /// An error in words.
    #[must_use]
    pub fn told(&self, path: &Path, error: &rusqlite::Error) -> OpenError {
        if is_busy(error) { OpenError::InUse(path.to_owned()) } else { self.unusable(path, error) }
    }

    /// The same of the system.
    #[must_use]
    pub fn unusable(&self, path: &Path, why: &dyn std::fmt::Display) -> OpenError {
        OpenError::Unusable { path: path.to_owned(), what: self.what, why: why.to_string() }
    }
}

/// Makes the folder of the file where it is missing, for its owner alone.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Makes the file where it is missing, for its owner alone; `always`: keeps everybody else out of one that was there, too.
/// What SQLite puts beside it is as open as it is.
#[cfg(unix)]
fn own(path: &Path, always: bool) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    const OWNER: u32 = 0o600;
    let mut options = std::fs::OpenOptions::new();
    let file = options.create(true).append(true).mode(OWNER).open(path)?;
    let mut rights = file.metadata()?.permissions();
    if always && rights.mode() & 0o077 != 0 {
        rights.set_mode(OWNER);
        file.set_permissions(rights)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn own(_path: &Path, _always: bool) -> std::io::Result<()> {
    Ok(())
}

fn damage(why: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error { code: ErrorCode::DatabaseCorrupt, extended_code: 0 };
    rusqlite::Error::SqliteFailure(code, Some(why))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
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
