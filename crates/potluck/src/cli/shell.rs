//! `potluck completions` and `potluck man`: what a shell and a manual want to know, made from the same definition as
//! `--help`.

use std::io::{self, Write};

use clap::CommandFactory;

use super::args::Args;
use super::failure::Failure;

/// Print what a shell needs to complete commands and flags
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Put what is printed where your shell looks for it:
  bash        potluck completions bash > ~/.local/share/bash-completion/completions/potluck
  zsh         potluck completions zsh > ~/.zfunc/_potluck      (~/.zfunc must stand in fpath before compinit)
  fish        potluck completions fish > ~/.config/fish/completions/potluck.fish
  elvish      potluck completions elvish >> ~/.config/elvish/rc.elv
  powershell  potluck completions powershell >> $PROFILE")]
pub struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Print the manual page, or write one for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  potluck man | man -l -
  potluck man --into ~/.local/share/man/man1")]
pub struct Man {
    /// Write potluck.1 and a page for each command into this folder instead
    #[arg(long, value_name = "DIR")]
    pub into: Option<std::path::PathBuf>,
}

/// Prints the completions of a shell.
pub(super) fn completions(completions: &Completions) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(completions.shell, &mut Args::command(), "potluck", &mut text);
    print(&text)
}

/// Prints the manual, or writes it.
pub(super) fn man(man: &Man) -> Result<(), Failure> {
    match &man.into {
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut text)?;
            print(&text)
        }
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            Ok(clap_mangen::generate_to(Args::command(), folder)?)
        }
    }
}

fn print(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_learns_every_command() {
        let names: Vec<String> = Args::command()
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        for shell in clap_complete::Shell::value_variants() {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "potluck", &mut text);
            let text = String::from_utf8(text).expect("completions are text");
            for name in &names {
                assert!(text.contains(name.as_str()), "{shell} lacks {name}");
            }
        }
    }

    #[test]
    fn the_manual_has_every_command() {
        let mut text = Vec::new();
        clap_mangen::Man::new(Args::command()).render(&mut text).expect("it can be rendered");
        let text = String::from_utf8(text).expect("a manual is text");
        assert!(text.contains(".TH potluck 1"), "{text}");
        for command in Args::command().get_subcommands() {
            let name = command.get_name().replace('-', "\\-");
            assert!(text.contains(&name), "the manual lacks {name}");
        }
    }
}
