//! A piece of JSON that this crate carries and never opens.
//!
//! Schemas, tool arguments and unknown fields travel from one dialect to another as their exact text,
//! so that a number keeps its digits and a key keeps its place. Only dialects write or read inside.

use std::fmt;

/// The text of one valid JSON value. Whoever builds it vouches that it is one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Box<str>);

/// Fields that a dialect did not know, in the order in which they came. A key with a colon in it
/// (`dialect:field`) is a field of that dialect alone: no other writes it.
pub type Extra = Vec<(Box<str>, Sealed)>;

impl Sealed {
    /// Seals text that is already known to be one JSON value.
    #[must_use]
    pub fn from_json(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text of the value, as it came.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.0)
    }
}
