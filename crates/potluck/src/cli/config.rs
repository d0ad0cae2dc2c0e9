//! `potluck config`: the settings, and where each value came from.

use serde::Serialize;

use super::failure::Failure;
use super::screen::{Look, Screen};
use crate::settings::{DEFAULT_FILE, Setting, Settings, Value};

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
    key: &'static str,
    value: serde_json::Value,
    origin: String,
    variable: String,
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
            Ok(screen.json(&settings.table.iter().map(line).collect::<Vec<_>>())?)
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
        let assignment = format!("{name} = {}", setting.value);
        let origin = screen.paint(Look::Faint, &format!("# {}", setting.origin));
        screen.say(&format!("{assignment:<44} {origin}"))?;
    }
    Ok(())
}

fn line(setting: &Setting) -> Line {
    Line {
        key: setting.key.name,
        value: json(&setting.value),
        origin: setting.origin.to_string(),
        variable: setting.key.variable(),
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
