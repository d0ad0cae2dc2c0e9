//! Which of those who share a count this process is, and who else is there.
//!
//! A seat is a number with a lock file beside the state file. Whoever starts takes the first that is free, so that a
//! process that is alone always has the same one and finds its own rows again. The system gives the lock back when a
//! process ends, however it ends: so who is dead is known without waiting for it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// No more processes than these share a count.
const SEATS: u32 = 64;

/// A seat that is taken. Free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    /// Which.
    pub(super) number: u32,
    _lock: File,
}

impl Seat {
    /// Takes the first seat that is free beside the state file.
    ///
    /// # Errors
    /// When no lock file can be made or locked there, or all seats are taken.
    pub(super) fn take(state: &Path) -> io::Result<Self> {
        for number in 0..SEATS {
            if let Some(lock) = lock(&place(state, number), true)? {
                return Ok(Self { number, _lock: lock });
            }
        }
        Err(io::Error::other(format!("{SEATS} routers share it already")))
    }

    /// Another seat, where nobody has it: while this is held nobody takes it.
    pub(super) fn vacant(state: &Path, number: u32) -> Option<Self> {
        let lock = lock(&place(state, number), false).ok()??;
        Some(Self { number, _lock: lock })
    }

    /// How many others have a seat now.
    pub(super) fn others(&self, state: &Path) -> usize {
        let known = (0..SEATS).take_while(|number| place(state, *number).exists());
        known.filter(|number| *number != self.number && is_taken(state, *number)).count()
    }
}

fn is_taken(state: &Path, number: u32) -> bool {
    matches!(lock(&place(state, number), false), Ok(None))
}

fn place(state: &Path, number: u32) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(format!(".seat-{number}"));
    PathBuf::from(name)
}

/// The lock; `None` where somebody has it.
fn lock(path: &Path, makes: bool) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(makes).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
