//! `tools` and `tool_choice`: functions, free-text tools and namespaces become one flat list of functions.
//!
//! OpenAI's own tools (web search and the like) run on its servers and are free nowhere. A model *may* use a tool,
//! so one that is only offered is left out and named; one that is demanded is refused.

use potluck_core::Sealed;
use potluck_core::request::{ChatRequest, Tool, ToolChoice};
use potluck_core::sealed::Extra;

use crate::fields::Fields;
use crate::openai_responses::item::INPUT;
use crate::openai_responses::question::Question;
use crate::wire::{self, Cursor, Kind, Object};
use crate::wrong::{self, Wrong};

/// What is read of a function.
const OF_FUNCTION: [&str; 6] = ["type", "name", "description", "parameters", "strict", "function"];

/// Reads the tools into `request`, and what the answer repeats of them into `question`.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    request: &mut ChatRequest,
    question: &mut Question,
    dropped: &mut Vec<String>,
) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut reader = Reader { tools: &mut request.tools, question, dropped, repeated: Vec::new() };
    cursor.array(|cursor, index| {
        let (mut inner, whole) = (cursor.clone(), cursor.value()?);
        let read = Fields::read(&mut inner).and_then(|fields| reader.read_tool(&fields, whole));
        read.map_err(|wrong| wrong.at(index))
    })?;
    let repeated = format!("[{}]", reader.repeated.join(","));
    question.keep("tools", &repeated);
    Ok(())
}

struct Reader<'r> {
    tools: &'r mut Vec<Tool>,
    question: &'r mut Question,
    dropped: &'r mut Vec<String>,
    /// The tools as the answer repeats them.
    repeated: Vec<String>,
}

impl Reader<'_> {
    fn read_tool(&mut self, fields: &Fields<'_>, whole: &str) -> Result<(), Wrong> {
        match fields.need_text("type")?.as_str() {
            "namespace" => {
                self.read_namespace(fields)?;
                self.repeated.push(whole.to_owned());
            }
            "custom" => {
                self.read_custom(fields, None)?;
                self.repeated.push(whole.to_owned());
            }
            "function" => {
                let text = self.read_function(fields, None)?;
                self.repeated.push(text);
            }
            hosted => self.dropped.push(format!("tools.{hosted}")),
        }
        Ok(())
    }

    fn read_namespace(&mut self, fields: &Fields<'_>) -> Result<(), Wrong> {
        let name = fields.need_text("name")?;
        if fields.text("description")?.is_some_and(|text| !text.is_empty()) {
            self.name("tools.namespace.description");
        }
        let mut list = fields.need("tools")?;
        let read = list.array(|cursor, index| {
            let inner = Fields::read(cursor).map_err(|wrong| wrong.at(index))?;
            let read = match inner.need_text("type")?.as_str() {
                "custom" => self.read_custom(&inner, Some(&name)),
                "function" => self.read_function(&inner, Some(&name)).map(drop),
                other => Err(Wrong::value(format!(
                    "is {other:?}, and in a namespace only \"function\" and \"custom\" can stand"
                ))
                .inside("type")),
            };
            read.map_err(|wrong| wrong.at(index))
        });
        read.map_err(|wrong: Wrong| wrong.inside("tools"))
    }

    /// Reads a function, also in the form of chat, and gives it back as it is repeated.
    fn read_function(
        &mut self,
        fields: &Fields<'_>,
        namespace: Option<&str>,
    ) -> Result<String, Wrong> {
        let nested = fields.read_with("function", Fields::read)?;
        let of = nested.as_ref().unwrap_or(fields);
        let name = of.need_text("name")?;
        if name.is_empty() {
            return Err(Wrong::value("must not be empty").inside("name"));
        }
        let description = of.text("description")?;
        let parameters = of.read_with("parameters", read_schema)?;
        let strict = of.read_with("strict", wrong::boolean)?;
        let unknown: Vec<String> =
            of.others(&OF_FUNCTION).map(|key| format!("tools.{key}")).collect();
        unknown.iter().for_each(|name| self.name(name));
        let text = repeated(&name, description.as_deref(), parameters.as_ref(), strict);
        let name = self.question.names.add(namespace, &name, false);
        self.push(name, description, parameters, strict);
        Ok(text)
    }

    /// A tool whose input is free text: a function of one text, with its grammar told in words.
    fn read_custom(&mut self, fields: &Fields<'_>, namespace: Option<&str>) -> Result<(), Wrong> {
        let name = self.question.names.add(namespace, &fields.need_text("name")?, true);
        let mut description = fields.text("description")?.unwrap_or_default();
        if let Some(format) = fields.read_with("format", Fields::read)?
            && let Some(definition) = format.text("definition")?
        {
            let syntax = format.text("syntax")?.unwrap_or_default();
            if !description.is_empty() {
                description.push_str("\n\n");
            }
            description.push_str(&format!(
                "The text in `{INPUT}` must follow this {syntax} grammar:\n{definition}"
            ));
        }
        let parameters = Sealed::from_json(format!(
            r#"{{"type":"object","properties":{{"{INPUT}":{{"type":"string","description":"The whole input of the tool, as free text."}}}},"required":["{INPUT}"],"additionalProperties":false}}"#
        ));
        let description = Some(description).filter(|description| !description.is_empty());
        self.push(name, description, Some(parameters), None);
        Ok(())
    }

    fn push(
        &mut self,
        name: String,
        description: Option<String>,
        parameters: Option<Sealed>,
        strict: Option<bool>,
    ) {
        let (function_extra, extra) = (Extra::new(), Extra::new());
        self.tools.push(Tool::Function {
            name,
            description,
            parameters,
            strict,
            function_extra,
            extra,
        });
    }

    /// Names what is left out, once.
    fn name(&mut self, what: &str) {
        if !self.dropped.iter().any(|name| name == what) {
            self.dropped.push(what.to_owned());
        }
    }
}

