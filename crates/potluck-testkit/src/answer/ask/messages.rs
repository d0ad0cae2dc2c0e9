//! The conversation of a chat request: its texts, its images, and how long it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Invalid;

/// What bears on the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    pub(super) last_user: String,
    pub(super) tool_result: Option<String>,
    pub(super) images: Vec<Image>,
    pub(super) tokens: u64,
    pub(super) hash: u64,
}

/// An image that the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Image {
    /// A data URL.
    Inline { mime: String, bytes: usize },
    /// An address, which a simulated model does not fetch.
    Remote(String),
}

/// What a real model charges for one image, roughly.
const IMAGE_TOKENS: u64 = 85;
/// Framing of each message.
const MESSAGE_TOKENS: u64 = 3;

impl Messages {
    pub(super) fn read(value: Option<&Value>) -> Result<Self, Invalid> {
        let list = match value {
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(Value::Array(_)) => {
                return Err(Invalid::param("messages", "messages must not be empty"));
            }
            _ => return Err(Invalid::param("messages", "messages must be an array")),
        };
        let mut messages = Self { hash: 0xcbf2_9ce4_8422_2325, ..Self::default() };
        for (at, message) in list.iter().enumerate() {
            messages.push(at, message)?;
        }
        Ok(messages)
    }

    fn push(&mut self, at: usize, message: &Value) -> Result<(), Invalid> {
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
        if !matches!(role, "system" | "developer" | "user" | "assistant" | "tool" | "function") {
            return Err(Invalid::param(&format!("messages[{at}].role"), "unknown role"));
        }
        let text = self.content(at, message.get("content"))?;
        let calls = message.get("tool_calls").map_or(0, |calls| calls.to_string().len());
        self.tokens += MESSAGE_TOKENS + (text.len() + calls) as u64 / 4;
        self.mix(role.as_bytes());
        self.mix(text.as_bytes());
        self.tool_result = None;
        match role {
            "user" => self.last_user = text,
            "tool" | "function" => self.tool_result = Some(text),
            _ => {}
        }
        Ok(())
    }

    fn content(&mut self, at: usize, content: Option<&Value>) -> Result<String, Invalid> {
        let wrong = |message: &str| Invalid::param(&format!("messages[{at}].content"), message);
        match content {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Array(parts)) => {
                let mut texts = Vec::new();
                for part in parts {
                    match part.get("type").and_then(Value::as_str) {
                        Some("text") => texts.push(part["text"].as_str().unwrap_or_default()),
                        Some("image_url") => self.push_image(part).map_err(wrong)?,
                        Some(_) => return Err(wrong("this kind of content is not supported")),
                        None => return Err(wrong("a content part needs a type")),
                    }
                }
                Ok(texts.join("\n"))
            }
            Some(_) => Err(wrong("content must be a string or an array of parts")),
        }
    }

    fn push_image(&mut self, part: &Value) -> Result<(), &'static str> {
        let url = part.pointer("/image_url/url").or(part.get("image_url"));
        let url = url.and_then(Value::as_str).ok_or("image_url.url is missing")?;
        self.mix(url.as_bytes());
        self.tokens += IMAGE_TOKENS;
        self.images.push(Image::from_url(url)?);
        Ok(())
    }

    /// FNV-1a: small, and the same on every machine.
    fn mix(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Image {
    fn from_url(url: &str) -> Result<Self, &'static str> {
        let Some(data) = url.strip_prefix("data:") else {
            return Ok(Self::Remote(url.to_owned()));
        };
        let (mime, data) = data.split_once(";base64,").ok_or("a data URL must be base64")?;
        let bytes = STANDARD.decode(data).map_err(|_| "the image is not valid base64")?.len();
        Ok(Self::Inline { mime: mime.to_owned(), bytes })
    }

    /// What a model that sees says of it.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Inline { mime, bytes } => format!("an {mime} image of {bytes} bytes"),
            Self::Remote(url) => format!("an image at {url}, which I did not fetch"),
        }
    }
}
