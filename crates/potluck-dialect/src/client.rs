//! What clients speak: the doors by name, and how a request is read and an answer written at each.
//!
//! One vendor may have several doors (OpenAI has chat, responses and completions). Whoever calls knows no
//! vendor's shape.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use potluck_core::request::ChatRequest;
use potluck_core::response::{ChatResponse, StreamEvent};
use potluck_core::verdict::{AttemptNote, Refusal};

use crate::anthropic;
use crate::dialect::Dialect;
use crate::ollama::{self, Shape};
use crate::openai_chat::{self, Calling};
use crate::openai_completions;
use crate::openai_responses;

/// The shape in which a client asks and is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// OpenAI's chat completions.
    Chat,
    /// The same with OpenRouter's additions: who served, what it cost, and errors with their status as code.
    OpenRouter,
    /// Anthropic's Messages.
    Messages,
    /// OpenAI's Responses.
    Responses,
    /// OpenAI's completions.
    Completions,
    /// Ollama's chat.
    OllamaChat,
    /// Ollama's completion of a prompt.
    OllamaGenerate,
}

/// What a client asked, and what its door must remember to answer it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The conversation.
    pub request: ChatRequest,
    /// What the answer repeats of the question.
    pub echo: Echo,
}

/// What an answer repeats of the question, where the shapes in the middle do not carry it.
#[derive(Clone, Debug, Default)]
pub enum Echo {
    /// Nothing.
    #[default]
    Nothing,
    /// That it described functions, the form that tools had before: calls are told in that form.
    Functions,
    /// Most of its parameters, and the client's own names of its tools.
    Responses(Box<openai_responses::Question>),
    /// The prompt where the answer begins with it, and what is taken off the words.
    Completions(Box<openai_completions::Question>),
    /// How long ago it came.
    Timed(Arc<dyn Stopwatch>),
}

/// Tells how long ago a request came, for answers that say how long they took: no clock is in this crate.
pub trait Stopwatch: Debug + Send + Sync {
    /// How long ago that was.
    fn elapsed(&self) -> Duration;
}

impl Echo {
    /// The stopwatch, where there is one.
    fn stopwatch(&self) -> Option<&Arc<dyn Stopwatch>> {
        match self {
            Self::Timed(stopwatch) => Some(stopwatch),
            _ => None,
        }
    }
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

/// The way to an answer, for clients that ask to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The name asked for; `free` where none was.
    pub asked: String,
    /// What kind of name that is, in OpenRouter's words: `free`, `direct` or `fallback`.
    pub strategy: &'static str,
    /// How many offers the names mean.
    pub considered: usize,
    /// Those that could serve, as `provider/model`.
    pub available: Vec<String>,
    /// What was tried before.
    pub failed: Vec<AttemptNote>,
    /// Who serves.
    pub served_by: String,
}

/// Who gets an answer, and what they asked.
#[derive(Clone, Debug)]
pub struct Recipient<'a> {
    /// The door.
    pub client: Client,
    /// What potluck says of the answer itself.
    pub stamp: Stamp,
    /// What was asked.
    pub request: &'a ChatRequest,
    /// What the door remembers of it.
    pub echo: &'a Echo,
}

/// Writes a client's stream.
pub trait WriteStream: Debug + Send {
    /// Writes an event.
    fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>);

    /// The answer is complete: writes what was held back, and the end.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// The answer broke after some of it had been sent: says so inside the stream, and ends it.
    fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>);
}

/// A writer of a client's stream, by door.
#[derive(Debug)]
pub enum StreamWriter {
    /// OpenAI's chunks, which need not come from events where the provider speaks the same.
    OpenAi(Box<openai_chat::StreamWriter>),
    /// Any other.
    Other(Box<dyn WriteStream>),
}

impl From<ChatRequest> for Asked {
    /// All of it has its place in the middle, and the answer repeats nothing.
    fn from(request: ChatRequest) -> Self {
        Self { request, echo: Echo::Nothing }
    }
}

/// The most names of what was left out that are told.
const MOST_NAMED: usize = 32;

