//! How far the pictures of one request are, for whoever shows it: told by the attempts, looked at by the door.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Mark};

/// The pictures of one request.
#[derive(Clone, Debug)]
pub struct Board(Arc<[Mutex<Stage>]>);

/// The place of one picture on it.
#[derive(Clone, Debug)]
pub struct Place {
    board: Board,
    number: usize,
}

/// How far one picture is.
#[derive(Clone, Debug, Default)]
struct Stage {
    done: bool,
    offer: Option<String>,
    queue: Option<u32>,
    /// How long it would take, and when that was said.
    estimate: Option<(Duration, Mark)>,
}

/// How far all of them are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How many are finished.
    pub done: usize,
    /// How many there are to be.
    pub of: usize,
    /// How many of others are before the one that waits longest, where its provider says.
    pub queue: Option<u32>,
    /// How long the one that waits longest will take, where its provider says; in whole seconds.
    pub wait: Option<u64>,
    /// Who is at the one that waits longest.
    pub offer: Option<String>,
}

impl Board {
    /// For so many pictures.
    #[must_use]
    pub fn new(pictures: usize) -> Self {
        Self((0..pictures).map(|_| Mutex::default()).collect())
    }

    /// The place of one of them.
    #[must_use]
    pub fn place(&self, number: usize) -> Place {
        Place { board: self.clone(), number }
    }

    /// How far all of them are now.
    #[must_use]
    pub fn look(&self) -> Look {
        let mut look = Look { of: self.0.len(), ..Look::default() };
        for stage in self.0.iter() {
            let stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
            if stage.done {
                look.done += 1;
                continue;
            }
            let left = |(told, at): (Duration, Mark)| told.saturating_sub(at.elapsed()).as_secs();
            let wait = stage.estimate.map(left);
            if look.offer.is_none() || wait > look.wait {
                look.offer.clone_from(&stage.offer);
                look.queue = stage.queue;
                look.wait = wait;
            }
        }
        look
    }
}

impl Place {
    /// The picture waits at a provider.
    pub fn wait(&self, offer: &str, queue: Option<u32>, estimate: Option<Duration>) {
        let estimate = estimate.map(|estimate| (estimate, Clock.mark()));
        self.change(|stage| {
            *stage = Stage { done: false, offer: Some(offer.to_owned()), queue, estimate };
        });
    }

    /// The picture is finished, one way or the other.
    pub fn done(&self) {
        self.change(|stage| stage.done = true);
    }

    fn change(&self, change: impl FnOnce(&mut Stage)) {
        if let Some(stage) = self.board.0.get(self.number) {
            change(&mut stage.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_waits_longest_is_shown() {
        let board = Board::new(3);
        assert_eq!(board.look(), Look { of: 3, ..Look::default() });
        board.place(0).wait("a/b", Some(2), Some(Duration::from_secs(30)));
        board.place(1).wait("c/d", Some(9), Some(Duration::from_secs(90)));
        board.place(2).done();
        let look = board.look();
        assert_eq!((look.done, look.of, look.queue), (1, 3, Some(9)));
        assert_eq!(look.offer.as_deref(), Some("c/d"));
        assert!(look.wait.is_some_and(|wait| (80..=90).contains(&wait)));
        board.place(7).done();
    }
}
