//! Answers as bytes, rendered once: head, chunked coding and all.

use std::cell::RefCell;
use std::rc::Rc;

use super::Streams;
use crate::script::{Script, plain_body};

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                           cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";

/// Everything the upstream ever says.
#[derive(Debug)]
pub(super) struct Stock {
    pub(super) plain: Vec<u8>,
    pub(super) models: Vec<u8>,
    pub(super) missing: Vec<u8>,
    /// For a request that did not arrive whole.
    pub(super) torn: Vec<u8>,
    streams: RefCell<Streams>,
}

/// A stream: what is written at once, and what follows after pauses.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) first: Vec<u8>,
    pub(super) rest: Vec<Vec<u8>>,
}

// === impl Stock ===

impl Default for Stock {
    fn default() -> Self {
        let models = r#"{"object":"list","data":[{"id":"tiny","object":"model","created":1767225600,"owned_by":"simulated"}]}"#;
        Self {
            plain: answer("200 OK", &plain_body()),
            models: answer("200 OK", models),
            missing: answer("404 Not Found", r#"{"error":{"message":"no such page"}}"#),
            torn: answer("400 Bad Request", r#"{"error":{"message":"the prompt was not whole"}}"#),
            streams: RefCell::default(),
        }
    }
}

impl Stock {
    /// The stream of a script, rendered the first time it is asked for.
    pub(super) fn stream(&self, script: Script) -> Rc<Rendered> {
        let mut streams = self.streams.borrow_mut();
        Rc::clone(streams.entry(script).or_insert_with(|| Rc::new(Rendered::new(script))))
    }
}

// === impl Rendered ===

impl Rendered {
    fn new(script: Script) -> Self {
        let mut events: Vec<_> = script.bodies().iter().map(|body| event(body)).collect();
        events.push(event("[DONE]"));
        let end = b"0\r\n\r\n".to_vec();
        if script.pause == 0 {
            let first = [STREAM_HEAD.as_bytes(), &events.concat(), &end].concat();
            return Self { first, rest: Vec::new() };
        }
        // the first text comes with the role, the end with the last text: pauses lie between texts alone
        let last = script.chunks as usize;
        let rest = events.split_off(2);
        let first = [STREAM_HEAD.as_bytes(), &events.concat()].concat();
        let (texts, tail) = rest.split_at(last - 1);
        let mut rest = texts.to_vec();
        let tail = [tail.concat(), end].concat();
        match rest.last_mut() {
            Some(text) => text.extend_from_slice(&tail),
            None => rest.push(tail),
        }
        Self { first, rest }
    }
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// One event as one chunk, the way servers that flush after each event send it.
fn event(body: &str) -> Vec<u8> {
    let event = format!("data: {body}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}
