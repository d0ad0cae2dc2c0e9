//! SQLite files as this house opens them: with the tables that are needed, and set aside when they are damaged.
//!
//! Knows nothing of what is in them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use potluck_core::Moment;
use rusqlite::{Connection, ErrorCode};

/// What a file is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// For people, such as "the counters".
    pub what: &'static str,
    /// The tables, made where they are missing.
    pub tables: &'static str,
    /// The layout of the tables; a file of another layout is set aside like a damaged one.
    pub version: i64,
    /// Whether nobody else may even read it meanwhile.
    pub exclusive: bool,
    /// Whether a damaged one is an error, and never set aside; and whether its owner alone may read it.
    pub precious: bool,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has it.
    #[error(
        "{0} is in use by another potluck: two that count apart would overrun quotas. Stop the other one, or give this one a file of its own with --state FILE (\":memory:\" for none)"
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
                    "{} were damaged: they are set aside, and begin anew", self.what
                );
                self.try_open(path).map_err(|error| self.told(path, &error))
            }
            Err(error) => Err(self.told(path, &error)),
        }
    }

    fn try_open(&self, path: &Path) -> rusqlite::Result<Connection> {
        make_folder(path).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
        if self.precious {
            own(path).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))?;
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_millis(200))?;
        if self.exclusive {
            // The lock is kept, so that a second process is told instead of counting apart.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let verdict: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if verdict != "ok" || (version != 0 && version != self.version) {
            return Err(damage(format!("quick_check: {verdict}, layout {version}")));
        }
        let (tables, version) = (self.tables, self.version);
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {tables} PRAGMA user_version = {version}; COMMIT;"
        ))?;
        Ok(connection)
    }

    /// An error in words.
    #[must_use]
    pub fn told(&self, path: &Path, error: &rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                OpenError::InUse(path.to_owned())
            }
            _ => self.unusable(path, error),
        }
    }

    fn unusable(&self, path: &Path, why: &dyn std::fmt::Display) -> OpenError {
        OpenError::Unusable { path: path.to_owned(), what: self.what, why: why.to_string() }
    }
}

/// Makes the folder of the file where it is missing, for its owner alone.
fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Makes the file where it is missing, and keeps everybody but its owner out. What SQLite puts beside it is as open as it
/// is.
#[cfg(unix)]
fn own(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    const OWNER: u32 = 0o600;
    let mut options = std::fs::OpenOptions::new();
    let file = options.create(true).append(true).mode(OWNER).open(path)?;
    let mut rights = file.metadata()?.permissions();
    if rights.mode() & 0o077 != 0 {
        rights.set_mode(OWNER);
        file.set_permissions(rights)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn own(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn damage(why: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error { code: ErrorCode::DatabaseCorrupt, extended_code: 0 };
    rusqlite::Error::SqliteFailure(code, Some(why))
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
