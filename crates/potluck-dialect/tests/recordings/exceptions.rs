//! What is not read as an independent reading says, by name and with the reason.

/// Whole answers.
pub(super) const RESPONSES: &[(&str, &str)] = &[];

/// Streams.
pub(super) const STREAMS: &[(&str, &str)] = &[];

/// Requests that are not written as they were read.
pub(super) const REQUESTS: &[(&str, &str)] = &[
    ("openai/015-chat-gpt-4o-mini-search-preview", "asks for a search of the web: refused"),
    (
        "openrouter/013-chat-gemini-2-5-flash-lite-openrouter-with-preset",
        "names a saved preset: refused",
    ),
    (
        "openrouter/147-tools-gpt-4-1-mini-openrouter-web-search",
        "has a tool that OpenRouter runs itself: refused",
    ),
];

/// Answers with vectors.
pub(super) const VECTORS: &[(&str, &str)] = &[
    ("cohere/032-", "bytes were asked for, which potluck never does"),
    ("cohere/033-", "bytes were asked for, which potluck never does"),
    (
        "perplexity/010-",
        "base64 of bytes, not of floats: told apart by numbers that no model makes",
    ),
    (
        "perplexity/011-",
        "base64 of bytes, not of floats: told apart by numbers that no model makes",
    ),
    ("vertex/013-", "Vertex's older `predict`, which nobody in the pool speaks"),
    ("vertex/014-", "Vertex's older `predict`, which nobody in the pool speaks"),
];

/// Requests for vectors that are not written as they were accepted.
pub(super) const VECTOR_REQUESTS: &[(&str, &str)] = &[
    ("cohere/032-", "bytes were asked for, which potluck never does"),
    ("cohere/033-", "bytes were asked for, which potluck never does"),
    ("cohere/034-", "a picture, which no door takes"),
    ("gemini/041-", "several parts that become one vector: a text is one part here"),
    ("gemini/044-", "a picture, which no door takes"),
    ("ollama/014-", "the older path, in whose place the newer one is asked"),
    ("vertex/012-", "one text alone, where potluck always asks for many at once"),
    ("vertex/013-", "Vertex's older `predict`, which nobody in the pool speaks"),
    ("vertex/014-", "Vertex's older `predict`, which nobody in the pool speaks"),
];
