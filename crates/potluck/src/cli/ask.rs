//! What a person asks: a prompt and the wishes that go with it, as flags and as the body and headers of
//! a chat request.

use std::io::{IsTerminal, Read};

use serde_json::{Value, json};

use super::failure::Failure;

/// The largest prompt that is read from standard input.
const LARGEST_PROMPT: u64 = 32 * 1024 * 1024;

/// What to ask, and of whom.
#[derive(Clone, Debug, clap::Args)]
pub struct Ask {
    /// What to ask; what is piped in follows it
    #[arg(value_name = "PROMPT")]
    pub prompt: Vec<String>,
    /// `free` for whichever can answer, a family such as `gpt-oss-120b`, `provider/model` for one alone, or several of
    /// these in order, separated by commas
    #[arg(short, long, value_name = "NAME", default_value = "free")]
    pub model: String,
    /// Instructions that come before the prompt
    #[arg(long, value_name = "TEXT")]
    pub system: Option<String>,
    /// Repeats a draw: the same number chooses the same model while nothing else has changed
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// The longest answer, in tokens
    #[arg(long, value_name = "TOKENS")]
    pub max_tokens: Option<u32>,
    /// Only models at least this able, from 0 to 1; `potluck models --json` shows each one's quality
    #[arg(long, value_name = "NUMBER")]
    pub min_quality: Option<f32>,
    /// Only providers that say they do not train on prompts
    #[arg(long)]
    pub no_training: bool,
}

// === impl Ask ===

impl Ask {
    /// The prompt: what was typed, then what was piped in; `None` when there is neither.
    pub(super) fn prompt(&self) -> Result<Option<String>, Failure> {
        let typed = self.prompt.join(" ");
        let piped = piped()?;
        let parts = [typed.trim(), piped.trim_end()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Ok((!parts.is_empty()).then(|| parts.join("\n\n")))
    }

    /// The messages before the first prompt.
    pub(super) fn opening(&self) -> Vec<Value> {
        self.system.iter().map(|text| json!({ "role": "system", "content": text })).collect()
    }

    /// The body of a chat request.
    pub(super) fn body(&self, messages: &[Value], stream: bool) -> Value {
        let mut body = json!({ "messages": messages, "stream": stream });
        let names: Vec<&str> = self.model.split(',').map(str::trim).collect();
        match names.as_slice() {
            [name] => body["model"] = json!(name),
            names => body["models"] = json!(names),
        }
        if let Some(tokens) = self.max_tokens {
            body["max_tokens"] = json!(tokens);
        }
        if stream {
            body["stream_options"] = json!({ "include_usage": true });
        }
        body
    }

    /// The headers that carry wishes.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let seed = self.seed.map(|seed| ("x-potluck-seed", seed.to_string()));
        let quality = self.min_quality.map(|least| ("x-potluck-min-quality", least.to_string()));
        let privacy = self.no_training.then(|| ("x-potluck-privacy", "no-training".to_owned()));
        [seed, quality, privacy].into_iter().flatten().collect()
    }
}

/// One turn of a conversation.
pub(super) fn message(role: &str, text: &str) -> Value {
    json!({ "role": role, "content": text })
}

/// A prompt with the smallest picture there is: one transparent dot.
pub(super) fn picture(prompt: &str) -> Value {
    const DOT: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    json!({ "role": "user", "content": [
        { "type": "text", "text": prompt },
        { "type": "image_url", "image_url": { "url": DOT } },
    ]})
}

fn piped() -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let mut text = String::new();
    if !stdin.is_terminal() {
        stdin.lock().take(LARGEST_PROMPT).read_to_string(&mut text)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(model: &str) -> Ask {
        Ask {
            prompt: Vec::new(),
            model: model.to_owned(),
            system: None,
            seed: Some(7),
            max_tokens: Some(64),
            min_quality: None,
            no_training: true,
        }
    }

    #[test]
    fn one_name_is_a_model_and_several_are_an_ordered_list() {
        let one = ask("free").body(&[message("user", "hi")], false);
        assert_eq!(
            one.to_string(),
            r#"{"messages":[{"role":"user","content":"hi"}],"stream":false,"model":"free","max_tokens":64}"#
        );
        let many = ask("a/b, free").body(&[], true);
        assert_eq!(many["models"], json!(["a/b", "free"]));
        assert_eq!(many["stream_options"]["include_usage"], true);
    }

    #[test]
    fn wishes_travel_as_headers() {
        let expected =
            [("x-potluck-seed", "7".to_owned()), ("x-potluck-privacy", "no-training".to_owned())];
        assert_eq!(ask("free").headers(), expected);
    }
}
