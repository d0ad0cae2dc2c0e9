//! How often an offer may be asked where nobody says: learnt from being refused.
//!
//! A throttle by no limit that is known caps the requests of a minute at three quarters of what had been asked.
//! Every two quiet minutes the cap rises by a tenth, at least by one, so that it is a cap for a while and no
//! guess for ever.

use std::collections::VecDeque;
use std::time::Duration;

use crate::quota::{Meter, Outlook, Refill};
use crate::time::Moment;

/// The last minute's requests to an offer, and the cap on them where one was learnt.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    asked: VecDeque<Moment>,
    cap: Option<Cap>,
}

#[derive(Clone, Copy, Debug)]
struct Cap {
    requests: u32,
    since: Moment,
}

const MINUTE: Duration = Duration::from_mins(1);
/// A cap rises each time that nobody was throttled for so long.
const QUIET: Duration = Duration::from_mins(2);
/// A refusal after fewer requests is not about their pace.
const FEW: u32 = 4;
/// More requests a minute than any free tier allows: a cap as high is none.
const HIGHEST: u32 = 256;

impl Pace {
    /// A request goes out.
    pub(crate) fn note(&mut self, now: Moment) {
        self.forget(now);
        if self.asked.len() >= HIGHEST as usize {
            self.asked.pop_front();
        }
        self.asked.push_back(now);
    }

    /// A request was refused for coming too soon, by no limit that is known.
    pub(crate) fn throttled(&mut self, now: Moment) {
        self.forget(now);
        let others = u32::try_from(self.asked.len()).unwrap_or(HIGHEST).saturating_sub(1);
        if others < FEW {
            return;
        }
        let requests = others * 3 / 4;
        let requests = self.cap(now).map_or(requests, |cap| cap.min(requests));
        self.cap = Some(Cap { requests, since: now });
    }

    /// The most requests of a minute, where that was learnt.
    #[must_use]
    pub fn cap(&self, now: Moment) -> Option<u32> {
        let Cap { requests, since } = self.cap?;
        let quiet = now.since(since).as_secs() / QUIET.as_secs();
        let mut cap = requests;
        for _ in 0..quiet {
            cap = cap.saturating_add((cap / 10).max(1));
            if cap >= HIGHEST {
                return None;
            }
        }
        Some(cap)
    }

    /// Until when another request would be too many.
    #[must_use]
    pub fn full_until(&self, now: Moment) -> Option<Moment> {
        let cap = self.cap(now)? as usize;
        let recent = self.asked.iter().filter(|at| now.since(**at) < MINUTE).count();
        let over = recent.checked_sub(cap)?;
        let first = self.asked.len() - recent;
        self.asked.get(first + over).map(|at| at.after(MINUTE))
    }

    /// The cap as a counter of its own, where there is one.
    #[must_use]
    pub fn outlook(&self, now: Moment) -> Option<Outlook> {
        let capacity = u64::from(self.cap(now)?);
        let recent = self.asked.iter().filter(|at| now.since(**at) < MINUTE);
        let back: Vec<(Moment, u64)> = recent.map(|at| (at.after(MINUTE), 1)).collect();
        Some(Outlook {
            meter: Meter::Requests,
            capacity,
            free: capacity.saturating_sub(back.len() as u64),
            blocked: None,
            refill: Refill::Slides { length: MINUTE, back },
        })
    }

    fn forget(&mut self, now: Moment) {
        while self.asked.front().is_some_and(|at| now.since(*at) >= MINUTE) {
            self.asked.pop_front();
        }
    }

    pub(crate) fn shift(&mut self, by: i64) {
        for at in &mut self.asked {
            *at = at.moved(by);
        }
        if let Some(cap) = &mut self.cap {
            cap.since = cap.since.moved(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOON, secs};

    fn asked(times: u64) -> Pace {
        let mut pace = Pace::default();
        (0..times).for_each(|second| pace.note(NOON.after(secs(second))));
        pace
    }

    #[test]
    fn nothing_is_capped_before_anybody_was_refused() {
        assert_eq!(asked(200).full_until(NOON.after(secs(30))), None);
    }

    #[test]
    fn a_refusal_caps_at_three_quarters_of_what_went_through() {
        let mut pace = asked(13);
        let now = NOON.after(secs(13));
        pace.throttled(now);
        assert_eq!(pace.cap(now), Some(9));
        let free = pace.full_until(now).unwrap();
        assert_eq!(
            free,
            NOON.after(secs(4 + 60)),
            "thirteen were asked: the fifth has to fall out"
        );
        assert_eq!(pace.full_until(free), None);
    }

    #[test]
    fn a_cap_rises_while_nobody_is_refused_and_ends() {
        let mut pace = asked(5);
        let now = NOON.after(secs(5));
        pace.throttled(now);
        assert_eq!(pace.cap(now), Some(3));
        assert_eq!(pace.cap(now.after(secs(239))), Some(4));
        assert_eq!(pace.cap(now.after(secs(240))), Some(5));
        assert_eq!(pace.cap(now.after(secs(86_400))), None);
    }

    #[test]
    fn a_second_refusal_never_raises_the_cap() {
        let mut pace = asked(9);
        pace.throttled(NOON.after(secs(9)));
        (9..60).for_each(|second| pace.note(NOON.after(secs(second))));
        pace.throttled(NOON.after(secs(59)));
        assert_eq!(pace.cap(NOON.after(secs(59))), Some(6));
    }
}
