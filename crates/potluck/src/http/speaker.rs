//! Which shape a path is spoken to in: what is refused before a request is read is refused in that shape.

use potluck_dialect::Client;

/// The client that asks at `path`; whoever asks elsewhere is taken to speak OpenAI's chat.
pub(super) fn of(path: &str) -> Client {
    let path = path.strip_prefix("/api").unwrap_or(path);
    let _own = path.strip_prefix("/v1").unwrap_or(path);
    Client::Chat
}
