//! What became of requests and how each was decided, on disk: behind the requests, never in their way.
//!
//! Whoever is done hands a [`Fact`] over; one thread of its own writes what has gathered, twice a second, and answers
//! questions of what it wrote. While the file is held by somebody else, or the disk is full, facts wait: so many, and
//! the newest beyond that are dropped and counted.
//! What is kept is bounded in rows and days; prompts and answers are in no fact, and words of providers, which may repeat
//! a prompt, are left out (`docs/adr/0013-a-journal-beside-the-counters.md`).
//!
//! This room knows facts and SQL. It does not know the path of a request.

mod form;
mod store;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use potluck_core::Moment;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::database::OpenError;
use crate::recent::{Fact, Listed, Roster, Wanted};
use crate::tasks::Tasks;
use store::Store;

/// How long facts gather until they are written.
const PAUSE: Duration = Duration::from_millis(500);

/// How many facts may wait, those among them that are being written. Most are remembered anyway, so that they take little
/// memory.
const ROOM: usize = 1024;

/// How many questions may wait.
const QUESTIONS: usize = 32;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The most requests.
    pub rows: u64,
    /// The longest time.
    pub age: Duration,
}

/// The desk at which facts are handed over.
#[derive(Debug, Default)]
pub struct Journal {
    desk: Mutex<Desk>,
    rung: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Desk {
    /// `None` while nothing is written.
    kept: Option<Retention>,
    /// A fact stays here until it is written: what waits is never more than there is room for.
    facts: VecDeque<Arc<Fact>>,
    questions: Vec<Question>,
    closing: bool,
    /// The file could not be written the last time, and it is tried again: how many were dropped by then.
    stalled: Option<u64>,
}

/// What is done in one go.
struct Work {
    facts: Vec<Arc<Fact>>,
    questions: Vec<Question>,
    closing: bool,
}

#[derive(Debug)]
enum Question {
    Find(String, oneshot::Sender<Option<Arc<Fact>>>),
    List(Wanted, oneshot::Sender<Vec<Listed>>),
}

/// The file beside the counters' own: each of those who share the count has its own journal.
#[must_use]
pub fn beside(state: &Path, seat: u32) -> PathBuf {
    let end = if seat == 0 { "journal.db".to_owned() } else { format!("journal-{seat}.db") };
    state.with_extension(end)
}

impl Journal {
    /// Opens the file and writes into it until [`Journal::close`]. Numbers of the roster go on where they ended.
    ///
    /// # Errors
    /// [`OpenError`] when nothing can be written there: requests go on without a journal.
    pub fn begin(
        self: &Arc<Self>,
        path: &Path,
        kept: Retention,
        roster: Arc<Roster>,
        tasks: &Tasks,
    ) -> Result<(), OpenError> {
        let mut store = Store::open(path, kept, roster, Clock.now())?;
        self.desk().kept = Some(kept);
        let journal = Arc::clone(self);
        tasks.start_blocking(move || while journal.write(&mut store).is_some() {});
        Ok(())
    }

    /// How much is kept; `None` where there is no journal.
    #[must_use]
    pub fn kept(&self) -> Option<Retention> {
        self.desk().kept
    }

    /// How many facts could not be written since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// How many facts wait to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.desk().facts.len()
    }

    /// Hands over what became of a request. Never waits; without room it is dropped.
    pub fn keep(&self, fact: &Arc<Fact>) {
        let mut desk = self.desk();
        if desk.kept.is_none() || desk.closing {
            return;
        }
        if desk.facts.len() >= ROOM {
            drop(desk);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        desk.facts.push_back(Arc::clone(fact));
        let rings = desk.facts.len() == 1 || desk.is_pressing();
        drop(desk);
        if rings {
            self.rung.notify_one();
        }
    }

    /// What became of the request `id`, if that was written.
    pub async fn find(&self, id: &str) -> Option<Arc<Fact>> {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::Find(id.to_owned(), reply));
        answer.await.ok()?
    }

