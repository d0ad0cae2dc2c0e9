//! The providers' dialects by name, and what one can ask of each.
//!
//! A dialect is code and this is the closed list of them. Whoever calls knows no vendor's shape. What
//! clients speak is the list of [`client`](crate::client).

use std::borrow::Cow;
use std::fmt::Debug;

use potluck_core::capability::{Features, Parameters};
use potluck_core::request::ChatRequest;
use potluck_core::response::{ChatResponse, StreamEvent};

use crate::BadAnswer;
use crate::anthropic;
use crate::call_id::{self, Form};
use crate::cohere;
use crate::embedding;
use crate::gemini;
use crate::image;
use crate::ollama;
use crate::openai_chat;
use crate::quirk::Quirks;

/// A provider's wire shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI's chat completions.
    OpenAi,
    /// Google's Gemini, as its own API speaks it.
    Gemini,
    /// Ollama's own chat.
    Ollama,
    /// Anthropic's Messages.
    Anthropic,
    /// Cohere's own API, version 2.
    Cohere,
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

/// Reads a provider's stream. Any split of the bytes gives the same events.
pub trait ReadStream: Debug + Send {
    /// Takes the next bytes of the body, cut anywhere, and gives the events that they complete.
    ///
    /// # Errors
    /// An endless line or an event that is no JSON; nothing more can be read.
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer>;

    /// The body has ended.
    ///
    /// # Errors
    /// It ended before the answer did, or there was nothing in it.
    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer>;

    /// Whether the provider has said that the answer ended; only usage may follow.
    fn is_finished(&self) -> bool;
}

