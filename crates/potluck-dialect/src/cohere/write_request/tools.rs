//! Functions that the model may call, and whether it must.
//!
//! No function can be named as the one to be called: one that must be is the only one described.

use potluck_core::Sealed;
use potluck_core::request::{Tool, ToolChoice};
use serde_json::Value;

use crate::quirk::Draft;
use crate::wire::Object;

/// Writes `tools`, `strict_tools` and `tool_choice`.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>) {
    let tools = &draft.asked.tools;
    if tools.iter().any(|tool| matches!(tool, Tool::Other(_))) {
        draft.name("tools");
    }
    let choice = draft.request.tool_choice.take();
    let described: Vec<&Tool> =
        tools.iter().filter(|tool| is_described(tool, choice.as_ref())).collect();
    if described.is_empty() {
        return;
    }
    body.array("tools", |items| {
        for tool in &described {
            items.object(|fields| write_tool(fields, tool));
        }
    });
    write_strict(body, &described, draft);
    match choice {
        None | Some(ToolChoice::Auto) => {}
        Some(ToolChoice::None) => body.text("tool_choice", "NONE"),
        Some(ToolChoice::Required | ToolChoice::Function(_)) => {
            body.text("tool_choice", "REQUIRED");
        }
        Some(ToolChoice::Other(_)) => draft.name("tool_choice"),
    }
}

fn is_described(tool: &Tool, choice: Option<&ToolChoice>) -> bool {
    match (tool, choice) {
        (Tool::Function { name, .. }, Some(ToolChoice::Function(only))) => name == only,
        (Tool::Function { .. }, _) => true,
        (Tool::Other(_), _) => false,
    }
}

fn write_tool(fields: &mut Object<'_>, tool: &Tool) {
    let Tool::Function { name, description, parameters, .. } = tool else { return };
    fields.text("type", "function");
    fields.object("function", |function| {
        function.text("name", name);
        if let Some(description) = description {
            function.text("description", description);
        }
        match parameters {
            Some(parameters) => function.sealed("parameters", parameters),
            // Without a schema a tool is refused.
            None => function.json("parameters", r#"{"type":"object","properties":{}}"#),
        }
    });
}

/// One switch for all tools, and only for those of which each needs some argument.
fn write_strict(body: &mut Object<'_>, described: &[&Tool], draft: &mut Draft<'_>) {
    let is_strict = |tool: &&Tool| matches!(tool, Tool::Function { strict: Some(true), .. });
    if !described.iter().any(is_strict) {
        return;
    }
    let can_be = |tool: &&Tool| matches!(tool, Tool::Function { parameters: Some(schema), .. } if needs_some(schema));
    if described.iter().all(|tool| is_strict(tool) && can_be(tool)) {
        body.boolean("strict_tools", true);
    } else {
        draft.name("tools.function.strict");
    }
}

fn needs_some(schema: &Sealed) -> bool {
    let schema: Option<Value> = serde_json::from_str(schema.as_json()).ok();
    let required = schema.as_ref().and_then(|schema| schema.get("required")?.as_array());
    required.is_some_and(|names| !names.is_empty())
}
