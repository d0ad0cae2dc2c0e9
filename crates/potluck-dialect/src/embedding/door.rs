//! The doors at which clients ask for vectors: reading what they ask, writing what they get.

use potluck_core::Sealed;
use potluck_core::embedding::{EmbeddingRequest, EmbeddingResponse, Purpose};
use potluck_core::response::Usage;
use potluck_core::verdict::Refusal;

use super::number;
use crate::client::Stamp;
use crate::openai_chat::{self, ESTIMATED, read_routing};
use crate::wire::{self, Cursor, Kind};
use crate::wrong::{self, Wrong};

/// The shape in which a client asks for vectors and is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// OpenAI's, with OpenRouter's additions.
    OpenAi,
    /// Ollama's.
    Ollama,
    /// Ollama's older one, of one text at a time.
    OllamaLegacy,
}

/// What a client asked, and how it wants to be answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it asked.
    pub door: Door,
    /// How the numbers are to be written.
    pub encoding: Encoding,
    /// What it asked.
    pub request: EmbeddingRequest,
}

/// How the numbers of a vector are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As a list of numbers.
    #[default]
    List,
    /// As base64 of floats of 32 bits, the lowest byte first.
    Base64,
}

#[derive(Default)]
struct Draft {
    request: EmbeddingRequest,
    model: Option<String>,
    encoding: Encoding,
}

impl Door {
    /// Reads a client's request.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field, or the place where the body stops being JSON.
    pub fn read_request(self, body: &[u8]) -> Result<Asked, Refusal> {
        let mut draft = Draft::default();
        wrong::body(body, |cursor, key| match self {
            Self::OpenAi => draft.take_openai(cursor, key),
            Self::Ollama | Self::OllamaLegacy => draft.take_ollama(cursor, key, self),
        })?;
        let Draft { mut request, model, encoding } = draft;
        if request.inputs.is_empty() {
            return Err(Wrong::missing(self.input()).refuse(body));
        }
        request.models.splice(0..0, model);
        Ok(Asked { door: self, encoding, request })
    }

    /// Writes the body of an answer that is none.
    #[must_use]
    pub fn write_refusal(self, refusal: &Refusal, request_id: &str) -> Vec<u8> {
        match self {
            Self::OpenAi => openai_chat::write_refusal(refusal, request_id),
            Self::Ollama | Self::OllamaLegacy => {
                let mut out = Vec::new();
                wire::object(&mut out, |body| body.text("error", &refusal.message));
                out
            }
        }
    }

    const fn input(self) -> &'static str {
        match self {
            Self::OpenAi | Self::Ollama => "input",
            Self::OllamaLegacy => "prompt",
        }
    }
}

// === reading ===

impl Draft {
    fn take_openai(&mut self, cursor: &mut Cursor<'_>, key: &str) -> Result<(), Wrong> {
        match key {
            "models" => self.request.models = wrong::texts(cursor)?,
            "encoding_format" => self.encoding = read_encoding(cursor)?,
            "input_type" => self.request.purpose = Some(read_purpose(cursor)?),
            "user" => self.request.user = Some(wrong::text(cursor)?),
            "provider" => read_routing(cursor, &mut self.request.routing)?,
            "session_id" => self.request.routing.session = Some(wrong::text(cursor)?),
            "output_dtype" => read_type(cursor)?,
            _ => self.take_common(cursor, key, Door::OpenAi)?,
        }
        Ok(())
    }

    fn take_ollama(&mut self, cursor: &mut Cursor<'_>, key: &str, door: Door) -> Result<(), Wrong> {
        match key {
            // How long a local model stays loaded is nothing that a pool decides.
            "keep_alive" => drop(cursor.value()?),
            _ => self.take_common(cursor, key, door)?,
        }
        Ok(())
    }