impl Asked {
    /// With the names of what has no place in the middle: those that can stand in a header, each once.
    pub(crate) fn naming(mut request: ChatRequest, echo: Echo, left_out: Vec<String>) -> Self {
        let names = &mut request.dropped;
        names.extend(left_out);
        names.retain(|name| name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic()));
        names.sort_unstable();
        names.dedup();
        names.truncate(MOST_NAMED);
        Self { request, echo }
    }
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Chat,
        Self::OpenRouter,
        Self::Messages,
        Self::Responses,
        Self::Completions,
        Self::OllamaChat,
        Self::OllamaGenerate,
    ];

    /// The providers' dialect whose requests are the same bytes, where there is one: they can be forwarded.
    #[must_use]
    pub const fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Chat | Self::OpenRouter => Some(Dialect::OpenAi),
            // Written anew always: what only steers Anthropic's own service must not go on.
            Self::Messages => None,
            Self::Responses | Self::Completions => None,
            Self::OllamaChat => Some(Dialect::Ollama),
            Self::OllamaGenerate => None,
        }
    }

    /// Reads a client's request.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field, or the place where the body stops being JSON.
    pub fn read_request(self, body: &[u8]) -> Result<Asked, Refusal> {
        match self {
            Self::Chat | Self::OpenRouter => openai_chat::read_request(body),
            Self::Messages => Ok(anthropic::read_request(body)?.into()),
            Self::Responses => openai_responses::read_request(body),
            Self::Completions => openai_completions::read_request(body),
            Self::OllamaChat => Ok(ollama::read_chat(body)?.into()),
            Self::OllamaGenerate => Ok(ollama::read_generate(body)?.into()),
        }
    }

    /// Whether its answers say how long they took: their echo must then have a stopwatch.
    #[must_use]
    pub const fn tells_time(self) -> bool {
        matches!(self, Self::OllamaChat | Self::OllamaGenerate)
    }

    /// The answer to a request that asks for no words but only for a model to be ready; `None` of any other, and
    /// at doors that know no such request.
    #[must_use]
    pub fn write_ready(self, request: &ChatRequest, stamp: &Stamp) -> Option<Vec<u8>> {
        let shape = self.ollama_shape().filter(|_| request.messages.is_empty())?;
        Some(ollama::write_ready(stamp, shape))
    }

    const fn ollama_shape(self) -> Option<Shape> {
        match self {
            Self::OllamaChat => Some(Shape::Chat),
            Self::OllamaGenerate => Some(Shape::Generate),
            _ => None,
        }
    }

    /// Where a request of this shape has the JSON schema of its answer.
    #[must_use]
    pub const fn schema_field(self) -> &'static str {
        match self {
            Self::Chat | Self::OpenRouter | Self::Completions => {
                "response_format.json_schema.schema"
            }
            Self::Messages => "output_format.schema",
            Self::OllamaChat | Self::OllamaGenerate => "format",
            Self::Responses => "text.format.schema",
        }
    }

    /// Writes the body of an answer that is none.
    #[must_use]
    pub fn write_refusal(self, refusal: &Refusal, request_id: &str) -> Vec<u8> {
        match self {
            Self::Chat | Self::Responses | Self::Completions => {
                openai_chat::write_refusal(refusal, request_id)
            }
            Self::OpenRouter => openai_chat::openrouter::write_refusal(refusal, request_id),
            Self::Messages => anthropic::write_refusal(refusal, request_id),
            Self::OllamaChat | Self::OllamaGenerate => ollama::write_refusal(refusal),
        }
    }

    /// What to send while a client waits for its stream, so that nobody on the way gives up; empty where a
    /// client's readers refuse whatever says nothing.
    #[must_use]
    pub const fn keep_alive(self) -> &'static [u8] {
        match self {
            Self::Chat | Self::OpenRouter | Self::Responses | Self::Completions => {
                openai_chat::KEEP_ALIVE
            }
            Self::Messages => anthropic::KEEP_ALIVE,
            Self::OllamaChat | Self::OllamaGenerate => b"",
        }
    }

    /// The media type of a stream.
    #[must_use]
    pub const fn stream_type(self) -> &'static str {
        match self {
            Self::Chat
            | Self::OpenRouter
            | Self::Messages
            | Self::Responses
            | Self::Completions => "text/event-stream",
            Self::OllamaChat | Self::OllamaGenerate => "application/x-ndjson",
        }
    }
}

