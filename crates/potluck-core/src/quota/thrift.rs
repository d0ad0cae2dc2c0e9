//! What one request may take of a counter that others want too.
//!
//! Some counters are taken from in amounts that differ: tokens, neurons. A large request that empties such a counter
//! leaves nothing for the ten small ones behind it, and it could have gone to somebody who counts requests. So there is a
//! most that one request should take, which follows from how much the counter is wanted:
//!
//! * a **long** window (an hour and more) is a budget. Its most falls with all that is taken and rises with time, so that
//!   what is left lasts until the window turns, or for two hours where that is sooner: crowds are seldom longer;
//! * a **short** one shows at once how much it is wanted: its most falls while somebody is turned away who would take
//!   less than that, and rises while nobody is.
//!
//! It is never less than the least that somebody wanted of late: where nobody would do with less, what is left is there to be
//! taken. Where there is enough for everybody, the most rises until it is none. Of a budget of requests, each of which takes one,
//! the most says whether it is spent faster than it lasts: then it is below one. (The budgets of advertisers are paced like
//! this: the most is what one over the price of a unit is, and the price follows the demand.)
//!
//! This room does not know who wants it, nor what is done about it. Only `+ - * /` and the square root are used: the same
//! on every platform.

use std::time::Duration;

use crate::quota::Meter;
use crate::time::Moment;

/// The most that one request should take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thrift {
    kind: Kind,
    most: f64,
    /// When it last changed by what happened.
    at: Moment,
    /// `None` where all requests take the same, and it would say nothing.
    least: Option<Least>,
}

/// The least that somebody wanted of late.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Least {
    amount: f64,
    at: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Budget,
    Flow,
}

/// A crowd is taken to last no longer.
pub(super) const CROWD: Duration = Duration::from_hours(2);
/// Shorter windows are no budgets.
const LONG: Duration = Duration::from_hours(1);
/// Windows that turn sooner need no thrift: whoever does not fit waits for the next.
const SHORTEST: Duration = Duration::from_mins(1);
/// Within this time, in seconds, the most of a budget rises by a little more than as much again where nothing is taken.
const EASES: f64 = 300.0;
/// The first request may take all; after it, one should take so much of what is to last for that time.
const FIRST: f64 = 0.25;
/// The same of a flow where nobody is turned away.
const FLOWS: f64 = 120.0;
/// Within this time it falls to half where somebody is: two thirds of the time somebody waits for it, so that hardly any of
/// it is left lying.
const EBBS: f64 = 240.0;
/// What bears less than this a second bears nothing.
const LEAST: f64 = 1e-6;
/// Who was turned away is taken to wait for so long, unless turned away again.
const WAITS: f64 = 1.0;

impl Thrift {
    /// Of a counter of `meter` over `length` that holds `capacity`; `None` where it needs none: where it is back soon and all requests
    /// take the same.
    pub(super) fn new(meter: Meter, length: Duration, capacity: u64) -> Option<Self> {
        let kind = if length >= LONG { Kind::Budget } else { Kind::Flow };
        let needs = match kind {
            Kind::Budget => meter != Meter::Concurrent,
            Kind::Flow => !is_alike(meter) && length >= SHORTEST,
        };
        let (most, at) = (float(capacity), Moment::from_millis(i64::MIN));
        let least = (!is_alike(meter)).then_some(Least { amount: f64::INFINITY, at });
        needs.then_some(Self { kind, most, at, least })
    }

    /// The most at `now`, of a counter that holds `capacity`.
    pub(super) fn most(&self, capacity: u64, now: Moment) -> u64 {
        let least = self.least.map_or(0.0, |least| least.risen(now));
        whole(self.risen(capacity, now).max(least).min(float(capacity)))
    }

    /// It rises once a second.
    fn risen(&self, capacity: u64, now: Moment) -> f64 {
        let grown = 1.0 + float(now.since(self.at).as_secs()) / (2.0 * self.rises());
        (self.most * grown * grown).min(float(capacity))
    }

