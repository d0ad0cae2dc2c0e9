//! The doors of clients: where each is, how the same chat is asked there, and what an answer says.

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A door.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Door {
    /// OpenAI's chat.
    Chat,
    /// The same as OpenRouter has it.
    OpenRouter,
    /// Anthropic's Messages.
    Messages,
    /// OpenAI's Responses.
    Responses,
    /// OpenAI's completions.
    Completions,
    /// Ollama's chat.
    OllamaChat,
    /// Ollama's completion of a prompt.
    OllamaGenerate,
}

// === impl Door ===

impl Door {
    /// Every door, in the order of the table.
    pub(crate) const ALL: [Self; 7] = [
        Self::Chat,
        Self::OpenRouter,
        Self::Messages,
        Self::Responses,
        Self::Completions,
        Self::OllamaChat,
        Self::OllamaGenerate,
    ];

    /// As it stands in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::OpenRouter => "openrouter chat",
            Self::Messages => "messages",
            Self::Responses => "responses",
            Self::Completions => "completions",
            Self::OllamaChat => "ollama chat",
            Self::OllamaGenerate => "ollama generate",
        }
    }

    /// Where it is.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::OpenRouter => "/api/v1/chat/completions",
            Self::Messages => "/v1/messages",
            Self::Responses => "/v1/responses",
            Self::Completions => "/v1/completions",
            Self::OllamaChat => "/api/chat",
            Self::OllamaGenerate => "/api/generate",
        }
    }

    /// The body of a request with these words.
    pub(super) fn body(self, model: &str, system: &str, prompt: &str, stream: bool) -> Value {
        let turns =
            json!([{"role": "system", "content": system}, {"role": "user", "content": prompt}]);
        let mut body = match self {
            Self::Chat | Self::OpenRouter => {
                json!({"messages": turns, "temperature": 0.7, "max_tokens": 1000})
            }
            Self::Messages => json!({
                "system": system, "messages": [{"role": "user", "content": prompt}],
                "temperature": 0.7, "max_tokens": 1000,
            }),
            Self::Responses => json!({
                "instructions": system, "input": prompt, "temperature": 0.7,
                "max_output_tokens": 1000, "store": false,
            }),
            Self::Completions => {
                json!({"prompt": format!("{system} {prompt}"), "temperature": 0.7, "max_tokens": 1000})
            }
            Self::OllamaChat => {
                json!({"messages": turns, "options": {"temperature": 0.7, "num_predict": 1000}})
            }
            Self::OllamaGenerate => json!({
                "system": system, "prompt": prompt,
                "options": {"temperature": 0.7, "num_predict": 1000},
            }),
        };
        body["model"] = model.into();
        body["stream"] = stream.into();
        if stream && matches!(self, Self::Chat | Self::OpenRouter | Self::Completions) {
            body["stream_options"] = json!({"include_usage": true});
        }
        body
    }

    /// The words of a whole answer.
    pub(super) fn said(self, body: &[u8]) -> Result<String> {
        let answer: Value = serde_json::from_slice(body).context("the answer is no JSON")?;
        let words = match self {
            Self::Chat | Self::OpenRouter => &answer["choices"][0]["message"]["content"],
            Self::Messages => &answer["content"][0]["text"],
            Self::Responses => &answer["output"][0]["content"][0]["text"],
            Self::Completions => &answer["choices"][0]["text"],
            Self::OllamaChat => &answer["message"]["content"],
            Self::OllamaGenerate => &answer["response"],
        };
        Ok(words.as_str().with_context(|| format!("an answer without words: {answer}"))?.to_owned())
    }

    /// The words of a stream.
    pub(super) fn streamed(self, body: &[u8]) -> Result<String> {
        let mut words = String::new();
        for line in std::str::from_utf8(body).context("the stream is no UTF-8")?.lines() {
            let data = match self {
                Self::OllamaChat | Self::OllamaGenerate => line,
                _ => line.strip_prefix("data:").unwrap_or_default().trim(),
            };
            if !data.is_empty() && data != "[DONE]" {
                let event: Value = serde_json::from_str(data).context("an event is no JSON")?;
                words.push_str(self.piece(&event).as_str().unwrap_or_default());
            }
        }
        Ok(words)
    }

    fn piece(self, event: &Value) -> &Value {
        match self {
            Self::Chat | Self::OpenRouter => &event["choices"][0]["delta"]["content"],
            Self::Messages => &event["delta"]["text"],
            Self::Responses if event["type"] == "response.output_text.delta" => &event["delta"],
            Self::Responses => &Value::Null,
            Self::Completions => &event["choices"][0]["text"],
            Self::OllamaChat => &event["message"]["content"],
            Self::OllamaGenerate => &event["response"],
        }
    }
}
