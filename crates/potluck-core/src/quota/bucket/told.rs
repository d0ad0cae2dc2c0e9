//! What a provider says of a counter: its word on amounts and on what is left, and its refusals.
//!
//! Knows nothing of how it is said: headers and bodies are read in another crate.

use std::time::Duration;

use crate::quota::bucket::{BELIEF, BucketState, Counter, Hold};
use crate::quota::drift::Drift;
use crate::quota::{Claim, Meter};
use crate::time::Moment;

/// No limit is learnt to be less than a quarter of the table's: a refusal when nearly nothing was used is about
/// something else.
const LEAST_LEARNT: u64 = 4;

/// Beyond so many confirmations nothing is believed longer.
const MOST_CONFIRMED: u32 = 16;

impl BucketState {
    /// Whether a claim over a window of `length` can be about this bucket; lengths may differ by a tenth,
    /// because a month is counted as 28 to 31 days.
    #[must_use]
    pub fn is_meant(&self, meter: Meter, length: Option<Duration>) -> bool {
        if self.meter != meter {
            return false;
        }
        let (Some(claimed), Some(own)) = (length, self.length()) else {
            return length.is_none() && self.length().is_some();
        };
        claimed.abs_diff(own) <= own / 9
    }

    /// Heeds the provider. Its word wins: fewer left than we thought raises our count; more left is
    /// trusted except for what the word may not include. That is everything that was not settled when the request
    /// was sent that it answers (`hold`), for words overtake each other on their way; without a request, what
    /// is in flight.
    pub fn apply(&mut self, claim: &Claim, hold: Option<&Hold>, now: Moment) {
        if matches!(self.counter, Counter::InFlight(_)) {
            return;
        }
        let spoke_before = self.heard.replace(now).is_some();
        if let Some(amount) = claim.amount.filter(|amount| *amount > 0) {
            self.learnt = None;
            self.claimed = (amount != self.amount).then(|| (amount, now.after(BELIEF)));
        }
        let Some(remaining) = claim.remaining else { return };
        let unsure = hold.map_or(self.pending, |hold| self.taken.saturating_sub(hold.settled));
        let mut counted = self.capacity(now).saturating_sub(remaining);
        if self.is_of_an_earlier_turn(hold, now) {
            // It may speak of a count that has begun anew since: of this one it knows at most what was under way.
            counted = counted.min(unsure);
        } else {
            self.compare(counted, unsure, hold, spoke_before, now);
        }
        if remaining > 0 {
            self.blocked = None;
        }
        let before = self.own(now);
        let word = (counted, self.elsewhere(now).saturating_add(self.lent()), unsure);
        match &mut self.counter {
            Counter::Sliding(window) => window.correct(word, claim.resets, now),
            Counter::Calendar(window) => window.correct(word, claim.resets, now),
            Counter::InFlight(_) => {}
        }
        self.returned = self.returned.saturating_add(before.saturating_sub(self.own(now)));
    }

    fn is_of_an_earlier_turn(&self, hold: Option<&Hold>, now: Moment) -> bool {
        match (&self.counter, hold) {
            (Counter::Calendar(window), Some(hold)) => !window.is_of(hold.stamp, now),
            _ => false,
        }
    }

    /// Records how far the counts are apart. Ours explains what has ceased to count since the request was sent, too.
    ///
    /// A first word tells of uses before the start, and one that is no answer of a window that slides on meanwhile:
    /// neither teaches anything of what comes.
    fn compare(
        &mut self,
        counted: u64,
        unsure: u64,
        hold: Option<&Hold>,
        spoke_before: bool,
        now: Moment,
    ) {
        self.forget(now);
        let own = self.used(now);
        let lapsed = hold.map_or(0, |hold| self.lapsed().saturating_sub(hold.lapsed));
        let excess = counted.saturating_sub(own.saturating_add(lapsed).saturating_add(self.lent()));
        let lack = own.saturating_sub(unsure).saturating_sub(counted);
        let by = signed(excess).saturating_sub(signed(lack));
        self.drift = Some(Drift { counted, own, by, at: now });
        // what others did since their last records is no excess, and cannot be told from one
        if spoke_before
            && !self.is_shared()
            && (hold.is_some() || matches!(self.counter, Counter::Calendar(_)))
        {
            self.margin.note(excess, now);
        }
    }

    /// All that has ever ceased to count: by time, by being given back, or by the provider's word.
    pub(super) const fn lapsed(&self) -> u64 {
        let by_time = match &self.counter {
            Counter::Sliding(window) => window.lapsed(),
            Counter::Calendar(_) | Counter::InFlight(_) => 0,
        };
        by_time.saturating_add(self.returned)
    }

    /// The provider refused for want of quota: nothing is left until `until`, or until the window's own
    /// turn. Never shortens an earlier word. Where less was used than there is in all, beside the refused request
    /// (`hold`), the rest is not there: somebody else uses it, or the table is wrong.
    pub fn exhaust(&mut self, until: Option<Moment>, hold: Option<&Hold>, now: Moment) {
        if let Some(refused) = hold {
            self.learn(refused, now);
        }
        let until = until.unwrap_or_else(|| self.turn(now));
        self.heard = Some(now);
        self.blocked = Some(self.blocked.map_or(until, |earlier| earlier.max(until)));
    }

    /// Learns from a refused request (`hold`) that there is no more than what the others used; whether it did. A word
    /// on the amount itself is better than what can be learnt from a refusal.
    pub fn learn(&mut self, hold: &Hold, now: Moment) -> bool {
        let is_told = self.claimed.is_some_and(|(_, until)| until > now);
        let others = self.used(now).saturating_add(self.lent()).saturating_sub(hold.reserved);
        let learns = !is_told
            && others < self.capacity(now)
            && !matches!(self.counter, Counter::InFlight(_));
        if learns {
            let found = others.max(self.amount / LEAST_LEARNT).max(1);
            let before = self.learnt.map(|(amount, _)| amount);
            let confirms = before.is_some_and(|before| found.abs_diff(before) <= self.step());
            // somebody who tried for a little more is no reason to think that there is more
            let found = before.filter(|_| confirms).map_or(found, |before| found.min(before));
            self.confirmed = if confirms { (self.confirmed + 1).min(MOST_CONFIRMED) } else { 0 };
            self.learnt = Some((found, now));
        }
        learns
    }

    /// Whether a refused request (`hold`) came on top of about as much as had been refused before: it is the same limit.
    #[must_use]
    pub fn is_hit_again(&self, hold: &Hold, now: Moment) -> bool {
        let others = self.used(now).saturating_sub(hold.reserved);
        let about = others.saturating_add(self.step());
        self.learnt(now).is_some() && self.learnt.is_some_and(|(amount, _)| about >= amount)
    }

    /// When a provider that says "used up" can be asked again.
    ///
    /// A calendar window turns. A sliding one gives back bit by bit: up to a minute it is waited out,
    /// a longer one is asked again after a sixteenth of it, at least a minute.
    fn turn(&self, now: Moment) -> Moment {
        match &self.counter {
            Counter::Calendar(window) => window.end(now),
            Counter::Sliding(window) => {
                let length = window.length_millis();
                let wait = if length <= 60_000 { length } else { (length / 16).max(60_000) };
                Moment::from_millis(now.as_millis().saturating_add(wait))
            }
            Counter::InFlight(_) => now,
        }
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
