//! Completions, which have words alone.

use serde_json::Value;

use super::tokens;
use crate::fact::{Answer, words};

/// One body, or the chunks of a stream: they have one shape.
pub(crate) fn read(chunks: &[Value]) -> Answer {
    let mut answer = Answer::default();
    for chunk in chunks {
        let choice = &chunk["choices"][0];
        answer.text += words(&choice["text"]);
        answer.finish += words(&choice["finish_reason"]);
        answer.usage =
            tokens(&chunk["usage"], "prompt_tokens", "completion_tokens").or(answer.usage);
    }
    answer
}
