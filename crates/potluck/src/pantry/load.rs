//! From folders and texts to a [`Pantry`]: which file wins, and what is wrong with any of them.
//!
//! Reading folders is the only thing here that touches the disk; [`Pantry::new`] is pure.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::families::{self, Family};
use super::file::ProviderFile;
use super::not_free::{self, NoLongerFree};
use super::provider::{self, stem};
use super::sources::{self, Source};
use super::{Problem, Problems};

/// A file that was read, with the path that messages show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Its path.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Everything that the files say.
#[derive(Clone, Debug, Default)]
pub struct Pantry {
    /// The providers by id.
    pub providers: BTreeMap<String, Arc<ProviderFile>>,
    /// The families by name.
    pub families: BTreeMap<String, Family>,
    /// Famous names that are no longer free.
    pub not_free: Vec<NoLongerFree>,
    /// Where the facts come from, by key.
    pub sources: BTreeMap<String, Source>,
}

/// Why a folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder is not there, or closed to us.
    #[error("cannot read the folder of provider files {}: {source}; check --providers and [catalog] dirs", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file in it could not be read, or is no text.
    #[error("cannot read the provider file {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads every `*.toml` of a folder, in the order of their names. Hidden files are left alone.
///
/// # Errors
/// When the folder or a file in it cannot be read.
pub fn read_folder(folder: &Path) -> Result<Vec<TextFile>, LoadError> {
    let refused = |source| LoadError::Folder { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        paths.push(entry.map_err(refused)?.path());
    }
    paths.retain(|path| is_wanted(path));
    paths.sort();
    paths.into_iter().map(read_file).collect()
}

fn is_wanted(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".toml") && !name.starts_with('.')
}

fn read_file(path: PathBuf) -> Result<TextFile, LoadError> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(TextFile { path: path.display().to_string(), text }),
        Err(source) => Err(LoadError::File { path, source }),
    }
}

impl Pantry {
    /// Reads the files. Of two provider files with one name the later wins and the other is not even
    /// looked at; families and sources of later files are added to those of earlier ones.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn new(files: impl IntoIterator<Item = TextFile>) -> Result<Self, Problems> {
        let mut pantry = Self::default();
        let mut problems = Vec::new();
        let mut providers = BTreeMap::new();
        for file in files {
            match stem(&file.path) {
                "families" => pantry.take_families(&file, &mut problems),
                "sources" => pantry.take_sources(&file, &mut problems),
                "not_free" => pantry.take_not_free(&file, &mut problems),
                id => drop(providers.insert(id.to_owned(), file)),
            }
        }
        for file in providers.into_values() {
            pantry.take_provider(&file, &mut problems);
        }
        if problems.is_empty() { Ok(pantry) } else { Err(Problems(problems)) }
    }

    fn take_provider(&mut self, file: &TextFile, problems: &mut Vec<Problem>) {
        match provider::read(&file.path, &file.text) {
            Ok(provider) => drop(self.providers.insert(provider.id.clone(), Arc::new(provider))),
            Err(wrong) => problems.extend(wrong.0),
        }
    }

    fn take_families(&mut self, file: &TextFile, problems: &mut Vec<Problem>) {
        match families::read(&file.path, &file.text) {
            Ok(families) => self.families.extend(families),
            Err(wrong) => problems.extend(wrong.0),
        }
    }

    fn take_sources(&mut self, file: &TextFile, problems: &mut Vec<Problem>) {
        match sources::read(&file.path, &file.text) {
            Ok(sources) => self.sources.extend(sources),
            Err(wrong) => problems.extend(wrong.0),
        }
    }

    fn take_not_free(&mut self, file: &TextFile, problems: &mut Vec<Problem>) {
        match not_free::read(&file.path, &file.text) {
            Ok(names) => self.not_free.extend(names),
            Err(wrong) => problems.extend(wrong.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, base_url: &str) -> TextFile {
        let text =
            format!("dialect = \"openai\"\nbase_url = \"{base_url}\"\n[auth]\nkeyless = true\n");
        TextFile { path: path.to_owned(), text }
    }

    #[test]
    fn a_later_file_of_the_same_name_replaces_an_earlier_one_unread() {
        let broken = TextFile { path: "providers/a.toml".into(), text: "nonsense".into() };
        let files =
            [broken, file("providers/b.toml", "https://b/v1"), file("mine/a.toml", "https://a/v1")];
        let pantry = Pantry::new(files).unwrap();
        assert_eq!(pantry.providers["a"].base_url, "https://a/v1");
        assert_eq!(pantry.providers.len(), 2);
    }

    #[test]
    fn the_problems_of_all_files_are_told_at_once() {
        let files = [file("x/a.toml", "ftp://a"), file("x/b.toml", "http://b/v1")];
        let told = Pantry::new(files).unwrap_err().to_string();
        assert!(told.contains("x/a.toml:2: base_url is \"ftp://a\""), "{told}");
        assert!(told.contains("x/b.toml:2: base_url is \"http://b/v1\""), "{told}");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let told = read_folder(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(
            told.starts_with("cannot read the folder of provider files /nowhere/at/all"),
            "{told}"
        );
    }
}
