//! A histogram of atomics: two additions an observation, and no lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// How long things took.
#[derive(Clone, Debug)]
pub struct Spread(Arc<Cells>);

#[derive(Debug)]
struct Cells {
    /// Upper bounds, each within its own cell; in microseconds.
    bounds: &'static [u64],
    /// One for each bound, and one for what is beyond.
    counts: Box<[AtomicU64]>,
    /// In nanoseconds: enough for five hundred years.
    sum: AtomicU64,
}

const MILLI: u64 = 1_000;
const SECOND: u64 = 1_000_000;

const OWN: [u64; 16] = [
    10,
    20,
    30,
    50,
    75,
    100,
    150,
    200,
    300,
    500,
    750,
    MILLI,
    2 * MILLI,
    5 * MILLI,
    10 * MILLI,
    50 * MILLI,
];
const FIRST: [u64; 15] = [
    50 * MILLI,
    100 * MILLI,
    200 * MILLI,
    350 * MILLI,
    500 * MILLI,
    750 * MILLI,
    SECOND,
    1_500 * MILLI,
    2 * SECOND,
    3 * SECOND,
    5 * SECOND,
    10 * SECOND,
    20 * SECOND,
    60 * SECOND,
    120 * SECOND,
];
const REQUESTS: [u64; 13] = [
    50 * MILLI,
    100 * MILLI,
    250 * MILLI,
    500 * MILLI,
    SECOND,
    2_500 * MILLI,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    60 * SECOND,
    120 * SECOND,
    300 * SECOND,
    600 * SECOND,
];
const WAITS: [u64; 11] = [
    10 * MILLI,
    50 * MILLI,
    100 * MILLI,
    250 * MILLI,
    500 * MILLI,
    SECOND,
    2_500 * MILLI,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    60 * SECOND,
];

impl Spread {
    /// Of potluck's own time: from ten microseconds on.
    #[must_use]
    pub fn of_own_time() -> Self {
        Self::over(&OWN)
    }

    /// Of the time to the first token.
    #[must_use]
    pub fn of_first_tokens() -> Self {
        Self::over(&FIRST)
    }

    /// Of whole requests.
    #[must_use]
    pub fn of_requests() -> Self {
        Self::over(&REQUESTS)
    }

    /// Of waits in line.
    #[must_use]
    pub fn of_waits() -> Self {
        Self::over(&WAITS)
    }

    fn over(bounds: &'static [u64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Cells { bounds, counts, sum: AtomicU64::new(0) }))
    }

    /// One more.
    pub fn observe(&self, span: Duration) {
        let Cells { bounds, counts, sum } = &*self.0;
        let micros = u64::try_from(span.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        let cell = bounds.partition_point(|bound| *bound < micros);
        if let Some(count) = counts.get(cell) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        sum.fetch_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.counts.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

impl TypedMetric for Spread {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Spread {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Cells { bounds, counts, sum } = &*self.0;
        #[expect(clippy::cast_precision_loss, reason = "bounds are small")]
        let bounds = bounds.iter().map(|bound| *bound as f64 / 1e6).chain([f64::INFINITY]);
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed));
        let cells: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = cells.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(sum.load(Ordering::Relaxed)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &cells, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_first_cell_whose_bound_it_does_not_pass() {
        let spread = Spread::of_own_time();
        for nanos in [0, 9_999, 10_000, 10_001, 20_000, 49_999_999, 50_000_001] {
            spread.observe(Duration::from_nanos(nanos));
        }
        let counts: Vec<u64> =
            spread.0.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!((counts[0], counts[1], counts[15], counts[16]), (3, 2, 1, 1), "{counts:?}");
        assert_eq!(spread.count(), 7);
        assert_eq!(
            spread.0.sum.load(Ordering::Relaxed),
            9_999 + 10_000 + 10_001 + 20_000 + 100_000_000
        );
    }

    #[test]
    fn bounds_go_up() {
        for bounds in [&OWN[..], &FIRST, &REQUESTS, &WAITS] {
            assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
        }
    }
}
