//! Reads one HTTP/1.1 request from bytes that arrive in any pieces.

use bytes::{Buf, Bytes, BytesMut};

/// Longest request head in bytes.
const MOST_HEAD: usize = 64 * 1024;
/// Longest request body in bytes.
const MOST_BODY: usize = 64 * 1024 * 1024;

/// A request as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path without the query.
    pub(crate) path: String,
    /// The query, without its mark; empty where there is none.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// The client wants to send another request on this connection.
    pub(crate) keep_alive: bool,
}

/// The head alone, and where its body begins.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) request: Request,
    pub(super) length: Length,
    /// The client waits for `100 Continue` before it sends the body.
    pub(super) expects: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Known(usize),
    Chunked,
}

/// What the client sent is no HTTP/1.1 request, or too large a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadRequest;

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find_header(&self.headers, name)
    }
}

/// The first header of this name, whatever its case.
pub(crate) fn find_header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The value of `content-length` among parsed headers; 0 when there is none.
pub(crate) fn content_length(headers: &[httparse::Header<'_>]) -> Option<usize> {
    headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |header| std::str::from_utf8(header.value).ok()?.trim().parse().ok())
}

/// Takes a head off the front of the buffer; None while it is incomplete.
pub(super) fn take_head(buffer: &mut BytesMut) -> Result<Option<Head>, BadRequest> {
    let mut headers = [httparse::EMPTY_HEADER; 96];
    let mut parsed = httparse::Request::new(&mut headers);
    let end = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) if buffer.len() <= MOST_HEAD => return Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => return Err(BadRequest),
    };
    let known = content_length(parsed.headers).ok_or(BadRequest)?;
    if known > MOST_BODY {
        return Err(BadRequest);
    }
    let target = parsed.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: parsed.headers.iter().map(owned).collect(),
        body: Bytes::new(),
        keep_alive: parsed.version == Some(1),
    };
    buffer.advance(end);
    Ok(Some(finish_head(request, known)))
}

fn finish_head(mut request: Request, known: usize) -> Head {
    let says = |name, word: &str| {
        request.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    let length =
        if says("transfer-encoding", "chunked") { Length::Chunked } else { Length::Known(known) };
    let expects = says("expect", "100-continue");
    let closes = says("connection", "close");
    request.keep_alive &= !closes;
    Head { request, length, expects }
}

fn owned(header: &httparse::Header<'_>) -> (String, String) {
    // header values are Latin-1 by the RFC; nothing here reads one that is not ASCII
    let value = header.value.iter().map(|&byte| char::from(byte)).collect();
    (header.name.to_owned(), value)
}

/// Takes the body off the front of the buffer; None while it is incomplete.
pub(super) fn take_body(
    buffer: &mut BytesMut,
    length: Length,
) -> Result<Option<Bytes>, BadRequest> {
    match length {
        Length::Known(known) if buffer.len() < known => Ok(None),
        Length::Known(known) => Ok(Some(buffer.split_to(known).freeze())),
        Length::Chunked if buffer.len() > 2 * MOST_BODY => Err(BadRequest),
        Length::Chunked => take_chunked(buffer),
    }
}

fn take_chunked(buffer: &mut BytesMut) -> Result<Option<Bytes>, BadRequest> {
    let mut body = BytesMut::new();
    let mut at = 0;
    loop {
        let (skip, size) = match httparse::parse_chunk_size(&buffer[at..]) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(BadRequest),
        };
        let size = usize::try_from(size).map_err(|_| BadRequest)?;
        if body.len().saturating_add(size) > MOST_BODY {
            return Err(BadRequest);
        }
        let (start, end) = (at + skip, at + skip + size + 2);
        if buffer.len() < end {
            return Ok(None);
        }
        if size == 0 {
            buffer.advance(end);
            return Ok(Some(body.freeze()));
        }
        body.extend_from_slice(&buffer[start..end - 2]);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Request> {
        let mut buffer = BytesMut::from(bytes);
        let mut head = take_head(&mut buffer).unwrap()?;
        head.request.body = take_body(&mut buffer, head.length).unwrap()?;
        Some(head.request)
    }

    #[test]
    fn a_request_is_whole_only_with_its_last_byte() {
        let bytes = b"POST /v1/x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_none());
        }
        let request = read(bytes).unwrap();
        assert_eq!((request.path.as_str(), &request.body[..]), ("/v1/x", &b"abc"[..]));
        assert!(request.keep_alive);
    }

    #[test]
    fn a_chunked_body_is_joined() {
        let bytes =
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        assert_eq!(&read(bytes).unwrap().body[..], b"abc");
        assert!(read(&bytes[..bytes.len() - 1]).is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(take_head(&mut BytesMut::from(&b"\x16\x03\x01\x00"[..])).is_err());
        let huge = b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n";
        assert!(take_head(&mut BytesMut::from(&huge[..])).is_err());
    }
}
