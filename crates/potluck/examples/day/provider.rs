//! The providers as they truly are: exact counters, written without looking at potluck's.

use std::collections::VecDeque;
use std::time::Duration;

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::quota::{Claim, Limit, Meter, Unit, Window};

use crate::load::Ask;

/// All that the providers count.
pub(crate) struct Truth {
    counters: Vec<Counter>,
    /// By offer: its counters, and its provider's id.
    offers: Vec<(Vec<usize>, String)>,
}

/// What chance decides, once for each attempt of each request at each offer: whoever routes has the same luck.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(which: usize, attempt: u32, offer: OfferIndex) -> Self {
        Self((which as u64) << 40 ^ (attempt as u64) << 32 ^ offer.0 as u64)
    }

    /// The number of the throw `throw` in a range (`SplitMix64`).
    pub(crate) const fn throw(&self, throw: u64, range: std::ops::Range<u64>) -> i64 {
        let mut mixed = self.0.wrapping_add((throw + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (range.start + mixed % (range.end - range.start)) as i64
    }
}

struct Counter {
    meter: Meter,
    amount: u64,
    clock: Clock,
    uses: VecDeque<(i64, u64)>,
    sum: u64,
    turn: i64,
    per_token: (u64, u64),
}

enum Clock {
    /// The last so many milliseconds.
    Last(i64),
    /// Days in a zone that is so many milliseconds from UTC: on one winter day no zone changes.
    Day(i64),
    /// The month: longer than the day that is simulated.
    Month,
    /// In flight.
    Open,
}

/// What a provider answers.
pub(crate) enum Answer {
    /// After so many milliseconds until the first word, and until the last.
    Served(i64, i64),
    /// The limit that was hit: its meter, the length of its window, and how long the provider says to wait.
    Throttled { meter: Meter, window: i64, stated: Option<i64> },
    /// 503.
    Broken,
}

const DAY: i64 = 86_400_000;

impl Truth {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let id =
            |offer: &potluck_core::catalog::Offer| catalog.provider(offer.provider).id.to_string();
        let offers = catalog
            .offers
            .iter()
            .map(|offer| (offer.buckets.iter().map(|at| at.0 as usize).collect(), id(offer)))
            .collect();
        let mut counters: Vec<Counter> = catalog.buckets.iter().map(counter).collect();
        for offer in &catalog.offers {
            for at in &offer.buckets {
                let at = at.0 as usize;
                counters[at].amount = truly(&id(offer), &catalog.buckets[at].limit);
            }
        }
        Self { counters, offers }
    }

    /// A request reaches an offer `at` milliseconds after midnight.
    pub(crate) fn reach(
        &mut self,
        offer: OfferIndex,
        price: (u32, u32),
        ask: &Ask,
        at: i64,
        dice: &Dice,
    ) -> Answer {
        let (own, provider) = self.offers[offer.0 as usize].clone();
        for &which in &own {
            let counter = &mut self.counters[which];
            counter.per_token = (u64::from(price.0), u64::from(price.1));
            if let Some(wait) = counter.full(ask, at) {
                return throttled(&provider, counter, wait);
            }
        }
        if is_busy(&provider, dice) {
            // a server that is busy says so in the words of a limit, and names none
            return Answer::Throttled { meter: Meter::Requests, window: 0, stated: None };
        }
        for &which in &own {
            self.counters[which].count(ask, at);
        }
        if is_down(&provider, at) || breaks(dice) {
            self.release(offer);
            return Answer::Broken;
        }
        let first = first_word(ask, dice);
        let speed = dice.throw(3, 30..200);
        Answer::Served(first, first + i64::from(ask.answer) * 1000 / speed)
    }

    /// What a provider's headers say beside an answer: of one the truth, of another that everything is left.
    pub(crate) fn says(&self, catalog: &Catalog, offer: OfferIndex) -> Vec<Claim> {
        let (own, provider) = &self.offers[offer.0 as usize];
        let lies = match provider.as_str() {
            "groq" => false,
            "requesty" => true,
            _ => return Vec::new(),
        };
        let own = own.iter().filter(|which| self.counters[**which].meter == Meter::Requests);
        let claim = |which: &usize| {
            let (counter, bucket) = (&self.counters[*which], &catalog.buckets[*which]);
            let left = counter.amount.saturating_sub(counter.sum);
            Claim {
                meter: Meter::Requests,
                window: Some(Duration::from_millis(counter.window().unsigned_abs())),
                amount: Some(bucket.limit.amount),
                remaining: Some(if lies { bucket.limit.amount } else { left }),
                resets: None,
            }
        };
        own.map(claim).collect()
    }

    /// A request is over.
    pub(crate) fn release(&mut self, offer: OfferIndex) {
        for which in self.offers[offer.0 as usize].0.clone() {
            let counter = &mut self.counters[which];
            if matches!(counter.clock, Clock::Open) {
                counter.sum = counter.sum.saturating_sub(1);
            }
        }
    }
}

/// A server that is busy says so in the words of a limit: three of a hundred times.
fn is_busy(provider: &str, dice: &Dice) -> bool {
    provider == "llm7" && dice.throw(0, 0..100) < 3
}

