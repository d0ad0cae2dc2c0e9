//! The fixtures by door and by dialect.

use potluck_dialect::{Asked, Client, Dialect};

/// What a client asks, in its door's own bytes.
pub(crate) fn request(client: Client) -> &'static str {
    match format!("{client:?}").as_str() {
        "Chat" => include_str!("requests/chat.json"),
        "OpenRouter" => include_str!("requests/openrouter.json"),
        "Messages" => include_str!("requests/messages.json"),
        "Responses" => include_str!("requests/responses.json"),
        "Completions" => include_str!("requests/completions.json"),
        "OllamaChat" => include_str!("requests/ollama-chat.json"),
        "OllamaGenerate" => include_str!("requests/ollama-generate.json"),
        other => panic!("write the conversation as {other} asks it, into requests/"),
    }
}

/// What a provider answers, whole and as a stream, in its dialect's own bytes.
pub(crate) fn answer(dialect: Dialect) -> (&'static str, &'static str) {
    match dialect.word() {
        "openai" => (include_str!("answers/openai.json"), include_str!("answers/openai.stream")),
        "gemini" => (include_str!("answers/gemini.json"), include_str!("answers/gemini.stream")),
        "ollama" => (include_str!("answers/ollama.json"), include_str!("answers/ollama.stream")),
        "anthropic" => {
            (include_str!("answers/anthropic.json"), include_str!("answers/anthropic.stream"))
        }
        "cohere" => (include_str!("answers/cohere.json"), include_str!("answers/cohere.stream")),
        other => panic!("write the answer as {other} gives it, into answers/"),
    }
}

/// What a door reads of its fixture, with the usage that every stream is to tell.
pub(crate) fn asked(client: Client) -> Asked {
    let mut asked = client.read_request(request(client).as_bytes()).unwrap();
    asked.request.include_usage = Some(true);
    asked
}
