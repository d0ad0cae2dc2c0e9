//! The shapes in which providers are asked for pictures: a closed list.
//!
//! Each shape is one module with two functions: what to send, and what the answer means. A shape of several steps
//! reads its later answers too.

mod openai;
mod pollinations;
mod text2image;

use potluck_core::capability::{Parameter, Parameters};
use potluck_core::image::{Format, ImageRequest};

use super::plan::Plan;
use super::step::{Ask, Head, Later, Made, Progress, Target};
use crate::{BadAnswer, answer};

/// The shape in which a provider is asked for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// `OpenAI`'s, which many hosts and local servers speak.
    OpenAi,
    /// `OVHcloud`'s: a prompt in, a file out.
    Text2Image,
    /// Pollinations' old host: an address in, a file out.
    Pollinations,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OpenAi, Self::Text2Image, Self::Pollinations];

    /// The word in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Text2Image => "text2image",
            Self::Pollinations => "pollinations",
        }
    }

    /// The shape of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.word() == word)
    }

    /// The parameters that it can carry at all; what a model takes is among these.
    #[must_use]
    pub fn carries(self) -> Parameters {
        match self {
            Self::OpenAi => openai::carries(),
            Self::Text2Image => Parameter::Negative.into(),
            Self::Pollinations => pollinations::carries(),
        }
    }

    /// Whether it can send pictures to be changed.
    #[must_use]
    pub const fn edits(self) -> bool {
        matches!(self, Self::OpenAi)
    }

    /// Writes the first step towards one picture.
    #[must_use]
    pub fn write(self, request: &ImageRequest, target: &Target<'_>) -> Ask {
        let drops = target.drops | (Parameters::all() - self.carries());
        let target = &Target { drops, ..target.clone() };
        let plan = Plan::new(request, target);
        match self {
            Self::OpenAi => openai::write(plan, target),
            Self::Text2Image => text2image::write(plan),
            Self::Pollinations => pollinations::write(plan, target),
        }
    }

    /// Reads the answer to the first step, of a status from 200 to 299.
    ///
    /// # Errors
    /// There is no picture in it and none to come: it is empty, cut, garbage, or an error inside a success.
    pub fn read(self, head: &Head<'_>, body: &[u8]) -> Result<Progress, BadAnswer> {
        // Whatever was announced: who sends a picture has answered.
        if Format::sniff(body).is_some() {
            return Ok(Progress::Pictures(vec![Made::of_bytes(body.to_vec())?]));
        }
        let _ = head;
        match self {
            Self::OpenAi => openai::read(body).map(Progress::Pictures),
            Self::Text2Image | Self::Pollinations => Err(file_wanted(body)),
        }
    }

    /// Reads the answer to a later step.
    ///
    /// # Errors
    /// As of [`Shape::read`].
    pub fn read_later(
        self,
        later: &Later,
        head: &Head<'_>,
        body: &[u8],
    ) -> Result<Progress, BadAnswer> {
        let _ = later;
        self.read(head, body)
    }
}

/// What an answer is that should have been a file.
fn file_wanted(body: &[u8]) -> BadAnswer {
    if body.is_empty() { BadAnswer::Empty } else { answer::lacks(body, "a picture") }
}
