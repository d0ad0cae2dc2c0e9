//! Text that must never be printed: keys of clients and of providers.

use std::fmt;

/// A secret. Shows itself nowhere; only [`Secret::expose`] gives it out, at the door that sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// From its text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. To be called only where it is sent or compared.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `given` is this secret, in a time that depends on its length alone.
    #[must_use]
    pub fn matches(&self, given: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differing =
            own.iter().zip(given).fold(0u8, |differing, (left, right)| differing | (left ^ right));
        own.len() == given.len() && std::hint::black_box(differing) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_itself() {
        assert_eq!(format!("{:?}", Secret::new("sk-very-secret")), "[secret]");
    }

    #[test]
    fn only_the_same_bytes_match() {
        let secret = Secret::new("sk-one");
        assert!(secret.matches(b"sk-one"));
        for other in [&b"sk-onE"[..], b"sk-on", b"sk-one ", b""] {
            assert!(!secret.matches(other));
        }
    }
}
