//! What stands between the load and the upstream: nothing, nginx or potluck, each a process on its own core.
//!
//! Starting one is measured too: from starting the process to the first right answer.

mod nginx;
pub(crate) mod potluck;
mod process;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::ask::{PlainAsk, SMALL_PROMPT};
use super::usage;
pub(crate) use nginx::Nginx;
use process::Process;

/// How long a gateway may take to its first answer.
const STARTING: Duration = Duration::from_secs(20);

/// How long to wait before looking again whether a gateway has started.
const GLANCE: Duration = Duration::from_micros(500);

/// A column of the table.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, clap::ValueEnum)]
pub(crate) enum Column {
    /// The upstream itself, with no gateway.
    Direct,
    /// nginx as a plain reverse proxy.
    Nginx,
    /// potluck.
    Potluck,
}

/// How to start each gateway.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) upstream: SocketAddr,
    pub(crate) nginx: Option<Nginx>,
    pub(crate) potluck: PathBuf,
    /// Where configurations and logs go.
    pub(crate) folder: PathBuf,
    /// The core that gateways run on.
    pub(crate) core: usize,
    /// The core that everything else runs on.
    pub(crate) home: usize,
}

/// A gateway that answers.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) column: Column,
    pub(crate) address: SocketAddr,
    /// Its processes; none where there is no gateway.
    pub(crate) pids: Vec<u32>,
    /// From starting the process to the first right answer.
    pub(crate) started_in: Duration,
    process: Option<Process>,
}

// === impl Column ===

impl Column {
    /// Every column, in the order of the table.
    pub(crate) const ALL: [Self; 3] = [Self::Direct, Self::Nginx, Self::Potluck];

    /// As it stands in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::Potluck => "potluck",
        }
    }
}

// === impl Gateway ===

impl Gateway {
    /// Starts the gateway of a column and waits for its first right answer.
    pub(crate) async fn start(column: Column, setup: &Setup) -> Result<Self> {
        let begin = Instant::now();
        let (process, address) = match column {
            Column::Direct => (None, setup.upstream),
            Column::Nginx => {
                let nginx = setup.nginx.as_ref().context("nginx is not installed")?;
                let (process, address) = nginx.start(setup)?;
                (Some(process), address)
            }
            Column::Potluck => {
                let file = ("simulated", potluck::provider(setup.upstream));
                let (process, address) = potluck::start(setup, &[file])?;
                (Some(process), address)
            }
        };
        let mut gateway =
            Self { column, address, pids: Vec::new(), started_in: Duration::ZERO, process };
        gateway.wait().await?;
        gateway.started_in = begin.elapsed();
        if let Some(process) = &gateway.process {
            gateway.pids = usage::family(process.pid())?;
        }
        Ok(gateway)
    }

    /// Starts potluck over provider files by name; whether it answers is for who asks to see.
    pub(crate) fn start_over(files: &[(&str, String)], setup: &Setup) -> Result<Self> {
        let begin = Instant::now();
        let (process, address) = potluck::start(setup, files)?;
        let (pids, started_in) = (usage::family(process.pid())?, begin.elapsed());
        Ok(Self { column: Column::Potluck, address, pids, started_in, process: Some(process) })
    }

    async fn wait(&mut self) -> Result<()> {
        let begin = Instant::now();
        loop {
            let Err(error) = PlainAsk::prove(self.address, SMALL_PROMPT).await else {
                return Ok(());
            };
            let name = self.column.name();
            if let Some(process) = &mut self.process {
                process.check_alive()?;
            }
            if begin.elapsed() > STARTING {
                let told = self.process.as_ref().map(Process::log).unwrap_or_default();
                bail!("{name} gave no right answer in {} s: {error:#}\n{told}", STARTING.as_secs());
            }
            std::thread::sleep(GLANCE);
        }
    }
}

/// A port of the loopback interface that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
