//! What came of a day.

use std::collections::BTreeMap;
use std::fmt;

use crate::load::CLIENTS;

#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) load: &'static str,
    pub(crate) router: &'static str,
    pub(crate) requests: u64,
    pub(crate) served: u64,
    /// What the clairvoyant serves; 0 where nobody worked that out.
    pub(crate) bound: u64,
    pub(crate) attempts: u64,
    /// Attempts that a provider answered with 429.
    pub(crate) throttled: u64,
    /// Attempts that came to nothing.
    pub(crate) wasted: u64,
    /// Refused at once, or as soon as it was known that nobody is back in time.
    pub(crate) refused: u64,
    /// Of the refused: those that had waited.
    pub(crate) gave_up: u64,
    /// Let in, and answered or refused later than their deadline.
    pub(crate) late: u64,
    /// Of those served: milliseconds from asking until the attempt that served was sent.
    pub(crate) waits: Vec<i64>,
    pub(crate) asked_by: [u64; CLIENTS],
    pub(crate) served_by: [u64; CLIENTS],
    /// Served, and sent in vain, by provider.
    pub(crate) at: BTreeMap<String, (u64, u64)>,
    /// Why the others were not served.
    pub(crate) refusals: BTreeMap<&'static str, u64>,
}

impl Report {
    pub(crate) const HEADER: &'static str = "load      router       requests   served of clairv. %     429s   wasted  wait p50 ms  wait p95 ms  waited  late  Jain";

    fn wait(&self, share: f64) -> i64 {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        let last = waits.len().saturating_sub(1);
        waits.get((share * last as f64) as usize).copied().unwrap_or(0)
    }

    /// Jain's index of what each client was served, as a part of its fair share of all that was served: nobody's
    /// share is more than was asked for, and what some do not need is shared by the others.
    pub(crate) fn fairness(&self) -> f64 {
        let mut order: Vec<usize> = (0..CLIENTS).collect();
        order.sort_by_key(|client| self.asked_by[*client]);
        let mut left = self.served as f64;
        let mut parts = Vec::new();
        for (place, client) in order.into_iter().enumerate() {
            let share = (left / (CLIENTS - place) as f64).min(self.asked_by[client] as f64);
            left -= share;
            parts.push(self.served_by[client] as f64 / share.max(1.0));
        }
        let sum: f64 = parts.iter().sum();
        let squares: f64 = parts.iter().map(|part| part * part).sum();
        sum * sum / (CLIENTS as f64 * squares.max(f64::MIN_POSITIVE))
    }

    /// Of what the clairvoyant serves, in percent.
    pub(crate) fn of_bound(&self) -> f64 {
        self.served as f64 * 100.0 / self.bound.max(1) as f64
    }
}

impl Report {
    /// Who served how many, how many attempts came to nothing there, and why the others were not served.
    pub(crate) fn details(&self) -> String {
        let at = self
            .at
            .iter()
            .map(|(provider, (served, vain))| format!("{provider} {served} ({vain})"));
        let why = self.refusals.iter().map(|(reason, count)| format!("{reason} {count}"));
        let [at, why] = [at.collect::<Vec<_>>(), why.collect()].map(|parts| parts.join(", "));
        let why = if why.is_empty() { why } else { format!("\n          not served: {why}") };
        format!("          served (in vain) by: {at}{why}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = if self.bound == 0 { "?".to_owned() } else { format!("{:.1}", self.of_bound()) };
        let waited = self.waits.iter().filter(|wait| **wait > 0).count();
        write!(
            f,
            "{:<9} {:<11} {:>9} {:>8} {part:>11} {:>8} {:>8} {:>12} {:>12} {:>7} {:>5} {:>5.3}",
            self.load,
            self.router,
            self.requests,
            self.served,
            self.throttled,
            self.wasted,
            self.wait(0.5),
            self.wait(0.95),
            waited,
            self.late,
            self.fairness(),
        )
    }
}
