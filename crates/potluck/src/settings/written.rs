//! Tables whose names a person chose, as they are written: for whoever shows the settings.
//!
//! What they mean is read elsewhere, and before: nothing comes here that was refused there, so that no text that may be
//! a key is shown.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::layer::Origin;

/// One table, such as `[pools.coder]` or an item of `[[credentials.groq]]`.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its name, such as `pools.coder`.
    pub name: String,
    /// Its place in its list, from 0; `None` where it is no item of a list.
    pub item: Option<usize>,
    /// Where it begins.
    pub origin: Origin,
    /// What it says, in order: key, value, and where.
    pub entries: Vec<(String, Value, Origin)>,
}

/// The tables of a section that has been read.
pub(super) fn read(
    section: &str,
    value: &DeValue<'_>,
    at: &dyn Fn(usize) -> Origin,
) -> Vec<Written> {
    let DeValue::Table(tables) = value else { return Vec::new() };
    let one = |name: &str, item, span: std::ops::Range<usize>, table: &DeTable<'_>| Written {
        name: format!("{section}.{name}"),
        item,
        origin: at(span.start),
        entries: entries(table, at),
    };
    let mut written = Vec::new();
    for (name, value) in tables {
        match value.get_ref() {
            DeValue::Table(table) => written.push(one(name.get_ref(), None, name.span(), table)),
            DeValue::Array(items) => {
                written.extend(items.iter().enumerate().filter_map(|(number, item)| {
                    let DeValue::Table(table) = item.get_ref() else { return None };
                    Some(one(name.get_ref(), Some(number), item.span(), table))
                }));
            }
            _ => {}
        }
    }
    written
}

fn entries(table: &DeTable<'_>, at: &dyn Fn(usize) -> Origin) -> Vec<(String, Value, Origin)> {
    let entry = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, _)| {
        let value: &toml::Spanned<DeValue<'_>> = value;
        (key.get_ref().to_string(), plain(value.get_ref()), at(key.span().start))
    };
    let mut entries: Vec<_> = table.iter().map(|pair| (pair.0.span().start, entry(pair))).collect();
    entries.sort_by_key(|(place, _)| *place);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// As JSON, which writes such values as TOML does.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => number_of(number.as_str()),
        DeValue::Float(number) => number_of(number.as_str()),
        DeValue::Boolean(switch) => (*switch).into(),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Datetime(_) | DeValue::Table(_) => Value::Null,
    }
}

fn number_of(text: &str) -> Value {
    let text = text.replace('_', "");
    let whole = text.parse::<i64>().map(Value::from);
    whole.unwrap_or_else(|_| text.parse::<f64>().map_or(Value::Null, Value::from))
}
