//! `provider`: what a client of OpenRouter asks of the router itself.
//!
//! A demand that potluck cannot vouch for is refused: to leave it out in silence would be a lie. A wish that it does
//! not follow is named like a parameter that cannot cross.

use potluck_core::request::{Measure, Routing, Sort};

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Reads the object into `routing`. All is free here, so that every price is low enough.
pub(crate) fn read(cursor: &mut Cursor<'_>, routing: &mut Routing) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found == Kind::Text {
        // The form of Hugging Face's clients; their word for no preference is "auto".
        routing.only = vec![wrong::text(cursor)?];
        routing.only.retain(|name| name != "auto");
        return Ok(());
    }
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    cursor.object(|cursor, key| {
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        read_field(cursor, &key, routing).map_err(|wrong| wrong.inside(&key))
    })
}

fn read_field(cursor: &mut Cursor<'_>, key: &str, routing: &mut Routing) -> Result<(), Wrong> {
    match key {
        "only" => routing.only = wrong::texts(cursor)?,
        "ignore" => routing.ignore = wrong::texts(cursor)?,
        "order" => routing.order = wrong::texts(cursor)?,
        "allow_fallbacks" => routing.allow_fallbacks = Some(wrong::boolean(cursor)?),
        "require_parameters" => routing.require_parameters = Some(wrong::boolean(cursor)?),
        "data_collection" => match wrong::text(cursor)?.as_str() {
            "deny" => routing.deny_training = true,
            "allow" => routing.deny_training = false,
            _ => return Err(Wrong::value("must be \"allow\" or \"deny\"")),
        },
        "zdr" | "enforce_distillable_text" => {
            if wrong::boolean(cursor)? {
                return Err(Wrong::value(
                    "asks for what potluck cannot vouch for; `data_collection: \"deny\"` is the strictest that it knows",
                ));
            }
        }
        "quantizations" => {
            if !wrong::texts(cursor)?.is_empty() {
                return Err(Wrong::value("is not something that potluck knows of its providers"));
            }
        }
        "sort" => match cursor.kind()? {
            Kind::Text | Kind::Object => routing.sort = read_sort(cursor)?,
            other => return Err(Wrong::kind("a string or an object", other)),
        },
        "max_price" => drop(cursor.value()?),
        _ => {
            cursor.value()?;
            routing.ignored.push(format!("provider.{key}"));
        }
    }
    Ok(())
}

/// `sort`: a word, or an object of a word and whether it goes across the names asked for.
fn read_sort(cursor: &mut Cursor<'_>) -> Result<Option<Sort>, Wrong> {
    if cursor.kind()? == Kind::Text {
        let by = read_measure(cursor)?;
        return Ok(by.map(|by| Sort { by, across_names: false }));
    }
    let (mut by, mut across_names) = (None, false);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            (_, Kind::Null) => cursor.null()?,
            ("by", _) => by = read_measure(cursor).map_err(|wrong| wrong.inside("by"))?,
            ("partition", Kind::Text) => across_names = cursor.text()? == "none",
            _ => drop(cursor.value()?),
        }
        Ok::<(), Wrong>(())
    })?;
    Ok(by.map(|by| Sort { by, across_names }))
}

/// What to sort by; by price all are equal.
fn read_measure(cursor: &mut Cursor<'_>) -> Result<Option<Measure>, Wrong> {
    match wrong::text(cursor)?.as_str() {
        "price" => Ok(None),
        "throughput" => Ok(Some(Measure::Throughput)),
        "latency" => Ok(Some(Measure::Latency)),
        "exacto" => Ok(Some(Measure::Success)),
        _ => Err(Wrong::value("must be \"price\", \"throughput\", \"latency\" or \"exacto\"")),
    }
}
