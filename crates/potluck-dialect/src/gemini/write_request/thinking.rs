//! How much to think: a budget of tokens for 2.5, a level from 3 on, nothing before.
//!
//! Efforts are what Google's own OpenAI surface makes of them: low 1,024 tokens, medium 8,192, high 24,576.
//! From 3 on a budget is only kept for old clients and may give worse answers, so a level is sent for it.

use potluck_core::request::Reasoning;

use crate::gemini::model::{Generation, Model};
use crate::quirk::Draft;
use crate::wire::Object;

/// How much, on the one scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
}

/// Writes `thinkingConfig`, where the client said anything of thinking.
pub(super) fn write(config: &mut Object<'_>, draft: &mut Draft<'_>, model: Model) {
    let Some(asked) = draft.request.reasoning.take() else { return };
    let effort = effort(&asked);
    let budget = asked.max_tokens.filter(|_| effort != Some(Effort::None));
    let shows = asked.exclude != Some(true) && effort != Some(Effort::None);
    match model.generation {
        Generation::Gemini(0..2, _) | Generation::Gemini(2, 0..5) | Generation::Gemma(..4) => {
            draft.name("reasoning_effort");
        }
        Generation::Gemini(2, _) => config.object("thinkingConfig", |thinking| {
            if let Some(tokens) = budget.or(effort.map(|effort| tokens(effort, model))) {
                let fitting = fitted(tokens, model);
                if effort == Some(Effort::None) && fitting > 0 {
                    draft.name("reasoning_effort");
                }
                thinking.integer("thinkingBudget", fitting);
            }
            write_shows(thinking, shows);
        }),
        Generation::Gemini(..) | Generation::Newest | Generation::Gemma(_) => {
            if budget.is_some() {
                draft.name("reasoning.max_tokens");
            }
            // None of them stops thinking altogether.
            if effort == Some(Effort::None) {
                draft.name("reasoning_effort");
            }
            config.object("thinkingConfig", |thinking| {
                if let Some(effort) = effort {
                    thinking.text("thinkingLevel", level(effort, model));
                }
                write_shows(thinking, shows);
            });
        }
    }
}

fn write_shows(thinking: &mut Object<'_>, shows: bool) {
    if shows {
        thinking.boolean("includeThoughts", true);
    }
}

/// What was asked, as a word, a budget or a switch.
fn effort(asked: &Reasoning) -> Option<Effort> {
    if asked.enabled == Some(false) {
        return Some(Effort::None);
    }
    if let Some(word) = &asked.effort {
        return Some(match word.as_str() {
            "none" => Effort::None,
            "minimal" => Effort::Minimal,
            "low" => Effort::Low,
            "medium" => Effort::Medium,
            _ => Effort::High,
        });
    }
    asked.max_tokens.map(|tokens| match tokens {
        0 => Effort::None,
        1..=2048 => Effort::Low,
        2049..=8192 => Effort::Medium,
        _ => Effort::High,
    })
}

const fn tokens(effort: Effort, model: Model) -> u32 {
    match effort {
        Effort::None => 0,
        Effort::Minimal | Effort::Low => 1024,
        Effort::Medium => 8192,
        Effort::High if model.is_flash => 24_576,
        Effort::High => 32_768,
    }
}

/// A budget that the model takes: 2.5 Pro always thinks, Flash-Lite not below 512 unless it does not at all.
fn fitted(tokens: u32, model: Model) -> u32 {
    match tokens {
        0 if model.is_flash => 0,
        _ if model.is_lite => tokens.clamp(512, 24_576),
        _ if model.is_flash => tokens.min(24_576),
        _ => tokens.clamp(128, 32_768),
    }
}

/// The level that is nearest and that the model is known to take.
fn level(effort: Effort, model: Model) -> &'static str {
    if let Generation::Gemma(_) = model.generation {
        return if effort >= Effort::Medium { "high" } else { "minimal" };
    }
    let takes_minimal = model.is_flash
        && (Generation::Gemini(3, 0)..Generation::Gemini(3, 6)).contains(&model.generation);
    let takes_medium = model.is_flash || model.generation >= Generation::Gemini(3, 1);
    match effort {
        Effort::None | Effort::Minimal if takes_minimal => "minimal",
        Effort::None | Effort::Minimal | Effort::Low => "low",
        Effort::Medium if takes_medium => "medium",
        Effort::Medium | Effort::High => "high",
    }
}
