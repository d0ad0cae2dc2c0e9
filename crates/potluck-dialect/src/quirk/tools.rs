//! Tools: their schemas, their choice, how many at once.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Tool, ToolChoice};

use super::{Draft, Part, Rule, schema};

pub(super) const NO_PARALLEL_TOOL_CALLS: Rule = Rule::fields(|draft| {
    draft.drop_field("parallel_tool_calls", |request| &mut request.parallel_tool_calls);
});

pub(super) const PARALLEL_TOOL_CALLS_FALSE: Rule = Rule::fields(|draft| {
    if draft.asked.tools.is_empty() {
        return;
    }
    if draft.request.parallel_tool_calls.replace(false) == Some(true) {
        draft.name("parallel_tool_calls");
    }
});

pub(super) const NO_TOOL_CHOICE: Rule = Rule::fields(|draft| {
    // "auto" is what the provider does unasked: nothing is lost.
    if draft.request.tool_choice.take().is_some_and(|choice| choice != ToolChoice::Auto) {
        draft.name("tool_choice");
    }
});

pub(super) const TOOL_CHOICE_ANY: Rule = Rule::fields(|draft| {
    if draft.request.tool_choice == Some(ToolChoice::Required) {
        draft.request.tool_choice = Some(ToolChoice::Other(Sealed::from_json("\"any\"")));
    }
});

pub(super) const NO_TOOL_STRICT: Rule = Rule {
    part: Part::Tools,
    touches: |request| request.tools.iter().any(is_strict),
    apply: |draft| {
        if draft
            .request
            .tools
            .iter()
            .any(|tool| matches!(tool, Tool::Function { strict: Some(true), .. }))
        {
            draft.name("tools.function.strict");
        }
        draft.request.tools.iter_mut().for_each(relax);
    },
};

pub(super) const PLAIN_TOOL_SCHEMA: Rule = Rule {
    part: Part::Tools,
    touches: |request| request.tools.iter().any(is_strict) || has_schema(request, schema::is_fancy),
    apply: |draft: &mut Draft<'_>| {
        (NO_TOOL_STRICT.apply)(draft);
        for tool in &mut draft.request.tools {
            if let Tool::Function { parameters: Some(parameters), .. } = tool
                && let Some(plain) = schema::plain(parameters)
            {
                *parameters = plain;
            }
        }
    },
};

fn has_schema(request: &ChatRequest, is: fn(&Sealed) -> bool) -> bool {
    request.tools.iter().any(|tool| match tool {
        Tool::Function { parameters, .. } => parameters.as_ref().is_some_and(is),
        Tool::Other(_) => false,
    })
}

fn is_strict(tool: &Tool) -> bool {
    match tool {
        Tool::Function { strict, function_extra, .. } => {
            strict.is_some() || function_extra.iter().any(|(key, _)| &**key == "strict")
        }
        Tool::Other(_) => false,
    }
}

fn relax(tool: &mut Tool) {
    if let Tool::Function { strict, function_extra, .. } = tool {
        *strict = None;
        function_extra.retain(|(key, _)| &**key != "strict");
    }
}
