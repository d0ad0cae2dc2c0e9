//! What a client asks, and what it is answered.

use potluck_core::Sealed;
use potluck_core::rerank::{Document, RerankRequest, RerankResponse};
use potluck_core::verdict::Refusal;

use crate::client::Stamp;
use crate::openai_chat::{self, read_routing};
use crate::wire::{self, Cursor, Kind, Object};
use crate::wrong::{self, Wrong};

/// The shape in which a client asks for an order and is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// Cohere's and Jina's: texts are repeated where that was asked for.
    Cohere,
    /// OpenRouter's: texts are repeated unless that was declined.
    OpenRouter,
}

/// What a client asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it asked.
    pub door: Door,
    /// What it asked.
    pub request: RerankRequest,
}

impl Door {
    /// Reads a client's request.
    ///
    /// # Errors
    /// A refusal of status 400 that names the field, or the place where the body stops being JSON.
    pub fn read_request(self, body: &[u8]) -> Result<Asked, Refusal> {
        let mut request = RerankRequest::default();
        let (mut model, mut query) = (None, None);
        wrong::body(body, |cursor, key| {
            match key {
                "model" => model = Some(wrong::text(cursor)?),
                "query" => query = Some(read_query(cursor)?),
                _ => take(&mut request, cursor, key)?,
            }
            Ok(())
        })?;
        let query = query.ok_or_else(|| Wrong::missing("query").refuse(body))?;
        if request.documents.is_empty() {
            return Err(Wrong::missing("documents").refuse(body));
        }
        request.models.splice(0..0, model);
        Ok(Asked { door: self, request: RerankRequest { query, ..request } })
    }

    /// Writes the body of an answer that is none.
    #[must_use]
    pub fn write_refusal(self, refusal: &Refusal, request_id: &str) -> Vec<u8> {
        openai_chat::write_refusal(refusal, request_id)
    }
}

fn take(request: &mut RerankRequest, cursor: &mut Cursor<'_>, key: &str) -> Result<(), Wrong> {
    match key {
        "models" => request.models = wrong::texts(cursor)?,
        "documents" => request.documents = read_documents(cursor)?,
        "top_n" | "top_k" => request.top = Some(wrong::count(cursor, 1)?),
        "return_documents" => request.give_documents = Some(wrong::boolean(cursor)?),
        "provider" => read_routing(cursor, &mut request.routing)?,
        "session_id" => request.routing.session = Some(wrong::text(cursor)?),
        _ => request.extra.push((key.into(), Sealed::from_json(cursor.value()?))),
    }
    Ok(())
}

fn read_query(cursor: &mut Cursor<'_>) -> Result<String, Wrong> {
    match wrong::text(cursor)? {
        query if query.is_empty() => Err(Wrong::value("must not be empty")),
        query => Ok(query),
    }
}

fn read_documents(cursor: &mut Cursor<'_>) -> Result<Vec<Document>, Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Array {
        return Err(Wrong::kind("an array of strings or objects", found));
    }
    let mut documents = Vec::new();
    cursor.array(|cursor, index| {
        documents.push(read_document(cursor).map_err(|wrong| wrong.at(index))?);
        Ok::<(), Wrong>(())
    })?;
    if documents.is_empty() {
        return Err(Wrong::value("must hold at least one text"));
    }
    Ok(documents)
}

fn read_document(cursor: &mut Cursor<'_>) -> Result<Document, Wrong> {
    match cursor.kind()? {
        Kind::Text => Ok(Document { text: wrong::text(cursor)?, object: None }),
        Kind::Object => {
            let mut inner = cursor.clone();
            let object = Some(Sealed::from_json(cursor.value()?));
            let mut text = None;
            inner.object(|inner, key| {
                match &*key {
                    "text" => {
                        text = Some(wrong::text(inner).map_err(|wrong| wrong.inside("text"))?);
                    }
                    _ => drop(inner.value()?),
                }
                Ok::<(), Wrong>(())
            })?;
            let text = text.ok_or_else(|| {
                Wrong::value("has no `text`: only texts can be put in order here, no pictures and no other fields")
            })?;
            Ok(Document { text, object })
        }
        other => Err(Wrong::kind("a string or an object", other)),
    }
}

// === writing ===

impl Asked {
    /// Writes a whole answer: the union of what readers of Cohere's, Jina's and OpenRouter's look for.
    #[must_use]
    pub fn write_response(&self, response: &RerankResponse, stamp: &Stamp) -> Vec<u8> {
        let repeats = self.request.give_documents.unwrap_or(self.door == Door::OpenRouter);
        let provider = stamp.model.split('/').next().unwrap_or_default();
        let mut out = Vec::new();
        wire::object(&mut out, |body| {
            body.text("id", &stamp.id);
            body.text("model", &stamp.model);
            body.text("provider", provider);
            body.array("results", |items| {
                for ranked in &response.ranking {
                    items.object(|item| {
                        item.integer("index", ranked.index);
                        item.number("relevance_score", ranked.score);
                        let document = self.request.documents.get(ranked.index as usize);
                        if let Some(document) = document.filter(|_| repeats) {
                            write_document(item, document);
                        }
                    });
                }
            });
            body.object("usage", |usage| write_usage(usage, response));
            body.object("meta", |meta| {
                meta.object("api_version", |version| version.text("version", "2"));
                if let Some(searches) = response.searches {
                    meta.object("billed_units", |units| units.integer("search_units", searches));
                }
            });
        });
        out
    }
}

fn write_document(item: &mut Object<'_>, document: &Document) {
    match &document.object {
        Some(object) => item.sealed("document", object),
        None => item.object("document", |fields| fields.text("text", &document.text)),
    }
}

fn write_usage(usage: &mut Object<'_>, response: &RerankResponse) {
    if let Some(searches) = response.searches {
        usage.integer("search_units", searches);
    }
    if let Some(tokens) = &response.usage {
        crate::embedding::write_usage(usage, tokens);
    }
}
