//! Settings and provider files, read again while the house is open: on a change of the files, on a signal, or when asked.
//!
//! Everything is read anew beside what is in force, and takes its place only where all of it is right; else the old stays
//! and what is wrong is told. One task does all of it, one after the other. Streams go on with what they were drawn from.
//! Knows no request and no route.

mod files;
mod standing;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use potluck_core::catalog::Membership;
use tokio::sync::{mpsc, oneshot};

pub use standing::{Refused, Standing};

use crate::events::About;
use crate::house::House;
use crate::settings::{KeyChange, KeyText, Settings, SettingsError, Source};
use crate::stock;
use crate::tasks::Tasks;
use crate::watch::{Ground, Stockroom};
use files::Files;

/// How often the files are looked at. They are read when two looks saw the same change, so that no half is read.
const LOOK: Duration = Duration::from_secs(1);

/// How many may wait for their reload.
const WAITING: usize = 16;

/// Why the settings are read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A file is another than before.
    Changed,
    /// Somebody sent SIGHUP.
    Signal,
    /// An administrator asked.
    Asked,
    /// Keys of providers were given, or taken away.
    Keys,
}

/// Why nothing was put in place of what is in force.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReloadError {
    /// This house was not opened over files.
    #[error(
        "this router was not started over files that could be read again. Only `potluck serve` is."
    )]
    NoFiles,
    /// There is no place for keys.
    #[error(
        "this router keeps nothing (state.path is \":memory:\") and has no file of keys. Name one in catalog.key_file, or set the key's variable in its environment."
    )]
    NothingKept,
    /// The house closes.
    #[error("the router is stopping")]
    Stopping,
    /// Something in the files is wrong.
    #[error("{0}")]
    Wrong(String),
}

type Outcome = Result<Arc<Standing>, ReloadError>;

/// Somebody who wants the settings to be read again.
#[derive(Debug)]
struct Ask {
    cause: Cause,
    /// What is to be changed before.
    change: Option<KeyChange>,
    reply: oneshot::Sender<Outcome>,
}

/// Where reloads are asked for, and what became of the last one.
#[derive(Debug)]
pub struct Reloads {
    ask: mpsc::Sender<Ask>,
    take: Mutex<Option<mpsc::Receiver<Ask>>>,
    standing: Mutex<Arc<Standing>>,
}

impl Default for Reloads {
    fn default() -> Self {
        let (ask, take) = mpsc::channel(WAITING);
        Self { ask, take: Mutex::new(Some(take)), standing: Mutex::default() }
    }
}

impl Reloads {
    /// Which configuration is in force, and what is wrong with a newer one.
    #[must_use]
    pub fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.standing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has everything read again, and waits for what becomes of it.
    ///
    /// # Errors
    /// When there is nothing to read, or something in it is wrong.
    pub async fn ask(&self, cause: Cause) -> Outcome {
        self.leave(cause, None).await
    }

    /// Keeps or forgets keys of providers, and has everything read again.
    ///
    /// # Errors
    /// When they cannot be kept, or nothing can be read again with them; then they are not kept.
    pub async fn change(&self, change: KeyChange) -> Outcome {
        self.leave(Cause::Keys, Some(change)).await
    }

    async fn leave(&self, cause: Cause, change: Option<KeyChange>) -> Outcome {
        if !self.standing().can_reload {
            return Err(ReloadError::NoFiles);
        }
        let (reply, answer) = oneshot::channel();
        let asked = self.ask.send(Ask { cause, change, reply }).await;
        asked.map_err(|_closed| ReloadError::Stopping)?;
        answer.await.unwrap_or(Err(ReloadError::Stopping))
    }

    fn set(&self, standing: Standing) -> Arc<Standing> {
        let standing = Arc::new(standing);
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&standing);
        standing
    }
}

/// Reads again for one house.
#[derive(Debug)]
pub struct Reload {
    house: Arc<House>,
    stockroom: Arc<Stockroom>,
    source: Source,
    /// What the process was started with: some of it holds until it ends.
    first: Settings,
}

