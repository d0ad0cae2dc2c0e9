//! `potluck serve`: the router, until it is told to stop.

use std::io::{ErrorKind, IsTerminal};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use potluck_core::catalog::Membership;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;
use super::screen::Screen;
use super::welcome;
use crate::clock::Clock;
use crate::house::House;
use crate::keys;
use crate::pantry::stacked;
use crate::reload::Cause;
use crate::serve;
use crate::settings::Settings;
use crate::stock;
use crate::tasks::Tasks;
use crate::telemetry;

/// How long the last counters may take to be written.
const LAST_NOTES: Duration = Duration::from_secs(2);

/// Run the router: one address for all free models
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints `listening on http://ADDR` when it accepts connections. Clients use http://ADDR/v1 as their
base URL and `free` as their model. SIGTERM or Ctrl-C lets open streams end within
server.grace_seconds; a second one cuts them.

Examples:
  GROQ_API_KEY=… potluck serve
  potluck serve --bind 127.0.0.1:8080 --strategy uniform
  POTLUCK_SERVER_KEYS=$(openssl rand -hex 24) potluck serve --bind 0.0.0.0:7685")]
pub struct Serve {
    /// How to draw: by what each offer can sustain, or each with the same chance [default: balanced]
    #[arg(long, value_name = "WORD", value_parser = ["balanced", "uniform"])]
    pub strategy: Option<String>,
}

/// Runs it.
pub(super) async fn run(settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    check_bind(settings)?;
    telemetry::start(settings, None, screen.has_note_colours())?;
    let listener = listen(settings.server.bind).await?;
    take_over_keys(settings);
    let address = listener.local_addr()?;
    let tasks = Tasks::default();
    let house = House::open(settings, &tasks).await?;
    let mut signals = Signals::catch()?;
    screen.say(&format!("listening on http://{address}"))?;
    welcome(&house, settings, screen)?;
    for line in welcome::now(&house, settings, address) {
        screen.note(&line)?;
    }
    let grace = settings.server.grace;
    let serving = serve::listen(Arc::clone(&house), listener, &tasks, grace);
    let hangups = Hangups::catch()?;
    let stopping = async {
        tokio::select! {
            () = signals.next() => {}
            () = hangups.heed(&house) => {}
        }
        tasks.stop();
        signals.next().await;
    };
    tokio::select! {
        all_ended = serving => {
            if !all_ended {
                screen.warn("some streams were still open after the grace period, and were cut")?;
            }
        }
        () = stopping => {
            house.close();
            screen.warn("stopped at once: open streams were cut")?;
        }
    }
    // The counters are written to their end; streams that were cut are not waited for.
    let _ = tokio::time::timeout(LAST_NOTES, tasks.wait()).await;
    Ok(())
}

/// Keys of providers that were kept elsewhere before move into the one file, once.
fn take_over_keys(settings: &Settings) {
    let here = settings.keys.path.iter().map(|path| path.display().to_string()).collect::<String>();
    match settings.keys.take_over() {
        Ok(taken) => {
            for path in taken {
                tracing::info!("the keys of providers in {} are now in {here}", path.display());
            }
        }
        Err(error) => {
            tracing::warn!("keys of providers that were kept before hold where they are: {error}");
        }
    }
}

/// Refuses to be open to others without a key, in the settings or made by `potluck keys`.
fn check_bind(settings: &Settings) -> Result<(), Failure> {
    let Err(open) = settings.check_bind() else { return Ok(()) };
    let state = settings.state.path.as_deref().map(keys::beside).filter(|path| path.exists());
    let kept = state.map(|path| keys::any_in(&path, Clock.now())).transpose();
    if kept.map_err(anyhow::Error::from)? == Some(true) { Ok(()) } else { Err(open.into()) }
}

fn welcome(house: &House, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let pantry = stock::pantry(&settings.catalog).map_err(anyhow::Error::from)?;
    let shelf = house.shelf();
    let pools = shelf.catalog.pools.iter().flat_map(Membership::notes);
    for note in stacked(&pantry, &shelf.catalog).into_iter().chain(pools) {
        screen.warn(&note)?;
    }
    for line in welcome::lines(&pantry, &shelf.catalog, &shelf.idle) {
        screen.note(&line)?;
    }
    Ok(())
}

async fn listen(bind: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(bind).await;
    let advice = match bound.as_ref().map_err(std::io::Error::kind) {
        Err(ErrorKind::AddrInUse) => "; something else listens there: choose another with --bind",
        Err(ErrorKind::PermissionDenied) => {
            "; ports below 1024 need privileges: choose another with --bind"
        }
        Err(ErrorKind::AddrNotAvailable) => {
            "; this machine has no such address: choose another with --bind"
        }
        Err(_) | Ok(_) => "",
    };
    Ok(bound.with_context(|| format!("cannot listen on {bind}{advice}"))?)
}

/// SIGHUP: somebody wants the files to be read again, or the terminal is gone.
struct Hangups {
    signal: Signal,
    began_in_terminal: bool,
}

// === impl Hangups ===

impl Hangups {
    fn catch() -> Result<Self, Failure> {
        let began_in_terminal = std::io::stdin().is_terminal();
        Ok(Self { signal: signal(SignalKind::hangup())?, began_in_terminal })
    }

    /// Has the files read again at each signal; ends when it came because the terminal was closed.
    async fn heed(mut self, house: &House) {
        while self.signal.recv().await.is_some() {
            if self.began_in_terminal && !std::io::stdin().is_terminal() {
                return;
            }
            // What is wrong is in the log.
            let _ = house.reloads.ask(Cause::Signal).await;
        }
        std::future::pending::<()>().await;
    }
}

/// The signals that ask a process to stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

// === impl Signals ===

impl Signals {
    /// From now on they no longer end the process by themselves.
    pub(super) fn catch() -> Result<Self, Failure> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
