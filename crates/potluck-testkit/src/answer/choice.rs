//! A whole answer, before it is written as one body or as a stream.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

use super::ask::{Ask, Format};
use super::call::{Call, calls};
use super::schema::{Words, instance};
use super::text::{answer_text, label, reasoning_text};
use super::{Invalid, pieces};
use crate::model::{Feature, Model, Reasoning};

/// Everything a model answers to one request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) choices: Vec<Choice>,
    /// Log probabilities are wanted, with this many alternatives.
    pub(crate) logprobs: Option<u64>,
    pub(crate) prompt_tokens: u64,
    pub(crate) reasoning_tokens: u64,
    /// With the reasoning.
    pub(crate) completion_tokens: u64,
}

/// One of `n` choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) reasoning: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: &'static str,
}

/// Answers a request, or says why this model cannot.
pub(crate) fn answer(
    speaker: &str,
    model: &Model,
    ask: &Ask,
    number: u64,
    now_ms: u64,
) -> Result<Answer, Invalid> {
    check(model, ask)?;
    let make = |at| choice(speaker, model, ask, ask.seed.wrapping_add(at));
    let choices: Vec<Choice> = (0..ask.choices).map(make).collect();
    let reasoning_tokens = choices.iter().map(Choice::reasoning_tokens).sum();
    let spoken: u64 = choices.iter().map(Choice::spoken_tokens).sum();
    Ok(Answer {
        id: format!("chatcmpl-sim{number:08x}{:08x}", ask.seed & 0xffff_ffff),
        created: now_ms / 1_000,
        choices,
        logprobs: ask.logprobs,
        prompt_tokens: ask.prompt_tokens,
        reasoning_tokens,
        completion_tokens: reasoning_tokens + spoken,
    })
}

/// Refuses what the model lacks.
fn check(model: &Model, ask: &Ask) -> Result<(), Invalid> {
    let lacks = |param: &str| {
        let message = format!("'{param}' is not supported with the model {}.", model.id);
        Invalid::param(param, message).code("unsupported_parameter")
    };
    if ask.prompt_tokens > model.context {
        let message = format!(
            "This model's maximum context length is {} tokens. However, your messages resulted in \
             {} tokens.",
            model.context, ask.prompt_tokens
        );
        return Err(Invalid::param("messages", message).code("context_length_exceeded"));
    }
    if !ask.tools.is_empty() && !model.has(Feature::Tools) {
        return Err(lacks("tools"));
    }
    if !ask.images.is_empty() && !model.vision {
        return Err(lacks("image_url"));
    }
    if ask.choices > 1 && !model.has(Feature::Many) {
        return Err(lacks("n"));
    }
    if ask.logprobs.is_some() && !model.has(Feature::Logprobs) {
        return Err(lacks("logprobs"));
    }
    match ask.format {
        Format::JsonObject if !model.has(Feature::JsonObject) => Err(lacks("response_format")),
        Format::JsonSchema(_) if !model.has(Feature::JsonSchema) => Err(lacks("response_format")),
        Format::Text | Format::JsonObject | Format::JsonSchema(_) => Ok(()),
    }
}

fn choice(speaker: &str, model: &Model, ask: &Ask, seed: u64) -> Choice {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut left = ask.max_tokens.unwrap_or(model.max_output).min(model.max_output);
    let mut reasoning = model.reasoning.map(|_| reasoning_text(speaker, model.words / 2, &mut rng));
    let mut cut = false;
    if let Some(thought) = &mut reasoning {
        cut = pieces::cut_to(thought, left);
        left = left.saturating_sub(pieces::count(thought));
    }
    let calls = if cut { Vec::new() } else { calls(ask, model, seed) };
    if !calls.is_empty() {
        return Choice { reasoning, content: None, calls, finish: "tool_calls" };
    }
    let mut content = content(speaker, model, ask, &mut rng);
    pieces::cut_at(&mut content, &ask.stop);
    // as real models do, thinking eats the budget: nothing may be left for the answer
    cut |= pieces::cut_to(&mut content, left);
    let finish = if cut { "length" } else { "stop" };
    if model.reasoning == Some(Reasoning::ThinkTags) {
        let thought = reasoning.take().unwrap_or_default();
        content = format!("<think>\n{thought}\n</think>\n\n{content}");
    }
    Choice { reasoning, content: Some(content), calls, finish }
}

fn content(speaker: &str, model: &Model, ask: &Ask, rng: &mut StdRng) -> String {
    match &ask.format {
        Format::Text => answer_text(speaker, ask, model.words, rng),
        Format::JsonObject => {
            let answer = answer_text(speaker, ask, model.words, rng);
            json!({"simulated_by": speaker, "answer": answer}).to_string()
        }
        Format::JsonSchema(schema) => {
            instance(schema, &Words { text: &label(speaker), number: None }).to_string()
        }
    }
}

impl Choice {
    fn reasoning_tokens(&self) -> u64 {
        self.reasoning.as_deref().map_or(0, pieces::count)
    }

    fn spoken_tokens(&self) -> u64 {
        let calls = self
            .calls
            .iter()
            .map(|call| pieces::count(&call.name) + pieces::count(&call.arguments));
        self.content.as_deref().map_or(0, pieces::count) + calls.sum::<u64>()
    }
}
