//! Tools that a model may call, and its calls.

use crate::sealed::{Extra, Sealed};

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// A function with a described argument object.
    Function {
        /// Its name, unique in the request.
        name: String,
        /// What it does.
        description: Option<String>,
        /// The JSON schema of its arguments.
        parameters: Option<Sealed>,
        /// Whether the arguments must follow the schema exactly.
        strict: Option<bool>,
        /// Unknown fields of the function.
        function_extra: Extra,
        /// Unknown fields of the tool.
        extra: Extra,
    },
    /// A tool of a kind that only some provider knows.
    Other(Sealed),
}

/// Which tool is to be called.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// None.
    None,
    /// At least one, whichever.
    Required,
    /// This function.
    Function(String),
    /// A form that only some provider knows, such as a list of allowed tools.
    Other(Sealed),
}

/// One call of a tool by the assistant.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// What the answer refers to; empty where the provider gave none.
    pub id: String,
    /// The function's name.
    pub name: String,
    /// The arguments as the model wrote them: meant to be JSON, not guaranteed to be.
    pub arguments: String,
    /// Unknown fields, such as a thought signature.
    pub extra: Extra,
}
