//! One accepted connection, plain or encrypted.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// While an answer is under way, at most this much of the next request is read ahead.
const MOST_AHEAD: usize = 256 * 1024;

/// How a connection begins.
#[derive(Clone)]
pub(crate) enum Greeting {
    /// With HTTP.
    Plain,
    /// With a TLS handshake.
    Tls(TlsAcceptor),
    /// With plain text, whatever the client says: what a TLS client takes for a broken handshake.
    NoTls,
}

/// The bytes of one connection.
pub(super) struct Wire {
    stream: Stream,
    /// What has been read and not yet used.
    pub(super) inbox: BytesMut,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// Greets the client; None when there will be no conversation.
    pub(super) async fn greet(stream: TcpStream, greeting: &Greeting) -> Option<Self> {
        // without this a second small write on a connection waits for the first one's ACK
        stream.set_nodelay(true).ok()?;
        let stream = match greeting {
            Greeting::Plain => Stream::Plain(stream),
            Greeting::Tls(acceptor) => Stream::Tls(Box::new(acceptor.accept(stream).await.ok()?)),
            Greeting::NoTls => {
                speak_no_tls(stream).await;
                return None;
            }
        };
        Some(Self { stream, inbox: BytesMut::new() })
    }

    /// Reads more into the inbox; 0 is the end.
    pub(super) async fn read(&mut self) -> io::Result<usize> {
        self.inbox.reserve(8 * 1024);
        match &mut self.stream {
            Stream::Plain(stream) => stream.read_buf(&mut self.inbox).await,
            Stream::Tls(stream) => stream.read_buf(&mut self.inbox).await,
        }
    }

    /// Writes all of it and sees that it leaves.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes).await,
            Stream::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Returns when the client has closed its side.
    pub(super) async fn gone(&mut self) {
        while self.inbox.len() < MOST_AHEAD {
            match self.read().await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        std::future::pending::<()>().await;
    }

    /// Ends in good order.
    pub(super) async fn close(&mut self) {
        // the client may be gone already, and then there is nobody to tell
        let _ = match &mut self.stream {
            Stream::Plain(stream) => stream.shutdown().await,
            Stream::Tls(stream) => stream.shutdown().await,
        };
    }

    /// Ends with a TCP reset: what was written and not yet read is lost.
    pub(super) fn reset(self) {
        let tcp = match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref().0,
        };
        // a socket that refuses the option still closes, only more politely
        let _ = tcp.set_zero_linger();
    }
}

async fn speak_no_tls(mut stream: TcpStream) {
    let mut hello = [0_u8; 1024];
    if matches!(stream.read(&mut hello).await, Ok(read) if read > 0) {
        let _ = stream.write_all(b"[simulated] this port speaks no TLS\r\n").await;
        let _ = stream.shutdown().await;
    }
}
