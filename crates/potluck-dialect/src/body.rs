//! The body of an answer that should be a stream of events: events, or one document in their place.
//!
//! Some providers answer a stream with a document whatever was asked, and some with a page. Told from the first byte
//! that is no white space; a document is kept until it ends. Knows nothing of what events and documents mean.

use potluck_core::response::{ChatResponse, StreamEvent};

use crate::BadAnswer;
use crate::fold;
use crate::sse::{Decoder, Event, LONGEST};

/// Takes a body in pieces.
#[derive(Debug, Default)]
pub(crate) struct Body {
    kind: Kind,
    decoder: Decoder,
}

/// What may stand at the very start, and nowhere else.
const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
enum Kind {
    /// Nothing came but so many bytes of a byte order mark.
    Start(usize),
    /// Nothing came but a whole mark, or none, and white space.
    Blank,
    Events,
    /// What came so far of a document.
    Document(Vec<u8>),
}

impl Body {
    /// Takes the next bytes and hands each event that they complete to `found`, in order.
    ///
    /// # Errors
    /// It is too long, or `found` says so; the body is then of no more use.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        found: impl FnMut(Event<'_>) -> Result<(), BadAnswer>,
    ) -> Result<(), BadAnswer> {
        let content = self.kind.tell(bytes);
        match &mut self.kind {
            Kind::Document(kept) if kept.len() + content.len() > LONGEST => {
                Err(BadAnswer::TooLong { limit: LONGEST })
            }
            Kind::Document(kept) => {
                kept.extend_from_slice(content);
                Ok(())
            }
            // the decoder knows of the mark, too
            Kind::Start(_) | Kind::Blank | Kind::Events => self.decoder.push(bytes, found),
        }
    }

    /// The body has ended: hands over what stands there without its blank line.
    ///
    /// # Errors
    /// As [`Body::push`].
    pub(crate) fn finish(
        &mut self,
        found: impl FnMut(Event<'_>) -> Result<(), BadAnswer>,
    ) -> Result<(), BadAnswer> {
        self.decoder.finish(found)
    }

    /// The document that came in place of events, if one did. It is given once.
    pub(crate) fn take_document(&mut self) -> Option<Vec<u8>> {
        match &mut self.kind {
            Kind::Document(kept) => Some(std::mem::take(kept)),
            Kind::Start(_) | Kind::Blank | Kind::Events => None,
        }
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self::Start(0)
    }
}

impl Kind {
    /// Takes the next bytes into account, and gives those of them that are no part of a mark.
    fn tell<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match *self {
            Self::Start(came) => {
                let due = MARK.get(came..).unwrap_or_default();
                if let Some(content) = bytes.strip_prefix(due) {
                    *self = Self::of(content);
                    return content;
                }
                *self = match came {
                    _ if due.starts_with(bytes) => Self::Start(came + bytes.len()),
                    0 => Self::of(bytes),
                    // a part of a mark is no white space and begins no document
                    _ => Self::Events,
                };
            }
            Self::Blank => *self = Self::of(bytes),
            Self::Events | Self::Document(_) => {}
        }
        bytes
    }

    /// By what comes where a mark is over.
    fn of(content: &[u8]) -> Self {
        match content.trim_ascii_start().first() {
            None => Self::Blank,
            Some(b'{' | b'[' | b'<') => Self::Document(Vec::new()),
            Some(_) => Self::Events,
        }
    }
}

/// Whether bytes begin a stream of events.
pub(crate) fn begins_events(bytes: &[u8]) -> bool {
    let mut kind = Kind::default();
    kind.tell(bytes);
    matches!(kind, Kind::Events)
}

/// Tells a document that was read whole in events. Gives whether it was an answer; it can also be an error inside
/// a success, which is told as one.
///
/// # Errors
/// It was neither.
pub(crate) fn tell_document(
    read: Result<ChatResponse, BadAnswer>,
    events: &mut Vec<StreamEvent>,
) -> Result<bool, BadAnswer> {
    match read {
        Ok(response) => {
            fold::unfold(response, events);
            Ok(true)
        }
        Err(BadAnswer::ErrorInside(error)) => {
            events.push(StreamEvent::Error(error));
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

/// What a stream is that ended without its answer's end, by how its last event was read and whether any had begun
/// an answer.
pub(crate) fn unended(last: Result<(), BadAnswer>, started: bool) -> BadAnswer {
    match last {
        // What is broken at the very end was cut on its way.
        Err(BadAnswer::Garbage(_)) => BadAnswer::Cut,
        Err(other) => other,
        Ok(()) if started => BadAnswer::Cut,
        Ok(()) => BadAnswer::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a body was taken for.
    #[derive(Debug, PartialEq)]
    enum Taken {
        Document(Vec<u8>),
        Events(usize),
    }

    fn read(body: &[u8], size: usize) -> Taken {
        let (mut reader, mut events) = (Body::default(), 0);
        let mut found = |_: Event<'_>| {
            events += 1;
            Ok(())
        };
        for piece in body.chunks(size) {
            reader.push(piece, &mut found).unwrap();
        }
        reader.finish(&mut found).unwrap();
        match reader.take_document() {
            Some(document) => Taken::Document(document.trim_ascii().to_owned()),
            None => Taken::Events(events),
        }
    }

    #[test]
    fn a_body_is_the_same_kind_however_it_comes() {
        let document = || Taken::Document(b"{\"a\":1}".to_vec());
        let cases: [(&[u8], Taken); 7] = [
            (b"{\"a\":1}", document()),
            (b"\xef\xbb\xbf{\"a\":1}", document()),
            (b"\xef\xbb\xbf \r\n{\"a\":1}", document()),
            (b"\n\xef\xbb\xbf{\"a\":1}", Taken::Events(0)),
            (b"\xef\xbb{\"a\":1}", Taken::Events(0)),
            (b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", Taken::Events(2)),
            (b"\xef\xbb", Taken::Events(0)),
        ];
        for (body, wanted) in cases {
            for size in 1..=body.len() {
                assert_eq!(read(body, size), wanted, "{} in pieces of {size}", body.escape_ascii());
            }
        }
    }
}
