//! Log probabilities in OpenAI's shape, for tokens of this provider's own rule.
//!
//! The numbers are simulated: they follow from the letters of each token and mean nothing more.

use serde_json::{Value, json};

use super::pieces;

/// What one text has to show: `{"content": [...]}`, with this many alternatives a token.
pub(super) fn logprobs(text: &str, alternatives: u64) -> Value {
    let tokens: Vec<Value> = pieces::tokens(text)
        .iter()
        .map(|token| {
            let mut entry = one(token, 0);
            entry["top_logprobs"] = (0..alternatives).map(|rank| one(token, rank)).collect();
            entry
        })
        .collect();
    json!({"content": tokens, "refusal": null})
}

/// The token itself at rank 0; further down, the token with marks after it.
fn one(token: &str, rank: u64) -> Value {
    let letters: u32 = token.chars().map(u32::from).sum();
    let marks = usize::try_from(rank).unwrap_or(0);
    let token = format!("{token}{}", "'".repeat(marks));
    let logprob = -f64::from(letters % 97 + 1) / 1_000.0 - rank as f64;
    json!({"token": token, "logprob": logprob, "bytes": token.as_bytes()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_the_text_and_alternatives_are_less_likely() {
        let value = logprobs("Grüße aus Ulm", 2);
        let tokens = value["content"].as_array().unwrap();
        let text: String = tokens.iter().filter_map(|entry| entry["token"].as_str()).collect();
        assert_eq!(text, "Grüße aus Ulm");
        for entry in tokens {
            let top = entry["top_logprobs"].as_array().unwrap();
            assert_eq!(top[0]["logprob"], entry["logprob"]);
            assert!(top[1]["logprob"].as_f64() < top[0]["logprob"].as_f64());
        }
    }
}
