//! One layer of settings: what a file, the environment or the flags say, and where they say it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use potluck_core::catalog::NamedPool;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::credential::{self, Credential};
use super::environment::Environment;
use super::key::{KEYS, Key, nearest};
use super::pools;
use super::value::{Kind, Value};
use super::written::{self, Written};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `default.toml`, inside the binary.
    Default,
    /// A file, at a line.
    File {
        /// Which.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command line, such as `--bind`.
    Flag(&'static str),
}

/// What one source says, by the name of the key.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) values: BTreeMap<&'static str, (Value, Origin)>,
    /// Only a file says anything of those.
    pub(super) credentials: BTreeMap<String, Vec<Credential>>,
    /// And of those.
    pub(super) pools: BTreeMap<String, NamedPool>,
    /// The tables of both, as they are written.
    pub(super) written: Vec<Written>,
}

// === impl Layer ===

impl Layer {
    /// What `text`, the contents of the file at `path`, says.
    pub(super) fn of_file(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let at = |offset: usize| Origin::of_file(path, text, offset);
        Self::of_text(text, &at, path.parent())
    }

    /// What `default.toml` says.
    pub(super) fn of_defaults(text: &str) -> Result<Self, SettingsError> {
        Self::of_text(text, &|_| Origin::Default, None)
    }

    fn of_text(
        text: &str,
        at: &dyn Fn(usize) -> Origin,
        folder: Option<&Path>,
    ) -> Result<Self, SettingsError> {
        let root = DeTable::parse(text).map_err(|error| SettingsError::Syntax {
            origin: at(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let mut layer = Self::default();
        for (section, table) in root.get_ref() {
            if section.get_ref() == credential::SECTION {
                layer.credentials = credential::read(table, at)?;
                layer.written.extend(written::read(credential::SECTION, table.get_ref(), at));
            } else if section.get_ref() == pools::SECTION {
                layer.pools = pools::read(table, at)?;
                layer.written.extend(written::read(pools::SECTION, table.get_ref(), at));
            } else {
                layer.read_section(section, table, at, folder)?;
            }
        }
        Ok(layer)
    }

    fn read_section(
        &mut self,
        section: &Spanned<std::borrow::Cow<'_, str>>,
        table: &Spanned<DeValue<'_>>,
        at: &dyn Fn(usize) -> Origin,
        folder: Option<&Path>,
    ) -> Result<(), SettingsError> {
        let origin = at(section.span().start);
        let word = section.get_ref();
        if !KEYS.iter().any(|key| key.split().0 == word) {
            return Err(unknown_section(origin, word));
        }
        let DeValue::Table(keys) = table.get_ref() else {
            let message = format!("must be a section, written [{word}]");
            return Err(SettingsError::Wrong { origin, key: word.to_string(), message });
        };
        for (name, value) in keys {
            let origin = at(name.span().start);
            let full = format!("{word}.{}", name.get_ref());
            let Some(key) = Key::find(&full) else { return Err(unknown_key(origin, &full)) };
            let value = key.kind.read_toml(value.get_ref()).map_err(|message| {
                SettingsError::Wrong { origin: origin.clone(), key: full, message }
            })?;
            self.values.insert(key.name, (rooted(value, key.kind, folder), origin));
        }
        Ok(())
    }

    /// What the variables `POTLUCK_<SECTION>_<KEY>` say. An empty variable says nothing; `,` is an empty list.
    pub(super) fn of_environment(environment: &Environment) -> Result<Self, SettingsError> {
        let mut layer = Self::default();
        for key in KEYS {
            let variable = key.variable();
            let Some(text) = environment.get(&variable) else { continue };
            layer.set(key, text, Origin::Variable(variable))?;
        }
        Ok(layer)
    }

    /// Sets one key from text.
    pub(super) fn set(
        &mut self,
        key: &'static Key,
        text: &str,
        origin: Origin,
    ) -> Result<(), SettingsError> {
        let value = key.kind.read_text(text).map_err(|message| SettingsError::Wrong {
            origin: origin.clone(),
            key: key.name.to_owned(),
            message,
        })?;
        self.values.insert(key.name, (value, origin));
        Ok(())
    }

    /// This layer, and `upper` over it.
    pub(super) fn under(mut self, upper: Self) -> Self {
        self.values.extend(upper.values);
        self.credentials.extend(upper.credentials);
        self.pools.extend(upper.pools);
        self.written.extend(upper.written);
        self
    }
}

/// Variables that look like a setting and are none, each with a near one: told, not refused, because others
/// (container runtimes above all) set variables with such names too.
pub(super) fn stray_variables(environment: &Environment) -> Vec<String> {
    let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let is_stray = |name: &&str| !known.iter().any(|variable| variable == name);
    let near = |name: &str| {
        let near = nearest(name, known.iter().map(String::as_str))?;
        (strsim::damerau_levenshtein(name, near) <= 3)
            .then(|| format!("the variable {name} is no setting; did you mean {near}?"))
    };
    environment.names("POTLUCK_").filter(is_stray).filter_map(near).collect()
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// Paths in a file start at the file's folder.
fn rooted(value: Value, kind: Kind, folder: Option<&Path>) -> Value {
    let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else { return value };
    let join = |text: String| match text.as_str() {
        ":memory:" => text,
        relative => folder.join(relative).to_string_lossy().into_owned(),
    };
    match (kind, value) {
        (Kind::MaybePath, Value::Text(path)) if path.is_empty() => Value::Text(path),
        (Kind::Path | Kind::MaybePath, Value::Text(path)) => Value::Text(join(path)),
        (Kind::Paths, Value::List(paths)) => Value::List(paths.into_iter().map(join).collect()),
        (_, value) => value,
    }
}

fn unknown_section(origin: Origin, word: &str) -> SettingsError {
    // somebody who wrote `bind = …` outside any section is better served with the key than with a section
    let inside = KEYS.iter().find(|key| key.split().1 == word).map(|key| key.name);
    let sections =
        KEYS.iter().map(|key| key.split().0).chain([credential::SECTION, pools::SECTION]);
    let near = inside.or_else(|| nearest(word, sections));
    SettingsError::Unknown {
        origin,
        what: "section",
        name: word.to_owned(),
        near: near.map(str::to_owned),
    }
}

fn unknown_key(origin: Origin, full: &str) -> SettingsError {
    let near = nearest(full, KEYS.iter().map(|key| key.name)).map(str::to_owned);
    SettingsError::Unknown { origin, what: "key", name: full.to_owned(), near }
}

// === impl Origin ===

impl Origin {
    /// A place in the file at `path`, by the offset into its text.
    pub(super) fn of_file(path: &Path, text: &str, offset: usize) -> Self {
        Self::File { path: path.to_owned(), line: line_of(text, offset) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}
