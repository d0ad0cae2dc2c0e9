//! How much to think, in this dialect's three words: with a budget, as the model sees fit, not at all.

use potluck_core::request::{ChatRequest, Reasoning, ToolChoice};

use crate::wire::Object;

/// What is written of it.
#[derive(Debug, Default)]
pub(super) struct Thinking<'a> {
    ask: Option<Ask>,
    /// Beside thinking as the model sees fit.
    pub(super) effort: Option<&'a str>,
    hidden: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Budget(u32),
    Adaptive,
    Off,
}

/// The least budget that is taken, and what must be left of the limit for the answer.
const LEAST: u32 = 1_024;

impl<'a> Thinking<'a> {
    /// What `request` asks for, as far as `limit` tokens and its choice of tools allow.
    pub(super) fn of(request: &'a ChatRequest, limit: u32, dropped: &mut Vec<String>) -> Self {
        let Some(reasoning) = &request.reasoning else { return Self::default() };
        let hidden = reasoning.exclude;
        let (ask, effort) = ask(reasoning, limit);
        // A tool that must be called leaves no room for thoughts: that choice is the request's meaning.
        let forced =
            matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Function(_)))
                && !request.tools.is_empty();
        let fits = match ask {
            Some(Ask::Budget(budget)) => !forced && budget >= LEAST && budget < limit,
            Some(Ask::Adaptive) => !forced,
            Some(Ask::Off) | None => true,
        };
        if !fits {
            dropped.push("reasoning".to_owned());
        }
        dropped.extend(reasoning.extra.iter().map(|(key, _)| format!("reasoning.{key}")));
        Self { ask: ask.filter(|_| fits), effort, hidden }
    }

    /// Whether there will be thoughts.
    pub(super) const fn is_on(&self) -> bool {
        matches!(self.ask, Some(Ask::Budget(_) | Ask::Adaptive))
    }

    /// Writes `thinking`.
    pub(super) fn write(&self, body: &mut Object<'_>) {
        let Some(ask) = self.ask else { return };
        body.object("thinking", |fields| {
            fields.text(
                "type",
                match ask {
                    Ask::Budget(_) => "enabled",
                    Ask::Adaptive => "adaptive",
                    Ask::Off => "disabled",
                },
            );
            if let Ask::Budget(budget) = ask {
                fields.integer("budget_tokens", budget);
            }
            if let Some(hidden) = self.hidden.filter(|_| self.is_on()) {
                fields.text("display", if hidden { "omitted" } else { "summarized" });
            }
        });
    }
}

fn ask(reasoning: &Reasoning, limit: u32) -> (Option<Ask>, Option<&str>) {
    let effort = reasoning.effort.as_deref();
    match (reasoning.enabled, reasoning.max_tokens, effort) {
        (Some(false), ..) | (_, Some(0), _) | (_, _, Some("none")) => (Some(Ask::Off), None),
        // A budget that leaves nothing for the answer is cut, never the answer.
        (_, Some(budget), _) => (Some(Ask::Budget(budget.min(limit.saturating_sub(1)))), effort),
        (Some(true), None, effort) => (Some(Ask::Adaptive), effort),
        (None, None, Some(effort)) => (Some(Ask::Budget(share(effort, limit))), None),
        (None, None, None) => (None, None),
    }
}

/// A word as a share of the limit: OpenRouter's shares, see its documentation of reasoning tokens.
fn share(effort: &str, limit: u32) -> u32 {
    let percent = match effort {
        "max" | "xhigh" => 95,
        "high" => 80,
        "low" => 20,
        "minimal" => 10,
        _ => 50,
    };
    let budget = u64::from(limit) * percent / 100;
    u32::try_from(budget).unwrap_or(u32::MAX).clamp(LEAST, 32_000)
}
