//! What may not arrive, door by dialect, and why. A name in `dropped` needs no line here: the client is told.

/// One loss that is meant.
pub(crate) struct Loss {
    /// The door, by its name.
    pub(crate) client: &'static str,
    /// The dialects, by their words; none for all.
    pub(crate) dialects: &'static [&'static str],
    /// The kind of fact.
    pub(crate) kind: &'static str,
    /// Why it is right so.
    pub(crate) why: &'static str,
}

const ALL: &[&str] = &[];
const PLAIN: &str =
    "plain thoughts go on only beside the calls that they led to, and these led to none";
const SIGNED: &str = "signed thoughts go back to their maker alone";

/// All of them.
pub(crate) const LOSSES: [Loss; 5] = [
    Loss { client: "Chat", dialects: ALL, kind: "thoughts", why: PLAIN },
    Loss { client: "OpenRouter", dialects: ALL, kind: "thoughts", why: PLAIN },
    Loss { client: "Responses", dialects: ALL, kind: "thoughts", why: PLAIN },
    Loss { client: "OllamaChat", dialects: ALL, kind: "thoughts", why: PLAIN },
    Loss {
        client: "Messages",
        dialects: &["openai", "gemini", "ollama", "cohere"],
        kind: "thoughts",
        why: SIGNED,
    },
];

impl Loss {
    pub(crate) fn is_of(&self, client: &str, dialect: &str, kind: &str) -> bool {
        let named = self.dialects.is_empty() || self.dialects.contains(&dialect);
        named && self.client == client && self.kind == kind
    }
}
