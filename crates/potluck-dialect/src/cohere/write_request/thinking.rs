//! How much to think: on or off, and a budget of tokens. Models that can think do so unless told not to.
//!
//! Efforts below the highest are budgets, as large as those that Gemini's efforts stand for: low 1,024 tokens,
//! medium 8,192.

use potluck_core::request::Reasoning;

use crate::quirk::Draft;
use crate::wire::Object;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thinking {
    Off,
    /// With at most so many tokens, where that was said.
    On(Option<u32>),
}

/// Writes `thinking`, where the client said anything of it.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let Some(asked) = draft.request.reasoning.take() else { return };
    match thinking(&asked) {
        Some(Thinking::Off) => {
            body.object("thinking", |thinking| thinking.text("type", "disabled"));
        }
        Some(Thinking::On(budget)) => body.object("thinking", |thinking| {
            thinking.text("type", "enabled");
            if let Some(budget) = budget {
                thinking.integer("token_budget", budget);
            }
        }),
        None if asked.effort.is_some() => draft.name("reasoning_effort"),
        None => {}
    }
    for (name, _) in &asked.extra {
        draft.name(&format!("reasoning.{name}"));
    }
}

fn thinking(asked: &Reasoning) -> Option<Thinking> {
    if asked.enabled == Some(false) || asked.max_tokens == Some(0) {
        return Some(Thinking::Off);
    }
    let effort = match asked.effort.as_deref() {
        Some("none") => Some(Thinking::Off),
        Some("minimal" | "low") => Some(Thinking::On(Some(1024))),
        Some("medium") => Some(Thinking::On(Some(8192))),
        Some("high" | "xhigh" | "max") => Some(Thinking::On(None)),
        Some(_) | None => None,
    };
    match (effort, asked.max_tokens) {
        (Some(Thinking::Off), _) => Some(Thinking::Off),
        (_, Some(budget)) => Some(Thinking::On(Some(budget))),
        (None, None) => asked.enabled.map(|_| Thinking::On(None)),
        (effort, None) => effort,
    }
}
