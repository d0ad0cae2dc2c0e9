//! A chat stream beside the pictures: events that carry when they were sent, and how late each came.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use serde_json::json;

/// Between two events of the stream.
const PACE: Duration = Duration::from_millis(10);

/// Somebody who listens to one stream after the other.
pub(crate) struct Listening {
    going: Arc<AtomicBool>,
    thread: JoinHandle<Vec<u64>>,
}

/// How late events were, in microseconds, ascending.
pub(crate) struct Lates(Vec<u64>);

impl Listening {
    /// Begins to listen to streams of the router at `address`.
    pub(crate) fn begin(address: &str) -> Self {
        let address = address.strip_prefix("http://").unwrap().to_owned();
        let going = Arc::new(AtomicBool::new(true));
        let goes_on = Arc::clone(&going);
        let thread = thread::spawn(move || {
            let mut all = Vec::new();
            while goes_on.load(Ordering::SeqCst) {
                all.extend(one_stream(&address, &goes_on));
            }
            all
        });
        Self { going, thread }
    }

    /// Leaves; whatever was sent until now was heard.
    pub(crate) async fn end(self) -> Lates {
        self.going.store(false, Ordering::SeqCst);
        let mut lates = tokio::task::spawn_blocking(|| self.thread.join().unwrap()).await.unwrap();
        lates.sort_unstable();
        Lates(lates)
    }
}

impl Lates {
    /// How late the events of this part of all were at most, in milliseconds.
    pub(crate) fn at(&self, part: f64) -> f64 {
        let place = ((self.0.len() as f64 - 1.0) * part) as usize;
        self.0.get(place).map_or(0.0, |late| *late as f64 / 1000.0)
    }

    /// In a line.
    pub(crate) fn told(&self) -> String {
        format!(
            "{} events, p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms",
            self.0.len(),
            self.at(0.5),
            self.at(0.99),
            self.at(1.0)
        )
    }
}

fn one_stream(address: &str, going: &AtomicBool) -> Vec<u64> {
    let mut socket = TcpStream::connect(address).unwrap();
    let body = json!({"model": "talk/brush", "stream": true, "messages": [{"role": "user", "content": "x"}]});
    let body = body.to_string();
    write!(
        socket,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (mut seen, mut piece, mut lates) = (String::new(), [0; 65_536], Vec::new());
    while going.load(Ordering::SeqCst) {
        let read = socket.read(&mut piece).unwrap();
        if read == 0 {
            break;
        }
        let now = micros();
        seen.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        while let Some((_, rest)) = seen.split_once("at=") {
            let Some((sent, rest)) = rest.split_once(';') else { break };
            lates.push(now.saturating_sub(sent.parse().unwrap()));
            seen = rest.to_owned();
        }
    }
    lates
}

/// Two seconds of events, each with the time at which it was sent.
pub(crate) fn talk(socket: &mut TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    write!(
        socket,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    )?;
    for _ in 0..200 {
        thread::sleep(PACE);
        let chunk = json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "brush",
            "choices": [{"index": 0, "delta": {"content": format!("at={};", micros())}}]});
        socket.write_all(format!("data: {chunk}\n\n").as_bytes())?;
    }
    let end = json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "brush",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    socket.write_all(format!("data: {end}\n\ndata: [DONE]\n\n").as_bytes())
}

fn micros() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_micros()).unwrap()
}
