//! The requests of the benchmark, and the proof that a gateway answers them rightly.
//!
//! The first answer of each kind is read in full and compared, word by word, with what the upstream said;
//! every later one must have the same shape. Load is only made with proven requests.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::connection::Connection;
use super::events::Events;
use super::script::{PROMPT_END, Script, plain_text};

/// The length of an ordinary prompt, in bytes.
pub(crate) const SMALL_PROMPT: usize = 600;

/// The length of a long prompt, in bytes.
pub(crate) const LARGE_PROMPT: usize = 64 << 10;

/// A request that is answered in one piece.
#[derive(Debug)]
pub(crate) struct PlainAsk {
    request: Vec<u8>,
    length: usize,
}

/// A request that is answered by a stream.
#[derive(Debug)]
pub(crate) struct StreamAsk {
    request: Vec<u8>,
    script: Script,
    bytes: u64,
}

// === impl PlainAsk ===

impl PlainAsk {
    /// Asks once and reads the answer in full.
    pub(crate) async fn prove(address: SocketAddr, prompt: usize) -> Result<Self> {
        let request = request(address, json!({"messages": messages(prompt, "")}));
        let mut body = Vec::new();
        let mut connection = Connection::open(address).await?;
        connection.ask(&request, &mut |payload| body.extend_from_slice(payload)).await?;
        let answer: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
        let said = answer["choices"][0]["message"]["content"].as_str().unwrap_or_default();
        ensure!(said == plain_text(), "the answer's text is not what the upstream said: {answer}");
        ensure!(answer["usage"]["total_tokens"].is_u64(), "the answer has no usage: {answer}");
        Ok(Self { request, length: body.len() })
    }

    /// Asks on a connection and checks status and length.
    pub(crate) async fn ask(&self, connection: &mut Connection) -> Result<()> {
        let mut length = 0;
        connection.ask(&self.request, &mut |payload| length += payload.len()).await?;
        ensure!(length == self.length, "an answer of {length} bytes, not of {}", self.length);
        Ok(())
    }
}

// === impl StreamAsk ===

impl StreamAsk {
    /// Asks once and reads the stream in full.
    pub(crate) async fn prove(address: SocketAddr, script: Script) -> Result<Self> {
        let mut body = json!({"messages": messages(SMALL_PROMPT, &script.order()), "stream": true});
        if script.usage {
            body["stream_options"] = json!({"include_usage": true});
        }
        let request = request(address, body);
        let mut stream = Vec::new();
        let mut connection = Connection::open(address).await?;
        connection.ask(&request, &mut |payload| stream.extend_from_slice(payload)).await?;
        let stream = String::from_utf8(stream).context("the stream is no UTF-8")?;
        ensure!(
            text_of(&stream)? == script.text(),
            "the stream's text is not what the upstream said"
        );
        let mut events = Events::default();
        events.push(stream.as_bytes());
        let ask = Self { request, script, bytes: events.bytes };
        ask.check(&events)?;
        Ok(ask)
    }

    /// Asks on a connection and checks the events; `on_text` is called once, when the first event with
    /// text is whole.
    pub(crate) async fn ask(
        &self,
        connection: &mut Connection,
        on_text: impl FnOnce(),
    ) -> Result<()> {
        let (mut events, mut on_text) = (Events::default(), Some(on_text));
        let sink = &mut |payload: &[u8]| {
            events.push(payload);
            // the first event brings the role alone
            if events.count >= 2
                && let Some(call) = on_text.take()
            {
                call();
            }
        };
        connection.ask(&self.request, sink).await?;
        self.check(&events)
    }

    /// Events of one stream.
    pub(crate) fn events(&self) -> u64 {
        self.script.events()
    }

    fn check(&self, events: &Events) -> Result<()> {
        let (got, wanted) = (events.count, self.script.events());
        ensure!(got == wanted, "a stream of {got} events, not of {wanted}");
        ensure!(events.done, "a stream that does not end with [DONE]");
        ensure!(
            events.bytes == self.bytes,
            "a stream of {} bytes, not of {}",
            events.bytes,
            self.bytes
        );
        Ok(())
    }
}

fn text_of(stream: &str) -> Result<String> {
    let mut text = String::new();
    for data in stream.lines().filter_map(|line| line.strip_prefix("data:")) {
        if data.trim() != "[DONE]" {
            let event: Value = serde_json::from_str(data).context("an event is no JSON")?;
            text.push_str(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
        }
    }
    Ok(text)
}

/// Two messages of `length` bytes together, the order in the last of them.
fn messages(length: usize, order: &str) -> Value {
    const SYSTEM: &str = "Answer briefly, in plain words, and say when you are not certain.";
    const FILLER: &str = "The pot on the long table holds what every neighbour could spare. ";
    let rest = length.saturating_sub(SYSTEM.len() + order.len() + PROMPT_END.len() + 2);
    let mut prompt: String = FILLER.chars().cycle().take(rest).collect();
    for part in [order, PROMPT_END] {
        prompt.push(' ');
        prompt.push_str(part);
    }
    json!([{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}])
}

fn request(address: SocketAddr, mut body: Value) -> Vec<u8> {
    body["model"] = json!("free");
    body["temperature"] = json!(0.7);
    body["max_tokens"] = json!(1000);
    let body = body.to_string();
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nuser-agent: potluck-bench\r\n\
         accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
