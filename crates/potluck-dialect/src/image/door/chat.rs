//! A conversation whose answer is to be a picture (`modalities: ["image", "text"]`).
//!
//! A painter follows no conversation: it is given the words of the last turn. The conversation goes along whole for
//! models that do follow one.

use std::sync::Arc;

use potluck_core::Sealed;
use potluck_core::image::{Edit, ImageRequest, Source};
use potluck_core::request::{ChatRequest, Content, Media, Message, Part, Role};
use potluck_core::response::{ChatResponse, Choice, FinishReason, Reply, StreamEvent, Usage};

use super::super::picture::Picture;
use super::draft::check_prompt;
use super::source;
use super::words::Extent;
use crate::client::{Client, Echo, Recipient, Stamp, StreamWriter};
use crate::fields::Fields;
use crate::fold;
use crate::wire::{self, Cursor};
use crate::wrong::{self, Wrong};

/// Whether a conversation asks for a picture.
#[must_use]
pub fn wants_picture(request: &ChatRequest) -> bool {
    request.modalities.iter().flatten().any(|word| word == "image")
}

/// The conversation as a request for a picture.
pub(super) fn request(chat: ChatRequest) -> Result<ImageRequest, Wrong> {
    let mut request = ImageRequest {
        models: chat.models.clone(),
        count: chat.choices.unwrap_or(1),
        stream: chat.stream == Some(true),
        seed: chat.sampling.seed.map(i64::cast_unsigned),
        user: chat.user.clone(),
        routing: chat.routing.clone(),
        dropped: chat.dropped.clone(),
        ..ImageRequest::default()
    };
    read_extras(&chat, &mut request)?;
    read_turn(&chat.messages, &mut request).map_err(|wrong| wrong.inside("messages"))?;
    request.count = request.pictures();
    request.conversation = Some(Arc::new(chat));
    Ok(request)
}

/// `image_config`, and the fields that painters share with it.
fn read_extras(chat: &ChatRequest, request: &mut ImageRequest) -> Result<(), Wrong> {
    let mut extent = Extent::default();
    for (name, value) in &chat.extra {
        let mut cursor = Cursor::strict(value.as_json());
        let read = match &**name {
            "image_config" => read_config(&mut cursor, &mut extent),
            "negative_prompt" => {
                wrong::text(&mut cursor).map(|words| request.negative = Some(words))
            }
            _ => Ok(()),
        };
        read.map_err(|wrong| wrong.inside(name))?;
    }
    request.size = extent.wish()?;
    Ok(())
}

fn read_config(cursor: &mut Cursor<'_>, extent: &mut Extent) -> Result<(), Wrong> {
    let fields = Fields::read(cursor)?;
    fields.read_with("aspect_ratio", |cursor| extent.read_ratio(cursor))?;
    fields.read_with("image_size", |cursor| extent.read_size(cursor))?;
    Ok(())
}

/// The words of the last turn of the person, and the pictures in it.
fn read_turn(messages: &[Message], request: &mut ImageRequest) -> Result<(), Wrong> {
    let last = messages.iter().enumerate().rev().find(|(_, message)| message.role == Role::User);
    let (index, message) = last.ok_or_else(|| Wrong::value("must hold a turn of the user"))?;
    let (prompt, sources) =
        read_content(&message.content).map_err(|wrong| wrong.inside("content").at(index))?;
    check_prompt(&prompt).map_err(|wrong| wrong.inside("content").at(index))?;
    request.prompt = prompt;
    if !sources.is_empty() {
        request.edit = Some(Edit { sources, mask: None });
    }
    Ok(())
}

fn read_content(content: &Content) -> Result<(String, Vec<Source>), Wrong> {
    let parts = match content {
        Content::Text(text) => return Ok((text.clone(), Vec::new())),
        Content::Parts(parts) => parts,
        Content::Absent | Content::Null => return Ok((String::new(), Vec::new())),
    };
    let (mut words, mut sources) = (Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text { text, .. } => words.push(text.as_str()),
            Part::Image { media: Media::Inline(url) | Media::Remote(url), .. } => {
                let at = |wrong: Wrong| wrong.inside("image_url").at(index);
                sources.push(source::of_text(url).map_err(at)?);
            }
            _ => {}
        }
    }
    if !sources.is_empty() {
        sources = source::check_count(sources)?;
    }
    Ok((words.join("\n"), sources))
}

// === writing ===

/// Writes the pictures as the answer of a conversation; as a stream where one was asked for.
pub(super) fn write_response(
    client: Client,
    request: &ImageRequest,
    pictures: &[Picture<'_>],
    usage: Option<&Usage>,
    stamp: &Stamp,
) -> Vec<u8> {
    let response = response(request, pictures, usage);
    with_recipient(client, request, stamp, |recipient| {
        if !request.stream {
            return recipient.write_response(&response);
        }
        let (mut events, mut out) = (Vec::new(), Vec::new());
        fold::unfold(response, &mut events);
        let mut writer = recipient.stream_writer();
        for event in events.iter().filter(|event| **event != StreamEvent::Done) {
            writer.write(event, &mut out);
        }
        writer.finish(&mut out);
        out
    })
}

/// A writer of the conversation's stream.
pub(super) fn stream_writer(client: Client, request: &ImageRequest, stamp: &Stamp) -> StreamWriter {
    with_recipient(client, request, stamp, |recipient| recipient.stream_writer())
}

fn with_recipient<T>(
    client: Client,
    request: &ImageRequest,
    stamp: &Stamp,
    act: impl FnOnce(&Recipient<'_>) -> T,
) -> T {
    let nothing = ChatRequest::default();
    let request = request.conversation.as_deref().unwrap_or(&nothing);
    act(&Recipient { client, stamp: stamp.clone(), request, echo: &Echo::Nothing })
}

fn response(
    request: &ImageRequest,
    pictures: &[Picture<'_>],
    usage: Option<&Usage>,
) -> ChatResponse {
    let mut reply = Reply { text: Some(String::new()), ..Reply::default() };
    reply.images = Some(images(request, pictures, 0));
    let choice = Choice { reply, finish: Some(FinishReason::Stop), ..Choice::default() };
    ChatResponse { choices: vec![choice], usage: usage.cloned(), ..ChatResponse::default() }
}

/// The pictures as a message has them; the first of them is number `first`.
pub(super) fn images(request: &ImageRequest, pictures: &[Picture<'_>], first: u32) -> Sealed {
    let mut out = Vec::with_capacity(pictures.iter().map(Picture::room).sum());
    wire::array(&mut out, |items| {
        for (index, picture) in (first..).zip(pictures) {
            items.object(|item| {
                item.text("type", "image_url");
                item.integer("index", index);
                item.object("image_url", |address| picture.write_address(address.key("url")));
                picture.write_metadata(item, request.size);
            });
        }
    });
    Sealed::from_json(String::from_utf8(out).unwrap_or_default())
}
