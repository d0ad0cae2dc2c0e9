//! A provider's own true limits, counted exactly.
//!
//! This is the judge over potluck's bookkeeping, so it shares nothing with it: entries are kept
//! one by one and summed, where potluck may estimate. Time and amounts are arguments, so it also
//! runs without a socket, over a simulated week.
//!
//! A request is admitted by all limits or refused by the one with the longest wait. What was
//! admitted stays counted even when the answer then fails. Output tokens are counted when they
//! are known, at the end.

mod bucket;
mod limit;
mod style;

use std::collections::BTreeMap;

use bucket::Bucket;
pub use limit::{Limit, Meter, Reset, Scope, Span};
pub use style::RefusalStyle;
pub(crate) use style::{good_headers, refusal_reply};

/// The limits of all accounts of one provider, alike for each.
#[derive(Debug)]
pub(crate) struct Quotas {
    fresh: Quota,
    by_account: BTreeMap<String, Quota>,
}

/// All limits of one provider account, and what has been used of them.
#[derive(Clone, Debug, Default)]
pub struct Quota {
    metered: Vec<Metered>,
    counts_refused: bool,
    /// Requests whose client has left and whose work goes on: until when, and for which model.
    going_on: Vec<(u64, String)>,
}

#[derive(Clone, Debug)]
struct Metered {
    limit: Limit,
    /// One bucket for the account (key "") or one for each model.
    buckets: BTreeMap<String, Bucket>,
}

/// Why a request was refused: the limit that keeps it out longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The limit that was reached.
    pub limit: Limit,
    /// How much of it was in use.
    pub used: u64,
    /// How much this request needed.
    pub needed: u64,
    /// When the same request would be admitted, in milliseconds since the Unix epoch, if nothing
    /// else came. None when it never fits or the time is unknown (concurrency).
    pub retry_at_ms: Option<u64>,
}

/// One limit as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// How much is in use.
    pub used: u64,
    /// How much is left.
    pub remaining: u64,
    /// When it is wholly free again, in milliseconds since the Unix epoch, if nothing else comes.
    pub resets_at_ms: u64,
}

// === impl Quotas ===

impl Quotas {
    pub(crate) const fn new(fresh: Quota) -> Self {
        Self { fresh, by_account: BTreeMap::new() }
    }

    /// What every account begins with.
    pub(crate) const fn fresh(&self) -> &Quota {
        &self.fresh
    }

    /// The counters of one account.
    pub(crate) fn of(&mut self, account: &str) -> &mut Quota {
        self.by_account.entry(account.to_owned()).or_insert_with(|| self.fresh.clone())
    }
}

// === impl Quota ===

impl Quota {
    /// Fresh counters for these limits.
    #[must_use]
    pub fn new(limits: Vec<Limit>) -> Self {
        let metered =
            limits.into_iter().map(|limit| Metered { limit, buckets: BTreeMap::new() }).collect();
        Self { metered, counts_refused: false, going_on: Vec::new() }
    }

    /// Counts refused requests too, as some providers do.
    #[must_use]
    pub fn counting_refused(mut self) -> Self {
        self.counts_refused = true;
        self
    }

    /// The limits, in order.
    pub fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.metered.iter().map(|metered| &metered.limit)
    }

    /// Takes one request with this many input tokens from all limits that bind the model, or from
    /// none.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] with the longest wait when any limit would be exceeded.
    pub fn admit(&mut self, model: &str, input_tokens: u64, now_ms: u64) -> Result<(), Refusal> {
        self.end_what_went_on(now_ms);
        let refusal = self
            .metered
            .iter_mut()
            .filter_map(|metered| metered.refusal(model, input_tokens, now_ms))
            .max_by_key(|refusal| refusal.retry_at_ms.unwrap_or(u64::MAX));
        let outcome = refusal.map_or(Ok(()), Err);
        if outcome.is_ok() || self.counts_refused {
            for metered in &mut self.metered {
                metered.take(model, input_tokens, now_ms, outcome.is_ok());
            }
        }
        outcome
    }

    /// Ends an admitted request: counts its output tokens and frees its concurrency.
    pub fn settle(&mut self, model: &str, output_tokens: u64, now_ms: u64) {
        for metered in &mut self.metered {
            let meter = metered.limit.meter;
            let bucket = metered.bucket(model);
            match meter {
                Meter::Tokens | Meter::OutputTokens => bucket.add(output_tokens, now_ms),
                Meter::Concurrent => bucket.free(1),
                Meter::Requests | Meter::InputTokens => {}
            }
        }
    }

    /// The client of an admitted request has left, and the work goes on until then.
    pub fn go_on(&mut self, model: &str, until_ms: u64) {
        self.going_on.push((until_ms, model.to_owned()));
    }

    fn end_what_went_on(&mut self, now_ms: u64) {
        let (over, going_on) = std::mem::take(&mut self.going_on)
            .into_iter()
            .partition(|(until_ms, _)| *until_ms <= now_ms);
        self.going_on = going_on;
        let over: Vec<(u64, String)> = over;
        for (until_ms, model) in over {
            self.settle(&model, 0, until_ms);
        }
    }

    /// How every limit stands for this model.
    pub fn standing(&mut self, model: &str, now_ms: u64) -> Vec<Standing> {
        self.end_what_went_on(now_ms);
        self.metered.iter_mut().map(|metered| metered.standing(model, now_ms)).collect()
    }
}

// === impl Metered ===

impl Metered {
    fn bucket(&mut self, model: &str) -> &mut Bucket {
        let key = match self.limit.scope {
            Scope::Account => "",
            Scope::Model => model,
        };
        if !self.buckets.contains_key(key) {
            self.buckets.insert(key.to_owned(), Bucket::new(&self.limit));
        }
        self.buckets.entry(key.to_owned()).or_insert_with(|| Bucket::new(&self.limit))
    }

    fn needed(&self, input_tokens: u64) -> u64 {
        match self.limit.meter {
            Meter::Requests | Meter::Concurrent => 1,
            Meter::Tokens | Meter::InputTokens => input_tokens,
            Meter::OutputTokens => 0,
        }
    }

    fn refusal(&mut self, model: &str, input_tokens: u64, now_ms: u64) -> Option<Refusal> {
        let needed = self.needed(input_tokens);
        let amount = self.limit.amount;
        let bucket = self.bucket(model);
        let used = bucket.used(now_ms);
        // an output limit needs nothing in advance, but a full one refuses
        let fits = used.saturating_add(needed) <= amount && (needed > 0 || used < amount);
        if fits {
            return None;
        }
        let retry_at_ms = bucket.fits_at(needed.max(1), amount, now_ms);
        Some(Refusal { limit: self.limit.clone(), used, needed, retry_at_ms })
    }

    fn take(&mut self, model: &str, input_tokens: u64, now_ms: u64, admitted: bool) {
        let needed = self.needed(input_tokens);
        if admitted || self.limit.meter == Meter::Requests {
            self.bucket(model).add(needed, now_ms);
        }
    }

    fn standing(&mut self, model: &str, now_ms: u64) -> Standing {
        let limit = self.limit.clone();
        let bucket = self.bucket(model);
        let used = bucket.used(now_ms);
        Standing {
            remaining: limit.amount.saturating_sub(used),
            resets_at_ms: bucket.empty_at(now_ms),
            limit,
            used,
        }
    }
}

#[cfg(test)]
mod tests;
