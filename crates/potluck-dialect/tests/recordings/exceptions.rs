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
