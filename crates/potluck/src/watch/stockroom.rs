//! Everything that a shelf is made from: the files, the keys, and what the lists say.
//!
//! Decides whether a list is believed. A list that shrinks by more than half is not, until a second
//! look says the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Uri};
use potluck_core::Moment;
use potluck_core::catalog::NamedPool;
use tokio::sync::Notify;

use crate::pantry::{Listed, Listing, Pantry, ProviderFile, Route};
use crate::settings::{Credential, Environment, Settings};
use crate::shelf::{Makings, Shelf, Wire, WireError, is_local};
use crate::watch::kept;

/// Everything that a shelf is made from.
#[derive(Debug)]
pub struct Stockroom {
    ground: Mutex<Arc<Ground>>,
    /// Where lists are kept for the next start; `None` keeps none.
    file: Option<PathBuf>,
    lists: Mutex<Lists>,
    /// Held while a shelf is laid out and handed over, so that none comes after a newer one.
    laying: Mutex<()>,
    /// Rings when the files and keys are others than before.
    pub(super) renewed: Notify,
}

/// What files and settings say: replaced whole when they are read again.
#[derive(Debug)]
pub struct Ground {
    pub(super) pantry: Pantry,
    environment: Environment,
    credentials: BTreeMap<String, Vec<Credential>>,
    concurrency: u32,
    pools: Vec<NamedPool>,
    /// How often live model lists are read; `None`: never.
    pub(super) refresh: Option<Duration>,
    /// Whether to look for servers on this machine.
    pub(super) local: bool,
}

/// Lists, by provider.
type Believed = BTreeMap<String, Vec<Listed>>;

#[derive(Debug, Default)]
struct Lists {
    believed: Believed,
    /// What a provider last said that was not believed.
    doubted: BTreeMap<String, Vec<Listed>>,
}

/// What became of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// It says something new, and is believed.
    Changed,
    /// It says what was known.
    Same,
    /// It shrank by more than half: a second look has to say the same.
    Doubted {
        /// How many models it had.
        before: usize,
        /// How many it has.
        now: usize,
    },
}

/// One live list that can be read.
#[derive(Debug)]
pub struct Source {
    /// Whose.
    pub provider: String,
    /// Where.
    pub address: Uri,
    /// With which headers.
    pub headers: HeaderMap,
    /// How it is read.
    pub listing: Listing,
    /// The ids that the provider's file has.
    pub in_file: Vec<String>,
}

impl Ground {
    /// What these files and settings say.
    #[must_use]
    pub fn new(pantry: Pantry, settings: &Settings) -> Self {
        Self {
            pantry,
            environment: settings.environment.clone(),
            credentials: settings.catalog.credentials.clone(),
            concurrency: settings.pool.concurrency,
            pools: settings.pools.clone(),
            refresh: settings.catalog.refresh,
            local: settings.catalog.local,
        }
    }

    fn lay_out(&self, listed: &Believed, now: Moment) -> Result<Arc<Shelf>, WireError> {
        let makings = Makings {
            environment: &self.environment,
            credentials: &self.credentials,
            listed,
            concurrency: self.concurrency,
            pools: &self.pools,
            now,
        };
        Shelf::stock(&self.pantry, &makings).map(Arc::new)
    }

    /// Whether a list that was heard on other ground is still one of this provider, and wanted.
    fn keeps(&self, before: &Self, provider: &str) -> bool {
        let of = |ground: &Self| ground.pantry.providers.get(provider).map(Arc::clone);
        let (Some(file), Some(was)) = (of(self), of(before)) else { return true };
        file.base_url == was.base_url && (self.local || !is_local(&file))
    }

    /// The list of one provider, if it has one that can be read with the keys that there are.
    fn source_of(&self, file: &Arc<ProviderFile>) -> Option<Source> {
        let route = self.routes(file).into_iter().next()?;
        let listing = file.listing.clone()?;
        let wire = Wire::new(&route, &self.environment).ok()?;
        let mut headers = HeaderMap::new();
        if listing.auth {
            wire.authorise(&mut headers);
        }
        Some(Source {
            provider: file.id.clone(),
            address: wire.listing?,
            headers,
            listing,
            in_file: file.models.iter().map(|model| model.id.clone()).collect(),
        })
    }

    /// How a provider is reached, under each of its credentials; empty where it is not.
    fn routes(&self, file: &Arc<ProviderFile>) -> Vec<Route> {
        let is_set = |name: &str| self.environment.get(name).is_some();
        let said = self.credentials.get(&file.id).map(Vec::as_slice).unwrap_or_default();
        Route::all(file, &is_set, said).unwrap_or_default()
    }
}

impl Stockroom {
    /// A stockroom on this ground, with the lists that were kept at the last end.
    #[must_use]
    pub fn new(ground: Ground, state: Option<&Path>) -> Self {
        let file = state.map(|path| path.with_extension("lists.json"));
        let mut believed = file.as_deref().map(kept::read).unwrap_or_default();
        // Servers of this machine are looked for anew, and providers may have left the files.
        let providers = &ground.pantry.providers;
        believed.retain(|id, _| providers.get(id).is_some_and(|file| !is_local(file)));
        Self {
            ground: Mutex::new(Arc::new(ground)),
            file,
            lists: Mutex::new(Lists { believed, doubted: BTreeMap::new() }),
            laying: Mutex::default(),
            renewed: Notify::new(),
        }
    }

