//! The answer as a stream of events: pictures as they come, finished or not.

use potluck_core::response::{FinishReason, StreamEvent, Usage};
use potluck_core::verdict::Refusal;

use super::door::{Asked, Door};
use super::picture::{self, Picture};
use crate::client::{Stamp, StreamWriter};
use crate::openai_chat;
use crate::wire;

/// Writes a stream of pictures.
#[derive(Debug)]
pub struct Writer<'a> {
    asked: &'a Asked,
    stamp: &'a Stamp,
    /// The stream of the conversation, where it is one.
    chat: Option<Box<StreamWriter>>,
    /// How many are finished.
    finished: u32,
}

impl<'a> Writer<'a> {
    pub(super) fn new(asked: &'a Asked, stamp: &'a Stamp) -> Self {
        let chat = asked.chat_writer(stamp).map(Box::new);
        Self { asked, stamp, chat, finished: 0 }
    }

    /// Writes an unfinished picture; `index` counts those of one picture from 0. Conversations have none.
    pub fn partial(&mut self, index: u32, picture: &Picture<'_>, out: &mut Vec<u8>) {
        if self.chat.is_none() {
            self.event("partial_image", out, |fields, this| {
                this.write_picture(fields, picture);
                fields.integer("partial_image_index", index);
            });
        }
    }

    /// Writes a finished picture; with the last one goes what all of them cost.
    pub fn completed(&mut self, picture: &Picture<'_>, usage: Option<&Usage>, out: &mut Vec<u8>) {
        let number = self.finished;
        self.finished += 1;
        match &mut self.chat {
            Some(writer) => {
                let images = self.asked.chat_images(picture, number);
                writer.write(&StreamEvent::Images { choice: 0, images }, out);
                if let Some(usage) = usage {
                    writer.write(&StreamEvent::Usage(usage.clone()), out);
                }
            }
            None => self.event("completed", out, |fields, this| {
                this.write_picture(fields, picture);
                if let Some(prompt) = picture.revised_prompt {
                    fields.text("revised_prompt", prompt);
                }
                if let Some(usage) = usage {
                    picture::write_usage(fields, usage);
                }
            }),
        }
    }

    /// The answer is complete: writes its end.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match &mut self.chat {
            Some(writer) => {
                let reason = FinishReason::Stop;
                writer.write(&StreamEvent::Finish { choice: 0, reason }, out);
                writer.finish(out);
            }
            None => out.extend_from_slice(DONE),
        }
    }

    /// There will be no picture, or no more: says why, and ends the stream.
    pub fn fail(&mut self, refusal: &Refusal, out: &mut Vec<u8>) {
        match &mut self.chat {
            Some(writer) => writer.fail(refusal, out),
            None => {
                out.extend_from_slice(b"event: error\ndata: ");
                wire::object(out, |fields| {
                    fields.text("type", "error");
                    openai_chat::write_error(fields.key("error"), refusal);
                });
                out.extend_from_slice(b"\n\n");
                out.extend_from_slice(DONE);
            }
        }
    }

    fn event(
        &self,
        name: &str,
        out: &mut Vec<u8>,
        fill: impl FnOnce(&mut wire::Object<'_>, &Self),
    ) {
        let kind = if self.asked.door == Door::Edits { "image_edit" } else { "image_generation" };
        out.extend_from_slice(format!("event: {kind}.{name}\ndata: ").as_bytes());
        wire::object(out, |fields| {
            fields.text("type", &format!("{kind}.{name}"));
            fill(fields, self);
        });
        out.extend_from_slice(b"\n\n");
    }

    fn write_picture(&self, fields: &mut wire::Object<'_>, picture: &Picture<'_>) {
        picture.write_form(fields);
        fields.integer("created_at", self.stamp.created);
        fields.integer("created", self.stamp.created);
        fields.text("output_format", picture.format.word());
        fields.text("media_type", picture.format.media_type());
        if let Some(size) = picture.size {
            fields.text("size", &size.to_string());
        }
        let request = &self.asked.request;
        let said = |word: &Option<String>| word.clone().unwrap_or_else(|| "auto".to_owned());
        fields.text("quality", &said(&request.quality));
        fields.text("background", &said(&request.background));
        picture.write_metadata(fields, request.size);
    }
}

/// What ends a stream, for readers that wait for it.
const DONE: &[u8] = b"data: [DONE]\n\n";
