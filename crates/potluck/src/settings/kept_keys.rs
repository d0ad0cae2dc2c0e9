//! Keys of providers that were given to potluck to keep: a file of variables, for its owner alone.
//!
//! It lies under the environment and `catalog.key_file`: a variable that is set there wins. What stands in the file is never repeated in a message.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::layer::Origin;
use super::secret::Secret;

const HEAD: &str = "\
# Keys of providers, by the variables that would hold them. Written by potluck: the dashboard sets and removes them.
# A variable that is set elsewhere wins over one in this file. Nobody but its owner may read it.
";

/// The longest key that is kept, in bytes.
const LONGEST_KEY: usize = 8192;

/// What the file holds.
#[derive(Clone, Debug, Default)]
pub struct KeptKeys {
    path: PathBuf,
    keys: BTreeMap<String, Secret>,
}

/// The file beside the one that keeps the state.
#[must_use]
pub(super) fn beside(state: &Path) -> PathBuf {
    state.with_extension("keys.toml")
}

/// Whether a text may be kept as a key: it has to stand in a header.
#[must_use]
pub fn fits(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

// === impl KeptKeys ===

impl KeptKeys {
    /// Reads the file at `path`; one that is not there holds nothing.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else than variables and texts.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(source) => {
                return Err(SettingsError::Unreadable { path: path.to_owned(), source });
            }
        };
        Ok(Self { path: path.to_owned(), keys: keys(path, &text)? })
    }

    /// The variables and what they hold.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.keys.iter().map(|(name, key)| (name.as_str(), key))
    }

    /// Keeps a key under a variable's name, in memory only until [`KeptKeys::write`].
    pub fn set(&mut self, variable: &str, key: Secret) {
        self.keys.insert(variable.to_owned(), key);
    }

    /// Forgets a variable; the same.
    pub fn remove(&mut self, variable: &str) {
        self.keys.remove(variable);
    }

    /// Writes the file whole, or leaves the old one as it is. Nobody but its owner can read it.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn write(&self) -> io::Result<()> {
        let mut text = HEAD.to_owned();
        for (name, key) in &self.keys {
            let quoted = toml::Value::String(key.expose().to_owned());
            text.push_str(&format!("{name} = {quoted}\n"));
        }
        let fresh = self.path.with_extension("toml.new");
        let mut file = owners_own(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)
    }
}

/// A new file; what an earlier end in the middle left behind is not written into, whoever made it.
fn owners_own(path: &Path) -> io::Result<std::fs::File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn keys(path: &Path, text: &str) -> Result<BTreeMap<String, Secret>, SettingsError> {
    let at = |offset: usize| Origin::of_file(path, text, offset);
    let table = DeTable::parse(text).map_err(|error| SettingsError::Syntax {
        origin: at(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let mut keys = BTreeMap::new();
    for (name, value) in table.get_ref() {
        let DeValue::String(key) = value.get_ref() else {
            return Err(wrong(at(name.span().start), "must be a text in quotes: a provider's key"));
        };
        if !fits(key.trim()) {
            let message = "holds a text that cannot be a key; set it again";
            return Err(wrong(at(name.span().start), message));
        }
        keys.insert(name.get_ref().to_string(), Secret::new(key.trim()));
    }
    Ok(keys)
}

/// The name is not repeated: somebody may have put the key first.
fn wrong(origin: Origin, message: &str) -> SettingsError {
    let key = "VARIABLE = \"KEY\"".to_owned();
    SettingsError::Wrong { origin, key, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("potluck-kept-keys-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_written_is_read_again_and_only_its_owner_may() {
        let folder = folder();
        let path = beside(&folder.join("potluck.db"));
        assert_eq!(path, folder.join("potluck.keys.toml"));
        let mut file = KeptKeys::read(&path).unwrap();
        assert_eq!(file.iter().count(), 0);
        file.set("GROQ_API_KEY", Secret::new("gsk-\"quoted\"\\"));
        file.set("MISTRAL_API_KEY", Secret::new("m-1"));
        file.write().unwrap();
        file.remove("MISTRAL_API_KEY");
        file.write().unwrap();
        let again = KeptKeys::read(&path).unwrap();
        let held: Vec<_> = again.iter().map(|(name, key)| (name, key.expose())).collect();
        assert_eq!(held, [("GROQ_API_KEY", "gsk-\"quoted\"\\")]);
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(&path).unwrap().permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_wrong_is_told_without_what_stands_there() {
        let path = Path::new("potluck.keys.toml");
        let secret = "gsk_abcdef0123456789";
        for text in [
            format!("GROQ_API_KEY = {secret}"),
            format!("GROQ_API_KEY = [\"{secret}\"]"),
            format!("GROQ_API_KEY = \"{secret} with a space\""),
            format!("{secret} = 1"),
        ] {
            let told = keys(path, &format!("# first\n{text}\n")).unwrap_err().to_string();
            assert!(told.starts_with("potluck.keys.toml:2: "), "{told}");
            assert!(!told.contains(secret), "{told}");
        }
    }
}
