//! How much of a key's limits is used: reserved before a provider is asked, settled with the truth.
//!
//! The counters are those of providers' limits. Minutes are forgotten by a restart, which takes its time; days are
//! written down as providers' are, so that a restart counts at least what was used.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::capability::Modality;
use crate::eligible::{PLANNED_OUTPUT, USUAL_OUTPUT};
use crate::pool::Heard;
use crate::quota::{BucketState, Hold, Kept, Limit, LimitScope, Margin, Meter, Unit, Uses, Window};
use crate::requirements::Requirements;
use crate::rights::Limits;
use crate::time::Moment;

/// Over what a key's limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Per {
    /// Any minute.
    Minute,
    /// From one midnight to the next, in UTC.
    Day,
}

/// How much a request is expected to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usual {
    /// Tokens of the prompt, estimated on the high side.
    pub prompt: u64,
    /// Tokens that its answers are planned to take.
    pub answers: u64,
}

/// What a request took in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Nobody was asked: it counts for nothing.
    Nothing,
    /// So many tokens, read and written.
    Tokens(u64),
    /// Somebody was asked, and nobody said how much it took: what was reserved stands, or this where it is more.
    Unknown(u64),
}

/// Why a request may not go on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// One of the limits is used up.
    Spent {
        /// What it counts.
        meter: Meter,
        /// Over what.
        per: Per,
        /// How much there is.
        amount: u64,
        /// When enough is back.
        until: Moment,
    },
    /// The prompt alone is more than the limit ever holds.
    TooLarge {
        /// Over what.
        per: Per,
        /// How many tokens there are.
        have: u64,
        /// How many the prompt takes.
        need: u64,
    },
    /// It fits, but the record that grants it is not safe yet: it will be in a moment.
    Unrecorded,
}

/// What was reserved for one request.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "what was reserved has to be settled"]
pub struct Reservation {
    holds: Vec<Hold>,
}

/// What was used today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// Requests.
    pub requests: u64,
    /// Tokens read and written, as far as they are known.
    pub tokens: u64,
}

/// The counters of one key.
#[derive(Clone, Debug)]
pub struct Tally {
    counters: Vec<Counter>,
    used: Today,
    /// The day of which that was used, since the epoch.
    day: i64,
    last_used: Option<Moment>,
    /// The same day and uses of others who share the count.
    elsewhere: (i64, Today),
    touched: bool,
}

#[derive(Clone, Debug)]
struct Counter {
    per: Per,
    bucket: BucketState,
}

const MINUTE: Duration = Duration::from_mins(1);
const DAY_SECONDS: i64 = 86_400;

impl Per {
    /// The word used in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }

    fn window(self) -> Window {
        match self {
            Self::Minute => Window::Sliding { length: MINUTE },
            Self::Day => Window::Calendar { unit: Unit::Day, zone: TimeZone::UTC },
        }
    }
}

impl Usual {
    /// What such a request is expected to take. Who will answer is not known yet.
    #[must_use]
    pub fn of(requirements: &Requirements) -> Self {
        let asked = match requirements.max_output {
            Some(asked) if requirements.constraints.require_parameters => asked,
            Some(asked) => asked.min(PLANNED_OUTPUT),
            None => USUAL_OUTPUT,
        };
        // Vectors, scores and pictures are no tokens.
        let writes = requirements.bulk.is_none() && requirements.output.contains(Modality::Text);
        let answers = if writes { u64::from(asked) } else { 0 };
        Self {
            prompt: requirements.prompt_tokens.into(),
            answers: answers.saturating_mul(requirements.choices.max(1).into()),
        }
    }
}

