//! What changes outside while the house is open: live model lists, and servers on this machine.
//!
//! Reads lists, has them checked, and restocks the house when they differ; asks accounts how they stand, and hosts
//! whether they are there. Spends no quota: no model is ever asked for an answer. Knows nothing of requests.

mod account;
mod fetch;
mod host;
mod kept;
mod local;
mod stockroom;

use std::sync::Arc;
use std::time::Duration;

use crate::house::House;
use crate::tasks::Tasks;

pub use stockroom::{Belief, Ground, Stockroom};

/// How often servers on this machine are looked for.
const LOCAL_EVERY: Duration = Duration::from_secs(20);

/// How soon after the start the lists are read: the first requests go before.
const FIRST_LISTS: Duration = Duration::from_secs(2);

/// How soon after the start accounts are asked, and how often it is looked who is due.
const ACCOUNTS_EVERY: Duration = Duration::from_secs(3);

/// How often it is looked whether hosts that were silent are there again.
const HOSTS_EVERY: Duration = Duration::from_secs(5);

/// The watcher of one house.
#[derive(Clone, Debug)]
pub struct Watch {
    house: Arc<House>,
    stockroom: Arc<Stockroom>,
}

impl Watch {
    /// A watcher that restocks `house` from `stockroom`.
    #[must_use]
    pub fn new(house: &Arc<House>, stockroom: &Arc<Stockroom>) -> Self {
        Self { house: Arc::clone(house), stockroom: Arc::clone(stockroom) }
    }

    /// Looks for servers on this machine once, then goes on watching in the background.
    pub async fn begin(self, tasks: &Tasks) {
        if self.stockroom.ground().local {
            self.look_around().await;
        }
        let watch = self.clone();
        tasks.start_until_stop(async move { watch.follow_local().await });
        let watch = self.clone();
        tasks.start_until_stop(async move { watch.follow_hosts().await });
        let watch = self.clone();
        tasks.start_until_stop(async move { watch.follow_accounts().await });
        tasks.start_until_stop(async move { self.follow_lists().await });
    }

    async fn follow_local(&self) {
        loop {
            tokio::time::sleep(LOCAL_EVERY).await;
            if self.stockroom.ground().local {
                self.look_around().await;
            }
        }
    }

    async fn follow_hosts(&self) {
        loop {
            tokio::time::sleep(HOSTS_EVERY).await;
            host::look(&self.house).await;
        }
    }

    async fn follow_accounts(&self) {
        let mut round = account::Round::default();
        loop {
            tokio::time::sleep(ACCOUNTS_EVERY).await;
            if self.stockroom.ground().refresh.is_some() {
                round.go(&self.house).await;
            }
        }
    }

    async fn follow_lists(&self) {
        tokio::time::sleep(FIRST_LISTS).await;
        let mut all_are_due = true;
        loop {
            let refresh = self.stockroom.ground().refresh;
            if refresh.is_some() {
                self.read_lists(all_are_due).await;
            }
            let renewed = self.stockroom.renewed.notified();
            all_are_due = match refresh {
                Some(every) => tokio::time::timeout(every, renewed).await.is_err(),
                None => {
                    renewed.await;
                    true
                }
            };
        }
    }

    /// Looks at each usual port of this machine.
    async fn look_around(&self) {
        let mut changed = false;
        for server in local::servers(&self.stockroom) {
            let listed = local::ask(&self.house.upstream, &server).await;
            changed |= self.stockroom.found(&server.provider, listed);
        }
        if changed {
            self.restock();
        }
    }

    /// Reads the live list of every provider that has one and can be drawn from; or only those that were never heard.
    async fn read_lists(&self, all: bool) {
        let mut changed = false;
        let mut sources = self.stockroom.sources();
        sources.retain(|source| all || self.stockroom.is_unheard(&source.provider));
        for source in sources {
            match fetch::list(&self.house.upstream, &source).await {
                Ok(listed) => {
                    match self.stockroom.hear(&source.provider, listed, self.house.clock.now()) {
                        Belief::Changed => changed = true,
                        Belief::Same => {}
                        Belief::Doubted { before, now } => tracing::warn!(
                            provider = source.provider,
                            before,
                            now,
                            "the live list shrank by more than half; believed if the next look says the same"
                        ),
                    }
                }
                Err(error) => {
                    tracing::info!(provider = source.provider, %error, "the live list was not read; the one of before is kept");
                }
            }
        }
        if changed {
            self.restock();
        }
    }

    fn restock(&self) {
        let laid = self.stockroom.stock(self.house.clock.now(), |shelf| {
            tracing::info!(offers = shelf.catalog.offers.len(), "the catalog changed");
            self.house.restock(shelf);
        });
        if let Err(error) = laid {
            tracing::warn!(%error, "the new catalog cannot be used; the one of before is kept");
        }
    }
}
