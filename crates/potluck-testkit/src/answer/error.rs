//! Errors in OpenAI's shape.

use serde_json::{Value, json};

use super::Invalid;

/// The words of an error, apart from its message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) kind: &'static str,
    pub(crate) code: &'static str,
}

impl Shape {
    pub(crate) const INVALID_KEY: Self =
        Self { kind: "invalid_request_error", code: "invalid_api_key" };
    pub(crate) const UNKNOWN_MODEL: Self =
        Self { kind: "invalid_request_error", code: "model_not_found" };
    pub(crate) const UNFIT: Self = Self { kind: "invalid_request_error", code: "invalid_value" };
    pub(crate) const UNKNOWN_PATH: Self =
        Self { kind: "invalid_request_error", code: "unknown_url" };
}

/// `{"error": {message, type, param, code}}`; the message says that it is simulated.
pub(crate) fn error_body(message: &str, shape: Shape) -> Value {
    json!({"error": {
        "message": format!("[simulated] {message}"),
        "type": shape.kind,
        "param": null,
        "code": shape.code,
    }})
}

impl Invalid {
    /// The body of the 400.
    pub(crate) fn body(&self) -> Value {
        json!({"error": {
            "message": format!("[simulated] {}", self.message),
            "type": "invalid_request_error",
            "param": self.param,
            "code": self.code,
        }})
    }
}