impl Tally {
    /// Nothing used of these.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let counter = |(meter, per, amount): (Meter, Per, u64)| {
            let limit = Limit {
                meter,
                amount,
                window: per.window(),
                scope: LimitScope::Account,
                counts_failures: true,
            };
            Counter { per, bucket: BucketState::new(&limit) }
        };
        Self {
            counters: limits.set().map(counter).collect(),
            used: Today::default(),
            day: i64::MIN,
            last_used: None,
            elsewhere: (i64::MIN, Today::default()),
            touched: false,
        }
    }

    // ---- reading --------------------------------------------------------------------------------------

    /// Every limit with its counter.
    pub fn gauges(&self) -> impl Iterator<Item = (Per, &BucketState)> {
        self.counters.iter().map(|counter| (counter.per, &counter.bucket))
    }

    /// What was used today, in UTC.
    #[must_use]
    pub fn today(&self, now: Moment) -> Today {
        let own = if self.day == day(now) { self.used } else { Today::default() };
        let (others, theirs) = self.elsewhere;
        if others != day(now) {
            return own;
        }
        Today {
            requests: own.requests.saturating_add(theirs.requests),
            tokens: own.tokens.saturating_add(theirs.tokens),
        }
    }

    /// When a request last came.
    #[must_use]
    pub const fn last_used(&self) -> Option<Moment> {
        self.last_used
    }

    // ---- counting -------------------------------------------------------------------------------------

    /// Takes from all limits, or from none.
    ///
    /// What a request may take at most is seldom what it takes: of a limit of tokens it reserves no more than there
    /// is in all, so that a small limit is not one that nothing ever fits.
    ///
    /// # Errors
    /// [`Denied`]: of several limits that are used up, by that which lasts longest.
    pub fn reserve(&mut self, usual: Usual, now: Moment) -> Result<Reservation, Denied> {
        self.fits(usual, now)?;
        let (mut recorded, mut asks) = (true, false);
        for Counter { bucket, .. } in &mut self.counters {
            let need = need(bucket, usual, now);
            if bucket.lease() < need {
                bucket.want(need);
                recorded = false;
                asks |= bucket.may_ask(now);
            }
        }
        if !recorded {
            self.touched |= asks;
            return Err(Denied::Unrecorded);
        }
        self.turn(now);
        self.used.requests += 1;
        self.last_used = Some(now);
        let holds = self.counters.iter_mut().map(|Counter { bucket, .. }| {
            let mut hold = bucket.take(need(bucket, usual, now), now);
            // whoever counts is here: nothing travels
            bucket.arrive(&mut hold, now);
            hold
        });
        Ok(Reservation { holds: holds.collect() })
    }

    fn fits(&self, usual: Usual, now: Moment) -> Result<(), Denied> {
        let mut denied: Option<(Moment, Meter, Per, u64)> = None;
        for Counter { per, bucket } in &self.counters {
            let have = bucket.capacity(now);
            if bucket.meter() == Meter::Tokens && usual.prompt > have {
                return Err(Denied::TooLarge { per: *per, have, need: usual.prompt });
            }
            let need = need(bucket, usual, now);
            // what others hold who share the count is back soon
            if bucket.attainable(now) >= need {
                continue;
            }
            let until = bucket.free_at(need, now).unwrap_or(now);
            if denied.is_none_or(|(longest, ..)| until > longest) {
                denied = Some((until, bucket.meter(), *per, have));
            }
        }
        match denied {
            None => Ok(()),
            Some((until, meter, per, amount)) => Err(Denied::Spent { meter, per, amount, until }),
        }
    }

    /// Replaces what was reserved by the truth.
    pub fn settle(&mut self, reservation: Reservation, spent: Spent, now: Moment) {
        for (Counter { bucket, .. }, hold) in self.counters.iter_mut().zip(reservation.holds) {
            let truth = match (spent, bucket.meter()) {
                (Spent::Nothing, _) => 0,
                (Spent::Tokens(tokens), Meter::Tokens) => tokens,
                (Spent::Unknown(tokens), Meter::Tokens) => tokens.max(hold.reserved),
                _ => hold.reserved,
            };
            bucket.settle(hold, truth, now);
        }
        self.turn(now);
        match spent {
            Spent::Nothing => self.used.requests = self.used.requests.saturating_sub(1),
            Spent::Tokens(tokens) | Spent::Unknown(tokens) => {
                self.used.tokens = self.used.tokens.saturating_add(tokens);
            }
        }
    }

    /// Begins a new day where one has begun.
    fn turn(&mut self, now: Moment) {
        self.touched = true;
        if self.day != day(now) {
            (self.day, self.used) = (day(now), Today::default());
        }
    }

    /// The clock was set `by` milliseconds forward, or back below zero, to `now`.
    pub fn shift(&mut self, by: i64, now: Moment) {
        for counter in &mut self.counters {
            counter.bucket.shift(by, now);
        }
        self.last_used = self.last_used.map(|at| at.moved(by));
    }

    // ---- writing down ---------------------------------------------------------------------------------

    /// From now on nothing is taken of a day that a record has not granted.
    pub fn begin_keeping(&mut self) {
        for counter in self.counters.iter_mut().filter(|counter| counter.per == Per::Day) {
            counter.bucket.begin_keeping();
        }
        self.touched = true;
    }

    /// Whether the next record had better be made now.
    #[must_use]
    pub fn is_low(&self, now: Moment) -> bool {
        self.counters.iter().any(|counter| counter.bucket.is_low(now))
    }

    /// What changed since the last time, as it is to be written down, each under a word of its own.
    pub fn keep(&mut self, now: Moment) -> Vec<(&'static str, Kept)> {
        if !std::mem::take(&mut self.touched) {
            return Vec::new();
        }
        let days = self.counters.iter_mut().filter(|counter| counter.per == Per::Day);
        let mut kept: Vec<(&'static str, Kept)> = days
            .filter_map(|counter| Some((counter.bucket.meter().word(), counter.bucket.keep(now)?)))
            .collect();
        kept.push((USED_REQUESTS, self.record(self.used.requests)));
        kept.push((USED_TOKENS, self.record(self.used.tokens)));
        kept
    }

    /// The same at the end: nothing may be taken any more, and every record says so.
    pub fn keep_last(&mut self, now: Moment) -> Vec<(&'static str, Kept)> {
        self.counters.iter_mut().for_each(|counter| counter.bucket.end_lease());
        self.touched = true;
        self.keep(now)
    }

    /// What others who share the count say now. Whether the next record had better be made at once.
    pub fn hear(&mut self, word: &str, heard: &Heard, now: Moment) -> bool {
        match word {
            USED_REQUESTS | USED_TOKENS => {
                let uses = heard.records.iter().map(|kept| &kept.uses);
                let today = uses.filter_map(|uses| match uses {
                    Uses::Calendar { start, used, .. } if day(*start) == day(now) => Some(*used),
                    _ => None,
                });
                let used = today.fold(0, u64::saturating_add);
                let elsewhere = &mut self.elsewhere;
                elsewhere.0 = day(now);
                if word == USED_REQUESTS {
                    elsewhere.1.requests = used;
                } else {
                    elsewhere.1.tokens = used;
                }
                false
            }
            _ => {
                let bucket = self.bucket_of(word);
                let urgent =
                    bucket.is_some_and(|bucket| bucket.hear(&heard.records, heard.asked, now));
                self.touched |= urgent;
                urgent
            }
        }
    }

    /// It could not be written down: it is to be written the next time.
    pub fn unkeep(&mut self) {
        self.touched = true;
    }

    /// The record of `word` that grants `allowance` is safe.
    pub fn grant(&mut self, word: &str, allowance: u64) {
        if let Some(bucket) = self.bucket_of(word) {
            bucket.grant(allowance);
        }
    }

    /// Takes over what was written down before a restart.
    pub fn recall(&mut self, word: &str, kept: &Kept, now: Moment) {
        let &Uses::Calendar { start, used, .. } = &kept.uses else { return };
        match word {
            USED_REQUESTS => self.used.requests = used,
            USED_TOKENS => self.used.tokens = used,
            _ => {
                if let Some(bucket) = self.bucket_of(word) {
                    bucket.recall(kept, now);
                }
                return;
            }
        }
        self.day = day(start);
        self.last_used = self.last_used.max(kept.heard);
    }

    fn bucket_of(&mut self, word: &str) -> Option<&mut BucketState> {
        let found = self
            .counters
            .iter_mut()
            .find(|counter| counter.per == Per::Day && counter.bucket.meter().word() == word);
        found.map(|counter| &mut counter.bucket)
    }

    /// A plain count: nothing is granted by it. When it was last used stands where a provider's last word would.
    fn record(&self, used: u64) -> Kept {
        let start = Moment::from_millis(self.day.saturating_mul(DAY_SECONDS * 1000));
        let end = start.moved(DAY_SECONDS * 1000);
        Kept {
            uses: Uses::Calendar { unit: Unit::Day, start, end, used, late: 0 },
            claimed: None,
            blocked: None,
            learnt: None,
            heard: self.last_used,
            drift: None,
            margin: Margin::default(),
            allowance: 0,
            asks: 0,
        }
    }
}

/// Under which words the plain counts of a day are written down.
const USED_REQUESTS: &str = "used_requests";
const USED_TOKENS: &str = "used_tokens";

const fn day(moment: Moment) -> i64 {
    moment.as_secs().div_euclid(DAY_SECONDS)
}

fn need(bucket: &BucketState, usual: Usual, now: Moment) -> u64 {
    match bucket.meter() {
        Meter::Tokens => usual.prompt.saturating_add(usual.answers).min(bucket.capacity(now)),
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