    const fn rises(&self) -> f64 {
        match self.kind {
            Kind::Budget => EASES,
            Kind::Flow => FLOWS,
        }
    }

    /// When it will have risen next.
    pub(super) fn next(&self, now: Moment) -> Moment {
        self.at.after(Duration::from_secs(now.since(self.at).as_secs().saturating_add(1)))
    }

    /// From when on one request may take `amount`, unless others do before.
    pub(super) fn allows(&self, amount: u64, now: Moment) -> Moment {
        let grown = (float(amount) / self.most).sqrt() - 1.0;
        let risen = after(self.at, grown * 2.0 * self.rises());
        self.least.map_or(risen, |least| risen.min(least.allows(amount))).max(now)
    }

    /// So much is taken of a budget that bears `rate` a second.
    pub(super) fn spend(&mut self, amount: u64, rate: f64, capacity: u64, now: Moment) {
        self.note(amount, now);
        if self.kind == Kind::Budget {
            let is_first = self.at.as_millis() == i64::MIN;
            let most = if is_first { rate * EASES * FIRST } else { self.risen(capacity, now) };
            self.most = (most / (1.0 + step(amount, rate))).max(LEAST);
            self.at = self.at.max(now);
        }
    }

    /// What was taken turned out to be another amount.
    pub(super) fn correct(&mut self, taken: u64, truth: u64, rate: f64) {
        if self.kind == Kind::Budget {
            self.most *= (1.0 + step(taken, rate)) / (1.0 + step(truth, rate));
        }
    }

    /// Somebody wanted `amount` of it, and it was not there. Whether that says anything.
    pub(super) fn turn_away(&mut self, amount: u64, capacity: u64, now: Moment) -> bool {
        self.note(amount, now);
        let most = self.risen(capacity, now);
        if self.kind == Kind::Budget || float(amount) > most {
            return false;
        }
        let waits = now.since(self.at).as_secs_f64();
        self.most = if waits < WAITS { most / (1.0 + waits / EBBS) } else { most };
        self.at = self.at.max(now);
        true
    }

    /// Whether it is a budget, which is spent; a flow is taken now or never.
    pub(super) fn is_spent(&self) -> bool {
        self.kind == Kind::Budget
    }

    pub(super) fn shift(&mut self, by: i64) {
        self.at = self.at.moved(by);
        if let Some(least) = &mut self.least {
            least.at = least.at.moved(by);
        }
    }

    fn note(&mut self, amount: u64, now: Moment) {
        if let Some(least) = &mut self.least {
            least.note(amount, now);
        }
    }
}

impl Least {
    fn note(&mut self, amount: u64, now: Moment) {
        if float(amount) <= self.risen(now) {
            *self = Self { amount: float(amount), at: now };
        }
    }

    /// It is forgotten by growing, once a second.
    fn risen(&self, now: Moment) -> f64 {
        self.amount * (1.0 + float(now.since(self.at).as_secs()) / EASES)
    }

    fn allows(&self, amount: u64) -> Moment {
        after(self.at, (float(amount) / self.amount - 1.0) * EASES)
    }
}

/// So many seconds later, and no later than a crowd lasts.
fn after(at: Moment, seconds: f64) -> Moment {
    let wait = Duration::try_from_secs_f64(seconds.ceil().max(0.0)).unwrap_or(CROWD);
    at.after(wait.min(CROWD))
}

/// Whether all requests take the same.
pub(super) const fn is_alike(meter: Meter) -> bool {
    matches!(meter, Meter::Requests | Meter::Concurrent | Meter::Images)
}

/// How far an amount moves the most: by as much again for what is to last as long as that takes to rise.
fn step(amount: u64, rate: f64) -> f64 {
    float(amount) / (rate.max(LEAST) * EASES)
}

