//! `potluck demo`: the router over an embedded pool of simulated providers, with no key and no network.
//!
//! Everything but the providers is the real thing: their files are read as any others, requests travel
//! over loopback HTTP on both sides, and the faults are on the wire. What is simulated says so.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use potluck_testkit::Pool;
use serde_json::Value;
use tokio::net::TcpListener;

use super::call::Caller;
use super::failure::Failure;
use super::screen::{Look, Screen};
use super::serve::Signals;
use super::{status, view};
use crate::house::House;
use crate::serve;
use crate::settings::{Environment, Flags, Settings};
use crate::tasks::Tasks;
use crate::telemetry;

mod story;
mod tour;

/// Show the router at work over simulated providers: no key, no network
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Starts simulated providers on loopback, with quotas, latencies and faults of their own, and the
router over them; sends a few requests and shows who answered, who failed, and what the pool looks
like; then serves until Ctrl-C. Exits with 0 only if all its requests were served.

Examples:
  potluck demo
  potluck demo --once --json")]
pub struct Demo {
    /// End after the tour instead of serving on
    #[arg(long)]
    pub once: bool,
    /// For machines: what was asked, who answered, and the pool
    #[arg(long)]
    pub json: bool,
}

/// What the demo sets, under the flags that were given: nothing outlives it, and nobody waits long for a
/// provider that stalls.
const SET: [(&str, &str); 7] = [
    ("catalog.builtin", "false"),
    ("catalog.local", "false"),
    ("catalog.refresh_minutes", "0"),
    ("state.path", ":memory:"),
    ("pool.deadline_seconds", "15"),
    ("timeouts.first_event_ms", "2500"),
    ("log.level", "warn"),
];

/// Runs it.
pub(super) async fn run(demo: &Demo, flags: Flags, screen: &mut Screen) -> Result<(), Failure> {
    let simulated = Pool::demo().await.context("the simulated providers could not start")?;
    let folder = Folder::make()?;
    simulated
        .write_files(&folder.0)
        .context("the simulated providers' files could not be written")?;
    let settings = settings(flags, &folder.0)?;
    settings.check_bind()?;
    telemetry::start(&settings, None, screen.has_note_colours())?;
    let listener = listen(&settings, screen).await?;
    let address = listener.local_addr()?;
    let tasks = Tasks::default();
    let house = House::open(&settings, &tasks).await?;
    drop(folder);
    let (serving, grace) = (tasks.clone(), settings.server.grace);
    tasks.start(async move {
        serve::listen(house, listener, &serving, grace).await;
    });
    let shown = show(demo, address, &settings, &simulated, screen).await;
    if shown.is_ok() && !demo.once {
        screen.note("serving on; Ctrl-C ends it")?;
        Signals::catch()?.next().await;
    }
    tasks.stop();
    tasks.wait().await;
    simulated.stop().await;
    shown
}

/// The demo's settings: the defaults, then its own, then the flags. No file and no variable can change what
/// the demo shows.
fn settings(flags: Flags, folder: &Path) -> Result<Settings, Failure> {
    let own = SET.map(|(key, value)| ("demo", key.to_owned(), value.to_owned()));
    let values = own.into_iter().chain(flags.values).collect();
    let flags = Flags { config: None, dirs: vec![folder.to_owned()], values };
    Ok(Settings::without_file(&flags, Environment::default())?)
}

/// The usual address, or any other when that is taken: a demo must not fail over a router that runs.
async fn listen(settings: &Settings, screen: &mut Screen) -> Result<TcpListener, Failure> {
    let bind = settings.server.bind;
    match TcpListener::bind(bind).await {
        Ok(listener) => Ok(listener),
        Err(error) => {
            screen.aside(&format!("cannot listen on {bind} ({error}): a free port is used"))?;
            Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
        }
    }
}

async fn show(
    demo: &Demo,
    address: SocketAddr,
    settings: &Settings,
    simulated: &Pool,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let base = format!("http://{address}");
    let caller = Caller::new(&base, settings.server.keys.first().cloned())?;
    if !demo.json {
        story::introduce(&base, simulated, screen)?;
    }
    let tour = tour::take(&caller, simulated, screen).await?;
    let pool: Value = caller.get("/pool").await?;
    if demo.json {
        screen.json(&tour.report(&base, &pool))?;
    } else {
        story::tell(&tour, screen)?;
        screen.say(&screen.paint(Look::Strong, "The pool now"))?;
        status::show(&view::read(pool)?, screen)?;
        story::invite(&base, screen)?;
    }
    tour.verdict()
}

/// A folder for the simulated providers' files; gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("potluck-demo-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "a folder could not be removed");
        }
    }
}
