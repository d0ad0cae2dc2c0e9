//! Any bytes of a refusal, under any status and with any header of a wait, mean something, and every door can
//! tell the client.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::Moment;
use potluck_core::outcome::Stage;
use potluck_core::response::StreamError;
use potluck_core::verdict::Refusal;
use potluck_dialect::fault::{self, Told, safe};
use potluck_dialect::{Client, embedding, rates, rerank};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (line, rest) = text.split_once('\n').unwrap_or(("", &text));
    let now = Moment::from_millis(1_767_225_600_000);
    let headers = [("retry-after", line), ("x-ratelimit-reset", line)];
    for status in [400, 401, 402, 403, 404, 413, 429, 500, 503, 529] {
        let _ = fault::classify(status, &headers, rest.as_bytes(), &[], now);
    }
    for format in rates::Format::ALL {
        let _ = rates::moment(line, format, now);
    }
    let inside = StreamError { body: rest.to_owned(), ..StreamError::default() };
    let _ = fault::from_inside(&inside, &[], Stage::BeforeCommit, now);
    let _ = fault::claims(data, now);
    tell(&safe::detail(&Told::read(data).message));
});

/// What is told has no line of its own, and is JSON at every door.
fn tell(detail: &str) {
    assert!(!detail.contains(char::is_control), "{detail:?}");
    let refusal = Refusal::new(503, "api_error", "no_provider_available", detail);
    let chats = Client::ALL.map(|client| client.write_refusal(&refusal, "req-1"));
    let vectors = embedding::Door::OpenAi.write_refusal(&refusal, "req-1");
    let ranks = rerank::Door::Cohere.write_refusal(&refusal, "req-1");
    for body in chats.iter().chain([&vectors, &ranks]) {
        assert!(serde_json::from_slice::<serde_json::Value>(body).is_ok());
    }
}