    /// Those that are wanted, the newest first; `None` where there is no journal, or too many ask.
    pub async fn list(&self, wanted: &Wanted) -> Option<Vec<Listed>> {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::List(wanted.clone(), reply));
        answer.await.ok()
    }

    /// A question that finds no room is dropped, which its asker notices.
    fn ask(&self, question: Question) {
        let mut desk = self.desk();
        if desk.kept.is_some() && !desk.closing && desk.questions.len() < QUESTIONS {
            desk.questions.push(question);
            drop(desk);
            self.rung.notify_one();
        }
    }

    /// The last request has ended: what is left is written, and the thread ends.
    pub fn close(&self) {
        self.desk().closing = true;
        self.rung.notify_one();
    }

    /// Waits for work and does it; `None` after the last.
    fn write(&self, store: &mut Store) -> Option<()> {
        let Work { facts, questions, closing } = self.gather();
        match store.write(&facts, Clock.now()) {
            Ok(()) => self.written(facts.len()),
            Err(error) if is_passing(&error) && !closing => self.stall(&error),
            Err(error) => self.lose(facts.len(), &error),
        }
        for question in questions {
            answer(store, question);
        }
        (!closing).then_some(())
    }

    fn gather(&self) -> Work {
        let is_idle = |desk: &mut Desk| desk.facts.is_empty() && !desk.is_pressing();
        let desk =
            self.rung.wait_while(self.desk(), is_idle).unwrap_or_else(PoisonError::into_inner);
        // Whoever knocks first does not wake this for each one after.
        let calm = |desk: &mut Desk| !desk.is_pressing();
        let gathered = self.rung.wait_timeout_while(desk, PAUSE, calm);
        let (mut desk, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        Work {
            facts: desk.facts.iter().cloned().collect(),
            questions: std::mem::take(&mut desk.questions),
            closing: desk.closing,
        }
    }

    fn written(&self, count: usize) {
        let before = {
            let mut desk = self.desk();
            desk.remove(count);
            desk.stalled.take()
        };
        if let Some(before) = before {
            let lost = self.dropped().saturating_sub(before);
            tracing::warn!(
                lost,
                "the journal is written again; so many requests found no room meanwhile"
            );
        }
    }

    /// The facts stay where they are, and are tried again.
    fn stall(&self, error: &rusqlite::Error) {
        let before = self.dropped();
        let mut desk = self.desk();
        let is_news = desk.stalled.is_none();
        desk.stalled.get_or_insert(before);
        drop(desk);
        if is_news {
            tracing::warn!(
                %error, room = ROOM,
                "the journal cannot be written now: it is tried again, and requests beyond that room will not be in it"
            );
        }
    }

    fn lose(&self, count: usize, error: &rusqlite::Error) {
        self.desk().remove(count);
        self.dropped.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        tracing::warn!(%error, lost = count, "the journal cannot be written: these requests are not in it");
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// The oldest are done with.
    fn remove(&mut self, count: usize) {
        self.facts.drain(..count.min(self.facts.len()));
    }

    fn is_pressing(&self) -> bool {
        let is_filling = self.stalled.is_none() && self.facts.len() >= ROOM / 2;
        self.closing || !self.questions.is_empty() || is_filling
    }
}

/// Who asked may have left: then nobody hears it. A file that cannot be read has nothing to say.
fn answer(store: &Store, question: Question) {
    match question {
        Question::Find(id, reply) => drop(reply.send(store.find(&id).unwrap_or_else(unread))),
        Question::List(wanted, reply) => {
            drop(reply.send(store.list(&wanted).unwrap_or_else(unread)));
        }
    }
}

/// Whether the same may well be written in a moment: somebody else holds the file, or there is no room on the disk.
fn is_passing(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
    let code = error.sqlite_error_code();
    matches!(code, Some(DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure))
}

fn unread<T: Default>(error: rusqlite::Error) -> T {
    tracing::warn!(%error, "the journal cannot be read");
    T::default()
}

/// The oldest moment that is kept.
fn oldest(kept: Retention, now: Moment) -> Moment {
    now.before(kept.age)
}

#[cfg(test)]
mod tests;
