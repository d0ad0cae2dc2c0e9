//! `potluck keys`: client keys made, listed and revoked.
//!
//! Knows no file and no path of the API: [`place`] finds where the keys are, and says which place that is.

use serde_json::Value;

use super::failure::Failure;
use super::screen::Screen;
use super::view;
use crate::keys::{Draft, LimitsDraft};
use crate::settings::Settings;

mod place;
mod table;

use place::Place;
use table::Row;

/// Make, list and revoke the keys that clients send
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Asks the router at the address in the settings, or at --url; where none runs there, works on the
file in which it keeps its keys, and says so. A router is asked with the key in POTLUCK_KEY, which
has to be one that may manage keys; while there is no key, whoever is on this machine may.

The first key closes the door: from then on every request needs one. So the first is one that may
manage keys (--admin), and the last such key cannot be revoked.

Examples:
  potluck keys create me --admin
  potluck keys create app --expires 30d --requests-per-minute 20 --tokens-per-day 200000
  potluck keys create guest --model 'groq/*' --privacy no-training --priority batch
  potluck keys list
  potluck keys revoke app")]
pub struct Keys {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
    /// For machines: the answer as the router's own JSON
    #[arg(long, global = true, display_order = 100)]
    pub json: bool,
    /// The router [default: the one at the address in the settings; where none runs, its file]
    #[arg(long, value_name = "URL", global = true, help_heading = "Which router")]
    pub url: Option<String>,
}

/// What to do with keys.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Make a key; it is printed once, and never again
    Create(Box<Create>),
    /// Show the keys: what is left of each, what it may do, when it was used
    List {
        /// Also those that were revoked
        #[arg(long)]
        all: bool,
    },
    /// Revoke a key: it is worth nothing from this moment on
    Revoke {
        /// Its id or its name
        #[arg(value_name = "ID|NAME")]
        key: String,
    },
}

/// A key to be made.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The key alone goes to standard output, so that a script can take it; all about it to standard error.

Examples:
  potluck keys create me --admin
  export POTLUCK_KEY=$(potluck keys create laptop --admin)
  potluck keys create app --expires 30d --requests-per-minute 20 --tokens-per-day 200000
  potluck keys create guest --model 'groq/*' --model gpt-oss-120b --privacy no-training
  potluck keys create agent --pool coder")]
pub struct Create {
    /// What to call it; no two keys in use are called alike
    #[arg(value_name = "NAME")]
    pub name: String,
    /// When it ends: a span such as 90m, 12h, 30d or 4w, or a moment such as 2027-01-31T00:00:00Z [default: never]
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
    /// Its holder may manage keys and settings
    #[arg(long)]
    pub admin: bool,
    /// The best place in the line that its requests may ask for: `interactive` or `batch` [default: interactive]
    #[arg(long, value_name = "WORD", value_parser = ["interactive", "batch"], hide_possible_values = true)]
    pub priority: Option<String>,
    /// Seconds that all attempts at a request may take [default: as long as the settings say]
    #[arg(long, value_name = "N")]
    pub deadline_seconds: Option<u64>,
    /// A pool of the settings (`[pools.NAME]`) that it may ask for, and no other; may be repeated
    #[arg(long = "pool", value_name = "NAME")]
    pub pools: Vec<String>,
    /// A model, a family or a provider (`groq/*`) that it may ask for, and nothing else; may be repeated
    #[arg(long = "model", value_name = "NAME")]
    pub models: Vec<String>,
    /// `no-training`: only providers that say they do not train on prompts
    #[arg(long, value_name = "WORD", value_parser = ["no-training"], hide_possible_values = true)]
    pub privacy: Option<String>,
    /// Requests in any sixty seconds [default: no limit]
    #[arg(long, value_name = "N")]
    pub requests_per_minute: Option<u64>,
    /// Requests a day, from midnight to midnight in UTC [default: no limit]
    #[arg(long, value_name = "N")]
    pub requests_per_day: Option<u64>,
    /// Tokens, read and written, in any sixty seconds [default: no limit]
    #[arg(long, value_name = "N")]
    pub tokens_per_minute: Option<u64>,
    /// Tokens, read and written, a day [default: no limit]
    #[arg(long, value_name = "N")]
    pub tokens_per_day: Option<u64>,
}

/// Runs it.
pub(super) async fn run(
    keys: &Keys,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let place = Place::find(keys.url.as_deref(), settings, screen).await?;
    let answer = match &keys.what {
        What::Create(create) => place.create(create.draft(), settings).await,
        What::List { .. } => place.list().await,
        What::Revoke { key } => place.revoke(key).await,
    }?;
    if keys.json {
        return Ok(screen.json(&answer)?);
    }
    match keys.what {
        What::Create(_) => told(answer, screen),
        What::List { all } => table::show(answer, all, screen),
        What::Revoke { .. } => gone(answer, screen),
    }
}

/// The key alone on standard output; what there is to know of it beside it.
fn told(made: Value, screen: &mut Screen) -> Result<(), Failure> {
    let warnings = made["warnings"].as_array().cloned().unwrap_or_default();
    let key = made["key"].as_str().unwrap_or_default().to_owned();
    let row: Row = view::read(made)?;
    for warning in warnings.iter().filter_map(Value::as_str) {
        screen.warn(warning)?;
    }
    screen.say(&key)?;
    let Row { name, id, .. } = &row;
    screen
        .note(&format!("that is the key {name} ({id}), shown this once: only its hash is kept"))?;
    screen.aside(
        "clients send it as `Authorization: Bearer KEY`; commands send what stands in POTLUCK_KEY",
    )?;
    Ok(())
}

fn gone(revoked: Value, screen: &mut Screen) -> Result<(), Failure> {
    let row: Row = view::read(revoked)?;
    Ok(screen.say(&format!("revoked {} ({})", row.name, row.id))?)
}

// === impl Create ===

impl Create {
    fn draft(&self) -> Draft {
        Draft {
            name: self.name.clone(),
            expires: self.expires.clone(),
            admin: self.admin,
            priority: self.priority.clone(),
            deadline_seconds: self.deadline_seconds,
            pools: self.pools.clone(),
            models: self.models.clone(),
            privacy: self.privacy.clone(),
            limits: LimitsDraft {
                requests_per_minute: self.requests_per_minute,
                requests_per_day: self.requests_per_day,
                tokens_per_minute: self.tokens_per_minute,
                tokens_per_day: self.tokens_per_day,
            },
        }
    }
}
