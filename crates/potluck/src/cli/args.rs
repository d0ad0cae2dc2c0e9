//! What can be typed. Knows no settings file, no network and no terminal.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::chat::Chat;
use super::check::Check;
use super::config::Config;
use super::connect::Connect;
use super::demo::Demo;
use super::explain::Explain;
use super::failure::Failure;
use super::forecast::Forecast;
use super::health::Health;
use super::image::Image;
use super::init::Init;
use super::keys::Keys;
use super::models::Models;
use super::replay::Replay;
use super::serve::Serve;
use super::shell::{Completions, Man};
use super::status::Status;
use crate::settings::Flags;

const MORE: &str = "\
Begin here:
  potluck demo             see it at work, without any key
  potluck init             which free providers there are, and where to get a key
  potluck chat 'hello'     ask, with the keys that are set, or without any where a provider needs none
  potluck serve            the router, for all your programs
  potluck connect          what to set in your programs

Words:
  provider  a host of models, such as Groq; its keys stand in variables such as GROQ_API_KEY
  offer     one model at one provider under one key: what a request can be sent to
  family    the same model at several providers, such as gpt-oss-120b
  pool      all offers together
  draw      the choice of one offer at random, among those that can serve a request now

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
#[command(name = "potluck", version, after_help = MORE, disable_help_subcommand = true)]
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
    /// The settings file [default: ./potluck.toml, else potluck/potluck.toml in your configuration folder, else none]
    #[arg(long, value_name = "FILE", global = true, help_heading = SHARED)]
    pub config: Option<PathBuf>,
    /// Where the router listens [default: 127.0.0.1:7685]
    #[arg(long, value_name = "ADDR", global = true, help_heading = SHARED)]
    pub bind: Option<String>,
    /// Where it is kept what outlives a restart, such as how much of every limit is used; `:memory:` for
    /// nowhere [default: potluck/potluck.db in the folder of states, ~/.local/state]
    #[arg(long, value_name = "FILE", global = true, help_heading = SHARED)]
    pub state: Option<String>,
    /// A folder with provider files of your own, instead of those in the settings; may be repeated
    #[arg(long, value_name = "DIR", global = true, help_heading = SHARED)]
    pub providers: Vec<PathBuf>,
    /// Any setting, such as `--set pool.attempts=3`; may be repeated
    #[arg(long, value_name = "KEY=VALUE", global = true, help_heading = SHARED)]
    pub set: Vec<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set potluck up: show the free providers, take keys, try them, and write a settings file
    Init(Init),
    /// Run the router: one address for all free models
    Serve(Serve),
    /// Show the router at work over simulated providers: no key, no network
    Demo(Demo),
    /// Ask something; the answer streams to the terminal
    Chat(Chat),
    /// Have a picture made; it is written to a file
    Image(Image),
    /// List the models, the most usable first: what is left, what each can do
    Models(Models),
    /// Show what each offer has left of its limits, how fast it is and how well it does
    Status(Status),
    /// Tell how many requests can still be served today, and when more
    Forecast(Forecast),
    /// Show who could answer a prompt, with what chance, and why the others could not; or the same of a past request
    Explain(Explain),
    /// Try other settings on the requests that were served before, and show what would differ
    Replay(Replay),
    /// Ask every provider whether it is there and takes the key, and say how to mend what is wrong
    Check(Check),
    /// Make, list and revoke the keys that clients send
    Keys(Keys),
    /// Show what to set in a client, such as an SDK, an editor or an agent, so that it asks potluck
    Connect(Connect),
    /// Ask whether a router runs, for probes: exit code 0 when it does
    Health(Health),
    /// Show the settings, and where each value came from
    Config(Config),
    /// Print what a shell needs to complete commands and flags
    Completions(Completions),
    /// Print the manual page, or write one for each command
    Man(Man),
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
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            let command = args.find_subcommand_mut(&name).expect("it was just listed");
            for part in command.get_subcommands_mut() {
                let name = format!("help_{name}_{}", part.get_name());
                insta::assert_snapshot!(name, part.render_long_help());
            }
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