/// A reader of a provider's stream, by dialect.
#[derive(Debug)]
pub enum StreamReader {
    /// OpenAI's chunks, which need not become events where the client speaks the same.
    OpenAi(openai_chat::StreamReader),
    /// Any other.
    Other(Box<dyn ReadStream>),
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::OpenAi, Self::Gemini, Self::Ollama, Self::Anthropic, Self::Cohere];

    /// The word in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::Anthropic => "anthropic",
            Self::Cohere => "cohere",
        }
    }

    /// The dialect of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }

    /// The path of chat below a provider's base address, for a model and for a stream or not.
    #[must_use]
    pub fn chat_path(self, model: &str, stream: bool) -> Cow<'static, str> {
        match self {
            Self::OpenAi => Cow::Borrowed("/chat/completions"),
            Self::Gemini => Cow::Owned(gemini::chat_path(model, stream)),
            Self::Ollama => Cow::Borrowed("/api/chat"),
            Self::Anthropic => Cow::Borrowed(anthropic::PATH),
            Self::Cohere => Cow::Borrowed("/v2/chat"),
        }
    }

    /// The shape in which it is asked for vectors, where it gives them.
    #[must_use]
    pub const fn embedding(self) -> Option<embedding::Shape> {
        match self {
            Self::OpenAi => Some(embedding::Shape::OpenAi),
            Self::Gemini => Some(embedding::Shape::Gemini),
            Self::Ollama => Some(embedding::Shape::Ollama),
            Self::Anthropic => None,
            Self::Cohere => Some(embedding::Shape::Cohere),
        }
    }

    /// The shape in which it is asked for pictures, where it makes some.
    #[must_use]
    pub const fn image(self) -> Option<image::Shape> {
        match self {
            Self::OpenAi => Some(image::Shape::OpenAi),
            Self::Gemini => Some(image::Shape::Gemini),
            Self::Ollama | Self::Anthropic | Self::Cohere => None,
        }
    }

    /// The path at which it puts texts in order, below a provider's base address, where it does.
    #[must_use]
    pub const fn rerank_path(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("/rerank"),
            Self::Cohere => Some("/v2/rerank"),
            Self::Gemini | Self::Ollama | Self::Anthropic => None,
        }
    }

    /// Headers that every request of the dialect has, beside its credential.
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OpenAi | Self::Gemini | Self::Ollama | Self::Cohere => &[],
            Self::Anthropic => anthropic::HEADERS,
        }
    }

    /// The parameters that no request of the dialect can carry; they are dropped and named.
    #[must_use]
    pub fn drops(self) -> Parameters {
        match self {
            Self::OpenAi => Parameters::empty(),
            Self::Gemini => gemini::drops(),
            Self::Ollama => ollama::DROPS,
            Self::Anthropic => anthropic::drops(),
            Self::Cohere => cohere::DROPS,
        }
    }

    /// What no provider can be asked for in the dialect, whatever its file says.
    #[must_use]
    pub fn lacks(self) -> Features {
        match self {
            Self::OpenAi | Self::Gemini => Features::empty(),
            Self::Ollama => ollama::LACKS,
            Self::Anthropic => anthropic::lacks(),
            Self::Cohere => cohere::LACKS,
        }
    }

    /// What the ids of tool calls look like.
    const fn ids(self) -> Form {
        match self {
            Self::OpenAi | Self::Gemini | Self::Ollama | Self::Cohere => Form::Any,
            Self::Anthropic => Form::Word,
        }
    }

    /// Writes a request for a provider. Whatever the client sent, every tool call that is written has an
    /// id of its own and every tool's answer that of its call.
    #[must_use]
    pub fn write_request(self, request: &ChatRequest, target: &Target<'_>) -> Written {
        let settled = settled(request, self.ids());
        match self {
            Self::OpenAi => openai_chat::write_request(&settled, target),
            Self::Gemini => gemini::write_request(&settled, target),
            Self::Ollama => ollama::write_request(&settled, target),
            Self::Anthropic => anthropic::write_request(&settled, target),
            Self::Cohere => cohere::write_request(&settled, target),
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
            Self::OpenAi if !call_id::are_settled(&request.messages, Form::Any) => None,
            Self::OpenAi => openai_chat::forward_request(original, request, target),
            Self::Gemini | Self::Anthropic | Self::Cohere => None,
            // Answers are matched by the tool's name there, or by their order.
            Self::Ollama => ollama::forward_request(original, request, target),
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
            Self::Gemini => gemini::read_response(body),
            Self::Ollama => ollama::read_response(body, quirks),
            Self::Anthropic => anthropic::read_response(body),
            Self::Cohere => cohere::read_response(body),
        }
    }

    /// Reads a provider's streamed answer.
    #[must_use]
    pub fn stream_reader(self, quirks: Quirks) -> StreamReader {
        match self {
            Self::OpenAi => StreamReader::OpenAi(openai_chat::StreamReader::new(quirks)),
            Self::Gemini => StreamReader::Other(Box::<gemini::StreamReader>::default()),
            Self::Ollama => StreamReader::Other(Box::new(ollama::StreamReader::new(quirks))),
            Self::Anthropic => StreamReader::Other(Box::new(anthropic::StreamReader::default())),
            Self::Cohere => StreamReader::Other(Box::<cohere::StreamReader>::default()),
        }
    }
}

fn settled(request: &ChatRequest, form: Form) -> Cow<'_, ChatRequest> {
    if call_id::are_settled(&request.messages, form) {
        return Cow::Borrowed(request);
    }
    let mut settled = request.clone();
    call_id::settle(&mut settled.messages, form);
    Cow::Owned(settled)
}

impl std::str::FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::from_word(word).ok_or_else(|| UnknownDialect(word.to_owned()))
    }
}

/// A word that names no dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no dialect; there is {known}", known = known())]
pub struct UnknownDialect(pub String);

fn known() -> String {
    let words: Vec<String> = Dialect::ALL.iter().map(|d| format!("{:?}", d.word())).collect();
    words.join(", ")
}

impl StreamReader {
    /// Takes the next bytes of the body, cut anywhere, and gives the events that they complete.
    ///
    /// # Errors
    /// An endless line or an event that is no JSON; nothing more can be read.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        match self {
            Self::OpenAi(reader) => reader.push(bytes, events),
            Self::Other(reader) => reader.push(bytes, events),
        }
    }

    /// The body has ended.
    ///
    /// # Errors
    /// It ended before the answer did, or there was nothing in it.
    pub fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), BadAnswer> {
        match self {
            Self::OpenAi(reader) => reader.finish(events),
            Self::Other(reader) => reader.finish(events),
        }
    }

    /// Whether the provider has said that the answer ended; only usage may follow.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match self {
            Self::OpenAi(reader) => reader.is_finished(),
            Self::Other(reader) => reader.is_finished(),
        }
    }
}
