//! A response before it becomes bytes: status, headers, and a body with its pace.
//!
//! Faults bend either this (another body, another order of events) or the [`Framing`], and only
//! the last step, [`Reply::script`], knows chunks and content lengths.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::script::{Script, Step, chunk, head};

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// Time until the first byte.
    pub(crate) first_byte: Duration,
    pub(crate) body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Json(Value),
    Bytes(Bytes),
    /// Server-sent events, each after a pause.
    Events(Vec<(Duration, Event)>),
}

/// One server-sent event.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// `: text`, which carries nothing.
    Comment(&'static str),
    /// `data: {…}`.
    Data(Value),
    /// `event: name` and `data: {…}`.
    Named(&'static str, Value),
    /// `data: [DONE]`.
    Done,
    /// Bytes as they stand.
    Raw(Bytes),
}

/// How a reply becomes bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Framing {
    /// Lines end in CRLF.
    pub(crate) crlf: bool,
    /// No space after `data:`.
    pub(crate) tight: bool,
    /// How the bytes of events are spread over writes.
    pub(crate) write: Write,
    /// Replaces the text `"@big@"` by a number beyond 64 bits.
    pub(crate) big_numbers: bool,
}

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Write {
    /// One write an event.
    #[default]
    Each,
    /// One write a byte.
    Bytewise,
    /// All events in one write.
    Together,
}

/// Ten times the largest 64-bit number and more.
const BIG_NUMBER: &str = "340282366920938463463374607431768211456";

// === impl Reply ===

impl Reply {
    /// A JSON body.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::of(status, "application/json", Body::Json(body))
    }

    /// A text body of this content type.
    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::of(status, content_type, Body::Bytes(body.into()))
    }

    /// A stream of events.
    pub(crate) fn events(events: Vec<(Duration, Event)>) -> Self {
        Self::of(200, "text/event-stream", Body::Events(events)).header("cache-control", "no-cache")
    }

    fn of(status: u16, content_type: &str, body: Body) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, first_byte: Duration::ZERO, body }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces the content type.
    pub(crate) fn content_type(&mut self, value: &str) {
        for (name, old) in &mut self.headers {
            if name == "content-type" {
                value.clone_into(old);
            }
        }
    }

    /// The head of a response whose body is chunked.
    pub(crate) fn chunked_head(&self) -> Bytes {
        let mut headers = self.headers.clone();
        headers.push(("transfer-encoding".to_owned(), "chunked".to_owned()));
        head(self.status, &headers).freeze()
    }

    /// The head of a response whose body has this many bytes.
    pub(crate) fn sized_head(&self, length: usize) -> Bytes {
        let mut headers = self.headers.clone();
        headers.push(("content-length".to_owned(), length.to_string()));
        head(self.status, &headers).freeze()
    }

    /// The body of a response that is not a stream of events.
    pub(crate) fn whole(&self, framing: &Framing) -> Bytes {
        match &self.body {
            Body::Json(value) => framing.json(value),
            Body::Bytes(bytes) => bytes.clone(),
            Body::Events(events) => {
                let mut all = Vec::new();
                for (_, event) in events {
                    all.extend_from_slice(&framing.event(event));
                }
                all.into()
            }
        }
    }

    /// The whole answer as it should be.
    pub(crate) fn script(&self, framing: &Framing) -> Script {
        let mut script = self.opening(framing);
        if matches!(self.body, Body::Events(_)) {
            script.steps.push(Step::Send(chunk(b"")));
        }
        script.keep_alive = true;
        script
    }

    /// The answer without what ends it: a stream lacks its last, empty chunk.
    pub(crate) fn opening(&self, framing: &Framing) -> Script {
        let mut steps = Vec::new();
        if !self.first_byte.is_zero() {
            steps.push(Step::Pause(self.first_byte));
        }
        match &self.body {
            Body::Events(events) => {
                steps.push(Step::Send(self.chunked_head()));
                framing.write_events(events, &mut steps);
            }
            Body::Json(_) | Body::Bytes(_) => {
                let body = self.whole(framing);
                let head = self.sized_head(body.len());
                if framing.write == Write::Bytewise {
                    steps.push(Step::Send(head));
                    steps.extend(bytewise(&body));
                } else {
                    steps.push(Step::Send([head, body].concat().into()));
                }
            }
        }
        Script::closing(steps)
    }
}

// === impl Framing ===

impl Framing {
    fn json(&self, value: &Value) -> Bytes {
        let text = value.to_string();
        if self.big_numbers { text.replace("\"@big@\"", BIG_NUMBER).into() } else { text.into() }
    }

    /// One event with its empty line.
    pub(crate) fn event(&self, event: &Event) -> Bytes {
        let end = if self.crlf { "\r\n" } else { "\n" };
        let space = if self.tight { "" } else { " " };
        let mut bytes = Vec::new();
        match event {
            Event::Raw(raw) => return raw.clone(),
            Event::Comment(text) => bytes.extend_from_slice(format!(": {text}{end}").as_bytes()),
            Event::Done => bytes.extend_from_slice(format!("data:{space}[DONE]{end}").as_bytes()),
            Event::Named(name, value) => {
                bytes.extend_from_slice(format!("event:{space}{name}{end}").as_bytes());
                self.push_data(&mut bytes, value);
            }
            Event::Data(value) => self.push_data(&mut bytes, value),
        }
        bytes.extend_from_slice(end.as_bytes());
        bytes.into()
    }

    fn push_data(&self, bytes: &mut Vec<u8>, value: &Value) {
        bytes.extend_from_slice(if self.tight { b"data:" } else { b"data: " });
        bytes.extend_from_slice(&self.json(value));
        bytes.extend_from_slice(if self.crlf { b"\r\n" } else { b"\n" });
    }

    fn write_events(&self, events: &[(Duration, Event)], steps: &mut Vec<Step>) {
        if self.write == Write::Together {
            let pause = events.iter().map(|(pause, _)| *pause).sum();
            let all: Vec<u8> = events.iter().flat_map(|(_, event)| self.event(event)).collect();
            steps.push(Step::Pause(pause));
            steps.push(Step::Send(chunk(&all)));
            return;
        }
        for (pause, event) in events {
            if !pause.is_zero() {
                steps.push(Step::Pause(*pause));
            }
            let bytes = self.event(event);
            match self.write {
                Write::Bytewise => {
                    steps.extend(bytes.chunks(1).map(|byte| Step::Send(chunk(byte))));
                }
                Write::Each | Write::Together => steps.push(Step::Send(chunk(&bytes))),
            }
        }
    }
}

fn bytewise(bytes: &Bytes) -> impl Iterator<Item = Step> + '_ {
    (0..bytes.len()).map(|at| Step::Send(bytes.slice(at..=at)))
}
