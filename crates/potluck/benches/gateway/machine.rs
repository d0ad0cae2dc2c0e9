//! The machine that the benchmark runs on: its cores, and what a reader of the figures should know of it.

use std::fs;

use anyhow::{Context, Result};

use super::system;

/// Which core does what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    /// Gateways, one at a time.
    pub(crate) gateway: usize,
    /// Load and upstream.
    pub(crate) home: usize,
}

// === impl Cores ===

impl Cores {
    /// Takes the first two cores that this program may use; with one alone, all share it.
    pub(crate) fn choose() -> Result<Self> {
        let cores = system::cores()?;
        let gateway = *cores.first().context("no core may be used")?;
        Ok(Self { gateway, home: cores.get(1).copied().unwrap_or(gateway) })
    }
}

/// Lines about the machine.
pub(crate) fn describe(cores: &Cores) -> Vec<String> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    let count = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let Cores { gateway, home } = cores;
    let places = if gateway == home {
        format!("ONE core ({gateway}) for gateway, load and upstream: figures are not comparable")
    } else {
        format!("gateway on core {gateway}, load and upstream on core {home}")
    };
    let model = model.map_or("unknown processor", str::trim);
    vec![format!("{model}, {count} cores"), format!("Linux {}", kernel.trim()), places]
}
