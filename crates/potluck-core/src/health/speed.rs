//! How fast it answers: the last few dozen answers, and their percentiles.

use std::time::Duration;

/// How some samples spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// Half are at or below.
    pub p50: f64,
    /// Three of four are at or below.
    pub p75: f64,
    /// Nine of ten are at or below.
    pub p90: f64,
    /// Nineteen of twenty are at or below.
    pub p95: f64,
    /// Ninety-nine of a hundred are at or below.
    pub p99: f64,
    /// Of how many samples.
    pub samples: u32,
}

/// The last 64 successful answers of an offer.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// Streamed or not: when there was something to show.
    content_ms: Ring,
    /// Of streams alone: of a whole answer nobody knows when its first word was written.
    first_event_ms: Ring,
    tokens_per_second: Ring,
    total_ms: Ring,
}

/// How many samples are kept.
const KEPT: usize = 64;

#[derive(Clone, Debug, Default)]
struct Ring {
    samples: Vec<f32>,
    next: usize,
}

impl Latency {
    /// Milliseconds from sending to content, which a whole answer has at its end; `None` before the first answer.
    #[must_use]
    pub fn content_millis(&self) -> Option<Percentiles> {
        self.content_ms.percentiles()
    }

    /// Milliseconds from sending to the first event of a stream with content; `None` before the first stream.
    #[must_use]
    pub fn first_event_millis(&self) -> Option<Percentiles> {
        self.first_event_ms.percentiles()
    }

    /// Milliseconds from sending to the end of the answer; `None` before the first answer.
    #[must_use]
    pub fn total_millis(&self) -> Option<Percentiles> {
        self.total_ms.percentiles()
    }

    /// Tokens written per second after the first event; `None` before the first answer that said.
    #[must_use]
    pub fn tokens_per_second(&self) -> Option<Percentiles> {
        self.tokens_per_second.percentiles()
    }

    /// One more answer.
    pub(crate) fn note(
        &mut self,
        first_event: Option<Duration>,
        total: Duration,
        tokens: Option<u64>,
        streamed: bool,
    ) {
        let Some(first) = first_event else { return };
        self.total_ms.push(total.as_secs_f32() * 1000.0);
        self.content_ms.push(first.as_secs_f32() * 1000.0);
        if !streamed {
            return;
        }
        self.first_event_ms.push(first.as_secs_f32() * 1000.0);
        let writing = total.saturating_sub(first).as_secs_f32();
        // Shorter than 10 ms or less than two tokens measures the network, not the model.
        if let Some(tokens) = tokens.filter(|tokens| *tokens > 1 && writing > 0.01) {
            self.tokens_per_second.push(single(tokens) / writing);
        }
    }
}

impl Ring {
    fn push(&mut self, sample: f32) {
        if self.samples.len() < KEPT {
            self.samples.push(sample);
        } else {
            self.samples[self.next] = sample;
        }
        self.next = (self.next + 1) % KEPT;
    }

    fn percentiles(&self) -> Option<Percentiles> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f32::total_cmp);
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied().map(f64::from)
        };
        let samples = u32::try_from(sorted.len()).unwrap_or(u32::MAX);
        Some(Percentiles {
            p50: at(50)?,
            p75: at(75)?,
            p90: at(90)?,
            p95: at(95)?,
            p99: at(99)?,
            samples,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is shown with three digits")]
const fn single(tokens: u64) -> f32 {
    tokens as f32
}
