//! Putting a text into a person's file: whole or not at all, with what was there before kept beside it.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use similar::TextDiff;

use super::failure::Failure;

/// What has become of a file.
#[derive(Debug)]
pub(super) struct Put {
    /// Where what was there before is kept, where anything was.
    pub(super) kept: Option<PathBuf>,
}

/// What is in a file; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::anyhow!("cannot read {}: {error}", path.display()).into()),
    }
}

/// Writes a file. A new one can be read by its owner alone, since it may hold a key; one that is there keeps who may read
/// it, and what it held stays beside it. A link is followed, not replaced.
pub(super) fn put(path: &Path, text: &str) -> Result<Put, Failure> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let rights = std::fs::metadata(&path).ok().map(|held| held.permissions());
    let kept = rights.is_some().then(|| keep(&path)).transpose()?;
    let half = beside(&path, &format!(".{}.new", std::process::id()));
    let done = write_new(&half, text, rights).and_then(|()| std::fs::rename(&half, &path));
    if let Err(error) = done {
        let _was_never_there = std::fs::remove_file(&half);
        return Err(anyhow::anyhow!("cannot write {}: {error}", path.display()).into());
    }
    Ok(Put { kept })
}

fn write_new(path: &Path, text: &str, rights: Option<std::fs::Permissions>) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(rights) = rights {
        file.set_permissions(rights)?;
    }
    file.sync_all()
}

/// Copies what is there to a name that is free.
fn keep(path: &Path) -> Result<PathBuf, Failure> {
    let first = beside(path, ".before-potluck");
    let more = (2..1000).map(|number| beside(path, &format!(".before-potluck-{number}")));
    let free = std::iter::once(first).chain(more).find(|name| !name.exists());
    let copy = free.context("there are too many copies of the file beside it: take some away")?;
    std::fs::copy(path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// What would change, as lines of a unified diff.
pub(super) fn difference(path: &Path, before: &str, after: &str) -> Vec<String> {
    let name = path.display().to_string();
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(2).header(&name, &name).to_string();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("potluck-put-{name}-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be made");
        path
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_is_its_owners_alone() {
        let folder = folder("new");
        let path = folder.join("a/b.toml");
        assert!(put(&path, "x = 1\n").expect("it can be written").kept.is_none());
        assert_eq!(
            (read(&path).expect("it can be read").as_deref(), mode(&path)),
            (Some("x = 1\n"), 0o600)
        );
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }

    #[test]
    fn what_was_there_is_kept_and_so_are_its_rights() {
        let folder = folder("kept");
        let path = folder.join("c.json");
        std::fs::write(&path, "old").expect("it can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("mine");
        let link = folder.join("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link can be made");
        let first = put(&link, "new").expect("it can be written").kept.expect("it was there");
        let second = put(&path, "newer").expect("it can be written").kept.expect("it was there");
        let text = |path: &Path| std::fs::read_to_string(path).expect("it is there");
        assert_eq!((text(&path), mode(&path)), ("newer".to_owned(), 0o640));
        assert_eq!((text(&first), text(&second)), ("old".to_owned(), "new".to_owned()));
        assert!(std::fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!(std::fs::read_dir(&folder).expect("it is there").count(), 4);
        std::fs::remove_dir_all(folder).expect("it can be removed");
    }
}
