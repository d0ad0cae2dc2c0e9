//! One counter: every entry is kept, so that a sliding window is exact to the millisecond.

use std::collections::VecDeque;

use super::limit::{Limit, Meter, Reset};

/// What has been used of one limit.
#[derive(Clone, Debug)]
pub(super) enum Bucket {
    /// Entries of the last `span`; one leaves when it is exactly `span` old.
    Sliding { span: u64, entries: VecDeque<(u64, u64)>, sum: u64 },
    /// The window that began at `start`.
    Calendar { span: u64, start: u64, used: u64 },
    /// What is in flight.
    Concurrent(u64),
}

impl Bucket {
    pub(super) fn new(limit: &Limit) -> Self {
        let span = limit.span.millis();
        match (limit.meter, limit.reset) {
            (Meter::Concurrent, _) => Self::Concurrent(0),
            (_, Reset::Sliding) => Self::Sliding { span, entries: VecDeque::new(), sum: 0 },
            (_, Reset::Calendar) => Self::Calendar { span, start: 0, used: 0 },
        }
    }

    /// How much is in use now.
    pub(super) fn used(&mut self, now_ms: u64) -> u64 {
        match self {
            Self::Sliding { span, entries, sum } => {
                while let Some((at, amount)) = entries.front().copied() {
                    if at.saturating_add(*span) > now_ms {
                        break;
                    }
                    *sum -= amount;
                    entries.pop_front();
                }
                *sum
            }
            Self::Calendar { span, start, used } => {
                let current = now_ms - now_ms % *span;
                if current > *start {
                    *start = current;
                    *used = 0;
                }
                *used
            }
            Self::Concurrent(used) => *used,
        }
    }

    pub(super) fn add(&mut self, more: u64, now_ms: u64) {
        if more == 0 {
            return;
        }
        self.used(now_ms);
        match self {
            Self::Sliding { entries, sum, .. } => {
                *sum = sum.saturating_add(more);
                entries.push_back((now_ms, more));
            }
            Self::Calendar { used, .. } | Self::Concurrent(used) => {
                *used = used.saturating_add(more);
            }
        }
    }

    /// Gives back what was in flight.
    pub(super) fn free(&mut self, less: u64) {
        if let Self::Concurrent(used) = self {
            *used = used.saturating_sub(less);
        }
    }

    /// The first moment at which `needed` more fits under `amount`, if nothing else comes.
    pub(super) fn fits_at(&mut self, needed: u64, amount: u64, now_ms: u64) -> Option<u64> {
        let used = self.used(now_ms);
        if needed > amount {
            return None;
        }
        match self {
            Self::Sliding { span, entries, .. } => {
                let mut left = used;
                entries.iter().find_map(|&(at, taken)| {
                    left -= taken;
                    (left.saturating_add(needed) <= amount).then(|| at.saturating_add(*span))
                })
            }
            Self::Calendar { span, start, .. } => Some(start.saturating_add(*span)),
            Self::Concurrent(_) => None,
        }
    }

    /// When nothing is in use any more.
    pub(super) fn empty_at(&mut self, now_ms: u64) -> u64 {
        let used = self.used(now_ms);
        match self {
            Self::Sliding { span, entries, .. } => {
                entries.back().map_or(now_ms, |(at, _)| at.saturating_add(*span))
            }
            Self::Calendar { span, start, .. } if used > 0 => start.saturating_add(*span),
            Self::Calendar { .. } | Self::Concurrent(_) => now_ms,
        }
    }
}
