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

/// Answers with pictures.
pub(super) const PICTURES: &[(&str, &str)] = &[
    ("black-forest-labs/", "a paid host with polling of its own, which no provider file names"),
    ("fal/005-", "words heard in a sound: no picture was asked for"),
    ("nebius/003-", "the recorder cut the picture after 750 bytes: no decoder reads it"),
    ("openai/075-", "a tool of OpenAI's Responses, which potluck speaks towards clients alone"),
    ("openai/076-", "a tool of OpenAI's Responses, which potluck speaks towards clients alone"),
    ("openai/077-", "a tool of OpenAI's Responses, which potluck speaks towards clients alone"),
    ("openai/078-", "a tool of OpenAI's Responses, which potluck speaks towards clients alone"),
    ("openai/079-", "a tool of OpenAI's Responses, which potluck speaks towards clients alone"),
    ("openai/081-", "the recorder put the word hello in the place of the picture"),
    ("openai/083-", "the recorder put the word hello in the place of the picture"),
    ("replicate/", "a paid host with predictions of its own, which no provider file names"),
    ("xai/016-", "the recorder put the word hello in the place of the picture"),
];

/// Requests for pictures that are not written as they were accepted.
pub(super) const PICTURE_REQUESTS: &[(&str, &str)] = &[
    ("openai/080-", "pictures to be changed in JSON, which are written as a form"),
    ("xai/016-", "a shape and a tier, which become the size that they mean"),
    ("xai/017-", "pictures to be changed in JSON, which are written as a form"),
];
