//! How much to think, as `think` says it: on, off, or a level.
//!
//! The server refuses a level for every model but gpt-oss, and `true` for models that cannot think; models that
//! can do so unless told not to. So only "off" and gpt-oss's levels are ever sent.

use potluck_core::request::Reasoning;

use crate::wire::Object;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Think {
    /// `false`
    Off,
    /// `"low"`, `"medium"` or `"high"`
    Level(&'static str),
}

/// What a request's wish becomes for a model, and the names of what it loses.
pub(super) fn of(reasoning: &Reasoning, model: &str) -> (Option<Think>, Vec<String>) {
    let named = takes_levels(model);
    let level = level_of(reasoning);
    let mut lost = Vec::new();
    let think = match level {
        Some("none") if named => {
            lost.push(effort_name(reasoning));
            Some(Think::Level("low"))
        }
        Some("none") => Some(Think::Off),
        Some(level) if named => Some(Think::Level(level)),
        Some(_) | None => {
            lost.extend(reasoning.effort.is_some().then(|| effort_name(reasoning)));
            None
        }
    };
    if reasoning.max_tokens.is_some_and(|tokens| tokens > 0) {
        lost.push("reasoning.max_tokens".to_owned());
    }
    lost.extend(reasoning.extra.iter().map(|(key, _)| format!("reasoning.{key}")));
    (think, lost)
}

/// Writes `think`.
pub(super) fn write(body: &mut Object<'_>, think: Option<Think>) {
    match think {
        Some(Think::Off) => body.boolean("think", false),
        Some(Think::Level(level)) => body.text("think", level),
        None => {}
    }
}

fn takes_levels(model: &str) -> bool {
    model.contains("gpt-oss")
}

fn effort_name(reasoning: &Reasoning) -> String {
    if reasoning.as_object { "reasoning.effort" } else { "reasoning_effort" }.to_owned()
}

/// The nearest word that the server knows. Budgets are read as shares of a usual answer.
fn level_of(reasoning: &Reasoning) -> Option<&'static str> {
    if let Some(effort) = &reasoning.effort {
        return match effort.as_str() {
            "none" => Some("none"),
            "minimal" | "low" => Some("low"),
            "medium" => Some("medium"),
            "high" | "xhigh" | "max" => Some("high"),
            _ => None,
        };
    }
    match (reasoning.enabled, reasoning.max_tokens) {
        (Some(false), _) | (_, Some(0)) => Some("none"),
        (_, Some(1..=2048)) => Some("low"),
        (_, Some(2049..=8192)) => Some("medium"),
        (_, Some(_)) => Some("high"),
        (Some(true) | None, None) => None,
    }
}
