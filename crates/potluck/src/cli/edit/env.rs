//! Files of variables, `NAME=value` a line each: a line that sets a name is replaced where it stands.

use serde_json::{Map, Value};

use crate::settings::variables;

/// What a text means: of two lines for one name the later counts.
pub(super) fn read(text: &str) -> Value {
    let set = text.lines().filter_map(variables::assignment);
    Value::Object(set.map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>())
}

/// A text with the names of `new` set.
pub(super) fn edit(text: &str, new: &Value) -> String {
    let all = new.as_object().into_iter().flatten();
    all.fold(text.to_owned(), |text, (name, value)| {
        variables::set(&text, name, value.as_str().unwrap_or_default())
    })
}
