//! A raw TCP client: what it reads is what was on the wire.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How the server ended, as far as the client waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// FIN.
    Closed,
    /// RST.
    Reset,
    /// Nothing more came within the time.
    Silent,
}

/// Everything that was read.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ending: Ending,
}

/// A chat request with one short message.
pub(crate) fn ask(model: &str, stream: bool) -> Value {
    json!({"model": model, "stream": stream,
        "messages": [{"role": "user", "content": "Tell me about soup"}]})
}

/// The bytes of a POST that asks to close afterwards.
pub(crate) fn post(body: &Value) -> Vec<u8> {
    posted(body, "connection: close\r\n")
}

/// The bytes of a POST after which the connection may be used again.
pub(crate) fn kept_open(body: &Value) -> Vec<u8> {
    posted(body, "")
}

fn posted(body: &Value, header: &str) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{header}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends and reads until the end, or until nothing has come for `patience`.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8], patience: Duration) -> Got {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    read_all(&mut stream, patience).await
}

pub(crate) async fn read_all(stream: &mut TcpStream, patience: Duration) -> Got {
    let mut bytes = Vec::new();
    loop {
        match timeout(patience, stream.read_buf(&mut bytes)).await {
            Err(_) => return Got { bytes, ending: Ending::Silent },
            Ok(Ok(0)) => return Got { bytes, ending: Ending::Closed },
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Got { bytes, ending: Ending::Reset },
        }
    }
}

/// Sends and reads for this long, whatever comes.
pub(crate) async fn watch(address: SocketAddr, request: &[u8], time: Duration) -> Got {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    let reading = async { while stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {} };
    let ending = match timeout(time, reading).await {
        Ok(()) => Ending::Closed,
        Err(_) => Ending::Silent,
    };
    Got { bytes, ending }
}

impl Got {
    pub(crate) fn text(&self) -> String {
        self.bytes.iter().map(|&byte| char::from(byte)).collect()
    }

    pub(crate) fn status(&self) -> u16 {
        self.text().get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn head(&self) -> String {
        self.text().split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.map(str::to_owned)
    }

    fn after_head(&self) -> &[u8] {
        let place = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        place.map_or(&[], |at| &self.bytes[at + 4..])
    }

    /// The body, and whether HTTP says that it is whole.
    pub(crate) fn body(&self) -> (Vec<u8>, bool) {
        let rest = self.after_head();
        if let Some(length) = self.header("content-length") {
            let length: usize = length.parse().unwrap();
            return (rest.to_vec(), rest.len() == length);
        }
        dechunk(rest)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        let (body, whole) = self.body();
        assert!(whole, "cut body");
        serde_json::from_slice(&body).unwrap()
    }

    /// The data of every event of a stream.
    pub(crate) fn data(&self) -> Vec<String> {
        let (body, _) = self.body();
        let text = String::from_utf8(body).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("data:").map(|data| data.trim().to_owned()))
            .collect()
    }

    /// The content of every delta, joined.
    pub(crate) fn content(&self) -> String {
        self.chunks()
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
            .collect()
    }

    /// Every event that is JSON.
    pub(crate) fn chunks(&self) -> Vec<Value> {
        self.data().iter().filter_map(|data| serde_json::from_str(data).ok()).collect()
    }
}

fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else {
            return (body, false);
        };
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let Ok(size) = usize::from_str_radix(size, 16) else { return (body, false) };
        rest = &rest[line + 2..];
        if size == 0 {
            return (body, rest == b"\r\n");
        }
        if rest.len() < size + 2 {
            body.extend_from_slice(&rest[..size.min(rest.len())]);
            return (body, false);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}
