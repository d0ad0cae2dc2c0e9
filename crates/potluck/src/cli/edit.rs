//! Laying settings over a file of somebody else's, without losing what is in it.
//!
//! Each format has an editor that changes as little of the text as it can. None is trusted: what comes out is read again,
//! and must mean exactly what the file meant before with the new settings laid over it. Otherwise the file is left alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod env;
mod json;
mod toml;
mod yaml;

/// What a file is written in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// JSON, perhaps with comments.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
    /// `NAME=value`, a line each.
    Env,
}

/// Why a file is not edited. Each says what to do instead.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is no valid file of its format.
    #[error("it is no valid {format}: {why}. Mend it first")]
    Invalid {
        /// Of which format.
        format: &'static str,
        /// What its reader says.
        why: String,
    },
    /// A list has an entry of that name, and it says something else.
    #[error(
        "it has an entry `{name}` already, which says something else: take that out first, or change it by hand"
    )]
    Taken {
        /// Which entry.
        name: String,
    },
    /// It holds something else where the settings go.
    #[error("it holds something else at `{key}`: change it by hand")]
    Other {
        /// Where.
        key: String,
    },
    /// It is written in a way that the editor does not master.
    #[error(
        "it is written in a way that potluck cannot change safely: put the settings in by hand"
    )]
    Unusual,
}

/// The text of a file with `settings`, a text of the same format, laid over it. Mappings are laid over key by key, lists
/// grow by what they lack; `by` is the key that an entry of a list is known by.
///
/// # Errors
/// [`Refused`] when the file cannot be changed without a risk to what else is in it.
pub(super) fn lay_over(
    format: Format,
    text: &str,
    settings: &str,
    by: Option<&str>,
) -> Result<String, Refused> {
    let old = read(format, text)?;
    let new = read(format, settings)?;
    let wanted = merged(&old, &new, by, "")?;
    if old == wanted && !text.is_empty() {
        return Ok(text.to_owned());
    }
    let edited = match format {
        Format::Json => json::edit(text, &new)?,
        Format::Toml => toml::edit(text, settings)?,
        Format::Yaml => yaml::edit(text, settings, &old, &new)?,
        Format::Env => env::edit(text, &new),
    };
    if read(format, &edited).as_ref() == Ok(&wanted) { Ok(edited) } else { Err(Refused::Unusual) }
}

/// What a text means. An empty one means an empty mapping, whatever its format.
fn read(format: Format, text: &str) -> Result<Value, Refused> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    match format {
        Format::Json => json::read(text),
        Format::Toml => toml::read(text),
        Format::Yaml => yaml::read(text),
        Format::Env => Ok(env::read(text)),
    }
}

/// What the file is to mean.
fn merged(old: &Value, new: &Value, by: Option<&str>, at: &str) -> Result<Value, Refused> {
    match (old, new) {
        (Value::Null, new) => Ok(new.clone()),
        (Value::Object(old), Value::Object(new)) => {
            let mut all = old.clone();
            for (key, value) in new {
                let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                let before = old.get(key).unwrap_or(&Value::Null);
                all.insert(key.clone(), merged(before, value, by, &at)?);
            }
            Ok(Value::Object(all))
        }
        (Value::Array(old), Value::Array(new)) => {
            let mut all = old.clone();
            for entry in missing(old, new, by)? {
                all.push(entry.clone());
            }
            Ok(Value::Array(all))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
            Err(Refused::Other { key: at.to_owned() })
        }
        (_, new) => Ok(new.clone()),
    }
}

/// The entries of `new` that `old` lacks.
fn missing<'n>(
    old: &[Value],
    new: &'n [Value],
    by: Option<&str>,
) -> Result<Vec<&'n Value>, Refused> {
    let mut lacking = Vec::new();
    for entry in new.iter().filter(|entry| !old.contains(entry)) {
        let name = by.and_then(|by| entry.get(by));
        let taken = |other: &&Value| name.is_some() && by.and_then(|by| other.get(by)) == name;
        if old.iter().any(|other| taken(&other)) {
            let name = name.and_then(Value::as_str).unwrap_or_default().to_owned();
            return Err(Refused::Taken { name });
        }
        lacking.push(entry);
    }
    Ok(lacking)
}

#[cfg(test)]
mod tests;
