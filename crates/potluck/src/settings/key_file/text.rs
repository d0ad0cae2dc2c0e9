//! The file of keys itself: lines that a person may have written, changed where they stand and put in place whole.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::settings::secret::Secret;
use crate::settings::{SettingsError, variables};

const HEAD: &str = "\
# Keys of providers, NAME=value a line, by the variables that would hold them: for your eyes alone. `potluck init` and the
# dashboard write here, and so may you. A variable of the process with the same name wins.
";

/// What stands in the file.
#[derive(Clone, Debug)]
pub struct KeyText {
    path: PathBuf,
    /// All of it; `None`: there is no file.
    text: Option<Secret>,
}

impl KeyText {
    /// Reads the file; one that is not there holds nothing.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it sets nothing.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(source) => {
                return Err(SettingsError::KeysUnreadable { path: path.to_owned(), source });
            }
        };
        for (line, text) in (1..).zip(text.iter().flat_map(|text| text.lines())) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') && variables::assignment(text).is_none() {
                return Err(SettingsError::KeyLine { path: path.to_owned(), line });
            }
        }
        Ok(Self { path: path.to_owned(), text: text.map(Secret::new) })
    }

    /// Whether there is a file.
    pub(super) const fn is_there(&self) -> bool {
        self.text.is_some()
    }

    /// The variables that are set, and what they hold.
    pub(super) fn keys(&self) -> BTreeMap<String, Secret> {
        let set = self.text().lines().filter_map(variables::assignment);
        let held = set.filter(|(_, value)| !value.is_empty());
        held.map(|(name, value)| (name.to_owned(), Secret::new(value))).collect()
    }

    /// There is a file from now on, though it may hold nothing; in memory only until [`KeyText::write`].
    pub(super) fn begin(&mut self) {
        self.text.get_or_insert_with(|| Secret::new(HEAD));
    }

    /// Sets a variable, in memory only until [`KeyText::write`].
    pub(super) fn set(&mut self, name: &str, key: &Secret) {
        let text = variables::set(self.text(), name, key.expose());
        self.text = Some(Secret::new(text));
    }

    /// Forgets a variable; the same.
    pub(super) fn remove(&mut self, name: &str) {
        let text = variables::remove(self.text(), name);
        self.text = Some(Secret::new(text));
    }

    /// Puts the file in place whole, its owner's alone, or leaves what is there. A link is followed, not replaced.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn write(&self) -> Result<(), SettingsError> {
        let path = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let done = match &self.text {
            Some(text) => put(&path, text.expose()),
            None => remove(&path),
        };
        done.map_err(|source| unwritable(&self.path, source))
    }

    fn text(&self) -> &str {
        self.text.as_ref().map_or(HEAD, Secret::expose)
    }
}

/// Waits until nobody else of us changes the file; held until it is dropped, or its process is killed.
pub(super) fn lock(path: &Path) -> Result<File, SettingsError> {
    let locked = || {
        let folder = folder_of(path);
        std::fs::create_dir_all(folder)?;
        let folder = File::open(folder)?;
        match folder.lock() {
            // A file system without locks: whoever writes last wins there.
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(folder),
            locked => locked.map(|()| folder),
        }
    };
    locked().map_err(|source| unwritable(path, source))
}

pub(super) fn unwritable(path: &Path, source: io::Error) -> SettingsError {
    SettingsError::KeysUnwritable { path: path.to_owned(), source }
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    // what an earlier end in the middle left behind is not written into, whoever made it
    remove(&fresh)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    File::open(folder_of(path))?.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
