//! The only room that starts background work, so that shutdown can wait for all of it.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything that runs beside requests.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Starts `work`; it is waited for at shutdown, so it has to end soon after [`Tasks::stopping`].
    #[expect(clippy::disallowed_methods, reason = "this is the tasks room")]
    pub fn start<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        tokio::spawn(self.tracker.track_future(work));
    }

    /// Starts `work` on a thread of its own; it is waited for at shutdown, so it has to end when it is told to.
    pub fn start_blocking(&self, work: impl FnOnce() + Send + 'static) {
        let token = self.tracker.token();
        tokio::task::spawn_blocking(move || {
            work();
            drop(token);
        });
    }

    /// Starts `work` and drops it where it stands when stopping begins.
    pub fn start_until_stop<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.start(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// Ends when stopping begins.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Whether stopping has begun.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Begins to stop; new work is still tracked.
    pub fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
    }

    /// Waits until all work has ended.
    pub async fn wait(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
