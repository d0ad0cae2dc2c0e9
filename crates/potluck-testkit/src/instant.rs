//! An upstream that costs next to nothing, so that a benchmark measures the router before it.
//!
//! Every answer is built once at the start. A request is found in the bytes with the least work
//! that is still correct: the head is parsed for its path and its length, and the body is searched for
//! `"stream": true`. The path says in which dialect to answer. It keeps connections alive and never looks
//! at keys or models.

mod answers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use answers::{Answers, Spoken};
use bytes::{Buf, BytesMut};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::provider::StartError;
use crate::server::content_length;
use crate::tasks::Tasks;

/// How the upstream answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstantOptions {
    /// 0 takes any free port.
    pub port: u16,
    /// Content events in a stream.
    pub chunks: usize,
    /// Pause between two events; with zero the whole stream is one burst.
    pub pause: Duration,
    /// Length of the JSON body of an answer that is not streamed, at least about 400.
    pub body_bytes: usize,
}

/// A running instant upstream. It stops when it is dropped.
#[derive(Debug)]
pub struct InstantUpstream {
    address: SocketAddr,
    served: Arc<AtomicU64>,
    tasks: Tasks,
}

impl Default for InstantOptions {
    fn default() -> Self {
        Self { port: 0, chunks: 20, pause: Duration::ZERO, body_bytes: 600 }
    }
}

// === impl InstantUpstream ===

impl InstantUpstream {
    /// Opens the port.
    ///
    /// # Errors
    ///
    /// [`StartError`] when the port is taken.
    pub async fn start(options: InstantOptions) -> Result<Self, StartError> {
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
        let address = listener.local_addr()?;
        let answers = Arc::new(Spoken::build(&options));
        let served = Arc::new(AtomicU64::new(0));
        let mut tasks = Tasks::default();
        tasks.start(accept(listener, answers, Arc::clone(&served)));
        Ok(Self { address, served, tasks })
    }

    /// The address that requests of OpenAI's dialect go to, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The address below which every dialect's own paths are, without a slash at the end.
    #[must_use]
    pub fn root_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of the port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests answered so far.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Stops, and returns when the port is closed.
    pub async fn stop(mut self) {
        self.tasks.stop().await;
    }
}

async fn accept(listener: TcpListener, answers: Arc<Spoken>, served: Arc<AtomicU64>) {
    let mut conversations = Tasks::default();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            conversations.start(converse(stream, Arc::clone(&answers), Arc::clone(&served)));
        }
    }
}

async fn converse(mut stream: TcpStream, answers: Arc<Spoken>, served: Arc<AtomicU64>) {
    // a socket without the option is slower and still right
    let _ = stream.set_nodelay(true);
    let mut inbox = BytesMut::with_capacity(16 * 1024);
    while let Some((path, streamed)) = next_request(&mut stream, &mut inbox).await {
        served.fetch_add(1, Ordering::Relaxed);
        if write(&mut stream, answers.at(&path), streamed).await.is_err() {
            return;
        }
    }
}

/// Reads one whole request, and gives its path and whether it asks for a stream; None at the end.
async fn next_request(stream: &mut TcpStream, inbox: &mut BytesMut) -> Option<(String, bool)> {
    loop {
        if let Some((path, head, length)) = measure(inbox)? {
            while inbox.len() < head + length {
                inbox.reserve((head + length - inbox.len()).max(16 * 1024));
                more(stream, inbox).await?;
            }
            let streamed = names_a_stream(&path) || asks_for_stream(&inbox[head..head + length]);
            inbox.advance(head + length);
            return Some((path, streamed));
        }
        inbox.reserve(16 * 1024);
        more(stream, inbox).await?;
    }
}

async fn more(stream: &mut TcpStream, inbox: &mut BytesMut) -> Option<()> {
    stream.read_buf(inbox).await.ok().filter(|&read| read > 0).map(|_| ())
}

/// The path, and the lengths of head and body; None inside when the head is incomplete, None when it is
/// broken.
#[expect(clippy::option_option, reason = "broken and incomplete are two answers of one parse")]
fn measure(inbox: &[u8]) -> Option<Option<(String, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(inbox).ok()? {
        httparse::Status::Partial => Some(None),
        httparse::Status::Complete(head) => {
            Some(Some((request.path?.to_owned(), head, content_length(request.headers)?)))
        }
    }
}

/// Gemini's streams have a path of their own.
fn names_a_stream(path: &str) -> bool {
    path.contains(":streamGenerateContent")
}

/// `"stream"` followed by `true`, with any blanks around the colon.
fn asks_for_stream(body: &[u8]) -> bool {
    memmem::find_iter(body, b"\"stream\"").any(|at| {
        let rest = body[at + 8..].trim_ascii_start();
        rest.strip_prefix(b":").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"true"))
    })
}

async fn write(stream: &mut TcpStream, answers: &Answers, streamed: bool) -> std::io::Result<()> {
    if !streamed {
        return stream.write_all(&answers.whole).await;
    }
    if answers.pause.is_zero() {
        return stream.write_all(&answers.burst).await;
    }
    for (at, event) in answers.events.iter().enumerate() {
        if at > 0 {
            tokio::time::sleep(answers.pause).await;
        }
        stream.write_all(event).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_found_however_it_is_spaced() {
        assert!(asks_for_stream(br#"{"stream":true}"#));
        assert!(asks_for_stream(br#"{"a":"\"stream\"", "stream" : true}"#));
        assert!(!asks_for_stream(br#"{"stream":false,"stream_options":{"include_usage":true}}"#));
    }
}
