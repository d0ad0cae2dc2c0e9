//! The files that a configuration is read from, and whether any is another than before.
//!
//! Looked at, not waited for: the same everywhere, also where a folder is mounted, replaced or linked.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::settings::{KeyFile, Settings, Source};

/// What tells one state of a file from another: when it was written, and how long it is.
type Mark = (Option<SystemTime>, u64);

/// The files of one configuration.
#[derive(Debug)]
pub(super) struct Files {
    places: Vec<PathBuf>,
    keys: KeyFile,
    folders: Vec<PathBuf>,
    /// As they were when they were last read.
    known: BTreeMap<PathBuf, Mark>,
    /// As they were at the last look, where that was another state.
    seen: Option<BTreeMap<PathBuf, Mark>>,
}

impl Files {
    /// The files behind these settings, as they are now.
    pub(super) fn of(source: &Source, settings: &Settings) -> Self {
        let (places, keys) = (source.places(), settings.keys.clone());
        let folders = settings.catalog.dirs.clone();
        let mut files = Self { places, keys, folders, known: BTreeMap::new(), seen: None };
        files.look();
        files
    }

    /// Looks into the folders, and at the file of keys, of other settings from here on.
    pub(super) fn follow(&mut self, settings: &Settings) {
        let catalog = &settings.catalog;
        if self.folders != catalog.dirs || self.keys != settings.keys {
            self.folders.clone_from(&catalog.dirs);
            self.keys.clone_from(&settings.keys);
            self.look();
        }
    }

    /// What is there now is known from here on.
    pub(super) fn look(&mut self) {
        (self.known, self.seen) = (self.marks(), None);
    }

    /// The file of keys is known as it is now: it was written from here.
    pub(super) fn know_keys(&mut self) {
        for path in self.keys.path.iter().chain(&self.keys.earlier) {
            match mark(path.clone()) {
                Some((path, mark)) => drop(self.known.insert(path, mark)),
                None => drop(self.known.remove(path)),
            }
        }
    }

    /// Whether something is another than what is known, and was the same at the last two looks.
    pub(super) fn have_settled(&mut self) -> bool {
        let now = self.marks();
        if now == self.known {
            self.seen = None;
            return false;
        }
        self.seen.replace(now.clone()) == Some(now)
    }

    fn marks(&self) -> BTreeMap<PathBuf, Mark> {
        let entries = self.folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
        let inside = entries.flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let inside = inside.filter(|path| path.extension().is_some_and(|end| end == "toml"));
        let named = self.places.iter().chain(&self.keys.path).chain(&self.keys.earlier).cloned();
        named.chain(inside).filter_map(mark).collect()
    }
}

fn mark(path: PathBuf) -> Option<(PathBuf, Mark)> {
    let of = |known: Metadata| (known.modified().ok(), known.len());
    let mark = std::fs::metadata(&path).map(of).ok()?;
    Some((path, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_when_two_looks_saw_the_same() {
        let folder = std::env::temp_dir().join(format!("potluck-files-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.toml");
        let mut files = Files {
            places: Vec::new(),
            keys: KeyFile::default(),
            folders: vec![folder.clone()],
            known: BTreeMap::new(),
            seen: None,
        };
        files.look();
        assert!(!files.have_settled());
        std::fs::write(&file, "a").unwrap();
        assert!(!files.have_settled(), "the first look at it");
        std::fs::write(&file, "a = 1").unwrap();
        assert!(!files.have_settled(), "it still changes");
        assert!(files.have_settled());
        files.look();
        assert!(!files.have_settled(), "known by now");
        std::fs::write(folder.join("notes.txt"), "-").unwrap();
        assert!(!files.have_settled() && !files.have_settled(), "no provider file");
        std::fs::remove_file(&file).unwrap();
        assert!(!files.have_settled() && files.have_settled(), "gone is a change too");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
