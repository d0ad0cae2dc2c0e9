//! An answer as bytes, pauses and an end.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

/// What the server does for one request, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    /// After the last step the connection stays open for the next request.
    pub(crate) keep_alive: bool,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Write these bytes.
    Send(Bytes),
    /// Wait; ends early when the client leaves.
    Pause(Duration),
    /// Write the same bytes again and again, with a pause before each.
    Again { bytes: Bytes, every: Duration, times: u64 },
    /// Do nothing until the client leaves.
    Hang,
    /// Reset the connection.
    Reset,
    /// Reset the connection if it has answered before.
    ResetUsed,
}

impl Script {
    /// These steps, and then the connection is closed.
    pub(crate) fn closing(steps: Vec<Step>) -> Self {
        Self { steps, keep_alive: false }
    }
}

/// A response head with a `x-simulated` header; the caller adds how the body is framed.
pub(crate) fn head(status: u16, headers: &[(String, String)]) -> BytesMut {
    let mut bytes = BytesMut::with_capacity(512);
    bytes.put_slice(b"HTTP/1.1 ");
    bytes.put_slice(status.to_string().as_bytes());
    bytes.put_u8(b' ');
    bytes.put_slice(reason(status).as_bytes());
    bytes.put_slice(b"\r\nx-simulated: 1\r\n");
    for (name, value) in headers {
        bytes.put_slice(name.as_bytes());
        bytes.put_slice(b": ");
        bytes.put_slice(value.as_bytes());
        bytes.put_slice(b"\r\n");
    }
    bytes.put_slice(b"\r\n");
    bytes
}

/// One chunk of a chunked body.
pub(crate) fn chunk(bytes: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(bytes.len() + 16);
    framed.put_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
    framed.put_slice(bytes);
    framed.put_slice(b"\r\n");
    framed.freeze()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Simulated",
    }
}
