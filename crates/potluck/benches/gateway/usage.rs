//! CPU time and memory of processes, read from `/proc`.
//!
//! CPU time comes from each thread's `schedstat` (nanoseconds); where the kernel has none, or a thread ended
//! in between, from `stat` (hundredths of a second). It must not know whose processes these are.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What `stat` counts in; fixed in Linux's interface to programs.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// The CPU time that a group of processes had used at one moment.
#[derive(Debug)]
pub(crate) struct Clock {
    /// By thread.
    pub(crate) threads: BTreeMap<u64, Duration>,
    pub(crate) ticks: Duration,
}

/// Begins a measurement of CPU time.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    pids: &'a [u32],
    clock: Clock,
    ours: Duration,
    ours_pids: Vec<u32>,
    machine: Duration,
    start: Instant,
}

/// What a measurement found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// CPU time of the processes asked about.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// Cores' worth of work that others did on this machine meanwhile.
    pub(crate) others: f64,
}

/// A process and all that descend from it.
pub(crate) fn family(root: u32) -> Result<Vec<u32>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        if let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
            && let Some(parent) = stat(pid).ok().and_then(|fields| fields.first().copied())
        {
            parents.insert(pid, u32::try_from(parent)?);
        }
    }
    let mut family = vec![root];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    Ok(family)
}

/// Resident memory of processes together, in MiB; pages that they share are counted for each.
pub(crate) fn resident_mib(pids: &[u32]) -> Result<f64> {
    let mut kib = 0;
    for pid in pids {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))
            .with_context(|| format!("process {pid} has ended"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let figure = line.and_then(|line| line.trim().strip_suffix("kB"));
        kib += figure.context("no VmRSS")?.trim().parse::<u64>()?;
    }
    Ok(kib as f64 / 1024.0)
}

// === impl Meter ===

impl<'a> Meter<'a> {
    /// Starts to measure `pids`; `upstream` and this process are not counted as others.
    pub(crate) fn start(pids: &'a [u32], upstream: u32) -> Result<Self> {
        let ours_pids = vec![upstream, std::process::id()];
        Ok(Self {
            pids,
            clock: Clock::read(pids)?,
            ours: Clock::read(&ours_pids)?.ticks,
            ours_pids,
            machine: machine()?,
            start: Instant::now(),
        })
    }

    /// What has been used since the start.
    pub(crate) fn stop(self) -> Result<Spent> {
        let wall = self.start.elapsed();
        let cpu = Clock::read(self.pids)?.since(&self.clock);
        let ours = Clock::read(&self.ours_pids)?.ticks.saturating_sub(self.ours);
        let busy = machine()?.saturating_sub(self.machine);
        let others = busy.saturating_sub(cpu + ours).as_secs_f64() / wall.as_secs_f64();
        Ok(Spent { cpu, wall, others })
    }
}

// === impl Spent ===

impl Spent {
    /// Microseconds of CPU time for each of `count` things.
    pub(crate) fn micros_each(&self, count: u64) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / count as f64
    }

    /// The part of one core that was used, in percent.
    pub(crate) fn busy_percent(&self) -> f64 {
        100.0 * self.cpu.as_secs_f64() / self.wall.as_secs_f64()
    }
}

// === impl Clock ===

impl Clock {
    fn read(pids: &[u32]) -> Result<Self> {
        let (mut threads, mut ticks) = (BTreeMap::new(), Duration::ZERO);
        for pid in pids {
            let fields = stat(*pid).with_context(|| format!("process {pid} has ended"))?;
            let (user, system) = (fields.get(10), fields.get(11));
            let both =
                user.zip(system).map(|(user, system)| user + system).context("a short stat")?;
            ticks += TICK * u32::try_from(both)?;
            for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
                let entry = entry?;
                let nanos = fs::read_to_string(entry.path().join("schedstat")).ok();
                let nanos = nanos.and_then(|text| text.split(' ').next()?.parse().ok());
                let thread = entry.file_name().to_str().and_then(|name| name.parse().ok());
                if let Some((thread, nanos)) = thread.zip(nanos) {
                    threads.insert(thread, Duration::from_nanos(nanos));
                }
            }
        }
        Ok(Self { threads, ticks })
    }

    /// What was used from then until now.
    pub(crate) fn since(&self, before: &Self) -> Duration {
        let whole = !before.threads.is_empty()
            && before.threads.keys().all(|thread| self.threads.contains_key(thread));
        if !whole {
            return self.ticks.saturating_sub(before.ticks);
        }
        let used = |(thread, now): (&u64, &Duration)| {
            now.saturating_sub(before.threads.get(thread).copied().unwrap_or_default())
        };
        self.threads.iter().map(used).sum()
    }
}

/// The numbers of `/proc/PID/stat` that follow the state, the parent's id first.
pub(crate) fn stat(pid: u32) -> Result<Vec<u64>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the name may hold blanks and brackets of its own
    let (_, rest) = text.rsplit_once(')').context("a stat without a name")?;
    Ok(rest.split_whitespace().skip(1).map(|field| field.parse().unwrap_or_default()).collect())
}

/// CPU time that the whole machine has spent on work.
fn machine() -> Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("/proc/stat is empty")?;
    let fields: Vec<u32> =
        line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, (idle, waiting,) interrupts; time stolen by other guests is not ours to count
    Ok([0, 1, 2, 5, 6].iter().filter_map(|at| fields.get(*at)).map(|ticks| TICK * *ticks).sum())
}
