//! `messages`: the turns of a conversation.

use potluck_core::request::{Content, Media, Message, Part, Role, ToolCall};
use potluck_core::sealed::Extra;

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Reads the array. `reshaped` is set where a server would not take the bytes as they are.
pub(super) fn read(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Vec<Message>, Wrong> {
    each(cursor, |cursor| read_message(cursor, reshaped))
}

/// Pictures in base64, as parts.
pub(super) fn read_images(
    cursor: &mut Cursor<'_>,
    reshaped: &mut bool,
) -> Result<Vec<Part>, Wrong> {
    each(cursor, |cursor| {
        let data = wrong::text(cursor)?;
        let is_bare = !data.contains(':');
        *reshaped |= !is_bare;
        let url = if is_bare { format!("data:{};base64,{data}", kind_of(&data)) } else { data };
        Ok(Part::Image { media: Media::from_url(url), detail: None, extra: Extra::new() })
    })
}

/// Words and pictures as one content.
pub(super) fn content(text: String, images: Vec<Part>) -> Content {
    if images.is_empty() {
        return Content::Text(text);
    }
    let words = Some(text).filter(|text| !text.is_empty());
    let words = words.map(|text| Part::Text { text, extra: Extra::new() });
    Content::Parts(words.into_iter().chain(images).collect())
}

/// The type of a picture, told from the first bytes behind its base64; they are as good as any name.
fn kind_of(data: &str) -> &'static str {
    match data.as_bytes() {
        [b'/', b'9', b'j', ..] => "image/jpeg",
        [b'R', b'0', b'l', b'G', ..] => "image/gif",
        [b'U', b'k', b'l', b'G', ..] => "image/webp",
        _ => "image/png",
    }
}

fn each<T>(
    cursor: &mut Cursor<'_>,
    mut read: impl FnMut(&mut Cursor<'_>) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array", found));
    }
    let mut items = Vec::new();
    cursor.array(|cursor, index| {
        items.push(read(cursor).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    Ok(items)
}

fn read_message(cursor: &mut Cursor<'_>, reshaped: &mut bool) -> Result<Message, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let (mut role, mut text, mut images) = (None, None, Vec::new());
    let mut message = Message::new(Role::User, Content::Absent);
    cursor.object(|cursor, key| {
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        let read = match &*key {
            "role" => read_role(cursor).map(|word| role = Some(word)),
            "content" => wrong::text(cursor).map(|words| text = Some(words)),
            "images" => read_images(cursor, reshaped).map(|parts| images = parts),
            _ => read_field(cursor, &key, &mut message),
        };
        read.map_err(|wrong| wrong.inside(&key))
    })?;
    message.role = role.ok_or_else(|| Wrong::missing("role"))?;
    message.content = match text {
        None if images.is_empty() && message.role == Role::Assistant => Content::Absent,
        text => content(text.unwrap_or_default(), images),
    };
    Ok(message)
}

fn read_field(cursor: &mut Cursor<'_>, key: &str, message: &mut Message) -> Result<(), Wrong> {
    match key {
        "thinking" => {
            let thoughts = wrong::text(cursor)?;
            message.reasoning = Some(thoughts).filter(|text| !text.is_empty());
        }
        "tool_calls" => message.tool_calls = each(cursor, read_call)?,
        // The name that a tool's answer goes by; older clients call it `name`.
        "tool_name" | "name" => message.name = Some(wrong::text(cursor)?),
        "tool_call_id" => message.tool_call_id = Some(wrong::text(cursor)?),
        _ => drop(cursor.value()?),
    }
    Ok(())
}

fn read_role(cursor: &mut Cursor<'_>) -> Result<Role, Wrong> {
    match wrong::text(cursor)?.to_ascii_lowercase().as_str() {
        "system" => Ok(Role::System),
        "developer" => Ok(Role::Developer),
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "tool" => Ok(Role::Tool),
        _ => Err(Wrong::value("must be one of \"system\", \"user\", \"assistant\" and \"tool\"")),
    }
}

fn read_call(cursor: &mut Cursor<'_>) -> Result<ToolCall, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    let (mut id, mut name, mut arguments) = (String::new(), None, "{}".to_owned());
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("id", Kind::Text) => id = cursor.text()?.into_owned(),
            ("function", Kind::Object) => cursor.object(|cursor, key| {
                match (&*key, cursor.kind()?) {
                    ("name", _) => {
                        name = Some(wrong::text(cursor).map_err(|wrong| wrong.inside("name"))?);
                    }
                    ("arguments", Kind::Object) => cursor.value()?.clone_into(&mut arguments),
                    ("arguments", Kind::Text) => arguments = cursor.text()?.into_owned(),
                    _ => drop(cursor.value()?),
                }
                Ok::<(), Wrong>(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Wrong>(())
    })?;
    let name = name.ok_or_else(|| Wrong::missing("name").inside("function"))?;
    Ok(ToolCall { id, name, arguments, extra: Extra::new() })
}
