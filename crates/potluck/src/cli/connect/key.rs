//! Which key stands in what is shown for a client. A key of potluck's is never put there unasked: what is shown is seen, kept
//! in a terminal's history, and sent along with questions.

use super::Connect;
use crate::cli::entry::Entry;
use crate::cli::failure::Failure;
use crate::settings::{Secret, Settings};

/// What a client sends where potluck asks for no key: most want one to be there.
const NO_KEY: &str = "none";

/// What stands where a person has to put a key. A router that asks for none takes it too, as it takes any text.
const PLACEHOLDER: &str = "YOUR-POTLUCK-KEY";

/// What a client is to send.
#[derive(Debug)]
pub(super) struct Key {
    entry: Entry,
    given: Option<Secret>,
}

impl Key {
    /// The key that was asked for, else what stands for one.
    pub(super) async fn choose(connect: &Connect, settings: &Settings) -> Result<Self, Failure> {
        let given = connect.with_key.then(|| given(settings)).transpose()?;
        let entry = Entry::find(connect.at.url.as_deref(), settings).await;
        Ok(Self { entry, given })
    }

    /// The text in its place.
    pub(super) fn text(&self) -> &str {
        match &self.given {
            Some(key) => key.expose(),
            None if self.entry == Entry::Open => NO_KEY,
            None => PLACEHOLDER,
        }
    }

    /// A line in which a key that was asked for is not shown.
    pub(super) fn masked(&self, line: &str) -> String {
        match &self.given {
            Some(key) => line.replace(key.expose(), "[the key]"),
            None => line.to_owned(),
        }
    }

    /// What a person has to know of it.
    pub(super) fn notes(&self) -> Vec<String> {
        match (&self.given, self.entry) {
            (Some(_), _) => vec!["your key stands in this: whoever sees it can use it".to_owned()],
            (None, Entry::Open) => Vec::new(),
            (None, Entry::Unknown) => vec![format!(
                "no router says whether it asks for a key: if it does, put one in place of {PLACEHOLDER}, or into POTLUCK_KEY and say --with-key"
            )],
            (None, entry) => vec![format!(
                "this router asks for a key: put {} in place of {PLACEHOLDER}, or into POTLUCK_KEY and say --with-key",
                entry.words()
            )],
        }
    }
}

/// The key that commands send, but none that could manage the router where only the settings name it.
fn given(settings: &Settings) -> Result<Secret, Failure> {
    let own = settings.environment.secret("POTLUCK_KEY");
    own.or_else(|| settings.server.keys.first().cloned()).ok_or_else(|| {
        Failure::Usage(
            "--with-key puts in the key that stands in POTLUCK_KEY, and that is not set. `export POTLUCK_KEY=…` sets it; \
             `potluck keys create NAME` makes a key"
                .to_owned(),
        )
    })
}
