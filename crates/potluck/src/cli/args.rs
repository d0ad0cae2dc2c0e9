//! What can be typed. Knows no settings file, no network and no terminal.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::chat::Chat;
use super::check::Check;
use super::config::Config;
use super::demo::Demo;
use super::explain::Explain;
use super::failure::Failure;
use super::forecast::Forecast;
use super::image::Image;
use super::models::Models;
use super::replay::Replay;
use super::serve::Serve;
use super::status::Status;
use crate::settings::Flags;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage or settings
  3  the pool is dry, and waiting helps (HTTP 429)
  4  no router can be reached";

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
    /// Serve: one address for all free models
    Serve(Serve),
    /// Show the router at work over simulated providers: no key, no network
    Demo(Demo),
    /// Ask something; the answer streams to the terminal
    Chat(Chat),
    /// Have a picture made; it is written to a file
    Image(Image),
    /// List the models, the most usable first: what is left, what each can do
    Models(Models),
    /// Show the pool: what each offer has left, how fast it is and how well it does
    Status(Status),
    /// Tell how many requests can still be served, and when more
    Forecast(Forecast),
    /// Show who would be drawn for a prompt, or how a request was decided, and why the others were left out
    Explain(Explain),
    /// Draw the requests of the journal again under other settings, and show what would differ
    Replay(Replay),
    /// Check the provider files: valid, key present, enabled, and why not
    Check(Check),
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
        if let Command::Serve(Serve { strategy: Some(word) }) = &self.command {
            values.push(("--strategy", "pool.strategy".to_owned(), word.clone()));
        }
        Ok(Flags {
            config: self.shared.config.clone(),
            dirs: self.shared.providers.clone(),
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself() {
        let mut args = Args::command().term_width(100);
        args.build();
        insta::assert_snapshot!("help", args.render_long_help());
        let names: Vec<String> =
            args.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        assert_eq!(names.len(), 11);
        for name in names {
            let command = args.find_subcommand_mut(&name).expect("it was just listed");
            insta::assert_snapshot!(format!("help_{name}"), command.render_long_help());
        }
    }

    #[test]
    fn flags_become_settings_in_their_order() {
        let typed = ["potluck", "serve", "--set", "pool.attempts=3", "--strategy", "uniform"];
        let flags = Args::try_parse_from(typed).ok().and_then(|args| args.flags().ok());
        let values = flags.expect("these flags are valid").values;
        let names: Vec<_> =
            values.iter().map(|(flag, key, value)| (*flag, key.as_str(), value.as_str())).collect();
        assert_eq!(
            names,
            [("--set", "pool.attempts", "3"), ("--strategy", "pool.strategy", "uniform")]
        );
        let broken = Args::try_parse_from(["potluck", "config", "--set", "pool.attempts"]);
        assert!(matches!(broken.map(|args| args.flags()), Ok(Err(Failure::Usage(_)))));
    }
}
