//! The kinds of work, and what differs between them: how each is put to a provider, and how the provider's answer
//! is put to the client.
//!
//! Only this room of the relay tells kinds apart. Who is tried, what is reserved, how long it may take and
//! what a failure teaches is the same for all.

use std::time::Duration;

use bytes::Bytes;
use potluck_core::request::{ChatRequest, Routing};
use potluck_core::verdict::Refusal;
use potluck_dialect::bridge::{self, StreamBridge, Whole};
use potluck_dialect::{
    BadAnswer, Client, Contract, Echo, Recipient, Route, Stamp, Target, Written, embedding,
    emulate, rerank,
};

use crate::relay::flight::Flight;
use crate::relay::{Deadlines, Painting};

/// What was asked, and in which shape.
#[derive(Clone, Debug)]
pub enum Work {
    /// A conversation to be continued.
    Chat(Box<Chat>),
    /// Texts to become vectors.
    Embedding(embedding::Asked),
    /// Texts to be put in order.
    Rerank(rerank::Asked),
    /// A picture to be made.
    Image(Box<Painting>),
}

/// A conversation to be continued.
#[derive(Clone, Debug)]
pub struct Chat {
    /// What the client speaks.
    pub client: Client,
    /// What the answer repeats of the question.
    pub echo: Echo,
    /// What was asked.
    pub request: ChatRequest,
    /// The bytes in which it was asked.
    pub original: Bytes,
    /// What its answer must keep to.
    pub contract: Contract,
}

impl Work {
    /// The names asked for, in order of preference.
    #[must_use]
    pub fn models(&self) -> &[String] {
        match self {
            Self::Chat(chat) => &chat.request.models,
            Self::Embedding(asked) => &asked.request.models,
            Self::Rerank(asked) => &asked.request.models,
            Self::Image(painting) => &painting.asked.request.models,
        }
    }

    /// What the client wants of the router itself.
    fn routing(&self) -> &Routing {
        match self {
            Self::Chat(chat) => &chat.request.routing,
            Self::Embedding(asked) => &asked.request.routing,
            Self::Rerank(asked) => &asked.request.routing,
            Self::Image(painting) => &painting.asked.request.routing,
        }
    }