impl Reload {
    /// Begins to watch the files of a house, where it was opened over any.
    pub fn begin(house: &Arc<House>, stockroom: Arc<Stockroom>, first: &Settings, tasks: &Tasks) {
        let now = house.clock.now();
        let standing = house.reloads.set(Standing::of(first, now));
        let taken = house.reloads.take.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(source), Some(asked)) = (first.source.clone(), taken) else { return };
        debug_assert!(standing.can_reload, "there is a source");
        let (house, first) = (Arc::clone(house), first.clone());
        let files = Files::of(&source, &first);
        let reload = Arc::new(Self { house, stockroom, source, first });
        tasks.start_until_stop(reload.follow(asked, files));
    }

    async fn follow(self: Arc<Self>, mut asked: mpsc::Receiver<Ask>, mut files: Files) {
        loop {
            let mut ask = tokio::select! {
                ask = asked.recv() => match ask {
                    Some(ask) => Some(ask),
                    None => return,
                },
                () = tokio::time::sleep(LOOK) => None,
            };
            if ask.is_none() && !files.have_settled() {
                continue;
            }
            let cause = ask.as_ref().map_or(Cause::Changed, |ask| ask.cause);
            let change = ask.as_mut().and_then(|ask| ask.change.take());
            // Taken before the reading: what is changed in between is seen at the next look.
            files.look();
            let outcome = Arc::clone(&self).run(cause, change).await;
            if cause == Cause::Keys {
                files.know_keys();
            }
            if let Ok((settings, _)) = &outcome {
                files.follow(settings);
            }
            if let Some(ask) = ask {
                // Whoever asked may have left.
                let _ = ask.reply.send(outcome.map(|(_, standing)| standing));
            }
        }
    }

    /// Reads everything, off the threads that serve, and tells what became of it.
    async fn run(
        self: Arc<Self>,
        cause: Cause,
        change: Option<KeyChange>,
    ) -> Result<(Settings, Arc<Standing>), ReloadError> {
        let (house, before) = (Arc::clone(&self.house), self.house.reloads.standing());
        let reading = Arc::clone(&self);
        let read = tokio::task::spawn_blocking(move || reading.read_with(change)).await;
        let read = read.unwrap_or_else(|panic| {
            Err(ReloadError::Wrong(format!("the reading broke off: {panic}")))
        });
        let now = house.clock.now();
        let (standing, outcome) = match read {
            Ok(settings) => {
                let standing = house.reloads.set(Standing::after(&self.first, &settings, now));
                let shelf = house.shelf();
                standing.log(cause, shelf.catalog.offers.len());
                for note in shelf.catalog.pools.iter().flat_map(Membership::notes) {
                    tracing::warn!("{note}");
                }
                (Arc::clone(&standing), Ok((settings, standing)))
            }
            // The files are as they were: what is wrong with them, if anything, is told already.
            Err(error) if cause == Cause::Keys => return Err(error),
            Err(error) => {
                let why = error.to_string();
                tracing::warn!(
                    ?cause,
                    "the configuration was read again and is refused; the one of before stays in force: {why}"
                );
                let refused = Refused { at: now, why };
                let standing = Standing { refused: Some(refused), ..Standing::clone(&before) };
                (house.reloads.set(standing), Err(error))
            }
        };
        house.events.tell("configuration", || (About::House, standing.told()));
        outcome
    }

    /// The same with other keys, or with those of before where nothing can be read with them.
    fn read_with(&self, change: Option<KeyChange>) -> Result<Settings, ReloadError> {
        let before = change.map(|change| self.keep(&change)).transpose()?;
        let read = self.read().map_err(ReloadError::Wrong);
        if let (Err(_), Some(before)) = (&read, before) {
            before.write().map_err(wrong)?;
        }
        read
    }

    /// Writes other keys where the settings of now say; those of before.
    fn keep(&self, change: &KeyChange) -> Result<KeyText, ReloadError> {
        let settings = self.source.read().map_err(wrong)?;
        settings.keys.change(change).map_err(wrong)?.ok_or(ReloadError::NothingKept)
    }

    /// Reads everything and puts it in place, or says what is wrong.
    fn read(&self) -> Result<Settings, String> {
        let settings = self.source.read().map_err(|error| error.to_string())?;
        let mut at_this_door = settings.clone();
        at_this_door.server.bind = self.first.server.bind;
        if self.house.keys.is_empty() {
            at_this_door.check_bind().map_err(|error| error.to_string())?;
        }
        let pantry = stock::pantry(&settings.catalog).map_err(|error| error.to_string())?;
        let ground = Ground::new(pantry, &settings);
        let now = self.house.clock.now();
        let put = |shelf| self.house.renew(&at_this_door, shelf);
        self.stockroom.renew(ground, now, put).map_err(|error| error.to_string())?;
        Ok(settings)
    }
}

fn wrong(error: SettingsError) -> ReloadError {
    ReloadError::Wrong(error.to_string())
}
