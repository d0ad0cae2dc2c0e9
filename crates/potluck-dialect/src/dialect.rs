//! The dialects by name, and what one can ask of each.
//!
//! A dialect is code and this is the closed list of them. Whoever calls knows no vendor's shape.

use potluck_core::request::ChatRequest;
use potluck_core::response::{ChatResponse, StreamEvent};
use potluck_core::verdict::Refusal;

use crate::BadAnswer;
use crate::openai_chat;
use crate::quirk::Quirks;

/// A vendor's wire shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI's chat completions.
    OpenAi,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The provider's own id of the model.
    pub model: &'a str,
    /// How the provider deviates.
    pub quirks: Quirks,
    /// Whether the provider is to stream, whatever the client asked for.
    pub stream: bool,
    /// The most tokens that the model answers with, where known.
    pub max_output: Option<u32>,
    /// The tokens that fit the model, prompt and answer together.
    pub context: u32,
}

/// A body for a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The bytes.
    pub body: Vec<u8>,
    /// Parameters that were asked for and could not cross, by the names that clients use.
    pub dropped: Vec<String>,
}

/// What potluck says of an answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// `gen-...`
    pub id: String,
    /// Seconds since the epoch.
    pub created: i64,
    /// `provider/model` of the offer that serves.
    pub model: String,
}

/// Reads a provider's stream.
#[derive(Debug)]
pub enum StreamReader {
    /// OpenAI's chunks.
    OpenAi(openai_chat::StreamReader),
}

/// Writes a client's stream.
#[derive(Debug)]
pub enum StreamWriter {
    /// OpenAI's chunks.
    OpenAi(openai_chat::StreamWriter),
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::OpenAi];

    /// The word in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
        }
    }

    /// The dialect of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }

    /// The path of chat below a provider's base address.
    #[must_use]
    pub const fn chat_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/chat/completions",
        }
    }

    /// Reads a client's request.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field, or the place where the body stops being JSON.
    pub fn read_request(self, body: &[u8]) -> Result<ChatRequest, Refusal> {
        match self {
            Self::OpenAi => openai_chat::read_request(body),
        }
    }

    /// Writes a request for a provider.
    #[must_use]
    pub fn write_request(self, request: &ChatRequest, target: &Target<'_>) -> Written {
        match self {
            Self::OpenAi => openai_chat::write_request(request, target),
        }
    }

    /// Writes a request for a provider with the messages (and the tools, where they may) as the bytes that the
    /// client sent in this same dialect; `request` must have been read from `original`. `None` where the
    /// messages have to be rewritten: use [`Dialect::write_request`], which says the same at more cost.
    #[must_use]
    pub fn forward_request(
        self,
        original: &[u8],
        request: &ChatRequest,
        target: &Target<'_>,
    ) -> Option<Written> {
        match self {
            Self::OpenAi => openai_chat::forward_request(original, request, target),
        }
    }

    /// Reads a provider's whole answer of status 200.
    ///
    /// # Errors
    /// It is empty, no JSON, has no choices, or is an error inside a success. That it says nothing is for
    /// the [bridge](crate::bridge) to judge.
    pub fn read_response(self, body: &[u8], quirks: Quirks) -> Result<ChatResponse, BadAnswer> {
        match self {
            Self::OpenAi => openai_chat::read_response(body, quirks),
        }
    }

    /// Reads a provider's streamed answer.
    #[must_use]
    pub fn stream_reader(self, quirks: Quirks) -> StreamReader {
        match self {
            Self::OpenAi => StreamReader::OpenAi(openai_chat::StreamReader::new(quirks)),
        }
    }

    /// Writes a whole answer for a client.
    #[must_use]
    pub fn write_response(self, response: &ChatResponse, stamp: &Stamp) -> Vec<u8> {
        match self {
            Self::OpenAi => openai_chat::write_response(response, stamp),
        }
    }

    /// Writes a streamed answer for a client.
    #[must_use]
    pub fn stream_writer(self, stamp: Stamp, include_usage: bool) -> StreamWriter {
        match self {
            Self::OpenAi => {
                StreamWriter::OpenAi(openai_chat::StreamWriter::new(&stamp, include_usage))
            }
        }
    }

    /// Writes the body of an answer that is none.
    #[must_use]
    pub fn write_refusal(self, refusal: &Refusal, request_id: &str) -> Vec<u8> {
        match self {
            Self::OpenAi => openai_chat::write_refusal(refusal, request_id),
        }
    }

    /// What to send while a client waits for its stream, so that nobody on the way gives up.
    #[must_use]
    pub const fn keep_alive(self) -> &'static [u8] {
        match self {
            Self::OpenAi => openai_chat::KEEP_ALIVE,
        }
    }
}

impl std::str::FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::from_word(word).ok_or_else(|| UnknownDialect(word.to_owned()))
    }
}

/// A word that names no dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no dialect; there is \"openai\"")]
pub struct UnknownDialect(pub String);

impl StreamReader {
    /// Takes the next bytes of the body, cut anywhere, and gives the events that they complete.
    ///
    /// # Errors
    /// An endless line or an event that is no JSON; nothing more can be read.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        match self {
            Self::OpenAi(reader) => reader.push(bytes, events),
        }
    }

    /// The body has ended.
    ///
    /// # Errors
    /// It ended before the answer did, or there was nothing in it.
    pub fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        match self {
            Self::OpenAi(reader) => reader.finish(events),
        }
    }
}

impl StreamWriter {
    /// Writes an event.
    pub fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        match self {
            Self::OpenAi(writer) => writer.write(event, out),
        }
    }

    /// The answer is complete: writes what was held back, and the end.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::OpenAi(writer) => writer.finish(out),
        }
    }

    /// The answer broke after some of it had been sent: says so inside the stream, and ends it.
    pub fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        match self {
            Self::OpenAi(writer) => writer.fail(refusal, out),
        }
    }

    /// What to send while the client waits.
    #[must_use]
    pub const fn keep_alive(&self) -> &'static [u8] {
        match self {
            Self::OpenAi(_) => openai_chat::KEEP_ALIVE,
        }
    }
}
