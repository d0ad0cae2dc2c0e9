//! Texts put in the order of how well they answer a question: what a client can ask, and what a model can
//! answer.

use crate::request::Routing;
use crate::response::Usage;
use crate::sealed::{Extra, Sealed};

/// A question, and texts that may answer it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RerankRequest {
    /// The names asked for, in order of preference. May be empty.
    pub models: Vec<String>,
    /// The question.
    pub query: String,
    /// The texts; at least one once read.
    pub documents: Vec<Document>,
    /// How many of the best to name; `None` for all.
    pub top: Option<u32>,
    /// Whether the answer is to repeat the texts, where that was said.
    pub give_documents: Option<bool>,
    /// What the client wants of the router itself.
    pub routing: Routing,
    /// Fields that no dialect of ours knows, in their order.
    pub extra: Extra,
}

/// A text that may answer a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The words.
    pub text: String,
    /// The object in which they stood, where they did.
    pub object: Option<Sealed>,
}

/// Which texts answer best.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RerankResponse {
    /// The best first.
    pub ranking: Vec<Ranked>,
    /// What it cost in tokens, where the provider said.
    pub usage: Option<Usage>,
    /// What it cost in searches, where the provider counts those.
    pub searches: Option<u64>,
}

/// How well one text answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The text's place in the request, from 0.
    pub index: u32,
    /// How well it answers; more is better, and most models stay between 0 and 1.
    pub score: f64,
}

impl RerankRequest {
    /// How many texts the answer must name.
    #[must_use]
    pub fn wanted(&self) -> usize {
        let all = self.documents.len();
        self.top.map_or(all, |top| all.min(top as usize))
    }
}
