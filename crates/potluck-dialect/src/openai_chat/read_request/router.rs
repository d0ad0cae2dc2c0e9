//! The fields in which a client of OpenRouter speaks to the router beside `provider`.
//!
//! What would change the answer's meaning, and what nothing here does, is refused: a search of the web, a saved preset,
//! a moderator. What would only help is left out, and named like a parameter that cannot cross.

use potluck_core::request::{Measure, Routing};

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

const NO_SEARCH: &str = "asks for a search of the web, which nothing here does; take it off, or bring what was found in a message";

/// Reads one of these fields.
pub(super) fn read(cursor: &mut Cursor<'_>, key: &str, routing: &mut Routing) -> Result<(), Wrong> {
    match key {
        "plugins" => return read_plugins(cursor, routing),
        "web_search_options" => return Err(Wrong::value(NO_SEARCH)),
        "preset" => {
            return Err(Wrong::value(
                "names settings saved at another router; send the settings themselves",
            ));
        }
        "route" if cursor.kind()? == Kind::Text => {
            if cursor.text()? != "fallback" {
                routing.ignored.push(key.to_owned());
            }
            return Ok(());
        }
        "transforms" => {
            if cursor.value()? != "[]" {
                routing.ignored.push(key.to_owned());
            }
            return Ok(());
        }
        "debug" => routing.ignored.push(key.to_owned()),
        // Usage is always told, and a trace is the client's own affair.
        _ => {}
    }
    cursor.value()?;
    Ok(())
}

fn read_plugins(cursor: &mut Cursor<'_>, routing: &mut Routing) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    cursor.array(|cursor, index| read_plugin(cursor, routing).map_err(|wrong| wrong.at(index)))
}

fn read_plugin(cursor: &mut Cursor<'_>, routing: &mut Routing) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let (mut id, mut enabled, mut restricts) = (None, true, false);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            (_, Kind::Null) => cursor.null()?,
            ("id", _) => id = Some(wrong::text(cursor).map_err(|wrong| wrong.inside("id"))?),
            ("enabled", _) => {
                enabled = wrong::boolean(cursor).map_err(|wrong| wrong.inside("enabled"))?;
            }
            ("allowed_models" | "excluded_models", _) => restricts |= cursor.value()? != "[]",
            _ => drop(cursor.value()?),
        }
        Ok::<(), Wrong>(())
    })?;
    let id = id.ok_or_else(|| Wrong::missing("id"))?;
    if !enabled {
        return Ok(());
    }
    judge(&id, restricts).map_err(Wrong::value)?;
    routing.ignored.push(format!("plugins.{id}"));
    Ok(())
}

/// Whether a plugin may be left out.
fn judge(id: &str, restricts: bool) -> Result<(), &'static str> {
    match id {
        "response-healing" | "context-compression" | "file-parser" => Ok(()),
        "auto-router" | "auto-beta-router" if restricts => Err(
            "restricts the models that may be drawn; name them in `models`, or their providers in `provider.only` and `provider.ignore`",
        ),
        "auto-router" | "auto-beta-router" => Ok(()),
        "web" | "web-fetch" => Err(NO_SEARCH),
        "moderation" => Err("asks that the prompt be judged first, which nothing here does"),
        _ => Err("is no plugin that potluck knows; take it off, or set its `enabled` to false"),
    }
}

/// What the end of a model's name asks of the router; `None` where it asks nothing.
pub(super) fn read_suffix(model: &str) -> Result<Option<Measure>, Wrong> {
    let end = model.rsplit_once(':').map_or("", |(_, end)| end);
    match end {
        "nitro" => Ok(Some(Measure::Throughput)),
        "exacto" => Ok(Some(Measure::Success)),
        "online" => Err(Wrong::value(NO_SEARCH)),
        // All prices are equal, and what is a name of its own is looked up as one.
        _ => Ok(None),
    }
}
