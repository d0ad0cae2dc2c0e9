//! The simulated upstream: a server that answers at once, from bytes rendered before.
//!
//! It runs as a process of its own, so that its work is never counted as the gateway's, and costs as little
//! as a server can: no routing, no JSON, one write for an answer. It must not know who asks.

mod render;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::script::{PROMPT_END, Script};
use render::{Rendered, Stock};

/// The word on the command line that makes this program the upstream.
pub(crate) const ROLE: &str = "simulated-upstream";

/// The largest request: a 64 KiB prompt and its wrapping fit well.
const LARGEST_REQUEST: usize = 1 << 20;

/// The upstream's process; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    child: Child,
}

/// Serves until standard input ends, which is when the benchmark does.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        std::thread::spawn(exit_with_the_benchmark);
        accept(listener).await
    })
}

pub(crate) fn exit_with_the_benchmark() {
    let mut rest = Vec::new();
    let ended = std::io::stdin().read_to_end(&mut rest);
    std::process::exit(i32::from(ended.is_err()));
}

/// Answers every connection that comes.
pub(crate) async fn accept(listener: TcpListener) -> Result<()> {
    let stock = Rc::new(Stock::default());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let stock = Rc::clone(&stock);
        // a gateway may hang up at any time; what that does to answers the load generator sees
        tokio::task::spawn_local(async move { talk(stream, &stock).await.ok() });
    }
}

async fn talk(mut stream: TcpStream, stock: &Stock) -> Result<()> {
    let mut inbox = Vec::with_capacity(128 << 10);
    loop {
        let length = loop {
            if let Some(length) = request_length(&inbox)? {
                break length;
            }
            if stream.read_buf(&mut inbox).await? == 0 {
                return Ok(());
            }
        };
        answer(&mut stream, &inbox[..length], stock).await?;
        inbox.drain(..length);
    }
}

/// How long the request at the front is, head and body; `None` while it is not whole.
fn request_length(inbox: &[u8]) -> Result<Option<usize>> {
    ensure!(inbox.len() <= LARGEST_REQUEST, "a request is too large");
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(inbox)? else { return Ok(None) };
    let mut body = 0;
    for header in request.headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            body = std::str::from_utf8(header.value)?.trim().parse()?;
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("the upstream reads no chunked requests");
        }
    }
    let whole = head + body;
    Ok((inbox.len() >= whole).then_some(whole))
}

async fn answer(stream: &mut TcpStream, request: &[u8], stock: &Stock) -> Result<()> {
    if request.starts_with(b"GET ") {
        let found = memchr::memmem::find(&request[..request.len().min(64)], b"/models ").is_some();
        return write(stream, if found { &stock.models } else { &stock.missing }).await;
    }
    if memchr::memmem::rfind(request, PROMPT_END.as_bytes()).is_none() {
        return write(stream, &stock.torn).await;
    }
    if memchr::memmem::find(request, br#""stream":true"#).is_none() {
        return write(stream, &stock.plain).await;
    }
    match Script::read(request) {
        None => write(stream, &stock.torn).await,
        Some(script) => play(stream, &stock.stream(script), script.pause).await,
    }
}

async fn play(stream: &mut TcpStream, rendered: &Rendered, pause: u64) -> Result<()> {
    write(stream, &rendered.first).await?;
    for piece in &rendered.rest {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        write(stream, piece).await?;
    }
    Ok(())
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    Ok(stream.write_all(bytes).await?)
}

// === impl Upstream ===

impl Upstream {
    /// Starts this very program in the role of an upstream.
    pub(crate) fn start(role: &str) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .arg(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the simulated upstream did not start")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the simulated upstream has no output")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line)?;
        let address = line.trim().parse().context("the simulated upstream named no address")?;
        Ok(Self { address, child })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

/// Streams rendered so far, by their script.
type Streams = HashMap<Script, Rc<Rendered>>;
