//! A provider whose answers a test wrote, for dialects that the simulated ones do not speak.
//!
//! It answers each request with the next answer that it was given, as one document or as a stream, whichever the
//! request's path asks for, and keeps what it was asked. It knows HTTP, and of a dialect only how its streams
//! are framed.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::provider::StartError;
use crate::server::{Ended, Event, Framing, Greeting, Host, Listening, Reply, Request, Script};

/// A running provider of canned answers in Gemini's framing. It stops when it is dropped.
#[derive(Debug)]
pub struct CannedGemini {
    listening: Listening,
    kept: Arc<Kept>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The path with its query.
    pub target: String,
    /// What `x-goog-api-key` said.
    pub key: String,
    /// The body.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Kept {
    answers: Mutex<VecDeque<(u16, Vec<Value>)>>,
    heard: Mutex<Vec<Heard>>,
}

impl CannedGemini {
    /// Opens a free port.
    ///
    /// # Errors
    ///
    /// [`StartError`] when there is none.
    pub async fn start() -> Result<Self, StartError> {
        let kept = Arc::new(Kept::default());
        let listening = Listening::start(0, Greeting::Plain, Arc::clone(&kept)).await?;
        Ok(Self { listening, kept })
    }

    /// The address of the port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// What the next request is answered: the chunks of a stream, or the one document of a whole answer.
    pub fn answer_next(&self, status: u16, documents: Vec<Value>) {
        lock(&self.kept.answers).push_back((status, documents));
    }

    /// What was asked so far.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.kept.heard).clone()
    }
}

impl Host for Kept {
    type Ticket = ();

    fn answer(self: &Arc<Self>, request: Request) -> (Script, ()) {
        let target = format!("{}?{}", request.path, request.query);
        let key = request.header("x-goog-api-key").unwrap_or_default().to_owned();
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        lock(&self.heard).push(Heard { target, key, body });
        let next = lock(&self.answers).pop_front();
        let (status, mut documents) = next.unwrap_or_else(|| {
            (500, vec![json!({"error": {"code": 500, "message": "[simulated] no answer is left"}})])
        });
        let streams = request.path.ends_with(":streamGenerateContent") && status == 200;
        let reply = if streams && request.query == "alt=sse" {
            let event = |document| (Duration::ZERO, Event::Data(document));
            Reply::events(documents.into_iter().map(event).collect())
        } else if streams {
            Reply::json(status, documents.into())
        } else {
            Reply::json(status, documents.pop().unwrap_or_default())
        };
        (reply.script(&Framing { crlf: true, ..Framing::default() }), ())
    }

    fn finish(&self, (): (), _: Ended) {}
}

/// A panic in another test must not hide what this one saw.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
