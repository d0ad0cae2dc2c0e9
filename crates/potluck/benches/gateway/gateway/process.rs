//! A gateway's process: pinned to its core, with its output in files, ended when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{GLANCE, STARTING, Setup};
use crate::system;

/// How long a gateway may take to end before it is killed.
const ENDING: Duration = Duration::from_secs(3);

/// How much of a log is told.
const MOST_TOLD: usize = 2000;

/// A running process.
#[derive(Debug)]
pub(super) struct Process {
    name: &'static str,
    child: Child,
    output: PathBuf,
    errors: PathBuf,
}

// === impl Process ===

impl Process {
    /// Starts a program on the gateway's core.
    pub(super) fn start(name: &'static str, command: &mut Command, setup: &Setup) -> Result<Self> {
        let output = setup.folder.join(format!("{name}.out"));
        let errors = setup.folder.join(format!("{name}.err"));
        command.stdin(Stdio::null()).stdout(File::create(&output)?).stderr(File::create(&errors)?);
        // a child inherits the core of the thread that starts it
        system::pin(setup.core)?;
        let child = command.spawn().with_context(|| format!("{name} did not start"));
        system::pin(setup.home)?;
        Ok(Self { name, child: child?, output, errors })
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of output that begins with `prefix` and answers the rest of it.
    pub(super) fn wait_for_line(&mut self, prefix: &str) -> Result<String> {
        let begin = Instant::now();
        while begin.elapsed() < STARTING {
            let text = fs::read_to_string(&self.output)?;
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            if let Some(rest) = whole.lines().find_map(|line| line.strip_prefix(prefix)) {
                return Ok(rest.trim().to_owned());
            }
            self.check_alive()?;
            std::thread::sleep(GLANCE);
        }
        let seconds = STARTING.as_secs();
        bail!("{} did not say '{prefix}' in {seconds} s\n{}", self.name, self.log())
    }

    /// Fails where the process has ended by itself.
    pub(super) fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended: {status}\n{}", self.name, self.log()),
        }
    }

    /// The end of what it wrote.
    pub(super) fn log(&self) -> String {
        [&self.output, &self.errors].map(|path| tail(path)).concat()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // nginx ends its worker only where it is asked to
        system::terminate(self.pid()).ok();
        let begin = Instant::now();
        while begin.elapsed() < ENDING && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(GLANCE);
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn tail(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(MOST_TOLD)..]).into_owned()
}
