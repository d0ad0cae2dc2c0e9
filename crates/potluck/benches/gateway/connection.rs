//! A kept-alive connection of the load generator: as little HTTP/1.1 as is needed to drive a gateway.
//!
//! It costs a few microseconds a request, so that a gateway on one core is busy before the load generator
//! is. It must not know what answers mean, but it never accepts a broken one.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::chunked::Chunked;

/// The size of one read, and the greatest head that is read.
const INBOX: usize = 64 << 10;

/// How much of a refusal is told.
const MOST_TOLD: usize = 600;

/// A connection, empty between two requests.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    inbox: Box<[u8]>,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug)]
enum Framing {
    Length(usize),
    Chunked,
}

// === impl Connection ===

impl Connection {
    /// Connects, with small packets sent at once.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, inbox: vec![0; INBOX].into_boxed_slice(), start: 0, end: 0 })
    }

    /// Sends a request and reads its answer to the end; `sink` gets the payload as it arrives. Anything
    /// but a whole 200 is an error.
    pub(crate) async fn ask(&mut self, request: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<()> {
        self.stream.write_all(request).await?;
        let (status, framing) = self.head().await?;
        if status == 200 {
            self.body(framing, sink).await?;
        } else {
            let mut told = Vec::new();
            self.body(framing, &mut |payload| told.extend_from_slice(payload)).await?;
            told.truncate(MOST_TOLD);
            bail!("answered {status}: {}", String::from_utf8_lossy(&told));
        }
        ensure!(self.start == self.end, "{} bytes follow the answer", self.end - self.start);
        Ok(())
    }

    async fn head(&mut self) -> Result<(u16, Framing)> {
        (self.start, self.end) = (0, 0);
        loop {
            self.read().await?;
            if let Some((length, status, framing)) = parse_head(&self.inbox[..self.end])? {
                self.start = length;
                return Ok((status, framing));
            }
        }
    }

    async fn body(&mut self, framing: Framing, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        match framing {
            Framing::Length(length) => self.counted(length, sink).await,
            Framing::Chunked => self.chunked(sink).await,
        }
    }

    async fn counted(&mut self, mut left: usize, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        while left > 0 {
            self.refill().await?;
            let taken = left.min(self.end - self.start);
            sink(&self.inbox[self.start..self.start + taken]);
            self.start += taken;
            left -= taken;
        }
        Ok(())
    }

    async fn chunked(&mut self, sink: &mut impl FnMut(&[u8])) -> Result<()> {
        let mut chunked = Chunked::default();
        while !chunked.is_done() {
            self.refill().await?;
            self.start += chunked.push(&self.inbox[self.start..self.end], sink)?;
        }
        Ok(())
    }

    async fn refill(&mut self) -> Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        ensure!(self.end < self.inbox.len(), "the head of an answer is longer than {INBOX} bytes");
        let read = self.stream.read(&mut self.inbox[self.end..]).await?;
        ensure!(read > 0, "the connection was closed before the answer ended");
        self.end += read;
        Ok(())
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<(usize, u16, Framing)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = answer.parse(bytes)? else { return Ok(None) };
    let status = answer.code.context("an answer has no status")?;
    for header in answer.headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            let body = std::str::from_utf8(header.value)?.trim().parse()?;
            return Ok(Some((length, status, Framing::Length(body))));
        }
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok(Some((length, status, Framing::Chunked)));
        }
    }
    bail!("an answer says neither its length nor that it is chunked")
}
