//! What can be typed. Knows no settings file, no network and no terminal.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::config::Config;
use super::failure::Failure;
use crate::settings::Flags;

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 failed; 2 wrong usage or settings.";

const SHARED: &str = "Options of every command";

/// One address for all free language models.
///
/// potluck pools the free tiers of many providers behind one OpenAI-style address: a request for the model
/// `free` is answered by one of the models that can serve it now, drawn at random, and by another when that
/// one fails.
#[derive(Debug, Parser)]
#[command(name = "potluck", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub shared: Shared,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Shared {
    /// The settings file [default: ./potluck.toml, else potluck/potluck.toml in your configuration folder]
    #[arg(long, value_name = "FILE", global = true, help_heading = SHARED)]
    pub config: Option<PathBuf>,
    /// Where the router listens [default: 127.0.0.1:7685]
    #[arg(long, value_name = "ADDR", global = true, help_heading = SHARED)]
    pub bind: Option<String>,
    /// What outlives a restart; `:memory:` for nothing [default: potluck.db]
    #[arg(long, value_name = "FILE", global = true, help_heading = SHARED)]
    pub state: Option<String>,
    /// A folder with provider files, instead of those in the settings; may be repeated
    #[arg(long, value_name = "DIR", global = true, help_heading = SHARED)]
    pub providers: Vec<PathBuf>,
    /// Any setting, such as `--set pool.attempts=3`; may be repeated
    #[arg(long, value_name = "KEY=VALUE", global = true, help_heading = SHARED)]
    pub set: Vec<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the settings, and where each value came from
    Config(Config),
}

// === impl Args ===

impl Args {
    /// What the flags say about settings.
    pub(super) fn flags(&self) -> Result<Flags, Failure> {
        let mut values = Vec::new();
        for pair in &self.shared.set {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(Failure::Usage(format!(
                    "--set takes KEY=VALUE, such as pool.attempts=3, and was given `{pair}`"
                )));
            };
            values.push(("--set", key.trim().to_owned(), value.trim().to_owned()));
        }
        let named = [
            ("--bind", "server.bind", &self.shared.bind),
            ("--state", "state.path", &self.shared.state),
        ];
        for (flag, key, value) in named {
            values.extend(value.iter().map(|value| (flag, key.to_owned(), value.clone())));
        }
        Ok(Flags {
            config: self.shared.config.clone(),
            dirs: self.shared.providers.clone(),
            values,
        })
    }
}
