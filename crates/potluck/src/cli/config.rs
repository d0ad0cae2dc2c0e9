//! `potluck config`: the settings, and where each value came from.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;

use super::failure::Failure;
use super::screen::{Look, Screen};
use crate::settings::{DEFAULT_FILE, Origin, Setting, Settings, Value, Written};

/// Show the settings, and where each value came from.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  potluck config                                 every value with its origin
  potluck config path                            the file that is read
  potluck config default > potluck.toml          a commented file to begin with")]
pub struct Config {
    /// What to show instead.
    #[command(subcommand)]
    pub what: Option<What>,
    /// For machines
    #[arg(long)]
    pub json: bool,
}

/// What to show instead.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum What {
    /// Print the path of the settings file that is read; exits with 1 when there is none
    Path,
    /// Print the commented file with every setting at its default
    Default,
}

#[derive(Serialize)]
struct Line {
    key: Cow<'static, str>,
    value: serde_json::Value,
    origin: String,
    /// The environment variable that sets it, where one does.
    variable: Option<String>,
}

/// Runs it.
pub(super) fn run(
    config: &Config,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    match config.what {
        Some(What::Path) => path(settings, screen),
        Some(What::Default) => default(screen),
        None if config.json => {
            let own = settings.written.iter().flat_map(lines);
            Ok(screen.json(&settings.table.iter().map(line).chain(own).collect::<Vec<_>>())?)
        }
        None => show(settings, screen),
    }
}

/// Prints the commented file. Needs no settings, so that it helps where they are broken.
pub(super) fn default(screen: &mut Screen) -> Result<(), Failure> {
    Ok(screen.say(DEFAULT_FILE.trim_end())?)
}

fn path(settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let Some(path) = &settings.file else {
        return Err(Failure::Other(anyhow::anyhow!(
            "no settings file was found; `potluck config default > potluck.toml` makes one"
        )));
    };
    Ok(screen.say(&path.display().to_string())?)
}

fn show(settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let mut section = "";
    for setting in &settings.table {
        let (own, name) = setting.key.split();
        if own != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            screen.say(&format!("{gap}{}", screen.paint(Look::Strong, &format!("[{own}]"))))?;
            section = own;
        }
        assign(screen, name, &setting.value, &setting.origin)?;
    }
    settings.written.iter().try_for_each(|table| show_table(table, screen))
}

/// One of the tables whose names a person chose.
fn show_table(table: &Written, screen: &mut Screen) -> Result<(), Failure> {
    let Written { name, item, entries, .. } = table;
    let head = if item.is_some() { format!("[[{name}]]") } else { format!("[{name}]") };
    screen.say(&format!("\n{}", screen.paint(Look::Strong, &head)))?;
    let mut entries = entries.iter();
    entries.try_for_each(|(key, value, origin)| assign(screen, key, value, origin))
}

fn assign(
    screen: &mut Screen,
    key: &str,
    value: &dyn Display,
    origin: &Origin,
) -> Result<(), Failure> {
    let assignment = format!("{key} = {value}");
    let origin = screen.paint(Look::Faint, &format!("# {origin}"));
    Ok(screen.say(&format!("{assignment:<44} {origin}"))?)
}

/// A line for each key of a table, or one for a table that says nothing.
fn lines(table: &Written) -> Vec<Line> {
    let Written { name, item, origin, entries } = table;
    let base = item.map_or_else(|| name.clone(), |item| format!("{name}.{item}"));
    let line = |key: String, value: &serde_json::Value, origin: &Origin| Line {
        key: key.into(),
        value: value.clone(),
        origin: origin.to_string(),
        variable: None,
    };
    if entries.is_empty() {
        return vec![line(base, &serde_json::json!({}), origin)];
    }
    let entries = entries.iter();
    entries.map(|(key, value, origin)| line(format!("{base}.{key}"), value, origin)).collect()
}

fn line(setting: &Setting) -> Line {
    Line {
        key: setting.key.name.into(),
        value: json(&setting.value),
        origin: setting.origin.to_string(),
        variable: Some(setting.key.variable()),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Address(address) => address.to_string().into(),
        Value::Number(number) => (*number).into(),
        Value::Switch(switch) => (*switch).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.clone().into(),
        Value::Secrets(secrets) => secrets.iter().map(|_| "[secret]").collect(),
    }
}