/// Anybody breaks two of a hundred times.
const fn breaks(dice: &Dice) -> bool {
    dice.throw(1, 0..100) < 2
}

/// Whether an attempt fails by chance.
pub(crate) fn fails(provider: &str, dice: &Dice) -> bool {
    is_busy(provider, dice) || breaks(dice)
}

/// How long until the first word of an answer.
pub(crate) fn first_word(ask: &Ask, dice: &Dice) -> i64 {
    dice.throw(2, 300..1500) + i64::from(ask.prompt / 20)
}

/// How long a request travels.
pub(crate) fn travel(which: usize, attempt: u32) -> i64 {
    Dice::new(which, attempt, OfferIndex(u32::MAX)).throw(4, 10..120)
}

/// How far the clock of a zone is from UTC on that day, in milliseconds.
pub(crate) fn offset(zone: Option<&str>) -> i64 {
    match zone {
        Some("America/Los_Angeles") => -8 * 3_600_000,
        Some("Asia/Shanghai") => 8 * 3_600_000,
        _ => 0,
    }
}

/// How much there truly is of a limit.
pub(crate) fn truly(provider: &str, limit: &Limit) -> u64 {
    let is_minute = matches!(&limit.window, Window::Sliding { length } if length.as_secs() == 60);
    match provider {
        // the published figure is an upper bound: at busy hours half of it holds
        "nvidia-nim" if is_minute => 20,
        // it says two hundred a day, and gives half
        "requesty" if limit.amount == 200 => 100,
        _ => limit.amount,
    }
}

/// Whether a provider answers nothing but 503.
pub(crate) fn is_down(provider: &str, at: i64) -> bool {
    let hour = at / 3_600_000;
    (provider == "kilo-gateway" && (10..12).contains(&hour)) || (provider == "cohere" && hour >= 15)
}

fn counter(bucket: &potluck_core::catalog::Bucket) -> Counter {
    let clock = match &bucket.limit.window {
        Window::Sliding { length } => Clock::Last(i64::try_from(length.as_millis()).unwrap_or(DAY)),
        Window::Calendar { unit: Unit::Month, .. } => Clock::Month,
        Window::Calendar { zone, .. } => Clock::Day(offset(zone.iana_name())),
        Window::InFlight => Clock::Open,
    };
    let (meter, amount) = (bucket.limit.meter, bucket.limit.amount);
    let uses = VecDeque::new();
    Counter { meter, amount, clock, uses, sum: 0, turn: i64::MIN, per_token: (0, 0) }
}

/// Some providers say how long; the rest say no more than 429.
fn throttled(provider: &str, counter: &Counter, wait: i64) -> Answer {
    let says = matches!(provider, "groq" | "google-ai-studio" | "ovhcloud");
    let window = counter.window();
    Answer::Throttled { meter: counter.meter, window, stated: says.then_some(wait) }
}

/// What a request takes of a limit.
pub(crate) fn worth(meter: Meter, price: (u64, u64), ask: &Ask) -> u64 {
    let (prompt, answer) = (u64::from(ask.prompt), u64::from(ask.answer));
    match meter {
        Meter::Requests | Meter::Concurrent => 1,
        Meter::Tokens => prompt + answer,
        Meter::InputTokens => prompt,
        Meter::OutputTokens => answer,
        Meter::MilliNeurons => (prompt * price.0 + answer * price.1) / 1000,
        Meter::Images | Meter::AudioSeconds | Meter::MicroDollars => 0,
    }
}

impl Counter {
    fn worth(&self, ask: &Ask) -> u64 {
        worth(self.meter, self.per_token, ask)
    }

    /// How long its window is.
    const fn window(&self) -> i64 {
        match self.clock {
            Clock::Last(length) => length,
            Clock::Day(_) => DAY,
            Clock::Month => 31 * DAY,
            Clock::Open => 0,
        }
    }

    fn forget(&mut self, at: i64) {
        match self.clock {
            Clock::Last(length) => {
                while let Some(&(_, amount)) =
                    self.uses.front().filter(|(then, _)| then + length <= at)
                {
                    self.uses.pop_front();
                    self.sum -= amount;
                }
            }
            Clock::Day(offset) => {
                let turn = (at + offset).div_euclid(DAY);
                if turn != self.turn {
                    (self.turn, self.sum) = (turn, 0);
                }
            }
            Clock::Month | Clock::Open => {}
        }
    }

    /// How long until the request would be let in, when it is not now.
    fn full(&mut self, ask: &Ask, at: i64) -> Option<i64> {
        self.forget(at);
        if self.sum + self.worth(ask) <= self.amount {
            return None;
        }
        Some(match self.clock {
            Clock::Last(length) => self.uses.front().map_or(length, |(then, _)| then + length - at),
            Clock::Day(offset) => DAY - (at + offset).rem_euclid(DAY),
            Clock::Month => DAY,
            Clock::Open => 1000,
        })
    }

    fn count(&mut self, ask: &Ask, at: i64) {
        let worth = self.worth(ask);
        self.sum += worth;
        if matches!(self.clock, Clock::Last(_)) {
            self.uses.push_back((at, worth));
        }
    }
}
