//! Where keys of providers are kept that stand in no variable of the process: one file, apart from the settings so that
//! those can be shown and shared.
//!
//! `catalog.key_file` names it; else it lies beside the state. A person writes it, `potluck init` and the dashboard do, and
//! each leaves alone what the others wrote. A variable of the process wins over it. No message repeats what stands in it.
//!
//! | file | what it holds |
//! |---|---|
//! | `text` | the file itself: read, changed, put in its place whole |
//! | `earlier` | what versions before 0024 of the decisions kept beside the state |

mod earlier;
mod text;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::secret::Secret;
use super::{Catalog, SettingsError, State};

pub use text::KeyText;

/// The longest key that is kept, in bytes.
const LONGEST_KEY: usize = 8192;

/// Whether a text may be kept as a key: it has to stand in a header.
#[must_use]
pub fn is_key(text: &str) -> bool {
    (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Where keys are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFile {
    /// The file; `None`: keys are kept nowhere.
    pub path: Option<PathBuf>,
    /// Files in which they were kept before: their keys hold until they are taken over.
    pub earlier: Vec<PathBuf>,
    /// Whether the settings name it: then a missing one is an error.
    named: bool,
}

/// Keys that are to be kept from now on, and those to be forgotten.
#[derive(Clone, Debug, Default)]
pub struct KeyChange {
    /// Variables, and what is to be in them.
    pub set: Vec<(String, Secret)>,
    /// Variables that are to be forgotten.
    pub remove: Vec<String>,
}

// === impl KeyFile ===

impl KeyFile {
    /// The file that the settings name, and no other.
    pub(super) fn named(catalog: &Catalog) -> Self {
        let path = catalog.key_file.clone();
        Self { named: path.is_some(), path, earlier: Vec::new() }
    }

    /// The file that the settings name, else the one beside the state; and where keys were kept before.
    pub(super) fn of(catalog: &Catalog, state: &State) -> Self {
        let mut own = Self::named(catalog);
        let Some(state) = &state.path else { return own };
        let beside = state.with_extension("keys.env");
        match &own.path {
            None => own.path = Some(beside),
            Some(path) if *path == beside => {}
            Some(_) => own.earlier.push(beside),
        }
        own.earlier.push(state.with_extension("keys.toml"));
        own
    }

    /// A file for keys that nobody has kept anywhere yet.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self { path: Some(path), earlier: Vec::new(), named: false }
    }

    /// Whether any key was ever kept.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.path.iter().chain(&self.earlier).any(|path| path.exists())
    }

    /// The keys under the variables of the process, which win; and what a person should hear of them.
    pub(super) fn under(
        &self,
        environment: Environment,
    ) -> Result<(Environment, Vec<String>), SettingsError> {
        let (mut told, mut kept) = (Vec::new(), BTreeMap::new());
        for path in self.path.iter().chain(&self.earlier) {
            match self.read(path) {
                Ok(keys) => {
                    for (name, key) in keys {
                        kept.entry(name).or_insert(key);
                    }
                    told.extend(open_to_others(path));
                }
                // A command of somebody else, who may ask the router and may not see its keys.
                Err(SettingsError::KeysUnreadable { source, .. })
                    if source.kind() == ErrorKind::PermissionDenied =>
                {
                    told.push(format!(
                        "the keys in {} cannot be read, and are left out",
                        path.display()
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((environment.over(kept), told))
    }

    fn read(&self, path: &Path) -> Result<BTreeMap<String, Secret>, SettingsError> {
        if path.extension().is_some_and(|end| end == "toml")
            && self.earlier.iter().any(|it| it == path)
        {
            return earlier::read(path);
        }
        let text = KeyText::read(path)?;
        if self.named && self.path.as_deref() == Some(path) && !text.is_there() {
            return Err(SettingsError::KeysMissing(path.to_owned()));
        }
        Ok(text.keys())
    }

    /// Makes the file where it is missing, and moves into it what was kept elsewhere before; from where.
    ///
    /// A process that is killed in between leaves the keys in both places, and the next one ends it.
    ///
    /// # Errors
    /// When something cannot be read or written; then nothing is lost.
    pub fn take_over(&self) -> Result<Vec<PathBuf>, SettingsError> {
        match &self.path {
            Some(path) if self.earlier.iter().any(|earlier| earlier.exists()) => {
                let _alone = text::lock(path)?;
                self.move_here(path)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Keeps and forgets; the file as it was before. `None`: keys are kept nowhere.
    ///
    /// # Errors
    /// When the file cannot be read or written; then nothing has changed.
    pub fn change(&self, change: &KeyChange) -> Result<Option<KeyText>, SettingsError> {
        let Some(path) = &self.path else { return Ok(None) };
        let _alone = text::lock(path)?;
        self.move_here(path)?;
        let before = KeyText::read(path)?;
        let mut after = before.clone();
        after.begin();
        for name in &change.remove {
            after.remove(name);
        }
        for (name, key) in &change.set {
            after.set(name, key);
        }
        after.write()?;
        Ok(Some(before))
    }

    fn move_here(&self, path: &Path) -> Result<Vec<PathBuf>, SettingsError> {
        let old: Vec<PathBuf> = self.earlier.iter().filter(|path| path.exists()).cloned().collect();
        if old.is_empty() {
            return Ok(old);
        }
        let mut text = KeyText::read(path)?;
        for earlier in &old {
            let held = text.keys();
            for (name, key) in self.read(earlier)? {
                if !held.contains_key(&name) {
                    text.set(&name, &key);
                }
            }
        }
        text.write()?;
        for earlier in &old {
            std::fs::remove_file(earlier).map_err(|source| text::unwritable(earlier, source))?;
        }
        Ok(old)
    }
}

fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0, |held| held.permissions().mode());
    (mode & 0o077 != 0).then(|| {
        let path = path.display();
        format!("others on this machine may read the keys in {path}: `chmod 600 {path}` ends that")
    })
}

#[cfg(test)]
mod tests;
