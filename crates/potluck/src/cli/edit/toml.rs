//! TOML: comments and layout are kept.

use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table, Value as Held};

use super::Refused;

/// What a text means.
pub(super) fn read(text: &str) -> Result<Value, Refused> {
    toml::from_str(text).map_err(|error| invalid(error.message()))
}

/// A text with the keys of `settings` set.
pub(super) fn edit(text: &str, settings: &str) -> Result<String, Refused> {
    let parse = |text: &str| text.parse::<DocumentMut>().map_err(|error| invalid(error.message()));
    if text.trim().is_empty() {
        return Ok(settings.to_owned());
    }
    let (mut document, settings) = (parse(text)?, parse(settings)?);
    lay(document.as_table_mut(), settings.as_table());
    Ok(document.to_string())
}

fn lay(table: &mut Table, new: &Table) {
    for (key, item) in new {
        match (table.get_mut(key), item) {
            (Some(Item::Table(inner)), Item::Table(new)) => lay(inner, new),
            (Some(Item::Value(Held::Array(held))), Item::Value(Held::Array(new))) => {
                let plain = |value: &Held| value.to_string().trim().to_owned();
                for value in new {
                    if held.iter().all(|own| plain(own) != plain(value)) {
                        held.push(value.clone());
                    }
                }
            }
            (Some(Item::Value(held)), Item::Value(value)) => {
                let mut value = value.clone();
                *value.decor_mut() = held.decor().clone();
                *held = value;
            }
            (Some(held), item) => *held = item.clone(),
            (None, item) => drop(table.insert(key, placed_last(item))),
        }
    }
}

/// A table that comes from another document would keep its place from there, which is the top.
fn placed_last(item: &Item) -> Item {
    let mut item = item.clone();
    if let Item::Table(table) = &mut item {
        table.set_position(None);
        for (_, inner) in table.iter_mut() {
            *inner = placed_last(inner);
        }
    }
    item
}

fn invalid(why: &str) -> Refused {
    Refused::Invalid { format: "TOML", why: why.to_owned() }
}
