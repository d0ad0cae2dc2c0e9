//! Threads that do heavy work behind everything else that wants a core.
//!
//! The runtime's own threads for blocking work serve files and databases too, and a thread that has given up its priority
//! does not get it back: so these are apart. They are started by the first work, take it in the order in which it came, and
//! end when nobody can give them any more. They know nothing of pictures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::oneshot;

/// How far below everything else they stand (`nice`): a tenth of what an ordinary thread gets of a core that both want.
#[cfg(target_os = "linux")]
const BELOW: i32 = 10;

type Piece = Box<dyn FnOnce() + Send>;

/// Threads for heavy work.
#[derive(Debug)]
pub(super) struct Hands {
    count: usize,
    give: OnceLock<Sender<Piece>>,
}

impl Hands {
    /// At most `count` pieces of work are done at once.
    pub(super) const fn new(count: usize) -> Self {
        Self { count, give: OnceLock::new() }
    }

    /// Does `work`, and waits for it; `None` where it failed. Work that nobody waits for any more is not begun.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, done) = oneshot::channel();
        let piece = move || {
            if !reply.is_closed() {
                // Whoever left meanwhile does not need it.
                drop(reply.send(work()));
            }
        };
        let given = self.give.get_or_init(|| start(self.count)).send(Box::new(piece));
        given
            .inspect_err(|_| tracing::warn!("no thread could be started to work on pictures"))
            .ok()?;
        done.await.ok()
    }
}

fn start(count: usize) -> Sender<Piece> {
    let (give, take) = channel();
    let take = Arc::new(Mutex::new(take));
    for _ in 0..count {
        let take = Arc::clone(&take);
        let thread = std::thread::Builder::new().name("darkroom".to_owned());
        if let Err(error) = thread.spawn(move || toil(&take)) {
            tracing::warn!(%error, "a thread for pictures could not be started");
        }
    }
    give
}

fn toil(take: &Mutex<Receiver<Piece>>) {
    stand_back();
    while let Some(piece) = next(take) {
        // A decoder that panics takes its own picture with it, and nothing else.
        if catch_unwind(AssertUnwindSafe(piece)).is_err() {
            tracing::warn!("work on a picture failed");
        }
    }
}

fn next(take: &Mutex<Receiver<Piece>>) -> Option<Piece> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Lets everything else go before this thread. Elsewhere than on Linux, priorities are those of whole processes.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, BELOW) {
        tracing::debug!(%error, "a thread for pictures keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_by_threads_that_outlive_a_panic() {
        let hands = Hands::new(1);
        assert_eq!(hands.work(|| panic!("a broken decoder")).await, None::<u8>);
        let name = hands.work(|| std::thread::current().name().map(str::to_owned)).await;
        assert_eq!(name.flatten().as_deref(), Some("darkroom"));
        assert_eq!(Hands::new(0).work(|| 1).await, None, "nobody is there to do it");
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_not_begun() {
        let hands = Hands::new(1);
        let (go, gate) = channel::<()>();
        let (tell, told) = channel();
        let first = hands.work(move || gate.recv().is_ok());
        let second = hands.work(move || tell.send(()).is_ok());
        tokio::select! {
            biased;
            _ = first => panic!("the gate is closed"),
            _ = second => panic!("one thread does one thing at a time"),
            () = tokio::task::yield_now() => {}
        }
        // Both were left: the first is at work, the second never is.
        assert!(go.send(()).is_ok());
        assert_eq!(hands.work(|| 3).await, Some(3));
        assert!(told.recv().is_err(), "what was left was not begun");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn its_threads_stand_behind_all_others() {
        let of = || rustix::process::getpriority_process(None).ok();
        let before = of();
        let theirs = Hands::new(1).work(of).await.flatten();
        assert!(theirs >= before && theirs >= Some(BELOW), "{theirs:?}, {before:?}");
        assert_eq!(of(), before, "and only they do");
    }
}
