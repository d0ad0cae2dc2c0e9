//! What the process takes of its machine, where the system tells.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{names, register};

/// What the process takes now.
#[derive(Clone, Copy, Debug)]
struct Taken {
    cpu_seconds: f64,
    resident_bytes: u64,
    threads: i64,
    open_files: Option<usize>,
    /// In seconds since 1970.
    started: Option<f64>,
}

/// Adds what can be told; nothing where the system does not.
pub(super) fn tell(registry: &mut Registry) {
    let Some(taken) = look() else { return };
    let cpu = Counter::<f64, std::sync::atomic::AtomicU64>::default();
    cpu.inc_by(taken.cpu_seconds);
    register(registry, &names::CPU, cpu);
    let gauge = |value: f64| {
        let gauge = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        gauge.set(value);
        gauge
    };
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let (bytes, threads) = (taken.resident_bytes as f64, taken.threads as f64);
    register(registry, &names::MEMORY, gauge(bytes));
    register(registry, &names::THREADS, gauge(threads));
    if let Some(files) = taken.open_files {
        #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
        register(registry, &names::FILES, gauge(files as f64));
    }
    if let Some(started) = taken.started {
        register(registry, &names::STARTED, gauge(started));
    }
}

#[cfg(target_os = "linux")]
fn look() -> Option<Taken> {
    use procfs::process::Process;

    let process = Process::myself().ok()?;
    let stat = process.stat().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
    let booted = procfs::boot_time_secs().ok();
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let started = booted.map(|booted| booted as f64 + seconds(stat.starttime));
    Some(Taken {
        cpu_seconds: seconds(stat.utime + stat.stime),
        resident_bytes: stat.rss.saturating_mul(procfs::page_size()),
        threads: stat.num_threads,
        open_files: process.fd_count().ok(),
        started,
    })
}

#[cfg(not(target_os = "linux"))]
const fn look() -> Option<Taken> {
    None
}