#[expect(clippy::cast_precision_loss, reason = "a threshold needs no more than a few digits")]
const fn float(amount: u64) -> f64 {
    amount as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and a cast of floats stops at the largest"
)]
const fn whole(amount: f64) -> u64 {
    amount as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOON, secs};

    const DAY: Duration = Duration::from_hours(24);
    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn what_is_back_soon_and_taken_from_alike_needs_none() {
        for meter in [Meter::Requests, Meter::Concurrent, Meter::Images] {
            assert_eq!(Thrift::new(meter, MINUTE, 1000), None);
        }
        assert_eq!(Thrift::new(Meter::Tokens, secs(1), 1000), None);
        assert!(Thrift::new(Meter::Tokens, MINUTE, 1000).is_some());
    }

    #[test]
    fn a_budget_that_many_take_from_lasts() {
        let (capacity, lasts) = (10_000_u64, CROWD.as_secs());
        let mut budget = Thrift::new(Meter::MilliNeurons, DAY, capacity).unwrap();
        assert_eq!(budget.most(capacity, NOON), capacity);
        let (mut left, mut served) = (capacity, 0);
        for second in 0..lasts {
            let now = NOON.after(secs(second));
            // somebody comes each second, the sizes evenly spread from 5 to 104
            let wanted = 5 + second * 37 % 100;
            if wanted <= budget.most(capacity, now).min(left) {
                budget.spend(wanted, float(left) / float(lasts), capacity, now);
                left -= wanted;
                served += 1;
            }
        }
        assert!(left < capacity / 2 && left > capacity / 5, "{left} left");
        assert!(served > 400, "{served}, of which first come would have had 185");
    }

    #[test]
    fn what_was_reserved_and_not_used_is_no_price() {
        let mut budget = Thrift::new(Meter::Tokens, DAY, 100_000).unwrap();
        budget.spend(1000, 1.0, 100_000, NOON);
        let before = budget;
        budget.spend(1000, 1.0, 100_000, NOON);
        budget.correct(1000, 0, 1.0);
        assert!((budget.most - before.most).abs() < 1e-9);
    }

    #[test]
    fn where_nobody_would_do_with_less_what_is_left_can_be_taken() {
        let (capacity, all_alike) = (600_000, 60_000);
        let mut budget = Thrift::new(Meter::MilliNeurons, DAY, capacity).unwrap();
        for turn in 0..10 {
            let left = capacity - turn * all_alike;
            assert!(budget.most(capacity, NOON) >= all_alike, "{left} left");
            budget.spend(all_alike, float(left) / float(CROWD.as_secs()), capacity, NOON);
        }
        let small = all_alike / 10;
        budget.spend(small, 1.0, capacity, NOON);
        assert_eq!(budget.most(capacity, NOON), small, "somebody would");
        let later = budget.allows(all_alike, NOON);
        assert!(later > NOON.after(secs(600)) && later < NOON.after(CROWD), "{later:?}");
        assert!(budget.most(capacity, later) >= all_alike);
        assert!(budget.most(capacity, later.before(secs(5))) < all_alike);
    }

    #[test]
    fn a_flow_falls_while_somebody_is_turned_away_and_rises_while_nobody_is() {
        let mut flow = Thrift::new(Meter::InputTokens, MINUTE, 15_000).unwrap();
        let mut now = NOON;
        for _ in 0..3600 {
            now = now.after(Duration::from_millis(500));
            flow.turn_away(1000, 15_000, now);
        }
        let fallen = flow.most(15_000, now);
        assert!((999..1010).contains(&fallen), "whoever takes more says nothing: {fallen}");
        let later = flow.allows(4000, now);
        assert!(flow.most(15_000, later.after(secs(1))) >= 4000);
        assert!(flow.most(15_000, later.before(secs(5))) < 4000);
        assert_eq!(flow.most(15_000, now.after(DAY)), 15_000);
    }
}
