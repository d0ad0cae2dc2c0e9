//! Chat models that answer with pictures: asked in their own dialect, with the conversation where there is one.

use std::borrow::Cow;

use potluck_core::Sealed;
use potluck_core::capability::{Parameter, Parameters};
use potluck_core::image::{ImageRequest, Source, Wish};
use potluck_core::request::{ChatRequest, Content, Media, Message, Part, Role};
use potluck_core::response::FinishReason;

use super::super::base64;
use super::super::plan::Plan;
use super::super::step::{Ask, Made, Step, Target};
use crate::BadAnswer;
use crate::answer::Fault;
use crate::dialect::{self, Dialect};
use crate::quirk::Quirks;
use crate::wire::{self, Cursor, Kind};

/// What a request can say: a size only as a shape.
pub(super) fn carries() -> Parameters {
    Parameter::Size | Parameter::Seed | Parameter::User
}

/// Writes a request. Words are asked for too: models that give both refuse to give pictures alone.
pub(super) fn write(plan: Plan<'_>, target: &Target<'_>, dialect: Dialect) -> Ask {
    let request = plan.request;
    let mut chat = match &request.conversation {
        Some(conversation) => ChatRequest::clone(conversation),
        None => ChatRequest { messages: vec![turn(request)], ..ChatRequest::default() },
    };
    chat.modalities = Some(vec!["image".to_owned(), "text".to_owned()]);
    chat.stream = Some(false);
    chat.choices = None;
    chat.sampling.seed = plan.seed.map(u64::cast_signed);
    chat.user = plan.user.map(str::to_owned);
    chat.extra.retain(|(name, _)| &**name != CONFIG);
    if let Some(config) = config(&plan) {
        chat.extra.push((CONFIG.into(), config));
    }
    let place = dialect::Target {
        model: target.model,
        quirks: target.quirks,
        stream: false,
        max_output: None,
        context: u32::MAX,
    };
    let written = dialect.write_request(&chat, &place);
    let path = dialect.chat_path(target.model, false).into_owned();
    let mut ask = plan.ask(Step::json(path, written.body));
    ask.dropped.extend(written.dropped);
    ask
}

/// The field in which OpenRouter's clients say how large a picture is to be.
const CONFIG: &str = "image_config";

fn config(plan: &Plan<'_>) -> Option<Sealed> {
    let ratio = match plan.request.size {
        Wish::Auto => return None,
        Wish::Shape { ratio, .. } => ratio,
        Wish::Exact(size) => plan.size.unwrap_or(size).ratio(),
    };
    let mut out = Vec::new();
    wire::object(&mut out, |fields| fields.text("aspect_ratio", &ratio.to_string()));
    Some(Sealed::from_json(String::from_utf8(out).ok()?))
}

/// The prompt and the pictures to be changed, as a turn of a conversation.
fn turn(request: &ImageRequest) -> Message {
    let mut parts = vec![Part::Text { text: request.prompt.clone(), extra: Vec::new() }];
    let sources = request.edit.iter().flat_map(|edit| &edit.sources);
    parts.extend(sources.map(|source| Part::Image {
        media: Media::Inline(address(source)),
        detail: None,
        extra: Vec::new(),
    }));
    Message {
        role: Role::User,
        name: None,
        content: match parts.len() {
            1 => Content::Text(request.prompt.clone()),
            _ => Content::Parts(parts),
        },
        tool_calls: Vec::new(),
        tool_call_id: None,
        refusal: None,
        reasoning: None,
        reasoning_details: None,
        extra: Vec::new(),
    }
}

fn address(source: &Source) -> String {
    let mut out = Vec::new();
    let prefix = format!("data:{};base64,", source.format.media_type());
    base64::write(&mut out, &prefix, &source.bytes);
    wire::unlossy(out.trim_ascii_start()).trim_matches('"').to_owned()
}

/// Reads an answer: the pictures of its message. Words without a picture are no picture.
pub(super) fn read(body: &[u8], dialect: Dialect) -> Result<Vec<Made>, BadAnswer> {
    let response = dialect.read_response(body, Quirks::empty())?;
    let mut made = Vec::new();
    for choice in &response.choices {
        if let Some(images) = &choice.reply.images {
            made.extend(read_images(images).map_err(bad)?);
        }
    }
    if !made.is_empty() {
        return Ok(made);
    }
    let filtered = |choice: &potluck_core::response::Choice| {
        choice.finish == Some(FinishReason::ContentFilter) || choice.reply.refusal.is_some()
    };
    if response.choices.iter().any(filtered) {
        return Err(BadAnswer::Filtered);
    }
    Err(BadAnswer::Garbage("words without a picture".to_owned()))
}

fn bad(fault: Fault) -> BadAnswer {
    match fault {
        Fault::Bad(bad) => bad,
        Fault::Json(broken) => BadAnswer::Garbage(format!("no JSON: {broken}")),
    }
}

fn read_images(images: &Sealed) -> Result<Vec<Made>, Fault> {
    let (mut made, mut cursor) = (Vec::new(), Cursor::lenient(images.as_json()));
    if cursor.kind()? != Kind::Array {
        return Ok(made);
    }
    cursor.array(|cursor, _| {
        if let Some(address) = read_address(cursor)? {
            made.push(Made::of_text(&address)?);
        }
        Ok::<(), Fault>(())
    })?;
    Ok(made)
}

/// `{"image_url": {"url": …}}`, or less of it.
fn read_address<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    match cursor.kind()? {
        Kind::Text => return Ok(Some(cursor.text()?)),
        Kind::Object => {}
        _ => {
            cursor.value()?;
            return Ok(None);
        }
    }
    let mut address = None;
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("url" | "image_url", Kind::Text) => address = Some(cursor.text()?),
            ("image_url", Kind::Object) => cursor.object(|cursor, key| {
                match (&*key, cursor.kind()?) {
                    ("url", Kind::Text) => address = Some(cursor.text()?),
                    _ => drop(cursor.value()?),
                }
                Ok::<(), Fault>(())
            })?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    Ok(address)
}
