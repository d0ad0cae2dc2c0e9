//! What changes between two looks at the pool: states, limits, who is on offer.
//!
//! Many changes have no moment of their own (a rest is over, a window turns): so a view is held against what was seen
//! before. While nobody listens nothing is remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use potluck_core::Moment;
use potluck_core::exclusion::Exclusion;
use potluck_core::names::{CredentialId, OfferName};
use potluck_core::pool::{LimitView, OfferView, PoolView};
use potluck_core::quota::Source;

/// What was last seen; nothing while nobody listens.
#[derive(Debug, Default)]
pub struct Lookout(Mutex<Option<Seen>>);

/// One change, seen in a view.
#[derive(Debug)]
pub enum Change<'a> {
    /// It was not on offer before.
    Added(&'a OfferView),
    /// It is on offer no more: its name, and under which credential.
    Removed(OfferName, CredentialId),
    /// Its state changed, or why it cannot serve.
    State {
        /// As it is now.
        offer: &'a OfferView,
        /// The word of its state before.
        was: &'static str,
    },
    /// The figures of a limit changed.
    Limit {
        /// As it is now; shared by all offers that draw on it.
        limit: &'a LimitView,
        /// `used`, `returned`, `amount` (there is more or less in all) or `told` (whose word it is).
        how: &'static str,
    },
}

/// The parts of a view whose changes are told.
#[derive(Debug)]
struct Seen {
    /// One model may be on offer under several credentials.
    offers: BTreeMap<(OfferName, CredentialId), Stand>,
    limits: BTreeMap<Arc<str>, Level>,
}

#[derive(Debug, PartialEq, Eq)]
struct Stand {
    state: &'static str,
    since: Option<Moment>,
    reasons: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    amount: u64,
    used: u64,
    remaining: u64,
    source: Source,
}

impl Lookout {
    /// From here on changes are seen, unless they are already: whoever begins to listen knows this view.
    pub fn begin(&self, view: &PoolView) {
        self.seen().get_or_insert_with(|| Seen::of(view));
    }

    /// What changed since the last look. The first look sees nothing new.
    pub fn look<'a>(&self, view: &'a PoolView) -> Vec<Change<'a>> {
        let before = self.seen().replace(Seen::of(view));
        before.map(|before| before.changes(view)).unwrap_or_default()
    }

    /// What was seen is old, and is forgotten, where `is_idle` still holds.
    pub fn forget_if(&self, is_idle: impl FnOnce() -> bool) {
        let mut seen = self.seen();
        if is_idle() {
            *seen = None;
        }
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn of(view: &PoolView) -> Self {
        let offers = view.offers.iter().map(|offer| (key(offer), Stand::of(offer)));
        let limits = view.offers.iter().flat_map(|offer| &offer.limits);
        Self {
            offers: offers.collect(),
            limits: limits.map(|limit| (Arc::clone(&limit.key), Level::of(limit))).collect(),
        }
    }

    fn changes<'a>(mut self, view: &'a PoolView) -> Vec<Change<'a>> {
        let mut changes = Vec::new();
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for offer in &view.offers {
            match self.offers.remove(&key(offer)) {
                None => changes.push(Change::Added(offer)),
                Some(before) if before != Stand::of(offer) => {
                    changes.push(Change::State { offer, was: before.state });
                }
                Some(_) => {}
            }
            let limits = offer.limits.iter().filter(|limit| told.insert(&limit.key));
            changes.extend(limits.filter_map(|limit| {
                let how = Level::of(limit).change(*self.limits.get(&limit.key)?)?;
                Some(Change::Limit { limit, how })
            }));
        }
        let gone = self.offers.into_keys();
        changes.extend(gone.map(|(name, credential)| Change::Removed(name, credential)));
        changes
    }
}

fn key(offer: &OfferView) -> (OfferName, CredentialId) {
    (offer.name.clone(), offer.credential.clone())
}

impl Stand {
    fn of(offer: &OfferView) -> Self {
        let reasons = offer.reasons.iter().map(Exclusion::word).collect();
        Self { state: offer.state, since: offer.since, reasons }
    }
}

