//! The tools, written.

use potluck_core::request::{Tool, ToolChoice};

use crate::wire::Object;

/// Writes `tools`.
pub(crate) fn write(body: &mut Object<'_>, tools: &[Tool]) {
    body.array("tools", |items| {
        for tool in tools {
            match tool {
                Tool::Other(sealed) => items.item().extend_from_slice(sealed.as_json().as_bytes()),
                Tool::Function { .. } => items.object(|fields| write_tool(fields, tool)),
            }
        }
    });
}

fn write_tool(fields: &mut Object<'_>, tool: &Tool) {
    let Tool::Function { name, description, parameters, strict, function_extra, extra } = tool
    else {
        return;
    };
    fields.text("type", "function");
    fields.object("function", |function| {
        function.text("name", name);
        if let Some(description) = description {
            function.text("description", description);
        }
        if let Some(parameters) = parameters {
            function.sealed("parameters", parameters);
        }
        if let Some(strict) = strict {
            function.boolean("strict", *strict);
        }
        function.extra(function_extra);
    });
    fields.extra(extra);
}

/// Writes `tool_choice`.
pub(super) fn write_choice(body: &mut Object<'_>, choice: &ToolChoice) {
    match choice {
        ToolChoice::Auto => body.text("tool_choice", "auto"),
        ToolChoice::None => body.text("tool_choice", "none"),
        ToolChoice::Required => body.text("tool_choice", "required"),
        ToolChoice::Function(name) => body.object("tool_choice", |fields| {
            fields.text("type", "function");
            fields.object("function", |function| function.text("name", name));
        }),
        ToolChoice::Other(sealed) => body.sealed("tool_choice", sealed),
    }
}