fn read_schema(cursor: &mut Cursor<'_>) -> Result<Sealed, Wrong> {
    match cursor.kind()? {
        Kind::Object => Ok(Sealed::from_json(cursor.value()?)),
        other => Err(Wrong::kind("an object", other)),
    }
}

/// A function as answers repeat it: with all that the dialect says must stand there.
fn repeated(
    name: &str,
    description: Option<&str>,
    parameters: Option<&Sealed>,
    strict: Option<bool>,
) -> String {
    let mut out = Vec::new();
    let write = |fields: &mut Object<'_>| {
        fields.text("type", "function");
        fields.text("name", name);
        match description {
            Some(description) => fields.text("description", description),
            None => fields.null("description"),
        }
        match parameters {
            Some(parameters) => fields.sealed("parameters", parameters),
            None => fields.null("parameters"),
        }
        match strict {
            Some(strict) => fields.boolean("strict", strict),
            None => fields.null("strict"),
        }
    };
    wire::object(&mut out, write);
    wire::unlossy(&out).into_owned()
}

/// Reads `tool_choice`, when the tools are known.
pub(super) fn read_choice(
    cursor: &mut Cursor<'_>,
    request: &mut ChatRequest,
    question: &mut Question,
) -> Result<(), Wrong> {
    let mut whole = cursor.clone();
    question.keep("tool_choice", whole.value()?);
    request.tool_choice = Some(match cursor.kind()? {
        Kind::Text => mode(&wrong::text(cursor)?)?,
        Kind::Object => read_named(&Fields::read(cursor)?, request, question)?,
        other => return Err(Wrong::kind("a string or an object", other)),
    });
    Ok(())
}

fn mode(word: &str) -> Result<ToolChoice, Wrong> {
    match word {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        _ => Err(Wrong::value(
            "must be \"auto\", \"none\", \"required\" or an object that names a tool",
        )),
    }
}

fn read_named(
    fields: &Fields<'_>,
    request: &mut ChatRequest,
    question: &Question,
) -> Result<ToolChoice, Wrong> {
    match fields.need_text("type")?.as_str() {
        "function" | "custom" => Ok(ToolChoice::Function(told(fields, question)?)),
        "allowed_tools" => {
            let mode = mode(&fields.need_text("mode")?).map_err(|wrong| wrong.inside("mode"))?;
            let allowed = read_allowed(fields, question).map_err(|wrong| wrong.inside("tools"))?;
            request.tools.retain(
                |tool| matches!(tool, Tool::Function { name, .. } if allowed.contains(name)),
            );
            Ok(mode)
        }
        hosted => Err(Wrong::value(format!(
            "demands {hosted:?}, which runs on OpenAI's servers and is free nowhere"
        ))
        .inside("type")),
    }
}

fn read_allowed(fields: &Fields<'_>, question: &Question) -> Result<Vec<String>, Wrong> {
    let mut allowed = Vec::new();
    fields.need("tools")?.array(|cursor, index| {
        let fields = Fields::read(cursor).map_err(|wrong| wrong.at(index))?;
        if fields.get("name")?.is_some() {
            allowed.push(told(&fields, question).map_err(|wrong| wrong.at(index))?);
        }
        Ok::<(), Wrong>(())
    })?;
    Ok(allowed)
}

/// The name that the model is told, of a tool that is named here or, as in chat, inside `function`.
fn told(fields: &Fields<'_>, question: &Question) -> Result<String, Wrong> {
    let nested = fields.read_with("function", Fields::read)?;
    let name = nested.as_ref().unwrap_or(fields).need_text("name")?;
    Ok(question.names.told(fields.text("namespace")?.as_deref(), &name))
}

/// What is said of tools when there are none says nothing, and providers refuse it; a demand cannot be met.
pub(super) fn settle(request: &mut ChatRequest) -> Result<(), Wrong> {
    if !request.tools.is_empty() {
        return Ok(());
    }
    request.parallel_tool_calls = None;
    match request.tool_choice.take() {
        Some(ToolChoice::Required | ToolChoice::Function(_) | ToolChoice::Other(_)) => {
            Err(Wrong::value(
                "demands a tool, and there is none that the models of the pool could call",
            )
            .inside("tool_choice"))
        }
        Some(ToolChoice::Auto | ToolChoice::None) | None => Ok(()),
    }
}