    fn take_common(&mut self, cursor: &mut Cursor<'_>, key: &str, door: Door) -> Result<(), Wrong> {
        match key {
            "model" => self.model = Some(wrong::text(cursor)?),
            "dimensions" => self.request.dimensions = Some(wrong::count(cursor, 1)?),
            _ if key == door.input() => self.request.inputs = read_inputs(cursor)?,
            _ => self.request.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok(())
    }
}

/// One text or a list. Tokens are of one model's own vocabulary, which nobody here can read.
fn read_inputs(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Wrong> {
    let mut inputs = Vec::new();
    match cursor.kind()? {
        Kind::Text => inputs.push(read_input(cursor)?),
        Kind::Array => cursor.array(|cursor, index| {
            inputs.push(read_input(cursor).map_err(|wrong| wrong.at(index))?);
            Ok::<(), Wrong>(())
        })?,
        other => return Err(Wrong::kind("a string or an array of strings", other)),
    }
    if inputs.is_empty() {
        return Err(Wrong::value("must hold at least one text"));
    }
    Ok(inputs)
}

fn read_input(cursor: &mut Cursor<'_>) -> Result<String, Wrong> {
    match cursor.kind()? {
        Kind::Text => match cursor.text()?.into_owned() {
            text if text.is_empty() => {
                Err(Wrong::value("must not be empty: an empty text has no vector"))
            }
            text => Ok(text),
        },
        Kind::Number | Kind::Array => Err(Wrong::value(
            "is made of tokens, which mean something else to every model of the pool: send the text itself",
        )),
        Kind::Object => Err(Wrong::value("must be a string: only texts can be made vectors here")),
        other => Err(Wrong::kind("a string", other)),
    }
}

fn read_encoding(cursor: &mut Cursor<'_>) -> Result<Encoding, Wrong> {
    match wrong::text(cursor)?.as_str() {
        "float" => Ok(Encoding::List),
        "base64" => Ok(Encoding::Base64),
        _ => Err(Wrong::value("must be \"float\" or \"base64\"")),
    }
}

fn read_type(cursor: &mut Cursor<'_>) -> Result<(), Wrong> {
    match wrong::text(cursor)?.as_str() {
        "float" => Ok(()),
        _ => Err(Wrong::value("must be \"float\": no other kind of number is served here")),
    }
}

/// The words of several vendors for the same four.
fn read_purpose(cursor: &mut Cursor<'_>) -> Result<Purpose, Wrong> {
    match wrong::text(cursor)?.as_str() {
        "query" | "search_query" => Ok(Purpose::Query),
        "document" | "passage" | "search_document" => Ok(Purpose::Document),
        "classification" => Ok(Purpose::Classification),
        "clustering" => Ok(Purpose::Clustering),
        _ => Err(Wrong::value(
            "must be \"query\", \"document\", \"classification\" or \"clustering\"",
        )),
    }
}

// === writing ===

impl Asked {
    /// Writes a whole answer.
    #[must_use]
    pub fn write_response(&self, response: &EmbeddingResponse, stamp: &Stamp) -> Vec<u8> {
        let mut out = Vec::new();
        wire::object(&mut out, |body| match self.door {
            Door::OpenAi => self.write_openai(body, response, stamp),
            Door::Ollama => {
                body.text("model", &stamp.model);
                body.array("embeddings", |items| {
                    response.vectors.iter().for_each(|v| number::write_list(items.item(), v));
                });
                if let Some(usage) = &response.usage {
                    body.integer("prompt_eval_count", usage.prompt);
                }
            }
            Door::OllamaLegacy => {
                let first = response.vectors.first().map_or(&[][..], Vec::as_slice);
                number::write_list(body.key("embedding"), first);
            }
        });
        out
    }

    fn write_openai(
        &self,
        body: &mut wire::Object<'_>,
        response: &EmbeddingResponse,
        stamp: &Stamp,
    ) {
        body.text("object", "list");
        body.array("data", |items| {
            for (index, vector) in (0_u64..).zip(&response.vectors) {
                items.object(|item| {
                    item.text("object", "embedding");
                    item.integer("index", index);
                    match self.encoding {
                        Encoding::List => number::write_list(item.key("embedding"), vector),
                        Encoding::Base64 => number::write_base64(item.key("embedding"), vector),
                    }
                });
            }
        });
        body.text("model", &stamp.model);
        body.text("id", &stamp.id);
        if let Some(usage) = &response.usage {
            body.object("usage", |fields| write_usage(fields, usage));
        }
    }
}

/// What was read, in the words of answers that write nothing.
pub(crate) fn write_usage(fields: &mut wire::Object<'_>, usage: &Usage) {
    fields.integer("prompt_tokens", usage.prompt.max(usage.total.saturating_sub(usage.completion)));
    fields.integer("total_tokens", usage.total);
    if usage.extra.iter().any(|(name, _)| &**name == ESTIMATED) {
        fields.boolean(ESTIMATED, true);
    }
}