impl Level {
    const fn of(limit: &LimitView) -> Self {
        let LimitView { amount, used, remaining, source, .. } = *limit;
        Self { amount, used, remaining, source }
    }

    fn change(self, before: Self) -> Option<&'static str> {
        if self == before {
            return None;
        }
        Some(if self.amount != before.amount {
            "amount"
        } else if self.used > before.used {
            "used"
        } else if self.used < before.used || self.remaining > before.remaining {
            "returned"
        } else {
            "told"
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use potluck_core::catalog::OfferIndex;
    use potluck_core::choose::Strategy;
    use potluck_core::names::{AccountId, Family, ModelId, ProviderId};
    use potluck_core::quota::{LimitScope, Meter};

    use super::*;

    /// An offer of which so much is used of a day that all share.
    fn offer(name: &str, used: u64, reasons: Vec<Exclusion>) -> OfferView {
        let shared = LimitView {
            key: "p/day".into(),
            meter: Meter::Requests,
            scope: LimitScope::Account,
            amount: 50,
            used,
            remaining: 50 - used,
            resets: None,
            window: None,
            calendar: None,
            source: Source::Ledger,
            heard: None,
            drift: None,
            margin: 0,
            elsewhere: 0,
            lent: 0,
        };
        OfferView {
            offer: OfferIndex(0),
            name: OfferName::new(name),
            provider: ProviderId::new("p"),
            model: ModelId::new("m"),
            family: Family::new("m"),
            credential: CredentialId::new("c"),
            account: AccountId::new("c"),
            state: "available",
            since: None,
            exclusion: reasons.first().copied(),
            reasons,
            wait: Some(Duration::ZERO),
            limits: vec![shared],
            in_flight: 0,
            concurrency: 1,
            success: 1.0,
            attempts: 0,
            served: 0,
            failures: Vec::new(),
            last_failure: None,
            total_millis: None,
            first_event_millis: None,
            tokens_per_second: None,
            misfits: Vec::new(),
        }
    }

    fn view(offers: Vec<OfferView>) -> PoolView {
        let (now, strategy) = (Moment::from_millis(0), Strategy::Balanced);
        PoolView { now, strategy, offers, retry_budget: 1.0, sessions: 0 }
    }

    /// What a look sees, a word each.
    fn seen(lookout: &Lookout, offers: Vec<OfferView>) -> Vec<String> {
        let view = view(offers);
        let word = |change: &Change<'_>| match change {
            Change::Added(offer) => format!("added {}", offer.name),
            Change::Removed(name, _) => format!("removed {name}"),
            Change::State { offer, was } => format!("{} was {was}", offer.name),
            Change::Limit { limit, how } => format!("{} {how}", limit.key),
        };
        lookout.look(&view).iter().map(word).collect()
    }

    #[test]
    fn every_change_is_seen_once_and_a_shared_limit_too() {
        let lookout = Lookout::default();
        let two = |used| vec![offer("p/a", used, vec![]), offer("p/b", used, vec![])];
        lookout.begin(&view(two(1)));
        assert!(seen(&lookout, two(1)).is_empty());
        assert_eq!(seen(&lookout, two(3)), ["p/day used"]);
        assert_eq!(seen(&lookout, two(0)), ["p/day returned"]);
        let busy = vec![offer("p/a", 0, vec![Exclusion::Busy]), offer("p/c", 0, vec![])];
        let changes = ["p/a was available", "added p/c", "removed p/b"];
        assert_eq!(seen(&lookout, busy), changes);
    }

    #[test]
    fn nothing_is_remembered_while_nobody_listens() {
        let lookout = Lookout::default();
        lookout.begin(&view(vec![offer("p/a", 1, vec![])]));
        lookout.forget_if(|| true);
        assert!(seen(&lookout, vec![offer("p/b", 9, vec![])]).is_empty(), "the first look");
        lookout.forget_if(|| false);
        assert_eq!(seen(&lookout, vec![offer("p/b", 10, vec![])]), ["p/day used"]);
    }
}
