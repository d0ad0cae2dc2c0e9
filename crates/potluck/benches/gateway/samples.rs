//! Durations of many requests, kept exactly, and what is read from them.

use std::time::Duration;

/// The least and the greatest time by which Nagle's algorithm, waiting for a delayed acknowledgement
/// (40 ms in Linux), betrays itself.
const STALL: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(35)..=Duration::from_millis(48);

/// Durations, sorted.
#[derive(Debug)]
pub(crate) struct Samples(Vec<Duration>);

// === impl Samples ===

impl Samples {
    /// Sorts the durations.
    pub(crate) fn new(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// The `part` quantile by nearest rank, in microseconds; `part` from 0 to 1. Not a number where nothing was
    /// measured.
    pub(crate) fn micros(&self, part: f64) -> f64 {
        let rank = (part * self.0.len() as f64).ceil() as usize;
        let at = rank.clamp(1, self.0.len().max(1)) - 1;
        self.0.get(at).map_or(f64::NAN, |duration| duration.as_secs_f64() * 1e6)
    }

    /// The share of durations that look like a 40 ms stall, in percent.
    pub(crate) fn stalled_percent(&self) -> f64 {
        let stalled = self.0.iter().filter(|duration| STALL.contains(*duration)).count();
        100.0 * stalled as f64 / self.0.len() as f64
    }
}

/// The median of a few figures; of an even number the mean of the middle two. Not a number where there are none.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (length, middle) if length % 2 == 1 => sorted[middle],
        (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}