impl Recipient<'_> {
    /// Writes a whole answer.
    #[must_use]
    pub fn write_response(&self, response: &ChatResponse) -> Vec<u8> {
        match self.client {
            Client::Chat => openai_chat::write_response(response, &self.stamp, self.calls()),
            Client::OpenRouter => {
                openai_chat::write_for_openrouter(response, &self.stamp, self.calls())
            }
            Client::Messages => anthropic::write_response(response, &self.stamp),
            Client::Responses => {
                openai_responses::write_response(response, &self.stamp, &self.of_responses())
            }
            Client::Completions => {
                openai_completions::write_response(response, &self.stamp, &self.of_completions())
            }
            Client::OllamaChat => self.write_ollama(response, Shape::Chat),
            Client::OllamaGenerate => self.write_ollama(response, Shape::Generate),
        }
    }

    fn write_ollama(&self, response: &ChatResponse, shape: Shape) -> Vec<u8> {
        let asked = self.echo.stopwatch().map(|stopwatch| &**stopwatch);
        ollama::write_response(response, &self.stamp, shape, asked)
    }

    fn ollama_writer(&self, shape: Shape) -> StreamWriter {
        let asked = self.echo.stopwatch().cloned();
        StreamWriter::Other(Box::new(ollama::StreamWriter::new(&self.stamp, shape, asked)))
    }

    /// Writes a streamed answer.
    #[must_use]
    pub fn stream_writer(&self) -> StreamWriter {
        let include_usage = self.request.include_usage == Some(true);
        let boxed = |writer: openai_chat::StreamWriter| {
            StreamWriter::OpenAi(Box::new(writer.telling(self.calls())))
        };
        let (new, for_openrouter) =
            (openai_chat::StreamWriter::new, openai_chat::StreamWriter::for_openrouter);
        match self.client {
            Client::Chat => boxed(new(&self.stamp, include_usage)),
            Client::OpenRouter => boxed(for_openrouter(&self.stamp, include_usage)),
            Client::Messages => {
                StreamWriter::Other(Box::new(anthropic::StreamWriter::new(&self.stamp)))
            }
            Client::Responses => {
                let writer = openai_responses::Writer::new(&self.stamp, &self.of_responses());
                StreamWriter::Other(Box::new(writer))
            }
            Client::Completions => {
                let question = self.of_completions();
                let writer = openai_completions::Writer::new(&self.stamp, &question, include_usage);
                StreamWriter::Other(Box::new(writer))
            }
            Client::OllamaChat => self.ollama_writer(Shape::Chat),
            Client::OllamaGenerate => self.ollama_writer(Shape::Generate),
        }
    }

    /// The form in which chat's clients are told of calls.
    const fn calls(&self) -> Calling {
        match self.echo {
            Echo::Functions => Calling::Function,
            _ => Calling::Tools,
        }
    }

    /// What Responses repeats of the question; without a question, nothing was given.
    fn of_responses(&self) -> Cow<'_, openai_responses::Question> {
        match self.echo {
            Echo::Responses(question) => Cow::Borrowed(question),
            _ => Cow::default(),
        }
    }

    /// How completions have to look; without a question, as they are.
    fn of_completions(&self) -> Cow<'_, openai_completions::Question> {
        match self.echo {
            Echo::Completions(question) => Cow::Borrowed(question),
            _ => Cow::default(),
        }
    }
}

impl StreamWriter {
    /// Tells on the last chunk which route the answer took, where the shape has a place for it.
    pub fn tell_route(&mut self, route: &Route) {
        if let Self::OpenAi(writer) = self {
            writer.tell_route(openai_chat::openrouter::route(route));
        }
    }

    /// Writes an event.
    pub fn write(&mut self, event: &StreamEvent, out: &mut Vec<u8>) {
        match self {
            Self::OpenAi(writer) => writer.write(event, out),
            Self::Other(writer) => writer.write(event, out),
        }
    }

    /// The answer is complete: writes what was held back, and the end.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::OpenAi(writer) => writer.finish(out),
            Self::Other(writer) => writer.finish(out),
        }
    }

    /// The answer broke after some of it had been sent: says so inside the stream, and ends it.
    pub fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        match self {
            Self::OpenAi(writer) => writer.fail(refusal, out),
            Self::Other(writer) => writer.fail(refusal, out),
        }
    }
}
