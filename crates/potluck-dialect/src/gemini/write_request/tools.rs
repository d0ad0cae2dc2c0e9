//! Functions that the model may call, and whether it must.

use potluck_core::Sealed;
use potluck_core::request::{Tool, ToolChoice};
use serde_json::Value;

use crate::gemini::model::Model;
use crate::gemini::schema;
use crate::quirk::Draft;
use crate::wire::Object;

/// A choice, and the only functions it leaves.
#[derive(Default)]
struct Choice {
    mode: Option<&'static str>,
    allowed: Option<Vec<String>>,
}

/// Writes `tools` and `toolConfig`.
pub(super) fn write(body: &mut Object<'_>, draft: &mut Draft<'_>, model: Model) {
    let tools = &draft.asked.tools;
    if tools.iter().any(|tool| matches!(tool, Tool::Other(_))) {
        draft.name("tools");
    }
    if !tools.iter().any(|tool| matches!(tool, Tool::Function { .. })) {
        return;
    }
    let choice = draft.request.tool_choice.as_ref().map_or_else(Choice::default, read_choice);
    body.array("tools", |items| {
        items.object(|tool| {
            tool.array("functionDeclarations", |functions| {
                for tool in tools.iter().filter(|tool| choice.declares(tool)) {
                    functions.object(|function| write_function(function, tool, draft, model));
                }
            });
        });
    });
    if let Some(mode) = choice.mode {
        write_config(body, mode, choice.allowed.as_deref());
    }
}

fn write_config(body: &mut Object<'_>, mode: &str, allowed: Option<&[String]>) {
    body.object("toolConfig", |config| {
        config.object("functionCallingConfig", |calling| {
            calling.text("mode", mode);
            // Names are taken only where a call is demanded; else what is not allowed is not declared.
            if let Some(allowed) = allowed.filter(|_| mode == "ANY") {
                calling.texts("allowedFunctionNames", allowed);
            }
        });
    });
}

impl Choice {
    fn declares(&self, tool: &Tool) -> bool {
        match (tool, &self.allowed) {
            (Tool::Function { name, .. }, Some(allowed)) if self.mode == Some("AUTO") => {
                allowed.contains(name)
            }
            (Tool::Function { .. }, _) => true,
            (Tool::Other(_), _) => false,
        }
    }
}

fn read_choice(choice: &ToolChoice) -> Choice {
    let mode = |mode| Choice { mode: Some(mode), allowed: None };
    match choice {
        ToolChoice::Auto => mode("AUTO"),
        ToolChoice::None => mode("NONE"),
        ToolChoice::Required => mode("ANY"),
        ToolChoice::Function(name) => {
            Choice { mode: Some("ANY"), allowed: Some(vec![name.clone()]) }
        }
        ToolChoice::Other(form) => read_allowed(form).unwrap_or_default(),
    }
}

/// `{"type": "allowed_tools", "allowed_tools": {"mode": ..., "tools": [...]}}`
fn read_allowed(form: &Sealed) -> Option<Choice> {
    let form: Value = serde_json::from_str(form.as_json()).ok()?;
    let allowed = form.get("allowed_tools")?;
    let named = |tool: &Value| Some(tool.get("function")?.get("name")?.as_str()?.to_owned());
    let names = allowed.get("tools")?.as_array()?.iter().filter_map(named).collect();
    let demanded = allowed.get("mode").and_then(Value::as_str) == Some("required");
    Some(Choice { mode: Some(if demanded { "ANY" } else { "AUTO" }), allowed: Some(names) })
}

fn write_function(function: &mut Object<'_>, tool: &Tool, draft: &mut Draft<'_>, model: Model) {
    let Tool::Function { name, description, parameters, .. } = tool else { return };
    function.text("name", name);
    if let Some(description) = description {
        function.text("description", description);
    }
    let Some(parameters) = parameters else { return };
    let form = schema::Form::of(model);
    let Some(rewritten) = schema::rewrite(parameters, form) else {
        draft.name("tools.function.parameters");
        return;
    };
    for keyword in rewritten.lost {
        draft.name(&format!("tools.function.parameters.{keyword}"));
    }
    // Older models refuse an object without fields; a function without parameters says the same.
    if form == schema::Form::OpenApi && rewritten.has_no_fields {
        return;
    }
    let field = match form {
        schema::Form::Json => "parametersJsonSchema",
        schema::Form::OpenApi => "parameters",
    };
    function.json(field, &rewritten.json);
}
