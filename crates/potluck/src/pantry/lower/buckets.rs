//! The counters behind limits: which offers share one, and what it is called.

use std::collections::BTreeMap;
use std::sync::Arc;

use potluck_core::catalog::{Bucket, BucketIndex};
use potluck_core::quota::{Limit as Promise, LimitScope, Unit, Window};

use crate::pantry::file::{Limit, Model, Per, ProviderFile, SharedBy};

/// All counters, found again by their keys.
#[derive(Default)]
pub(super) struct Buckets {
    all: Vec<Bucket>,
    by_key: BTreeMap<Arc<str>, BucketIndex>,
}

impl Buckets {
    /// The counters that one offer draws on.
    pub(super) fn of(
        &mut self,
        file: &ProviderFile,
        account: &str,
        model: &Model,
    ) -> Vec<BucketIndex> {
        let shared = file.limits.iter().filter(|limit| limit.binds(&model.id));
        let keyed = shared.map(|limit| (key(file, account, &model.id, limit, false), limit));
        let own = model.limits.iter();
        let own = own.map(|limit| (key(file, account, &model.id, limit, true), limit));
        let keyed: Vec<_> = keyed.chain(own).collect();
        keyed.into_iter().map(|(key, limit)| self.find(key, limit)).collect()
    }

    /// The counters, in the order of their positions.
    pub(super) fn into_all(self) -> Vec<Bucket> {
        self.all
    }

    fn find(&mut self, key: String, limit: &Limit) -> BucketIndex {
        if let Some(index) = self.by_key.get(key.as_str()) {
            return *index;
        }
        let index = BucketIndex(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let key: Arc<str> = key.into();
        self.all.push(Bucket { key: Arc::clone(&key), limit: promise(limit) });
        self.by_key.insert(key, index);
        index
    }
}

/// `provider/account[/model]/meter/window`. The amount is not in it, so that a changed amount keeps
/// what was counted; the first pattern is, so that two limits over different models stay apart.
fn key(file: &ProviderFile, account: &str, model: &str, limit: &Limit, own: bool) -> String {
    let who = match limit.shared_by {
        SharedBy::Account | SharedBy::AccountModel => account,
        SharedBy::Ip => "address",
        SharedBy::Model => "any",
    };
    let each = own || matches!(limit.shared_by, SharedBy::Model | SharedBy::AccountModel);
    let which = match limit.models.first() {
        _ if each => format!("/{model}"),
        Some(pattern) => format!("/{pattern}"),
        None => String::new(),
    };
    format!("{}/{who}{which}/{}/{}", file.id, limit.meter.word(), window_word(limit))
}

fn window_word(limit: &Limit) -> String {
    let Some(per) = limit.per else { return "now".to_owned() };
    let every = if limit.every > 1 { limit.every.to_string() } else { String::new() };
    let zone = limit.resets.as_ref().and_then(|zone| zone.iana_name());
    let zone = zone.map(|name| format!("@{name}")).unwrap_or_default();
    format!("{every}{}{zone}", per.word())
}

fn promise(limit: &Limit) -> Promise {
    Promise {
        meter: limit.meter,
        amount: limit.amount,
        window: window(limit),
        scope: match limit.shared_by {
            SharedBy::Account => LimitScope::Account,
            SharedBy::Model | SharedBy::AccountModel => LimitScope::Model,
            SharedBy::Ip => LimitScope::Ip,
        },
        counts_failures: limit.counts_failures,
    }
}

fn window(limit: &Limit) -> Window {
    let Some(per) = limit.per else { return Window::InFlight };
    let unit = match per {
        Per::Day => Some(Unit::Day),
        Per::Month => Some(Unit::Month),
        Per::Second | Per::Minute | Per::Hour => None,
    };
    match (unit, &limit.resets) {
        (Some(unit), Some(zone)) => Window::Calendar { unit, zone: zone.clone() },
        _ => Window::Sliding { length: per.length().saturating_mul(limit.every) },
    }
}
