//! The requests of one pair, and the proof that they are answered rightly.
//!
//! The first answer of each kind is read in full and its words compared with what the upstream says; every later
//! one must have the same length, but for what differs between two answers: clocks and times.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;

use super::door::Door;
use super::{ANSWER, CHUNKS};
use crate::connection::Connection;

/// The words that the system begins with, and the length of the person's, in bytes.
const SYSTEM: &str = "Answer briefly, in plain words, and say when you are not certain.";
const PROMPT: usize = 600;

/// By how many bytes two right answers may differ.
const SLACK: usize = 64;

/// How long all answers to one load may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The two requests of a pair.
#[derive(Debug)]
pub(crate) struct Asks {
    pub(super) whole: Ask,
    pub(super) stream: Ask,
}

/// A request whose answer is known.
#[derive(Debug)]
pub(super) struct Ask {
    request: Vec<u8>,
    length: usize,
}

/// Connections that ask side by side.
#[derive(Debug)]
pub(super) struct Crew(Vec<Connection>);

// === impl Asks ===

impl Asks {
    /// Asks for a whole answer and for a stream, and reads both in full.
    pub(crate) async fn prove(address: SocketAddr, door: Door, provider: &str) -> Result<Self> {
        let (request, body) = ask(address, door, provider, false).await?;
        let said = door.said(&body)?;
        ensure!(
            said.starts_with(upstream_says(1).trim_end()) && said.len() > ANSWER / 3,
            "the answer's words are not what the upstream said: {said}"
        );
        let whole = Ask { request, length: body.len() };
        let (request, body) = ask(address, door, provider, true).await?;
        let said = door.streamed(&body)?;
        ensure!(
            said == upstream_says(CHUNKS),
            "the stream's words are not what the upstream said: {said}"
        );
        Ok(Self { whole, stream: Ask { request, length: body.len() } })
    }
}

/// What the upstream says in so many pieces.
fn upstream_says(chunks: usize) -> String {
    format!("[simulated by instant]{}", " soup".repeat(chunks - 1))
}

async fn ask(
    address: SocketAddr,
    door: Door,
    provider: &str,
    stream: bool,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let request = request(address, door, provider, stream);
    let mut body = Vec::new();
    let mut connection = Connection::open(address).await?;
    connection.ask(&request, &mut |payload| body.extend_from_slice(payload)).await?;
    Ok((request, body))
}

fn request(address: SocketAddr, door: Door, provider: &str, stream: bool) -> Vec<u8> {
    const FILLER: &str = "The pot on the long table holds what every neighbour could spare. ";
    let prompt: String = FILLER.chars().cycle().take(PROMPT).collect();
    let body = door.body(&format!("{provider}/tiny"), SYSTEM, &prompt, stream).to_string();
    format!(
        "POST {} HTTP/1.1\r\nhost: {address}\r\nuser-agent: potluck-bench\r\n\
         accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        door.path(),
        body.len()
    )
    .into_bytes()
}

// === impl Ask ===

impl Ask {
    async fn once(&self, connection: &mut Connection) -> Result<()> {
        let mut length = 0;
        connection.ask(&self.request, &mut |payload| length += payload.len()).await?;
        ensure!(
            length.abs_diff(self.length) <= SLACK,
            "an answer of {length} bytes, not of {}",
            self.length
        );
        Ok(())
    }
}

// === impl Crew ===

impl Crew {
    /// Opens `size` connections.
    pub(super) async fn open(address: SocketAddr, size: usize) -> Result<Self> {
        Ok(Self(try_join_all((0..size).map(|_| Connection::open(address))).await?))
    }

    /// Each connection asks so many times, one after another. Gives how many answers there were, all of them right.
    pub(super) async fn ask(&mut self, ask: &Ask, times: usize) -> Result<u64> {
        let answers = self.0.len() * times;
        let workers = self.0.iter_mut().map(|connection| async move {
            for _ in 0..times {
                ask.once(connection).await?;
            }
            anyhow::Ok(())
        });
        tokio::time::timeout(PATIENCE, try_join_all(workers))
            .await
            .with_context(|| format!("{answers} answers took longer than {PATIENCE:?}"))??;
        Ok(answers as u64)
    }
}
