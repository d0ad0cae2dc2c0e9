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

#[derive(Debug, Default)]
enum Kind {
    /// Nothing but white space came.
    #[default]
    Unknown,
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
        if let Kind::Unknown = self.kind {
            self.kind = Kind::of(bytes);
        }
        match &mut self.kind {
            Kind::Document(kept) if kept.len() + bytes.len() > LONGEST => {
                Err(BadAnswer::TooLong { limit: LONGEST })
            }
            Kind::Document(kept) => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
            Kind::Unknown | Kind::Events => self.decoder.push(bytes, found),
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
            Kind::Unknown | Kind::Events => None,
        }
    }
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        match start.first() {
            None => Self::Unknown,
            Some(b'{' | b'[' | b'<') => Self::Document(Vec::new()),
            Some(_) => Self::Events,
        }
    }
}

/// Whether bytes begin a stream of events.
pub(crate) fn begins_events(bytes: &[u8]) -> bool {
    matches!(Kind::of(bytes), Kind::Events)
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
