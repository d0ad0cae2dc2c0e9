//! `tools` and `tool_choice`.

use potluck_core::request::{ChatRequest, Tool, ToolChoice};

use crate::anthropic::mark;
use crate::wire::{Array, Object};

/// Writes both; a choice without tools is refused, and says nothing.
pub(super) fn write(body: &mut Object<'_>, request: &ChatRequest, dropped: &mut Vec<String>) {
    let functions = request.tools.iter().filter(|tool| matches!(tool, Tool::Function { .. }));
    let known = functions.clone().count();
    if known < request.tools.len() {
        dropped.push("tools".to_owned());
    }
    if known == 0 {
        return;
    }
    body.array("tools", |items| functions.for_each(|tool| write_tool(items, tool)));
    write_choice(body, request, dropped);
}

fn write_tool(items: &mut Array<'_>, tool: &Tool) {
    let Tool::Function { name, description, parameters, strict, extra, .. } = tool else { return };
    items.object(|fields| {
        fields.text("name", name);
        if let Some(description) = description {
            fields.text("description", description);
        }
        match parameters {
            Some(schema) => fields.sealed("input_schema", schema),
            None => fields.json("input_schema", r#"{"type":"object","properties":{}}"#),
        }
        if let Some(strict) = strict {
            fields.boolean("strict", *strict);
        }
        mark::write(fields, extra);
    });
}

fn write_choice(body: &mut Object<'_>, request: &ChatRequest, dropped: &mut Vec<String>) {
    let parallel = request.parallel_tool_calls;
    let (word, name) = match &request.tool_choice {
        Some(ToolChoice::Auto) => ("auto", None),
        Some(ToolChoice::Required) => ("any", None),
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::Function(name)) => ("tool", Some(name)),
        Some(ToolChoice::Other(_)) => {
            dropped.push("tool_choice".to_owned());
            ("auto", None)
        }
        None if parallel.is_some() => ("auto", None),
        None => return,
    };
    body.object("tool_choice", |choice| {
        choice.text("type", word);
        if let Some(name) = name {
            choice.text("name", name);
        }
        if let Some(parallel) = parallel.filter(|_| word != "none") {
            choice.boolean("disable_parallel_tool_use", !parallel);
        }
    });
}
