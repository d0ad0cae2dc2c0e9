//! A whole answer as a list of texts.

use potluck_core::response::{ChatResponse, Choice};

use super::fence::Fence;
use super::offsets;
use super::question::{Question, finish_word};
use crate::client::Stamp;
use crate::openai_chat;
use crate::wire::{self, Object};

/// Writes the body of an answer.
pub(crate) fn write(response: &ChatResponse, stamp: &Stamp, question: &Question) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    wire::object(&mut out, |body| {
        write_head(body, stamp);
        body.array("choices", |items| {
            for choice in &response.choices {
                items.object(|fields| write_choice(fields, choice, question));
            }
        });
        if let Some(usage) = &response.usage {
            openai_chat::write_usage(body.key("usage"), usage);
        }
        if question.ollama {
            let first = response.choices.first().map(|choice| text(choice, question));
            body.text("response", &first.unwrap_or_default());
            body.boolean("done", true);
        }
    });
    out
}

/// Writes what every object of an answer begins with.
pub(super) fn write_head(body: &mut Object<'_>, stamp: &Stamp) {
    let root = stamp.id.strip_prefix("gen-").unwrap_or(&stamp.id);
    body.text("id", &format!("cmpl-{root}"));
    body.text("object", "text_completion");
    body.integer("created", stamp.created);
    body.text("model", &stamp.model);
}

fn write_choice(fields: &mut Object<'_>, choice: &Choice, question: &Question) {
    fields.text("text", &text(choice, question));
    fields.integer("index", choice.index);
    let lists = choice.logprobs.as_ref().and_then(|logprobs| offsets::lists(logprobs, &mut 0));
    fields.json("logprobs", lists.as_deref().unwrap_or("null"));
    fields.text("finish_reason", finish_word(choice.finish));
}

/// The words of a choice as the client is to see them; a refusal is words.
fn text(choice: &Choice, question: &Question) -> String {
    let mut text = question.before.clone().unwrap_or_default();
    let said = [choice.reply.text.as_deref(), choice.reply.refusal.as_deref()];
    let mut fence = Fence::default();
    for words in said.into_iter().flatten() {
        if question.fills {
            fence.push(words, &mut text);
        } else {
            text.push_str(words);
        }
    }
    fence.finish(&mut text);
    text
}
