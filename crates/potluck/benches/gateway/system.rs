//! What the benchmark asks of the operating system: cores, signals, open files.
//!
//! Pinning and `/proc` are Linux's; elsewhere the benchmark builds and says that it cannot run.

pub(crate) use os::*;

/// Open files wanted: 512 streams have two sockets each in a gateway.
#[cfg(target_os = "linux")]
const OPEN_FILES: u64 = 8192;

#[cfg(target_os = "linux")]
mod os {
    use anyhow::{Context, Result};
    use rustix::process::{Pid, Resource, Rlimit, Signal};
    use rustix::thread::CpuSet;

    /// The cores that this program may use.
    pub(crate) fn cores() -> Result<Vec<usize>> {
        let allowed = rustix::thread::sched_getaffinity(None)?;
        Ok((0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect())
    }

    /// Keeps the calling thread, and what it starts from now on, on one core.
    pub(crate) fn pin(core: usize) -> Result<()> {
        let mut set = CpuSet::new();
        set.set(core);
        rustix::thread::sched_setaffinity(None, &set).context("cannot pin to a core")
    }

    /// Lets this program and its children open enough sockets, as far as the hard limit allows.
    pub(crate) fn raise_open_files() -> Result<()> {
        let limit = rustix::process::getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(super::OPEN_FILES, |most| most.min(super::OPEN_FILES));
        if limit.current.is_some_and(|now| now < wanted) {
            let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
            rustix::process::setrlimit(Resource::Nofile, raised)?;
        }
        Ok(())
    }

    /// Asks a process to end.
    pub(crate) fn terminate(pid: u32) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(pid)?).context("no process has the id 0")?;
        Ok(rustix::process::kill_process(pid, Signal::TERM)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod os {
    use anyhow::{Result, bail};

    pub(crate) fn cores() -> Result<Vec<usize>> {
        bail!("this benchmark pins processes to cores and reads /proc: it runs on Linux alone")
    }

    pub(crate) fn pin(_core: usize) -> Result<()> {
        cores().map(drop)
    }

    pub(crate) fn raise_open_files() -> Result<()> {
        cores().map(drop)
    }

    pub(crate) fn terminate(_pid: u32) -> Result<()> {
        cores().map(drop)
    }
}
