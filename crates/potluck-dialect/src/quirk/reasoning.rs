//! How much to think: the switches of five vendors.

use potluck_core::Sealed;
use potluck_core::request::Reasoning;

use super::{Draft, Rule};

pub(super) const NO_REASONING_EFFORT: Rule =
    Rule::fields(|draft| draft.drop_field("reasoning_effort", |request| &mut request.reasoning));

pub(super) const REASONING_OBJECT: Rule = Rule::fields(|draft| {
    if let Some(reasoning) = &mut draft.request.reasoning {
        reasoning.as_object = true;
    }
});

pub(super) const THINKING_TYPE: Rule = Rule::fields(|draft| {
    write_switch(draft, "thinking", |on| {
        if on { r#"{"type":"enabled"}"# } else { r#"{"type":"disabled"}"# }
    });
});

pub(super) const ENABLE_THINKING: Rule = Rule::fields(|draft| {
    write_switch(draft, "enable_thinking", |on| if on { "true" } else { "false" });
});

pub(super) const CHAT_TEMPLATE_THINKING: Rule = Rule::fields(|draft| {
    // Templates read one or the other name, and ignore what they do not know.
    write_switch(draft, "chat_template_kwargs", |on| {
        if on {
            r#"{"thinking":true,"enable_thinking":true}"#
        } else {
            r#"{"thinking":false,"enable_thinking":false}"#
        }
    });
});

/// A switch can say on or off; how much is lost, and named. What the client wrote under the vendor's own
/// name is left as it is.
fn write_switch(draft: &mut Draft<'_>, field: &str, value: fn(bool) -> &'static str) {
    let Some(reasoning) = draft.request.reasoning.take() else { return };
    if draft.request.extra.iter().any(|(key, _)| &**key == field) {
        return;
    }
    let Some(on) = wants_thinking(&reasoning) else { return };
    if reasoning.effort.as_deref().is_some_and(|effort| effort != "none" && effort != "medium") {
        draft.name("reasoning_effort");
    }
    draft.request.extra.push((field.into(), Sealed::from_json(value(on))));
}

/// Whether to think at all, where that was said.
pub(crate) fn wants_thinking(reasoning: &Reasoning) -> Option<bool> {
    let by_effort = reasoning.effort.as_deref().map(|effort| effort != "none");
    let by_budget = reasoning.max_tokens.map(|budget| budget > 0);
    reasoning.enabled.or(by_effort).or(by_budget)
}
