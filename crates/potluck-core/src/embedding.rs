//! Vectors for texts: what a client can ask, and what a model can answer.
//!
//! Vectors of different models cannot be compared with each other, so one request is answered by one model.

use crate::request::Routing;
use crate::response::Usage;
use crate::sealed::Extra;

/// Texts that are to become vectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbeddingRequest {
    /// The names asked for, in order of preference. May be empty.
    pub models: Vec<String>,
    /// The texts, in the order of the answer; at least one once read, and none of them empty.
    pub inputs: Vec<String>,
    /// How many numbers a vector is to have; `None` for as many as the model usually makes.
    pub dimensions: Option<u32>,
    /// What the vectors are for, where that was said.
    pub purpose: Option<Purpose>,
    /// Who asks, as the client names it.
    pub user: Option<String>,
    /// What the client wants of the router itself.
    pub routing: Routing,
    /// Fields that no dialect of ours knows, in their order.
    pub extra: Extra,
}

/// What vectors are for. Some models put a question elsewhere than the text that answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To find texts by.
    Query,
    /// To be found.
    Document,
    /// To be sorted into classes.
    Classification,
    /// To be grouped by likeness.
    Clustering,
}

/// A vector a text, in the order of the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbeddingResponse {
    /// The vectors; all of the same length.
    pub vectors: Vec<Vec<f32>>,
    /// What it cost in tokens, where the provider said.
    pub usage: Option<Usage>,
}

/// The lengths of vector that a model makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dimensions {
    /// The lengths that are known, what it makes unasked first; empty where nobody knows.
    pub known: Vec<u32>,
    /// Where any length can be asked for, the least of them.
    pub least: Option<u32>,
}

impl Dimensions {
    /// The length that it makes unasked, where known.
    #[must_use]
    pub fn usual(&self) -> Option<u32> {
        self.known.first().copied()
    }

    /// Whether it makes vectors of so many numbers.
    #[must_use]
    pub fn makes(&self, length: u32) -> bool {
        let most = self.known.iter().copied().max().unwrap_or_default();
        self.known.contains(&length)
            || self.least.is_some_and(|least| (least..=most).contains(&length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_made_only_where_somebody_said_so() {
        let listed = Dimensions { known: vec![1536, 512], least: None };
        assert!(listed.makes(1536) && listed.makes(512) && !listed.makes(1024));
        let any = Dimensions { known: vec![3072], least: Some(128) };
        assert!(any.makes(128) && any.makes(3072) && !any.makes(127) && !any.makes(4096));
        assert!(!Dimensions::default().makes(1024));
        assert_eq!(listed.usual(), Some(1536));
    }
}
