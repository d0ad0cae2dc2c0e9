//! What an answer rests on: addresses that were searched, and parts that clients have no name for.

use potluck_core::Sealed;

use crate::wire::{self, Broken, Cursor, Kind};

/// The pages of `groundingMetadata` as citations, each an address with its title; `None` where there are none.
pub(super) fn of_grounding(cursor: &mut Cursor<'_>) -> Result<Option<Sealed>, Broken> {
    let mut pages = Vec::new();
    cursor.object(|cursor, key| {
        if key != "groundingChunks" || cursor.kind()? != Kind::Array {
            return cursor.value().map(drop);
        }
        cursor.array(|cursor, _| {
            pages.extend(page(cursor)?);
            Ok::<(), Broken>(())
        })
    })?;
    if pages.is_empty() {
        return Ok(None);
    }
    let mut json = Vec::new();
    wire::array(&mut json, |items| {
        for (address, title) in &pages {
            items.object(|item| {
                item.text("type", "url_citation");
                item.object("url_citation", |citation| {
                    citation.text("url", address);
                    citation.text("title", title);
                });
            });
        }
    });
    Ok(Some(Sealed::from_json(wire::unlossy(&json))))
}

/// A part that no client knows, as it came.
pub(super) fn of_part(part: &str) -> Sealed {
    Sealed::from_json(format!(r#"[{{"type":"provider_part","provider_part":{part}}}]"#))
}

/// `{"web": {"uri": ..., "title": ...}}`
fn page(cursor: &mut Cursor<'_>) -> Result<Option<(String, String)>, Broken> {
    let (mut address, mut title) = (String::new(), String::new());
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(None);
    }
    cursor.object(|cursor, key| {
        if key != "web" || cursor.kind()? != Kind::Object {
            return cursor.value().map(drop);
        }
        cursor.object(|cursor, key| {
            match (&*key, cursor.kind()?) {
                ("uri", Kind::Text) => address = cursor.text()?.into_owned(),
                ("title", Kind::Text) => title = cursor.text()?.into_owned(),
                _ => drop(cursor.value()?),
            }
            Ok::<(), Broken>(())
        })
    })?;
    Ok((!address.is_empty()).then_some((address, title)))
}
