//! Where the settings file is: named by a flag or a variable, in the working directory, or in the user's
//! configuration folder. The first one found is the only one read.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::SettingsError;
use super::environment::Environment;
use super::folder;

const NAME: &str = "potluck.toml";

/// A file and what is in it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// The file to use, if there is one. A file that was named must exist; the others may be missing.
pub(super) fn find(
    named: Option<&Path>,
    environment: &Environment,
) -> Result<Option<Found>, SettingsError> {
    let named = named.or_else(|| environment.get("POTLUCK_CONFIG").map(Path::new));
    if let Some(path) = named {
        return read(path).map(Some);
    }
    for path in places(environment) {
        match read(&path) {
            Err(SettingsError::Unreadable { source, .. }) if is_missing(&source) => {}
            found => return found.map(Some),
        }
    }
    Ok(None)
}

/// Where a file is looked for, in order.
pub(super) fn places(environment: &Environment) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from(NAME)];
    places.extend(folder::config(environment).map(|folder| folder.join(NAME)));
    places
}

fn read(path: &Path) -> Result<Found, SettingsError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Found { path: path.to_owned(), text }),
        Err(source) => Err(SettingsError::Unreadable { path: path.to_owned(), source }),
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
