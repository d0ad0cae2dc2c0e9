//! Catalogs, requests and outcomes for tests.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::capability::{Feature, Features, Modality, Parameters};
use crate::catalog::{
    Bucket, BucketIndex, Capability, Catalog, Offer, OfferIndex, Price, Privacy, Provider,
    ProviderIndex,
};
use crate::names::{AccountId, CredentialId, Family, ModelId, OfferName, ProviderId};
use crate::outcome::{Class, Failure, Outcome, Settlement, Stage, Wait};
use crate::quota::{Limit, LimitScope, Meter, Unit, Window};
use crate::requirements::Requirements;
use crate::response::Usage;
use crate::time::Moment;

/// 2026-11-22T12:00:00Z.
pub(crate) const NOON: Moment = Moment::from_millis(1_795_348_800_000);

pub(crate) fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn limit(meter: Meter, amount: u64, window: Window) -> Limit {
    Limit { meter, amount, window, scope: LimitScope::Account, counts_failures: true }
}

pub(crate) fn sliding(seconds: u64) -> Window {
    Window::Sliding { length: secs(seconds) }
}

pub(crate) fn calendar(unit: Unit, zone: &str) -> Window {
    Window::Calendar { unit, zone: TimeZone::get(zone).unwrap() }
}

/// A catalog under construction: `provider/model` names make providers as they come.
#[derive(Default)]
pub(crate) struct Stock {
    catalog: Catalog,
}

impl Stock {
    pub(crate) fn offer(mut self, name: &str, family: &str) -> Self {
        let (provider, model) = name.split_once('/').unwrap();
        let provider = self.provider(provider);
        self.catalog.offers.push(Offer {
            name: OfferName::new(name),
            provider,
            model: ModelId::new(model),
            family: Family::new(family),
            credential: CredentialId::new("default"),
            account: AccountId::new("default"),
            weight: 1.0,
            capability: capability(),
            buckets: Vec::new(),
            concurrency: 1000,
            price: Price::default(),
        });
        self
    }

    /// An offer of a further credential of one of its provider's accounts.
    pub(crate) fn further(self, name: &str, credential: &str, account: &str) -> Self {
        let (_, model) = name.split_once('/').unwrap();
        self.offer(name, model).with(|offer| {
            offer.name = OfferName::new(format!("{name}@{credential}"));
            offer.credential = CredentialId::new(credential);
            offer.account = AccountId::new(account);
        })
    }

    fn provider(&mut self, id: &str) -> ProviderIndex {
        let providers = &mut self.catalog.providers;
        let found = providers.iter().position(|provider| provider.id.as_str() == id);
        let at = found.unwrap_or_else(|| {
            let (id, title) = (ProviderId::new(id), id.to_uppercase().into());
            providers.push(Provider {
                id,
                title,
                privacy: Privacy::Unclear,
                local: false,
                simulated: false,
            });
            providers.len() - 1
        });
        ProviderIndex(u32::try_from(at).unwrap())
    }

    /// Changes the last offer.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Offer)) -> Self {
        change(self.catalog.offers.last_mut().unwrap());
        self
    }

    /// Gives the last offer a bucket of its own, or one that others have too.
    pub(crate) fn limit(mut self, key: &str, limit: Limit) -> Self {
        let known = self.catalog.buckets.iter().position(|bucket| &*bucket.key == key);
        let at = known.unwrap_or_else(|| {
            self.catalog.buckets.push(Bucket { key: key.into(), limit });
            self.catalog.buckets.len() - 1
        });
        let at = BucketIndex(u32::try_from(at).unwrap());
        self.with(|offer| offer.buckets.push(at))
    }

    pub(crate) fn done(self) -> Arc<Catalog> {
        Arc::new(self.catalog)
    }
}

pub(crate) fn capability() -> Capability {
    Capability {
        context: 131_072,
        max_output: Some(8_192),
        input: Modality::Text.into(),
        output: Modality::Text.into(),
        features: Feature::Tools | Feature::JsonObject,
        drops: Parameters::empty(),
        only_with_input: crate::capability::Modalities::empty(),
        quality: None,
        dimensions: crate::embedding::Dimensions::default(),
        max_texts: None,
        image: None,
    }
}

pub(crate) fn find(catalog: &Catalog, name: &str) -> OfferIndex {
    catalog.enumerate().find(|(_, offer)| offer.name.as_str() == name).unwrap().0
}

/// A plain chat of so many tokens.
pub(crate) fn chat(prompt_tokens: u32) -> Requirements {
    Requirements { prompt_tokens, ..Requirements::plain() }
}

pub(crate) fn needs(features: impl Into<Features>) -> Requirements {
    Requirements { features: features.into(), ..chat(100) }
}

pub(crate) fn served(prompt: u64, completion: u64) -> Settlement {
    Settlement {
        outcome: Outcome::Success,
        usage: Some(Usage { prompt, completion, total: prompt + completion, ..Usage::default() }),
        dispatched: true,
        first_event: Some(Duration::from_millis(200)),
        streamed: true,
        total: Duration::from_millis(1200),
    }
}

pub(crate) fn failed(class: Class, wait: Wait) -> Settlement {
    ended(failure(class, wait))
}

pub(crate) fn failure(class: Class, wait: Wait) -> Failure {
    Failure {
        class,
        cause: None,
        scope: class.scope(),
        wait,
        meter: None,
        window: None,
        stage: Stage::Status,
        status: None,
        detail: "it failed".to_owned(),
    }
}

pub(crate) fn ended(failure: Failure) -> Settlement {
    Settlement {
        outcome: Outcome::Failure(failure),
        usage: None,
        dispatched: true,
        first_event: None,
        streamed: false,
        total: Duration::from_millis(300),
    }
}
