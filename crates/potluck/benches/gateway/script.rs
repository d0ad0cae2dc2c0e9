//! What the simulated upstream says, word by word: known to the upstream, which sends it, and to the load
//! generator, which checks it.
//!
//! A gateway passes the prompt on, whatever else it rewrites, so the prompt carries the order: how many
//! chunks, and how long to pause before each. It must not know sockets.

use serde_json::{Value, json};

/// Ends every prompt, so that the upstream knows that it got all of it.
pub(crate) const PROMPT_END: &str = "(here the prompt ends)";

/// Begins the order inside a prompt.
const ORDER: &str = "(stream ";

const WORDS: [&str; 8] = [" every", " free", " model", " brings", " a", " dish", " to", " share"];

/// How many words a plain answer has: it makes a body of about 600 bytes.
const PLAIN_WORDS: u64 = 46;

/// A stream as it is ordered.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Script {
    /// Chunks with text, at least one; the role, the finish, `[DONE]` and usage come on top.
    pub(crate) chunks: u64,
    /// Milliseconds before each chunk but the first; 0 sends the whole stream in one write.
    pub(crate) pause: u64,
    /// Whether a usage chunk was asked for.
    pub(crate) usage: bool,
}

// === impl Script ===

impl Script {
    /// The order as it stands in a prompt.
    pub(crate) fn order(self) -> String {
        format!("{ORDER}{} chunks, {} ms apart)", self.chunks, self.pause)
    }

    /// Reads the order out of a request body.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let at = memchr::memmem::find(body, ORDER.as_bytes())? + ORDER.len();
        let (chunks, rest) = number(&body[at..])?;
        let (pause, _) = number(rest.strip_prefix(b" chunks, ")?)?;
        let usage = memchr::memmem::find(body, br#""include_usage":true"#).is_some();
        (chunks > 0).then_some(Self { chunks, pause, usage })
    }

    /// Events of the whole stream: role, chunks, finish, usage where asked for, `[DONE]`.
    pub(crate) fn events(self) -> u64 {
        self.chunks + 3 + u64::from(self.usage)
    }

    /// The text of all chunks.
    pub(crate) fn text(self) -> String {
        words(self.chunks)
    }

    /// The events in order, without `data:` and without `[DONE]`.
    pub(crate) fn bodies(self) -> Vec<String> {
        let role = chunk(&json!({"role": "assistant", "content": ""}), &Value::Null);
        let texts = (0..self.chunks).map(|at| chunk(&json!({"content": word(at)}), &Value::Null));
        let finish = chunk(&json!({}), &json!("stop"));
        let usage = self.usage.then(|| usage_chunk(self.chunks));
        std::iter::once(role).chain(texts).chain([finish]).chain(usage).collect()
    }
}

/// The text of the plain answer.
pub(crate) fn plain_text() -> String {
    words(PLAIN_WORDS)
}

/// The body of the plain answer.
pub(crate) fn plain_body() -> String {
    json!({
        "id": "chatcmpl-simulated-0123456789abcdef",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": "tiny",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": plain_text(),
                "refusal": null,
                "annotations": [],
            },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": usage(PLAIN_WORDS),
        "system_fingerprint": "fp_simulated",
    })
    .to_string()
}

fn chunk(delta: &Value, finish: &Value) -> String {
    envelope(&json!([{"index": 0, "delta": delta, "finish_reason": finish}])).to_string()
}

fn usage_chunk(chunks: u64) -> String {
    let mut last = envelope(&json!([]));
    last["usage"] = usage(chunks);
    last.to_string()
}

fn envelope(choices: &Value) -> Value {
    json!({
        "id": "chatcmpl-simulated-0123456789abcdef",
        "object": "chat.completion.chunk",
        "created": 1_767_225_600,
        "model": "tiny",
        "choices": choices,
    })
}

fn usage(completion: u64) -> Value {
    json!({"prompt_tokens": 150, "completion_tokens": completion, "total_tokens": 150 + completion})
}

fn word(at: u64) -> &'static str {
    WORDS[(at % WORDS.len() as u64) as usize]
}

fn words(count: u64) -> String {
    (0..count).map(word).collect()
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = std::str::from_utf8(&bytes[..digits]).ok()?.parse().ok()?;
    Some((value, &bytes[digits..]))
}
