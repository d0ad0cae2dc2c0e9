//! The client files: read strictly, filled in, and where a client keeps its own file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_embed::Embed;
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::shape::{Kind, Language, Speaks};
use crate::cli::edit::Format;
use crate::cli::failure::Failure;
use crate::settings::Settings;

#[derive(Embed)]
#[folder = "../../clients"]
struct Shelf;

/// One client, as its file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    pub(super) title: String,
    pub(super) kind: Kind,
    pub(super) speaks: Speaks,
    pub(super) note: Option<String>,
    /// The version that it was run with; `None`: nobody has.
    pub(super) ran: Option<String>,
    #[serde(default)]
    source: Vec<String>,
    checked: String,
    #[serde(default)]
    steps: Vec<String>,
    #[serde(rename = "try")]
    tried_by: Option<String>,
    code: Option<Code>,
    #[serde(default)]
    pub(super) files: Vec<File>,
}

/// A program that runs as it is printed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    language: Language,
    pub(super) text: String,
}

/// A file of the client's, and what is to stand in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    path: Vec<String>,
    pub(super) format: Format,
    pub(super) text: String,
    /// The key by which an entry of a list is known.
    pub(super) by: Option<String>,
    /// What a new file begins with.
    pub(super) fresh: Option<String>,
}

/// A client with addresses, key and model in their places.
#[derive(Debug, Serialize)]
pub(super) struct Filled {
    pub(super) title: String,
    pub(super) note: Option<String>,
    pub(super) ran: Option<String>,
    source: Vec<String>,
    checked: String,
    pub(super) steps: Vec<String>,
    pub(super) code: Option<Code>,
    pub(super) files: Vec<File>,
    #[serde(rename = "try")]
    pub(super) tried_by: Option<String>,
}

/// All clients, by name.
pub(super) fn all() -> Result<BTreeMap<String, Client>, Failure> {
    let names = Shelf::iter().filter_map(|file| file.strip_suffix(".toml").map(str::to_owned));
    names.map(|name| read(&name).map(|client| (name, client))).collect()
}

/// The client of that name.
pub(super) fn find(name: &str) -> Result<Client, Failure> {
    if Shelf::get(&format!("{name}.toml")).is_some() {
        return read(name);
    }
    let known = all()?;
    let near = known.keys().map(|known| (strsim::jaro_winkler(name, known), known));
    let near = near.filter(|(likeness, _)| *likeness > 0.75);
    let near = near.max_by(|left, right| left.0.total_cmp(&right.0));
    let hint = near.map_or_else(String::new, |(_, near)| format!("; did you mean `{near}`?"));
    Err(Failure::Usage(format!(
        "no client is known as `{name}`{hint} `potluck connect` lists all; to any other that speaks OpenAI's or \
         Ollama's dialect, give the address, the key and the model of `potluck connect curl`"
    )))
}

fn read(name: &str) -> Result<Client, Failure> {
    let file = Shelf::get(&format!("{name}.toml"));
    let text = file.as_ref().and_then(|file| std::str::from_utf8(&file.data).ok());
    toml::from_str(text.unwrap_or_default())
        .map_err(|error| anyhow::anyhow!("clients/{name}.toml cannot be read: {error}").into())
}

/// Where a client keeps a file: the first place that exists, else the first that can be named.
pub(super) fn path_of(file: &File, settings: &Settings) -> Result<PathBuf, Failure> {
    let places: Vec<PathBuf> =
        file.path.iter().filter_map(|path| located(path, settings)).collect();
    let found = places.iter().find(|path| path.exists()).or_else(|| places.first());
    found.cloned().ok_or_else(|| {
        Failure::Usage(
            "there is no home folder here: set HOME, or name the file with --file".to_owned(),
        )
    })
}

/// A place with `~` or a variable at its beginning; `None` where that is not set.
fn located(path: &str, settings: &Settings) -> Option<PathBuf> {
    let (name, rest) = match path.split_once('/') {
        Some(("~", rest)) => ("HOME", rest),
        Some((variable, rest)) if variable.starts_with('$') => {
            (variable.trim_start_matches('$'), rest)
        }
        _ => return Some(PathBuf::from(path)),
    };
    Some(Path::new(settings.environment.get(name)?).join(rest))
}

// === impl Client ===

impl Client {
    /// With the words in their places.
    pub(super) fn fill(&self, place: &Place) -> Filled {
        let fill = |text: &String| place.fill(text.trim_start_matches('\n'));
        let file = |file: &File| File { text: fill(&file.text), ..file.clone() };
        Filled {
            title: self.title.clone(),
            note: self.note.as_ref().map(fill),
            ran: self.ran.clone(),
            source: self.source.clone(),
            checked: self.checked.clone(),
            steps: self.steps.iter().map(fill).collect(),
            code: self.code.as_ref().map(|code| Code { text: fill(&code.text), ..code.clone() }),
            files: self.files.iter().map(file).collect(),
            tried_by: self.tried_by.as_ref().map(fill),
        }
    }
}

// === impl Filled ===

impl Filled {
    /// How sure these settings are.
    pub(super) fn standing(&self) -> String {
        match &self.ran {
            Some(ran) => format!("run with {ran} ({})", self.checked),
            None => format!("not verified: as its documentation says ({})", self.checked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::edit;

    fn place() -> Place {
        Place::new("http://127.0.0.1:7685", "none", "free").expect("a place")
    }

    #[test]
    fn every_client_file_can_be_read_and_says_something_to_do() {
        let clients = all().expect("the shipped files are valid");
        assert!(clients.len() > 25, "{}", clients.len());
        for (name, client) in &clients {
            let filled = client.fill(&place());
            let something =
                filled.code.is_some() || !filled.steps.is_empty() || !filled.files.is_empty();
            assert!(something, "{name} says nothing");
            let whole = serde_json::to_string(&filled).expect("it can be written");
            assert!(!whole.contains("{{"), "{name}: a word has no place in {whole}");
            assert!(client.ran.is_some() || !client.source.is_empty(), "{name}: who says so?");
        }
    }

    #[test]
    fn every_file_can_be_made_and_made_again_without_a_change() {
        for (name, client) in all().expect("the shipped files are valid") {
            for file in &client.fill(&place()).files {
                let fresh = file.fresh.as_deref().unwrap_or_default();
                let lay = |start: &str| {
                    edit::lay_over(file.format, start, &file.text, file.by.as_deref())
                };
                let once = lay(fresh).unwrap_or_else(|why| panic!("{name}: {why}"));
                assert_eq!(lay(&once).ok(), Some(once.clone()), "{name}");
                assert!(!once.is_empty() && once.ends_with('\n'), "{name}: {once:?}");
            }
        }
    }

    #[test]
    fn a_name_that_is_nearly_right_is_guessed() {
        let told = find("claudecode").err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(told.contains("did you mean `claude-code`?"), "{told}");
    }
}
