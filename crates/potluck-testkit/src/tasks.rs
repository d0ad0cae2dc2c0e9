//! The background tasks of one server.
//!
//! A task lives in a set that someone owns; when the owner goes, so do its tasks. Nothing in this
//! crate runs detached, so a dropped provider leaves no socket behind.

use tokio::task::JoinSet;

/// A set of tasks that end when the set is dropped.
#[derive(Debug, Default)]
pub(crate) struct Tasks(JoinSet<()>);

impl Tasks {
    /// Starts a task on the current runtime and forgets those that have ended.
    pub(crate) fn start(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        while self.0.try_join_next().is_some() {}
        self.0.spawn(task);
    }

    /// Aborts every task and waits until all of them are gone.
    pub(crate) async fn stop(&mut self) {
        self.0.shutdown().await;
    }
}