    /// The word of the door that it came through, as `POST /pool/explain?as=` takes it.
    #[must_use]
    pub const fn door(&self) -> &'static str {
        match self {
            Self::Chat(chat) => match chat.client {
                Client::Chat => "chat",
                Client::OpenRouter => "openrouter",
                Client::Messages => "messages",
                Client::Responses => "responses",
                Client::Completions => "completions",
                Client::OllamaChat => "ollama-chat",
                Client::OllamaGenerate => "ollama-generate",
            },
            Self::Embedding(asked) => match asked.door {
                embedding::Door::OpenAi => "embeddings",
                embedding::Door::Ollama | embedding::Door::OllamaLegacy => "ollama-embed",
            },
            Self::Rerank(asked) => match asked.door {
                rerank::Door::Cohere => "rerank",
                rerank::Door::OpenRouter => "openrouter-rerank",
            },
            Self::Image(_) => "images",
        }
    }

    /// Whether the client wants a stream.
    #[must_use]
    pub fn streams(&self) -> bool {
        match self {
            Self::Chat(chat) => chat.request.stream == Some(true),
            // a picture comes whole; that several come one by one is the door's business
            Self::Embedding(_) | Self::Rerank(_) | Self::Image(_) => false,
        }
    }

    /// Whether it takes so long that whoever can do it is mostly busy.
    pub(super) const fn is_slow(&self) -> bool {
        matches!(self, Self::Image(_))
    }

    /// How long it may take over all its attempts, where the client says nothing.
    pub(super) const fn limit(&self, deadlines: &Deadlines) -> Duration {
        match self {
            Self::Chat(_) | Self::Embedding(_) | Self::Rerank(_) => deadlines.request,
            Self::Image(_) => deadlines.picture,
        }
    }

    /// Ends an answer that was begun and that nobody can give; `stamp` stands for whoever would have.
    pub(super) fn fail(&self, stamp: Stamp, refusal: &Refusal) -> Vec<u8> {
        match self {
            Self::Chat(chat) => {
                let mut out = Vec::new();
                chat.recipient(stamp).stream_writer().fail(refusal, &mut out);
                out
            }
            Self::Embedding(asked) => asked.door.write_refusal(refusal, &stamp.id),
            Self::Rerank(asked) => asked.door.write_refusal(refusal, &stamp.id),
            Self::Image(painting) => painting.asked.door.write_refusal(refusal, &stamp.id),
        }
    }

    /// Writes what the provider is sent: one body, or several where it takes less at once than was asked.
    pub(super) fn write(&self, flight: &Flight) -> Vec<Written> {
        let mut bodies = match self {
            Self::Chat(chat) => vec![chat.write(flight)],
            Self::Embedding(asked) => {
                let Some(shape) = flight.wire().dialect.embedding() else { return Vec::new() };
                let target = embedding_target(flight);
                let parts = embedding::parts(&asked.request, &target);
                parts.map(|inputs| shape.write(&asked.request, inputs, &target)).collect()
            }
            Self::Rerank(asked) => {
                let model = flight.offer().model.as_str();
                vec![rerank::write(&asked.request, model, flight.quirks())]
            }
            // pictures go in steps, which `paint` knows
            Self::Image(_) => Vec::new(),
        };
        if let Some(last) = bodies.last_mut() {
            last.dropped.extend_from_slice(&self.routing().ignored);
        }
        bodies
    }

    /// Reads the provider's answers, one for each body that was sent, and writes the client's one.
    pub(super) fn read(
        &self,
        flight: &Flight,
        stamp: Stamp,
        route: Option<&Route>,
        bodies: &[Bytes],
    ) -> Result<Whole, BadAnswer> {
        let first = bodies.first().ok_or(BadAnswer::Empty)?;
        match self {
            Self::Chat(chat) => {
                let recipient = chat.recipient(stamp);
                let mut whole = chat.read(flight, &recipient, first)?;
                if let Some(route) = route {
                    whole.tell_route(chat.client, route);
                }
                Ok(whole)
            }
            Self::Embedding(asked) => {
                let shape = flight.wire().dialect.embedding().ok_or(BadAnswer::Empty)?;
                embedding::whole(shape, &embedding_target(flight), asked, &stamp, bodies)
            }
            Self::Rerank(asked) => rerank::whole(asked, &stamp, first),
            Self::Image(_) => Err(BadAnswer::Empty),
        }
    }

    /// From the provider's stream to the client's, where such work streams.
    pub(super) fn bridge(&self, flight: &Flight, stamp: Stamp) -> Option<StreamBridge> {
        match self {
            Self::Chat(chat) => {
                let recipient = chat.recipient(stamp);
                let bridge = StreamBridge::new(flight.wire().dialect, flight.quirks(), &recipient);
                Some(bridge.under(&chat.contract))
            }
            Self::Embedding(_) | Self::Rerank(_) | Self::Image(_) => None,
        }
    }
}

impl Chat {
    /// Who gets the answer.
    #[must_use]
    pub const fn recipient(&self, stamp: Stamp) -> Recipient<'_> {
        Recipient { client: self.client, stamp, request: &self.request, echo: &self.echo }
    }

    fn write(&self, flight: &Flight) -> Written {
        let wire = flight.wire();
        let offer = flight.offer();
        let target = Target {
            model: offer.model.as_str(),
            quirks: flight.quirks(),
            stream: self.request.stream == Some(true) && !flight.emulates(),
            max_output: flight.max_output(),
            context: offer.capability.context,
        };
        if flight.emulates() {
            let told = emulate::request(&self.request);
            return self.name_dropped(wire.dialect.write_request(&told, &target));
        }
        if self.client.dialect() == Some(wire.dialect)
            && let Some(written) =
                wire.dialect.forward_request(&self.original, &self.request, &target)
        {
            // The client's own bytes: what has no place in the shapes in the middle crossed as well.
            return written;
        }
        self.name_dropped(wire.dialect.write_request(&self.request, &target))
    }

    fn read(
        &self,
        flight: &Flight,
        recipient: &Recipient<'_>,
        body: &[u8],
    ) -> Result<Whole, BadAnswer> {
        let read = if flight.emulates() { bridge::emulated } else { bridge::whole };
        read(flight.wire().dialect, flight.quirks(), recipient, &self.contract, body)
    }

    /// Puts what the door itself could not carry before what the provider's dialect could not.
    fn name_dropped(&self, mut written: Written) -> Written {
        let before = self.request.dropped.iter().cloned();
        written.dropped.splice(0..0, before);
        written
    }
}

fn embedding_target(flight: &Flight) -> embedding::Target<'_> {
    let offer = flight.offer();
    embedding::Target {
        model: offer.model.as_str(),
        quirks: flight.quirks(),
        dimensions: &offer.capability.dimensions,
        max_texts: offer.capability.max_texts,
    }
}
