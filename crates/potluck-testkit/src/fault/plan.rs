//! Which requests meet a fault.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Fault;

/// Spreads consecutive requests over the seeds (the golden ratio of 64 bits).
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A schedule of faults; it counts the requests that it was asked about.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    schedule: Schedule,
    asked: u64,
}

#[derive(Clone, Debug, Default)]
enum Schedule {
    #[default]
    Healthy,
    Always(Fault),
    Every(u64, Fault),
    First(u64, Fault),
    Chance {
        probability: f64,
        seed: u64,
        fault: Fault,
    },
    List(Vec<Option<Fault>>),
    Cycle(Vec<Option<Fault>>),
}

impl Plan {
    /// No request.
    #[must_use]
    pub fn healthy() -> Self {
        Self::default()
    }

    /// Every request.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self::of(Schedule::Always(fault))
    }

    /// Every `period`-th request: with 3, the third, the sixth and so on.
    #[must_use]
    pub fn every(period: u64, fault: Fault) -> Self {
        Self::of(Schedule::Every(period.max(1), fault))
    }

    /// The first `count` requests; healthy afterwards.
    #[must_use]
    pub fn first(count: u64, fault: Fault) -> Self {
        Self::of(Schedule::First(count, fault))
    }

    /// Each request with this probability (0 to 1); the same seed gives the same run.
    #[must_use]
    pub fn chance(probability: f64, seed: u64, fault: Fault) -> Self {
        Self::of(Schedule::Chance { probability, seed, fault })
    }

    /// One entry a request, in order (None is healthy); healthy after the last.
    #[must_use]
    pub fn list(entries: impl IntoIterator<Item = Option<Fault>>) -> Self {
        Self::of(Schedule::List(entries.into_iter().collect()))
    }

    /// One entry a request, over and over.
    #[must_use]
    pub fn cycle(entries: impl IntoIterator<Item = Option<Fault>>) -> Self {
        Self::of(Schedule::Cycle(entries.into_iter().collect()))
    }

    /// What meets the next request.
    pub fn next_fault(&mut self) -> Option<Fault> {
        self.asked += 1;
        let place = usize::try_from(self.asked - 1).unwrap_or(usize::MAX);
        match &self.schedule {
            Schedule::Healthy => None,
            Schedule::Always(fault) => Some(fault.clone()),
            Schedule::Every(period, fault) => {
                self.asked.is_multiple_of(*period).then(|| fault.clone())
            }
            Schedule::First(count, fault) => (self.asked <= *count).then(|| fault.clone()),
            Schedule::Chance { probability, seed, fault } => {
                let mut rng = StdRng::seed_from_u64(*seed ^ self.asked.wrapping_mul(STRIDE));
                (rng.random::<f64>() < *probability).then(|| fault.clone())
            }
            Schedule::List(entries) => entries.get(place).cloned().flatten(),
            Schedule::Cycle(entries) if entries.is_empty() => None,
            Schedule::Cycle(entries) => entries[place % entries.len()].clone(),
        }
    }

    /// Whether the port is to be closed: connections are refused, always.
    pub(crate) fn closes_the_port(&self) -> bool {
        matches!(self.schedule, Schedule::Always(Fault::Refused))
    }

    fn of(schedule: Schedule) -> Self {
        Self { schedule, asked: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(mut plan: Plan, requests: usize) -> String {
        (0..requests).map(|_| if plan.next_fault().is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn schedules_meet_the_requests_they_name() {
        let fault = || Fault::Reset;
        assert_eq!(run(Plan::healthy(), 4), "....");
        assert_eq!(run(Plan::always(fault()), 4), "xxxx");
        assert_eq!(run(Plan::every(3, fault()), 7), "..x..x.");
        assert_eq!(run(Plan::first(2, fault()), 5), "xx...");
        assert_eq!(run(Plan::list([None, Some(fault())]), 5), ".x...");
        assert_eq!(run(Plan::cycle([None, Some(fault())]), 5), ".x.x.");
        assert_eq!(run(Plan::cycle([]), 2), "..");
    }

    #[test]
    fn chance_repeats_with_its_seed() {
        let plan = || Plan::chance(0.3, 7, Fault::Reset);
        assert_eq!(run(plan(), 500), run(plan(), 500));
        let met = run(plan(), 2_000).matches('x').count();
        assert!((500..700).contains(&met), "{met} of 2000");
    }
}
