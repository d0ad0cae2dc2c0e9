//! Where pictures are written: one file each, and none that is there already unless that was said.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use potluck_picture::Format;

use super::super::failure::Failure;

/// What a picture is called when nobody named it.
const UNNAMED: &str = "picture";

/// The files of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Files {
    stem: PathBuf,
    /// As it was typed, without the dot.
    extension: Option<String>,
    count: u32,
    overwrite: bool,
    /// Whether a person named them: else the next free name is taken.
    named: bool,
}

impl Files {
    /// Chooses them, before anything is asked for: a picture that cannot be written is not worth waiting for.
    pub(super) fn choose(
        output: Option<&Path>,
        count: u32,
        overwrite: bool,
    ) -> Result<Self, Failure> {
        let named = output.is_some();
        let output = output.unwrap_or(Path::new(UNNAMED));
        if output.file_name().is_none() || output.is_dir() {
            return Err(Failure::Usage(format!(
                "--output takes the name of a file, and {} is a folder",
                output.display()
            )));
        }
        let extension = output.extension().map(|it| it.to_string_lossy().into_owned());
        let stem = output.with_extension("");
        let files = Self { stem, extension, count, overwrite, named };
        files.check()?;
        Ok(files)
    }

    /// The format to ask for: what was said, else what the file's name means.
    pub(super) fn format<'a>(&'a self, said: Option<&'a str>) -> Result<Option<&'a str>, Failure> {
        let Some(word) = said.or(self.extension.as_deref()) else { return Ok(None) };
        match Format::from_word(&word.to_ascii_lowercase()).filter(|format| format.is_read()) {
            Some(format) => Ok(Some(format.word())),
            None => Err(Failure::Usage(format!(
                "pictures are written as png, jpeg or webp, and not as `{word}`"
            ))),
        }
    }

    /// Writes one, and says where.
    pub(super) fn write(
        &self,
        number: usize,
        bytes: &[u8],
        format: &str,
    ) -> Result<PathBuf, Failure> {
        let made = Format::from_word(format).map_or("png", Format::extension);
        let extension = self.extension.as_deref().unwrap_or(made);
        let path = if self.named { self.numbered(number, extension) } else { self.free(extension) };
        let mut options = OpenOptions::new();
        options.write(true);
        if self.overwrite {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        let written = options.open(&path).and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
        Ok(path)
    }

    fn check(&self) -> Result<(), Failure> {
        let Some(extension) = self.extension.as_deref().filter(|_| self.named && !self.overwrite)
        else {
            return Ok(());
        };
        let all = (0..self.count as usize).map(|number| self.numbered(number, extension));
        match all.into_iter().find(|path| path.exists()) {
            Some(path) => Err(Failure::Usage(format!(
                "{} is there already: name another file, or replace it with --overwrite",
                path.display()
            ))),
            None => Ok(()),
        }
    }

    fn numbered(&self, number: usize, extension: &str) -> PathBuf {
        if self.count <= 1 {
            return suffixed(&self.stem, &format!(".{extension}"));
        }
        suffixed(&self.stem, &format!("-{}.{extension}", number + 1))
    }

    fn free(&self, extension: &str) -> PathBuf {
        let first = suffixed(&self.stem, &format!(".{extension}"));
        let others = (2..).map(|number| suffixed(&self.stem, &format!("-{number}.{extension}")));
        std::iter::once(first.clone()).chain(others).find(|path| !path.exists()).unwrap_or(first)
    }
}

/// A stem may have dots of its own, so the extension is put behind it and not in place of anything.
fn suffixed(stem: &Path, suffix: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_are_numbered_and_the_name_tells_the_format() {
        let files = Files::choose(Some(Path::new("nowhere/fox.red.png")), 3, false).expect("files");
        assert_eq!(files.numbered(1, "png"), Path::new("nowhere/fox.red-2.png"));
        assert_eq!(files.format(None).expect("a format"), Some("png"));
        assert_eq!(files.format(Some("JPG")).expect("a format"), Some("jpeg"));
        assert!(matches!(files.format(Some("gif")), Err(Failure::Usage(_))));
        let one = Files::choose(Some(Path::new("nowhere/fox.png")), 1, false).expect("a file");
        assert_eq!(one.numbered(0, "png"), Path::new("nowhere/fox.png"));
    }

    #[test]
    fn what_is_there_is_not_replaced_unless_that_was_said() {
        let folder = std::env::temp_dir().join(format!("potluck-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("fox.png");
        std::fs::write(&path, b"a fox").expect("a file");
        assert!(matches!(Files::choose(Some(&path), 1, false), Err(Failure::Usage(_))));
        assert!(matches!(Files::choose(Some(&folder), 1, true), Err(Failure::Usage(_))));
        let files = Files::choose(Some(&path), 1, true).expect("said so");
        assert_eq!(files.write(0, b"another", "png").expect("written"), path);
        assert_eq!(std::fs::read(&path).expect("a file"), b"another");
        let unnamed = Files {
            stem: folder.join("picture"),
            extension: None,
            named: false,
            overwrite: false,
            count: 1,
        };
        for expected in ["picture.jpg", "picture-2.jpg", "picture-3.jpg"] {
            assert_eq!(unnamed.write(0, b"x", "jpeg").expect("written"), folder.join(expected));
        }
        std::fs::remove_dir_all(&folder).expect("a folder");
    }
}
