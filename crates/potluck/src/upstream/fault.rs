//! What can go wrong between two sockets, told apart.

use std::error::Error;
use std::io;
use std::time::Duration;

/// Why no answer arrived, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// The name is unknown.
    #[error("name not found")]
    Name,
    /// The connection could not be opened in time.
    #[error("no connection in time")]
    ConnectTimeout,
    /// TLS failed: certificate, version, or no TLS at all.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The connection broke.
    #[error("connection reset")]
    Reset,
    /// The connection had served before, and was closed instead of answering again.
    #[error("kept connection closed")]
    Stale,
    /// No head of an answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    NoHeadInTime(Duration),
    /// What came is no HTTP.
    #[error("not HTTP: {0}")]
    Protocol(String),
    /// Something else between the sockets.
    #[error("connection failed: {0}")]
    Other(String),
}

/// Tells a client library's error apart.
#[must_use]
pub fn fault_of(error: &(dyn Error + 'static)) -> Fault {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        if let Some(fault) = from_one(error) {
            found = Some(fault);
        }
        cause = error.source();
    }
    found.unwrap_or_else(|| Fault::Other(innermost(error)))
}

fn from_one(error: &(dyn Error + 'static)) -> Option<Fault> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(Fault::Tls(tls.to_string()));
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return from_io(io);
    }
    let hyper = error.downcast_ref::<hyper::Error>()?;
    if hyper.is_parse() {
        Some(Fault::Protocol(hyper.to_string()))
    } else if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
        Some(Fault::Reset)
    } else {
        None
    }
}

fn from_io(error: &io::Error) -> Option<Fault> {
    // rustls and the resolver hide their own errors inside an io::Error.
    if let Some(inner) = error.get_ref() {
        let inner: &(dyn Error + 'static) = inner;
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Some(Fault::Tls(tls.to_string()));
        }
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Fault::Refused),
        io::ErrorKind::TimedOut => Some(Fault::ConnectTimeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Fault::Reset),
        io::ErrorKind::InvalidData => Some(Fault::Tls(error.to_string())),
        _ if error.to_string().contains("lookup address") => Some(Fault::Name),
        _ => None,
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
