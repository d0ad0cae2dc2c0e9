//! The command line: what was typed, turned into settings and one command, and an exit code that means
//! something.
//!
//! Two steps. Parsing ([`args`]) touches nothing of the world; [`main`] then resolves settings and
//! runs the command. A command that needs a router talks HTTP to one, like any other client.

use std::process::ExitCode;

use clap::Parser;

pub mod args;
mod config;
mod failure;
mod screen;

use args::{Args, Command};
use failure::Failure;
use screen::Screen;

use crate::settings::{Environment, Settings};

/// Parses the process's arguments, runs the command, and says what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let environment = Environment::of_process();
    let mut screen = Screen::of_process(&environment);
    match run(args, environment, &mut screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                screen.complain(&message);
            }
            failure.code()
        }
    }
}

fn run(args: Args, environment: Environment, screen: &mut Screen) -> Result<(), Failure> {
    if let Command::Config(config::Config { what: Some(config::What::Default), .. }) = &args.command
    {
        return config::default(screen);
    }
    let settings = Settings::load(&args.flags()?, environment)?;
    for warning in &settings.warnings {
        screen.warn(warning)?;
    }
    match args.command {
        Command::Config(config) => config::run(&config, &settings, screen),
    }
}
