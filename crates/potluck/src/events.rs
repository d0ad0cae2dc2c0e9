//! What happens, told to whoever listens: facts without prompts or answers.
//!
//! Whoever has something to tell calls [`Events::tell`]; while nobody listens that reads one number. A listener has a
//! bounded line of its own: one that is slower than what happens loses the oldest, is told how many, and never holds up
//! who tells. What is told of the pool is
//! found by looking ([`Lookout`]); what is told of requests comes from whoever serves them.

mod facts;
mod lookout;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use potluck_core::names::OfferName;
use serde_json::Value;
use tokio::sync::{Notify, broadcast};

pub use facts::{begun, ended, failed, tried};
pub use lookout::{Change, Lookout};

/// How many events a listener may be behind. An event takes a few hundred bytes.
const ROOM: usize = 512;

/// The most that listen at once.
pub const LISTENERS: usize = 32;

/// Those who listen, and the way to them.
#[derive(Debug)]
pub struct Events {
    /// What was last seen of the pool.
    pub lookout: Lookout,
    listening: AtomicUsize,
    /// Somebody began to listen.
    begun: Notify,
    channel: Mutex<Channel>,
}

#[derive(Debug)]
struct Channel {
    /// `None` once the house closes.
    sender: Option<broadcast::Sender<Told>>,
    told: u64,
}

/// What an event is about: not all who listen may be told of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The house as a whole.
    House,
    /// An offer, by its name.
    Offer(OfferName),
    /// A limit, by the key of its counter.
    Limit(Arc<str>),
    /// A request of whoever has the client key with this id; empty where they have none.
    Request(String),
}

/// One event.
#[derive(Clone, Debug)]
pub struct Told {
    /// Counts up from 1 as long as the process lives.
    pub id: u64,
    /// What kind of event.
    pub kind: &'static str,
    /// What it is about.
    pub about: About,
    /// JSON in one line.
    pub data: Arc<str>,
}

/// One who listens. Dropped, nothing is kept for them any more.
#[derive(Debug)]
pub struct Listener {
    events: Arc<Events>,
    receiver: broadcast::Receiver<Told>,
    /// The last event before they began.
    pub since: u64,
}

/// What a listener hears next.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An event.
    Event(Told),
    /// So many were lost: the listener was too slow.
    Lagged(u64),
    /// The house closes.
    End,
}

impl Default for Events {
    fn default() -> Self {
        let sender = Some(broadcast::Sender::new(ROOM));
        Self {
            lookout: Lookout::default(),
            listening: AtomicUsize::new(0),
            begun: Notify::new(),
            channel: Mutex::new(Channel { sender, told: 0 }),
        }
    }
}

impl Events {
    /// Whether anybody listens.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.listeners() > 0
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.listening.load(Ordering::Relaxed)
    }

    /// Tells an event to all who listen; it is made only where somebody does.
    pub fn tell(&self, kind: &'static str, event: impl FnOnce() -> (About, Value)) {
        if self.is_heard() {
            let (about, data) = event();
            let data: Arc<str> = data.to_string().into();
            let mut channel = self.channel();
            channel.told += 1;
            let id = channel.told;
            if let Some(sender) = &channel.sender {
                // Nobody may be left: then it is lost, as it should be.
                let _ = sender.send(Told { id, kind, about, data });
            }
        }
    }

    /// Begins to listen; `None` where too many do, or the house closes.
    #[must_use]
    pub fn listen(self: &Arc<Self>) -> Option<Listener> {
        let channel = self.channel();
        let receiver = channel.sender.as_ref()?.subscribe();
        if self.listeners() >= LISTENERS {
            return None;
        }
        self.listening.fetch_add(1, Ordering::Relaxed);
        let since = channel.told;
        drop(channel);
        self.begun.notify_one();
        Some(Listener { events: Arc::clone(self), receiver, since })
    }

    /// Ends when somebody listens.
    pub async fn heard(&self) {
        while !self.is_heard() {
            self.begun.notified().await;
        }
    }

    /// No more events: all who listen come to their end.
    pub fn close(&self) {
        self.channel().sender = None;
    }

    fn channel(&self) -> MutexGuard<'_, Channel> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// The next event, when there is one.
    pub async fn next(&mut self) -> Heard {
        match self.receiver.recv().await {
            Ok(told) => Heard::Event(told),
            Err(broadcast::error::RecvError::Lagged(lost)) => Heard::Lagged(lost),
            Err(broadcast::error::RecvError::Closed) => Heard::End,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.events.listening.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn events_come_in_order_and_only_while_somebody_listens() {
        let events = Arc::new(Events::default());
        events.tell("state", || panic!("nobody listens: it is not made"));
        let mut listener = events.listen().expect("there is room");
        assert_eq!((events.listeners(), listener.since), (1, 0));
        events.tell("state", || (About::House, json!({ "offer": "a/x" })));
        let Heard::Event(told) = listener.next().await else { panic!("an event was told") };
        assert_eq!((told.id, told.kind, &*told.data), (1, "state", r#"{"offer":"a/x"}"#));
        drop(listener);
        assert!(!events.is_heard());
    }

    #[tokio::test]
    async fn a_slow_listener_loses_the_oldest_and_is_told_how_many() {
        let events = Arc::new(Events::default());
        let mut slow = events.listen().expect("there is room");
        for number in 0..ROOM + 100 {
            events.tell("limit", || (About::House, json!(number)));
        }
        assert!(matches!(slow.next().await, Heard::Lagged(100)));
        let Heard::Event(told) = slow.next().await else { panic!("the rest is there") };
        assert_eq!(told.id, 101);
    }

    #[tokio::test]
    async fn listeners_are_bounded_and_end_with_the_house() {
        let events = Arc::new(Events::default());
        let mut all: Vec<Listener> = (0..LISTENERS).filter_map(|_| events.listen()).collect();
        assert_eq!(all.len(), LISTENERS);
        assert!(events.listen().is_none());
        events.close();
        assert!(matches!(all.remove(0).next().await, Heard::End));
        all.clear();
        assert!(events.listen().is_none(), "closed is closed");
        assert_eq!(events.listeners(), 0);
    }
}
