//! The doors at which clients ask for pictures: reading what they ask, writing what they get.

mod chat;
mod draft;
mod source;
mod words;

use potluck_core::Sealed;
use potluck_core::image::{Delivery, ImageRequest};
use potluck_core::request::ChatRequest;
use potluck_core::response::Usage;
use potluck_core::verdict::Refusal;

use self::draft::Draft;
use super::picture::{self, Picture};
use super::stream::Writer;
use crate::client::{Client, Stamp, StreamWriter};
use crate::openai_chat;
use crate::wire;

pub use self::chat::wants_picture;

/// The shape in which a client asks for pictures and is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// `OpenAI`'s `images/generations`.
    Generations,
    /// `OpenAI`'s `images/edits`.
    Edits,
    /// OpenRouter's `images`.
    OpenRouter,
    /// A chat whose answer is to be a picture.
    Chat(Client),
}

/// What a client asked, and where.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it asked.
    pub door: Door,
    /// What it asked.
    pub request: ImageRequest,
}

/// One field of a form (`multipart/form-data`).
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of its file, where it is one.
    pub file: Option<&'a str>,
    /// Its value.
    pub bytes: &'a [u8],
}

impl Door {
    /// Reads a client's request in JSON.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field, or the place where the body stops being JSON.
    pub fn read_request(self, body: &[u8]) -> Result<Asked, Refusal> {
        if let Self::Chat(client) = self {
            return Self::read_chat(client, client.read_request(body)?.request);
        }
        let draft = Draft::of_json(body)?;
        let request = draft.finish(self).map_err(|wrong| wrong.refuse(body))?;
        Ok(Asked { door: self, request })
    }

    /// Reads a client's request in a form.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field.
    pub fn read_form(self, parts: &[Part<'_>]) -> Result<Asked, Refusal> {
        let draft = Draft::of_form(parts).map_err(|wrong| wrong.refuse(&[]))?;
        let request = draft.finish(self).map_err(|wrong| wrong.refuse(&[]))?;
        Ok(Asked { door: self, request })
    }

    /// A conversation that [wants a picture](wants_picture), as a request for one.
    ///
    /// # Errors
    /// A refusal of status 400: its last turn says nothing that could be painted.
    pub fn read_chat(client: Client, request: ChatRequest) -> Result<Asked, Refusal> {
        let request = chat::request(request).map_err(|wrong| wrong.refuse(&[]))?;
        Ok(Asked { door: Self::Chat(client), request })
    }

    /// Writes the body of an answer that is none.
    #[must_use]
    pub fn write_refusal(self, refusal: &Refusal, request_id: &str) -> Vec<u8> {
        match self {
            Self::Generations | Self::Edits => openai_chat::write_refusal(refusal, request_id),
            Self::OpenRouter => openai_chat::openrouter::write_refusal(refusal, request_id),
            Self::Chat(client) => client.write_refusal(refusal, request_id),
        }
    }
}

impl Asked {
    /// How the pictures are to be handed over: OpenRouter and conversations know only one way.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self.door {
            Door::Generations | Door::Edits => self.request.delivery.unwrap_or(Delivery::Base64),
            Door::OpenRouter | Door::Chat(_) => Delivery::Base64,
        }
    }

    /// Writes a whole answer: at least one picture, in their order.
    #[must_use]
    pub fn write_response(
        &self,
        pictures: &[Picture<'_>],
        usage: Option<&Usage>,
        stamp: &Stamp,
    ) -> Vec<u8> {
        if let Door::Chat(client) = self.door {
            return chat::write_response(client, &self.request, pictures, usage, stamp);
        }
        let size = pictures.first().and_then(|picture| picture.size);
        let room = pictures.iter().map(Picture::room).sum();
        let mut out = Vec::with_capacity(room);
        wire::object(&mut out, |body| {
            body.integer("created", stamp.created);
            body.text("id", &stamp.id);
            body.text("model", &stamp.model);
            body.text("provider", picture::provider(&stamp.model));
            if let Some(first) = pictures.first() {
                body.text("output_format", first.format.word());
            }
            if let Some(size) = size {
                body.text("size", &size.to_string());
            }
            body.array("data", |items| {
                for picture in pictures {
                    items.object(|item| self.write_item(item, picture));
                }
            });
            if let Some(usage) = usage {
                picture::write_usage(body, usage);
            }
        });
        out
    }

    fn write_item(&self, item: &mut wire::Object<'_>, picture: &Picture<'_>) {
        picture.write_form(item);
        if let Some(prompt) = picture.revised_prompt {
            item.text("revised_prompt", prompt);
        }
        item.text("media_type", picture.format.media_type());
        picture.write_metadata(item, self.request.size);
    }

    /// The writer of the conversation's stream, where it is one.
    pub(super) fn chat_writer(&self, stamp: &Stamp) -> Option<StreamWriter> {
        let Door::Chat(client) = self.door else { return None };
        Some(chat::stream_writer(client, &self.request, stamp))
    }

    /// One picture as a message has it.
    pub(super) fn chat_images(&self, picture: &Picture<'_>, number: u32) -> Sealed {
        chat::images(&self.request, std::slice::from_ref(picture), number)
    }

    /// A writer of the answer as a stream.
    #[must_use]
    pub fn writer<'a>(&'a self, stamp: &'a Stamp) -> Writer<'a> {
        Writer::new(self, stamp)
    }
}
