//! What serving a request needs: the input of every decision.
//!
//! Derived once from what was asked and the client's headers; knows no
//! vendor's field names and no offers.

use std::sync::Arc;
use std::time::Duration;

use crate::capability::{Features, Modalities, Parameters};
use crate::image::Wish;
use crate::request::Sort;
use crate::rights::Permit;

mod derive;

pub use derive::{BulkTokens, Wishes};

/// What an offer must be able to do to serve a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requirements {
    /// What goes in.
    pub input: Modalities,
    /// What must come out.
    pub output: Modalities,
    /// What changes the answer's meaning.
    pub features: Features,
    /// The parameters that were sent; requirements only under [`Constraints::require_parameters`].
    pub parameters: Parameters,
    /// Tokens of the prompt, estimated on the high side.
    pub prompt_tokens: u32,
    /// Tokens of the answer that the client asked for, if it said.
    pub max_output: Option<u32>,
    /// How many answers; at least 1.
    pub choices: u32,
    /// The texts, where many are sent to be worked on one by one.
    pub bulk: Option<Bulk>,
    /// The picture, where one is to be made.
    pub picture: Option<Picture>,
    /// What the client itself demands.
    pub constraints: Constraints,
}

/// One picture to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Picture {
    /// Characters of its prompt.
    pub characters: u32,
    /// How large it is wished.
    pub size: Wish,
    /// Of how many steps, where that was said.
    pub steps: Option<u32>,
    /// From how many pictures it starts.
    pub sources: u32,
    /// Whether only a part of the first may change.
    pub masked: bool,
}

/// Many texts in one request, each worked on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// How many.
    pub texts: u32,
    /// Tokens of the longest, with what is read together with it; estimated on the high side.
    pub longest: u32,
    /// How many numbers each answer must have, where that was said.
    pub dimensions: Option<u32>,
    /// Whether an offer that takes fewer texts at once may be asked several times.
    pub divisible: bool,
}

/// What the client itself demands. Never relaxed in silence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// Only these providers, when not empty.
    pub only: Vec<String>,
    /// None of these.
    pub ignore: Vec<String>,
    /// These first, in this order.
    pub order: Vec<String>,
    /// The best by some measure first.
    pub sort: Option<Sort>,
    /// Whether a second offer may be tried after the first.
    pub no_fallbacks: bool,
    /// Every parameter sent is a requirement.
    pub require_parameters: bool,
    /// Only providers that say they do not train on prompts.
    pub no_training: bool,
    /// Least quality, 0 to 1; offers of unknown quality do not meet it.
    pub min_quality: Option<f32>,
    /// Least context, in tokens.
    pub min_context: Option<u32>,
    /// How long the whole request may take.
    pub deadline: Option<Duration>,
    /// How long the request may wait while nobody can serve it; see [`Constraints::patience`].
    pub wait: Option<Duration>,
    /// Whose turn it is when there is a queue.
    pub priority: Priority,
    /// Who asks: those who wait take turns by it. Empty where nobody says.
    pub client: String,
    /// Keeps a conversation on one offer while that can serve.
    pub session: Option<String>,
    /// Makes the draw repeatable.
    pub seed: Option<u64>,
    /// Only what these names mean; without it, everything.
    pub permit: Option<Arc<Permit>>,
}

impl Constraints {
    /// How long the request may wait while nobody can serve it: as it says, else as long as it may take in all where
    /// anybody said that, else `usual`; never longer than it may take.
    #[must_use]
    pub fn patience(&self, usual: Duration) -> Duration {
        let wait = self.wait.or(self.deadline).unwrap_or(usual);
        wait.min(self.deadline.unwrap_or(Duration::MAX))
    }
}

/// Whose turn it is when there is a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody is waiting.
    #[default]
    Interactive,
    /// Nobody is.
    Batch,
}
