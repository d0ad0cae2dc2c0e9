//! What an answer repeats of the question: parameters as the client gave them, and the names of its tools.

use potluck_core::Sealed;
use potluck_core::sealed::Extra;

use super::names::Names;

/// What the door remembers of a request to answer it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Parameters by name, as they came.
    pub(super) given: Extra,
    /// What the client calls the tools.
    pub(super) names: Names,
}

impl Question {
    /// Keeps a parameter to be repeated.
    pub(super) fn keep(&mut self, name: &str, json: &str) {
        self.given.push((name.into(), Sealed::from_json(json)));
    }

    /// A parameter as it was given.
    pub(super) fn given(&self, name: &str) -> Option<&Sealed> {
        self.given.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }
}