    /// Lays out a shelf of what is known now, and hands it over before another can be.
    ///
    /// # Errors
    /// [`WireError`] when a key or an account cannot stand where it has to.
    pub fn stock<T>(&self, now: Moment, put: impl FnOnce(Arc<Shelf>) -> T) -> Result<T, WireError> {
        let _laying = held(&self.laying);
        let shelf = self.ground().lay_out(&held(&self.lists).believed, now)?;
        Ok(put(shelf))
    }

    /// The same on other ground, which takes the place of this one where a shelf can be laid out on it. What the lists say
    /// is kept.
    ///
    /// # Errors
    /// As [`Stockroom::stock`]; then nothing is changed.
    pub fn renew<T>(
        &self,
        ground: Ground,
        now: Moment,
        put: impl FnOnce(Arc<Shelf>) -> T,
    ) -> Result<T, WireError> {
        let _laying = held(&self.laying);
        let mut lists = held(&self.lists);
        let mut believed = lists.believed.clone();
        let before = self.ground();
        believed.retain(|id, _| ground.keeps(&before, id));
        let shelf = ground.lay_out(&believed, now)?;
        lists.believed = believed;
        drop(lists);
        *held(&self.ground) = Arc::new(ground);
        self.renewed.notify_one();
        Ok(put(shelf))
    }

    /// What files and settings say now.
    #[must_use]
    pub fn ground(&self) -> Arc<Ground> {
        Arc::clone(&held(&self.ground))
    }

    /// The lists of providers elsewhere that can be read with the keys that there are.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let ground = self.ground();
        let remote = ground.pantry.providers.values();
        let remote = remote.filter(|file| !is_local(file) && file.enabled);
        remote.filter_map(|file| ground.source_of(file)).collect()
    }

    /// The lists of servers on this machine.
    pub(super) fn local_sources(&self) -> Vec<Source> {
        let ground = self.ground();
        let local = ground.pantry.providers.values().filter(|file| is_local(file) && file.enabled);
        local.filter_map(|file| ground.source_of(file)).collect()
    }

    /// Whether nothing was ever heard of the provider's list.
    pub(super) fn is_unheard(&self, provider: &str) -> bool {
        !held(&self.lists).believed.contains_key(provider)
    }

    /// Takes in what a provider's list says.
    pub fn hear(&self, provider: &str, listed: Vec<Listed>, now: Moment) -> Belief {
        let mut lists = held(&self.lists);
        let belief = lists.hear(provider, listed);
        if belief == Belief::Changed
            && let Some(file) = &self.file
        {
            kept::write(file, &lists.believed, now);
        }
        belief
    }

    /// Takes in what a server on this machine serves; `None` when nobody answers there. Returns whether
    /// that is new.
    pub fn found(&self, provider: &str, listed: Option<Vec<Listed>>) -> bool {
        let mut lists = held(&self.lists);
        match listed {
            Some(listed) if lists.believed.get(provider) == Some(&listed) => false,
            Some(listed) => {
                tracing::info!(provider, models = listed.len(), "found a server on this machine");
                lists.believed.insert(provider.to_owned(), listed);
                true
            }
            None => lists.believed.remove(provider).is_some(),
        }
    }
}

/// A panic elsewhere must not stop the watch: what the locks guard is always whole.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lists {
    fn hear(&mut self, provider: &str, listed: Vec<Listed>) -> Belief {
        let before = self.believed.get(provider);
        if before == Some(&listed) {
            self.doubted.remove(provider);
            return Belief::Same;
        }
        let had = before.map_or(0, Vec::len);
        let shrank = listed.len() * 2 < had;
        if shrank && self.doubted.get(provider) != Some(&listed) {
            let now = listed.len();
            self.doubted.insert(provider.to_owned(), listed);
            return Belief::Doubted { before: had, now };
        }
        self.doubted.remove(provider);
        self.believed.insert(provider.to_owned(), listed);
        Belief::Changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(count: usize) -> Vec<Listed> {
        let model = |number| Listed {
            id: format!("model-{number}"),
            context: None,
            max_output: None,
            input: None,
            features: None,
        };
        (0..count).map(model).collect()
    }

    #[test]
    fn a_list_that_shrinks_by_more_than_half_needs_a_second_look() {
        let mut lists = Lists::default();
        assert_eq!(lists.hear("p", models(10)), Belief::Changed);
        assert_eq!(lists.hear("p", models(10)), Belief::Same);
        assert_eq!(lists.hear("p", models(5)), Belief::Changed);
        assert_eq!(lists.hear("p", models(2)), Belief::Doubted { before: 5, now: 2 });
        assert_eq!(lists.hear("p", models(1)), Belief::Doubted { before: 5, now: 1 });
        assert_eq!(lists.hear("p", models(1)), Belief::Changed, "two looks said the same");
    }

    #[test]
    fn a_list_that_recovers_is_no_longer_doubted() {
        let mut lists = Lists::default();
        lists.hear("p", models(10));
        assert_eq!(lists.hear("p", models(1)), Belief::Doubted { before: 10, now: 1 });
        assert_eq!(lists.hear("p", models(10)), Belief::Same);
        assert_eq!(lists.hear("p", models(1)), Belief::Doubted { before: 10, now: 1 });
    }
}
