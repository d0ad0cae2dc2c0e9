//! The form of the answer.

use potluck_core::Sealed;
use potluck_core::request::Format;

use super::Rule;

pub(super) const NO_RESPONSE_FORMAT: Rule =
    Rule::fields(|draft| draft.drop_field("response_format", |request| &mut request.format));

pub(super) const JSON_SCHEMA_ONLY: Rule = Rule::fields(|draft| {
    if draft.request.format == Some(Format::JsonObject) {
        let any_object = r#"{"name":"object","schema":{"type":"object"}}"#;
        draft.request.format = Some(Format::JsonSchema(Sealed::from_json(any_object)));
    }
});
