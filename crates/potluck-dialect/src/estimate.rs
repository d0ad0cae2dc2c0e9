//! How many tokens a prompt is, guessed on the high side.
//!
//! There is one tokenizer a model and none of them is here; what is wanted is a number that is seldom
//! too small, since a prompt that does not fit costs an attempt and a prompt held back costs a choice.

use potluck_core::Sealed;
use potluck_core::embedding::EmbeddingRequest;
use potluck_core::request::{ChatRequest, Content, Format, Media, Message, Part, Tool};
use potluck_core::requirements::BulkTokens;
use potluck_core::rerank::RerankRequest;
use potluck_core::response::Usage;
use potluck_core::sealed::Extra;

use crate::openai_chat::ESTIMATED;

#[cfg(test)]
mod tests;

/// Bytes of ASCII text a token. Usual tokenizers take 3.5 to 4.5 of English and code.
const ASCII_BYTES: u64 = 3;
/// Bytes of an answer a token.
const ANSWER_BYTES: u64 = 4;
/// What a message costs beside its text: its role and its frame.
const MESSAGE: u64 = 6;
/// What a request costs beside its messages: templates begin with a date, a knowledge cut-off and the like.
const REQUEST: u64 = 64;
/// What tools cost beside their descriptions: the text that tells a model how to call them.
const TOOLS: u64 = 200;
/// What a tool costs beside its description and schema.
const TOOL: u64 = 24;
/// A picture: OpenAI's high detail takes 85 + 170 a tile, Gemini 258 a tile, Mistral up to 4,096.
const IMAGE: u64 = 1_500;
/// A picture at low detail.
const SMALL_IMAGE: u64 = 300;
/// Bytes of sound a token: Gemini takes 32 tokens a second, and speech comes at 4 KB a second or more.
const AUDIO_BYTES: u64 = 128;
/// Bytes of a document a token: its text is a small part of its bytes.
const FILE_BYTES: u64 = 12;
/// A film or a document that somebody has to fetch first, or that is named by an id.
const UNSEEN: u64 = 4_000;

/// An estimate of the prompt's tokens, seldom below the truth.
#[must_use]
pub fn prompt_tokens(request: &ChatRequest) -> u32 {
    let messages: u64 = request.messages.iter().map(message).sum();
    let tools: u64 = request.tools.iter().map(tool).sum();
    let tools = if request.tools.is_empty() { 0 } else { TOOLS + tools };
    let format = match &request.format {
        Some(Format::JsonSchema(schema) | Format::Other(schema)) => text(schema.as_json()),
        _ => 0,
    };
    u32::try_from(REQUEST + messages + tools + format).unwrap_or(u32::MAX)
}

/// An estimate of the tokens of texts that are to become vectors, seldom below the truth.
#[must_use]
pub fn embedding_tokens(request: &EmbeddingRequest) -> BulkTokens {
    sum(request.inputs.iter().map(|input| MESSAGE + text(input)))
}

/// An estimate of the tokens of texts that are to be put in order: each is read together with the question.
#[must_use]
pub fn rerank_tokens(request: &RerankRequest) -> BulkTokens {
    let query = text(&request.query);
    sum(request.documents.iter().map(|document| MESSAGE + query + text(&document.text)))
}

/// An estimate of the tokens of some words, seldom below the truth.
#[must_use]
pub fn words(words: &str) -> u32 {
    u32::try_from(text(words)).unwrap_or(u32::MAX)
}

fn sum(each: impl Iterator<Item = u64>) -> BulkTokens {
    let (all, longest) =
        each.fold((0_u64, 0), |(all, longest), one| (all.saturating_add(one), longest.max(one)));
    let narrow = |tokens| u32::try_from(tokens).unwrap_or(u32::MAX);
    BulkTokens { all: narrow(all), longest: narrow(longest) }
}

/// Usage for an answer whose provider counted nothing: a guess, and marked as one.
#[must_use]
pub fn usage(prompt_tokens: u32, answer_bytes: u64) -> Usage {
    let (prompt, completion) = (u64::from(prompt_tokens), answer_bytes.div_ceil(ANSWER_BYTES));
    let mark = Sealed::from_json("true");
    let total = prompt + completion;
    let extra = vec![(ESTIMATED.into(), mark)];
    Usage { prompt, completion, total, extra, ..Usage::default() }
}

/// Tokens of a text: ASCII by its length, every other character as one.
fn text(text: &str) -> u64 {
    let (outside, begun) = if text.is_ascii() {
        (0, 0)
    } else {
        (count(text, |byte| byte >= 0x80), count(text, |byte| byte >= 0xc0))
    };
    (text.len() as u64 - outside).div_ceil(ASCII_BYTES) + begun
}

/// How many bytes of a text are such: in blocks that a byte can count, which is many at once.
fn count(text: &str, is: impl Fn(u8) -> bool) -> u64 {
    let blocks = text.as_bytes().chunks(255);
    blocks.map(|block| u64::from(block.iter().map(|&byte| u8::from(is(byte))).sum::<u8>())).sum()
}

fn message(message: &Message) -> u64 {
    let content = match &message.content {
        Content::Absent | Content::Null => 0,
        Content::Text(words) => text(words),
        Content::Parts(parts) => parts.iter().map(part).sum(),
    };
    let calls =
        message.tool_calls.iter().map(|call| text(&call.name) + text(&call.arguments) + TOOL);
    let named = message.name.as_deref().map_or(0, text);
    MESSAGE + content + calls.sum::<u64>() + named
}

fn part(part: &Part) -> u64 {
    match part {
        Part::Text { text: words, .. } | Part::Refusal(words) => text(words),
        Part::Image { detail, .. } if detail.as_deref() == Some("low") => SMALL_IMAGE,
        Part::Image { .. } => IMAGE,
        Part::Audio { data, .. } => (data.len() as u64).div_ceil(AUDIO_BYTES),
        Part::Video { media: Media::Inline(data), .. } => {
            (data.len() as u64).div_ceil(AUDIO_BYTES).max(UNSEEN)
        }
        Part::Video { .. } => UNSEEN,
        Part::File { file, .. } | Part::Other(file) => {
            let length = file.as_json().len() as u64;
            if length < 1_000 { UNSEEN } else { length.div_ceil(FILE_BYTES) }
        }
    }
}

fn tool(tool: &Tool) -> u64 {
    match tool {
        Tool::Function { name, description, parameters, function_extra, .. } => {
            TOOL + text(name)
                + description.as_deref().map_or(0, text)
                + parameters.as_ref().map_or(0, |schema| text(schema.as_json()))
                + extra(function_extra)
        }
        Tool::Other(sealed) => TOOL + text(sealed.as_json()),
    }
}

fn extra(extra: &Extra) -> u64 {
    extra.iter().map(|(_, value)| text(value.as_json())).sum()
}
