//! From settings to a house that can serve: files, keys, lists of before, and the first shelf.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rand::TryRng;

use crate::clock::Clock;
use crate::house::{House, Queue};
use crate::journal;
use crate::keys;
use crate::ledger::Ledger;
use crate::reload::Reload;
use crate::settings::Settings;
use crate::stock;
use crate::tasks::Tasks;
use crate::watch::{Ground, Stockroom, Watch};

/// How often pictures are taken down although nobody looks.
const SWEEP: Duration = Duration::from_secs(60);

impl House {
    /// Lays out the first shelf and starts to watch what changes outside: live model lists, and
    /// servers on this machine. Returns once the servers on this machine have been looked for.
    ///
    /// # Errors
    /// When a provider file is wrong, a key cannot be sent, or the state cannot be kept where it has to be.
    pub async fn open(settings: &Settings, tasks: &Tasks) -> anyhow::Result<Arc<Self>> {
        let pantry = stock::pantry(&settings.catalog)?;
        let ground = Ground::new(pantry, settings);
        let stockroom = Arc::new(Stockroom::new(ground, settings.state.path.as_deref()));
        let shelf = stockroom
            .stock(Clock.now(), |shelf| shelf)
            .context("the providers cannot be used as they are")?;
        let seed =
            rand::rngs::SysRng.try_next_u64().context("the system gives no random numbers")?;
        let ledger = settings.state.path.as_deref().map(|path| Ledger::open(path, Clock.now()));
        let ledger = ledger.transpose()?;
        let house = Arc::new(Self::new(settings, shelf, seed));
        if let Some(path) = &settings.state.path {
            house.keys.open(&keys::beside(path), Clock.now())?;
        }
        let seat = ledger.as_ref().map_or(0, Ledger::seat);
        if let Some(ledger) = ledger {
            ledger.begin(&house, tasks)?;
        }
        tasks.start_until_stop(Queue::usher(Arc::clone(&house)));
        tasks.start_until_stop(Self::run_errands(Arc::clone(&house)));
        tasks.start_until_stop(Self::sweep_gallery(Arc::clone(&house)));
        Watch::new(&house, &stockroom).begin(tasks).await;
        Reload::begin(&house, stockroom, settings, tasks);
        house.export.begin(&settings.telemetry, tasks)?;
        // The last, as its thread ends only when the house is closed.
        keep_journal(&house, settings, seat, tasks);
        Ok(house)
    }

    async fn run_errands(house: Arc<Self>) {
        house.errands.run(&house.upstream).await;
    }

    /// A gallery that nobody visits is swept too.
    async fn sweep_gallery(house: Arc<Self>) {
        loop {
            tokio::time::sleep(SWEEP).await;
            house.gallery.sweep(house.clock.now());
        }
    }
}

/// A journal that cannot be kept is no reason not to serve.
fn keep_journal(house: &House, settings: &Settings, seat: u32, tasks: &Tasks) {
    let (Some(path), Some(kept)) = (&settings.state.path, settings.state.journal) else { return };
    let roster = Arc::clone(&house.recent.roster);
    if let Err(error) = house.journal.begin(&journal::beside(path, seat), kept, roster, tasks) {
        tracing::warn!(%error, "requests are remembered in memory only");
    }
}
