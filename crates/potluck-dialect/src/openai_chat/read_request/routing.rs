//! `provider`: what a client of OpenRouter asks of the router itself.
//!
//! A demand that potluck cannot vouch for is refused: to leave it out in silence would be a lie.

use potluck_core::request::Routing;

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Reads the object into `routing`. Wishes about price, speed and sorting are left out: all is free here,
/// and the draw is random.
pub(super) fn read(cursor: &mut Cursor<'_>, routing: &mut Routing) -> Result<(), Wrong> {
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
        _ => drop(cursor.value()?),
    }
    Ok(())
}
