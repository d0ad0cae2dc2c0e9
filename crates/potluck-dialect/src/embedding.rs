//! Vectors for texts: the doors at which clients ask for them, and the shapes in which providers give them.
//!
//! A list of texts may go to a provider in several parts, because providers take fewer at once than clients
//! send; the parts come together again here, in order. Knows no quotas and does not choose who serves.

mod cohere;
mod door;
mod gemini;
mod number;
mod ollama;
mod openai;
mod whole;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use potluck_core::embedding::{Dimensions, EmbeddingRequest, EmbeddingResponse};

pub(crate) use self::door::write_usage;
pub use self::door::{Asked, Door, Encoding};
pub use self::whole::whole;
use crate::quirk::Quirks;
use crate::{BadAnswer, Written};

/// The shape in which a provider is asked for vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// OpenAI's.
    OpenAi,
    /// Cohere's, version 2.
    Cohere,
    /// Gemini's, many at once.
    Gemini,
    /// Ollama's.
    Ollama,
}

/// Where a list of texts goes.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The provider's own id of the model.
    pub model: &'a str,
    /// How the provider deviates.
    pub quirks: Quirks,
    /// The lengths of vector that the model makes.
    pub dimensions: &'a Dimensions,
    /// The most texts that it takes at once.
    pub max_texts: Option<u32>,
}

impl Shape {
    /// The path below a provider's base address, for a model.
    #[must_use]
    pub fn path(self, model: &str) -> Cow<'static, str> {
        match self {
            Self::OpenAi => Cow::Borrowed("/embeddings"),
            Self::Cohere => Cow::Borrowed("/v2/embed"),
            Self::Gemini => Cow::Owned(format!("/models/{model}:batchEmbedContents")),
            Self::Ollama => Cow::Borrowed("/api/embed"),
        }
    }

    /// Writes a request for some of the texts.
    #[must_use]
    pub fn write(
        self,
        request: &EmbeddingRequest,
        inputs: &[String],
        target: &Target<'_>,
    ) -> Written {
        match self {
            Self::OpenAi => openai::write(request, inputs, target),
            Self::Cohere => cohere::write(request, inputs, target),
            Self::Gemini => gemini::write(request, inputs, target),
            Self::Ollama => ollama::write(request, inputs, target),
        }
    }

    /// Reads a provider's answer of status 200.
    ///
    /// # Errors
    /// It is empty, no JSON, has no vectors of finite numbers, or is an error inside a success.
    pub fn read(self, body: &[u8]) -> Result<EmbeddingResponse, BadAnswer> {
        match self {
            Self::OpenAi => openai::read(body),
            Self::Cohere => cohere::read(body),
            Self::Gemini => gemini::read(body),
            Self::Ollama => ollama::read(body),
        }
    }
}

impl Target<'_> {
    /// The length to ask for: none where it is what the model makes unasked, since some refuse the field.
    fn length(&self, request: &EmbeddingRequest) -> Option<u32> {
        request.dimensions.filter(|length| self.dimensions.usual() != Some(*length))
    }
}

/// The texts of a request in the parts in which a provider takes them.
pub fn parts<'r>(
    request: &'r EmbeddingRequest,
    target: &Target<'_>,
) -> std::slice::Chunks<'r, String> {
    let most = target.max_texts.map_or(usize::MAX, |most| most.max(1) as usize);
    request.inputs.chunks(most)
}

/// Fields that no shape has a place for, by the names that clients use.
fn unknown(request: &EmbeddingRequest) -> Vec<String> {
    request.extra.iter().map(|(name, _)| name.to_string()).collect()
}
