//! Thought signatures: what a model must be given back of a call that it made.
//!
//! A signature stands on the part of the first call of a turn. Through clients it travels as an unknown field
//! of the call (`extra_content.google.thought_signature`, the spelling of Google's own OpenAI surface), so
//! that one history serves both ways to the same models. History of another provider has none, and clients
//! lose fields that they do not know: then a stand-in is sent that Google documents for that.

use potluck_core::Sealed;
use potluck_core::request::ToolCall;
use potluck_core::sealed::Extra;

use crate::wire::{self, Broken, Cursor, Kind};

/// The field of a call under which it travels.
const FIELD: &str = "extra_content";

/// Skips the check (ai.google.dev, "Thought signatures").
pub(super) const STAND_IN: &str = "skip_thought_signature_validator";

/// The field that carries a signature.
pub(super) fn carried(signature: &str) -> Extra {
    let mut json = Vec::with_capacity(signature.len() + 48);
    wire::object(&mut json, |fields| {
        fields.object("google", |google| google.text("thought_signature", signature));
    });
    vec![(FIELD.into(), Sealed::from_json(wire::unlossy(&json)))]
}

/// The signature that a call carries.
pub(super) fn of(call: &ToolCall) -> Option<String> {
    let (_, content) = call.extra.iter().find(|(key, _)| &**key == FIELD)?;
    let google = field(content.as_json(), "google")?;
    let mut signature = Cursor::lenient(field(google, "thought_signature")?);
    let text = signature.text().ok()?;
    Some(text.into_owned()).filter(|text| !text.is_empty())
}

fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut cursor = Cursor::lenient(object);
    let mut found = None;
    if cursor.kind().ok()? != Kind::Object {
        return None;
    }
    let walked: Result<(), Broken> = cursor.object(|cursor, key| {
        let value = cursor.value()?;
        if key == name {
            found = Some(value);
        }
        Ok(())
    });
    walked.ok()?;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_comes_back_as_it_went() {
        let call = |extra| ToolCall {
            id: String::new(),
            name: String::new(),
            arguments: String::new(),
            extra,
        };
        assert_eq!(of(&call(carried("a+/=\"\u{e9}"))).as_deref(), Some("a+/=\"\u{e9}"));
        for other in ["{}", "[]", "7", r#"{"google":{}}"#, r#"{"google":{"thought_signature":""}}"#]
        {
            let extra = vec![(FIELD.into(), Sealed::from_json(other))];
            assert_eq!(of(&call(extra)), None, "{other}");
        }
        assert_eq!(of(&call(Extra::new())), None);
    }
}
