//! Which shape a path is spoken to in: what is refused before a request is read is refused in that shape.

use potluck_dialect::Client;

/// The client that asks at `path`; whoever asks elsewhere is taken to speak OpenAI's chat, and under OpenRouter's
/// base its variety of that. The rest of `/api` is Ollama's.
pub(super) fn of(path: &str) -> Client {
    let (path, chat) = match path.strip_prefix("/api") {
        Some(rest) if rest.starts_with("/v1") => (rest, Client::OpenRouter),
        Some(rest) if rest.starts_with('/') => return Client::OllamaChat,
        _ => (path, Client::Chat),
    };
    match path.strip_prefix("/v1").unwrap_or(path) {
        own if own == "/messages" || own.starts_with("/messages/") => Client::Messages,
        "/completions" => Client::Completions,
        own if own == "/responses" || own.starts_with("/responses/") => Client::Responses,
        _ => chat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_below_messages_is_answered_in_their_shape() {
        for path in
            ["/v1/messages", "/messages/count_tokens", "/v1/messages/batches", "/api/v1/messages"]
        {
            assert!(matches!(of(path), Client::Messages), "{path}");
        }
        assert!(matches!(of("/v1/messagesboard"), Client::Chat));
        assert!(matches!(of("/api/v1/nowhere"), Client::OpenRouter));
    }
}
