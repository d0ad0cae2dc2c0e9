//! What all conversations of one provider share.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::ListingStyle;
use crate::clock::Clock;
use crate::fault::{Fault, Plan};
use crate::model::Model;
use crate::quota::{Quota, Quotas, RefusalStyle};
use crate::seen::Log;

/// What does not change while a provider runs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) name: String,
    pub(super) base_path: String,
    pub(super) key: Option<String>,
    /// Further keys that it takes, each with its account; the first key's is "".
    pub(super) further_keys: Vec<(String, String)>,
    pub(super) access: Access,
    pub(super) models: Vec<Model>,
    pub(super) model_faults: BTreeMap<String, Plan>,
    pub(super) style: RefusalStyle,
    pub(super) listing: ListingStyle,
    pub(super) clock: Clock,
    pub(super) seed: u64,
    /// Its file says where its models are listed.
    pub(super) listed: bool,
    /// It tells how an account stands, and its file says where.
    pub(super) tells: bool,
    /// How long it works on an answer whose client leaves.
    pub(super) goes_on: Option<Duration>,
}

/// How clients come by the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Keyless,
    Anonymous,
    Variable(String),
}

/// The settings and what moves.
#[derive(Debug)]
pub(crate) struct State {
    settings: Settings,
    models: Mutex<Arc<[Model]>>,
    quotas: Mutex<Quotas>,
    faults: Mutex<Faults>,
    log: Mutex<Log>,
}

#[derive(Debug)]
pub(super) struct Faults {
    pub(super) all: Plan,
    pub(super) by_model: BTreeMap<String, Plan>,
    pub(super) listing: Plan,
}

// === impl Settings ===

impl Settings {
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            base_path: "/v1".to_owned(),
            key: None,
            further_keys: Vec::new(),
            access: Access::Keyless,
            models: Vec::new(),
            model_faults: BTreeMap::new(),
            style: RefusalStyle::default(),
            listing: ListingStyle::default(),
            clock: Clock::default(),
            seed: 0,
            listed: false,
            tells: false,
            goes_on: None,
        }
    }
}

// === impl State ===

impl Deref for State {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl State {
    pub(super) fn new(mut settings: Settings, quota: Quota, all: Plan, remembered: usize) -> Self {
        let by_model = std::mem::take(&mut settings.model_faults);
        let models = std::mem::take(&mut settings.models);
        Self {
            settings,
            models: Mutex::new(models.into()),
            quotas: Mutex::new(Quotas::new(quota)),
            faults: Mutex::new(Faults { all, by_model, listing: Plan::healthy() }),
            log: Mutex::new(Log::new(remembered)),
        }
    }

    pub(super) fn quotas(&self) -> MutexGuard<'_, Quotas> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn models(&self) -> Arc<[Model]> {
        Arc::clone(&self.models.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_models(&self, models: Vec<Model>) {
        *self.models.lock().unwrap_or_else(PoisonError::into_inner) = models.into();
    }

    /// Whose a key is, where it is taken; any or none is where no key is wanted.
    pub(super) fn account_of(&self, given: Option<&str>) -> Option<&str> {
        if self.key.is_none() || self.key.as_deref() == given {
            return Some("");
        }
        let further = self.further_keys.iter().find(|(key, _)| Some(key.as_str()) == given);
        further.map(|(_, account)| account.as_str())
    }

    /// What meets the next request for this model.
    pub(super) fn next_fault(&self, model: &str) -> Option<Fault> {
        let mut faults = self.faults();
        let own = faults.by_model.get_mut(model).and_then(Plan::next_fault);
        // the shared plan counts this request too, whichever of the two meets it
        let shared = faults.all.next_fault();
        own.or(shared)
    }
}
