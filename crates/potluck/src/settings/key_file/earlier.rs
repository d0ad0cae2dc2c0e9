//! The file in which the dashboard kept keys before there was one file for all: TOML beside the state. Only read, to be
//! taken over.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::settings::SettingsError;
use crate::settings::layer::Origin;
use crate::settings::secret::Secret;

/// What the file holds; one that is not there holds nothing.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, Secret>, SettingsError> {
    match std::fs::read_to_string(path) {
        Ok(text) => keys(path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(source) => Err(SettingsError::KeysUnreadable { path: path.to_owned(), source }),
    }
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
        if !super::is_key(key.trim()) {
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
