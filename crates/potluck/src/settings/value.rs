//! What a setting may hold, and the checks that say so in words.

use std::fmt;
use std::net::SocketAddr;

use toml::de::DeValue;

use super::secret::Secret;

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `IP:PORT` or `localhost:PORT`.
    Address,
    /// A whole number within bounds.
    Number {
        /// The smallest allowed.
        least: u64,
        /// The largest allowed.
        most: u64,
    },
    /// true or false.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any text.
    Text,
    /// A path.
    Path,
    /// A path, or nothing.
    MaybePath,
    /// A list of paths.
    Paths,
    /// A list of words.
    Words,
    /// A list of secrets.
    Secrets,
}

/// The checked value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An address.
    Address(SocketAddr),
    /// A number.
    Number(u64),
    /// A switch.
    Switch(bool),
    /// A text, a word or a path.
    Text(String),
    /// A list of words or paths.
    List(Vec<String>),
    /// Secrets, redacted wherever they are shown.
    Secrets(Vec<Secret>),
}

// === impl Kind ===

impl Kind {
    /// Reads the value of a key in a file.
    pub(super) fn read_toml(self, value: &DeValue<'_>) -> Result<Value, String> {
        match (self, value) {
            (Self::Number { .. }, DeValue::Integer(number)) => {
                self.read_text(&number.as_str().replace('_', ""))
            }
            (Self::Switch, DeValue::Boolean(switch)) => Ok(Value::Switch(*switch)),
            (Self::Number { .. } | Self::Switch, _) => Err(self.wrong(&found(value))),
            (Self::Paths | Self::Words | Self::Secrets, DeValue::Array(items)) => {
                let items = items.iter().map(|item| self.read_item(item.get_ref()));
                self.list(items.collect::<Result<_, _>>()?)
            }
            (Self::Paths | Self::Words | Self::Secrets, _) => Err(self.wrong(&found(value))),
            (_, DeValue::String(text)) => self.read_text(text),
            _ => Err(self.wrong(&found(value))),
        }
    }

    fn read_item(self, item: &DeValue<'_>) -> Result<String, String> {
        match item {
            DeValue::String(text) => Ok(text.to_string()),
            other => Err(self.wrong(&format!("a list with {}", found(other)))),
        }
    }

    /// Reads the text of a variable or a flag; lists are separated by commas.
    pub(super) fn read_text(self, text: &str) -> Result<Value, String> {
        let wrong = || self.wrong(&format!("`{text}`"));
        match self {
            Self::Address => read_address(text).map(Value::Address).ok_or_else(wrong),
            Self::Number { least, most } => text
                .parse()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(Value::Number)
                .ok_or_else(wrong),
            Self::Switch => match text {
                "true" | "1" | "yes" | "on" => Ok(Value::Switch(true)),
                "false" | "0" | "no" | "off" => Ok(Value::Switch(false)),
                _ => Err(wrong()),
            },
            Self::Choice(words) if !words.contains(&text) => Err(wrong()),
            Self::Path if text.is_empty() => Err(wrong()),
            Self::Choice(_) | Self::Text | Self::Path | Self::MaybePath => {
                Ok(Value::Text(text.to_owned()))
            }
            Self::Paths | Self::Words | Self::Secrets => self.list(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
        }
    }

    fn list(self, items: Vec<String>) -> Result<Value, String> {
        if items.iter().any(|item| item.trim().is_empty()) {
            return Err(self.wrong("a list with an empty text"));
        }
        match self {
            Self::Secrets => Ok(Value::Secrets(items.into_iter().map(Secret::new).collect())),
            _ => Ok(Value::List(items)),
        }
    }

    fn wrong(self, found: &str) -> String {
        let found = if self == Self::Secrets { "something else" } else { found };
        format!("must be {self}, and is {found}")
    }
}

/// `localhost` is read as 127.0.0.1: no name is ever looked up for an address to listen on.
fn read_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{text}\""),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(switch) => format!("{switch}"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("an address such as 127.0.0.1:7685"),
            Self::Number { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::Switch => f.write_str("true or false"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Text => f.write_str("a text"),
            Self::Path => f.write_str("a path"),
            Self::MaybePath => f.write_str("a path, or empty"),
            Self::Paths => f.write_str("a list of paths"),
            Self::Words => f.write_str("a list of texts"),
            Self::Secrets => f.write_str("a list of keys, none empty"),
        }
    }
}

// === impl Value ===

impl fmt::Display for Value {
    /// As it would be written in a file; secrets only by their number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "\"{address}\""),
            Self::Number(number) => write!(f, "{number}"),
            Self::Switch(switch) => write!(f, "{switch}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(items) => write!(f, "{items:?}"),
            Self::Secrets(secrets) if secrets.is_empty() => f.write_str("[]"),
            Self::Secrets(secrets) => write!(f, "[{} not shown]", secrets.len()),
        }
    }
}
