//! The command line: what was typed, turned into settings and one command, and an exit code that means
//! something.
//!
//! Two steps. Parsing ([`args`]) touches nothing of the world; [`main`] then resolves settings and
//! runs the command. A command that needs a router talks HTTP to one, like any other client.

use std::future::Future;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::settings::{Environment, Settings};

mod answer;
pub mod args;
mod ask;
mod call;
mod chat;
mod check;
mod config;
mod connect;
mod decided;
mod demo;
mod edit;
mod entry;
mod explain;
mod failure;
mod forecast;
mod gauge;
mod health;
mod image;
mod init;
mod keys;
mod models;
mod put;
mod replay;
mod router;
mod screen;
mod serve;
mod shell;
mod status;
mod view;
mod watch;
mod welcome;

use args::{Args, Command};
use failure::Failure;
use screen::Screen;

/// Parses the process's arguments, runs the command, and says what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let environment = Environment::of_process();
    let mut screen = Screen::of_process(&environment);
    match run(&args, environment, &mut screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                screen.complain(&message);
            }
            failure.code()
        }
    }
}

fn run(args: &Args, environment: Environment, screen: &mut Screen) -> Result<(), Failure> {
    let flags = args.flags()?;
    match &args.command {
        // these need no settings, so that they help where the settings are broken
        Command::Config(config::Config { what: Some(config::What::Default), .. }) => {
            return config::default(screen);
        }
        Command::Completions(completions) => return shell::completions(completions),
        Command::Man(man) => return shell::man(man),
        // it makes the file of settings
        Command::Init(init) => return wait_for(init::run(init, &flags, environment, screen)),
        Command::Demo(demo) => return wait_for(demo::run(demo, flags, screen)),
        _ => {}
    }
    let settings = Settings::load(&flags, environment)?;
    for warning in &settings.warnings {
        screen.warn(warning)?;
    }
    match &args.command {
        Command::Serve(_) => wait_for(serve::run(&settings, screen)),
        Command::Demo(_) | Command::Init(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
        Command::Chat(chat) => wait_for(chat::run(chat, &settings, screen)),
        Command::Image(image) => wait_for(image::run(image, &settings, screen)),
        Command::Models(models) => wait_for(models::run(models, &settings, screen)),
        Command::Status(status) => wait_for(status::run(status, &settings, screen)),
        Command::Health(health) => wait_for(health::run(health, &settings, screen)),
        Command::Forecast(forecast) => wait_for(forecast::run(forecast, &settings, screen)),
        Command::Explain(explain) => wait_for(explain::run(explain, &settings, screen)),
        Command::Replay(replay) => wait_for(replay::run(replay, &flags, &settings, screen)),
        Command::Keys(keys) => wait_for(keys::run(keys, &settings, screen)),
        Command::Check(check) => wait_for(check::run(check, &settings, screen)),
        Command::Connect(connect) => wait_for(connect::run(connect, &settings, screen)),
        Command::Config(config) => config::run(config, &settings, screen),
    }
}

fn wait_for(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    runtime().context("this machine does not let potluck start threads")?.block_on(work)
}

/// On a single core a second thread would only be one more to hand each request over to.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let alone = std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut builder = if alone {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    builder.enable_all().build()
}
