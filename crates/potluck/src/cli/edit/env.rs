//! Files of variables, `NAME=value` a line each: a line that sets a name is replaced where it stands.

use serde_json::{Map, Value};

/// What a text means: of two lines for one name the later counts.
pub(super) fn read(text: &str) -> Value {
    let set = text.lines().filter_map(assignment);
    Value::Object(
        set.map(|(name, value)| (name.to_owned(), bare(value).into())).collect::<Map<_, _>>(),
    )
}

/// A text with the names of `new` set.
pub(super) fn edit(text: &str, new: &Value) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (name, value) in new.as_object().into_iter().flatten() {
        let line = format!("{name}={}", value.as_str().unwrap_or_default());
        let sets = |line: &String| assignment(line).is_some_and(|(own, _)| own == name);
        match lines.iter().rposition(sets) {
            Some(at) => {
                if let Some(place) = lines.get_mut(at) {
                    let export =
                        if place.trim_start().starts_with("export ") { "export " } else { "" };
                    *place = format!("{export}{line}");
                }
            }
            None => lines.push(line),
        }
    }
    lines.join("\n") + "\n"
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(fits)).then(|| (name, value.trim()))
}

fn bare(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}
