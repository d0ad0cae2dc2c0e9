//! What a provider is asked, and what it answers.

use potluck_core::rerank::{Ranked, RerankRequest, RerankResponse};
use potluck_core::response::Usage;

use crate::answer::{self, Fault};
use crate::openai_chat::read_usage;
use crate::quirk::{Quirk, Quirks};
use crate::wire::{self, Cursor, Kind};
use crate::{BadAnswer, Written};

/// Writes a request. The texts are never asked back: the client's own are at hand.
#[must_use]
pub fn write(request: &RerankRequest, model: &str, quirks: Quirks) -> Written {
    let mut body = Vec::new();
    wire::object(&mut body, |fields| {
        fields.text("model", model);
        fields.text("query", &request.query);
        fields.array("documents", |items| {
            for document in &request.documents {
                wire::text(items.item(), &document.text);
            }
        });
        if let Some(top) = request.top {
            let name = if quirks.contains(Quirk::RerankTopK) { "top_k" } else { "top_n" };
            fields.integer(name, top);
        }
    });
    let dropped = request.extra.iter().map(|(name, _)| name.to_string()).collect();
    Written { body, dropped }
}

/// Reads a provider's answer of status 200, under `results` or (Voyage) `data`.
///
/// # Errors
/// It is empty, no JSON, has no ranks of finite scores, or is an error inside a success.
pub fn read(body: &[u8]) -> Result<RerankResponse, BadAnswer> {
    let (mut ranking, mut response) = (None, RerankResponse::default());
    answer::walk(body, |cursor, key| {
        match (key, cursor.kind()?) {
            ("results" | "data", Kind::Array) => ranking = Some(read_ranking(cursor)?),
            ("usage", Kind::Object) => {
                response.searches = response.searches.or(read_searches(&mut cursor.clone())?);
                response.usage = read_usage(cursor)?.or(response.usage.take());
            }
            ("meta", Kind::Object) => read_meta(cursor, &mut response)?,
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    response.ranking = ranking.ok_or_else(|| answer::lacks(body, "results"))?;
    Ok(response)
}

fn read_ranking(cursor: &mut Cursor<'_>) -> Result<Vec<Ranked>, Fault> {
    let mut ranking = Vec::new();
    cursor.array(|cursor, _| {
        ranking.push(read_ranked(cursor)?);
        Ok::<(), Fault>(())
    })?;
    Ok(ranking)
}

fn read_ranked(cursor: &mut Cursor<'_>) -> Result<Ranked, Fault> {
    let (mut index, mut score) = (None, None);
    if cursor.kind()? == Kind::Object {
        cursor.object(|cursor, key| {
            match (&*key, cursor.kind()?) {
                ("index", _) => index = answer::count(cursor)?,
                ("relevance_score" | "score", Kind::Number) => {
                    score = cursor.number()?.parse::<f64>().ok().filter(|score| score.is_finite());
                }
                _ => drop(cursor.value()?),
            }
            Ok::<(), Fault>(())
        })?;
    } else {
        cursor.value()?;
    }
    match (index.and_then(|index| u32::try_from(index).ok()), score) {
        (Some(index), Some(score)) => Ok(Ranked { index, score }),
        _ => {
            Err(BadAnswer::Garbage("a rank without its text's number or its score".to_owned())
                .into())
        }
    }
}

fn read_searches(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Fault> {
    let mut searches = None;
    cursor.object(|cursor, key| {
        if key == "search_units" {
            searches = answer::count(cursor)?;
        } else {
            cursor.value()?;
        }
        Ok::<(), Fault>(())
    })?;
    Ok(searches)
}

/// `meta`: Cohere's counts, and SiliconFlow's tokens.
fn read_meta(cursor: &mut Cursor<'_>, response: &mut RerankResponse) -> Result<(), Fault> {
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("billed_units", Kind::Object) => response.searches = read_searches(cursor)?,
            ("tokens", Kind::Object) => response.usage = read_tokens(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })
}

fn read_tokens(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Fault> {
    let mut usage = Usage::default();
    let mut told = false;
    cursor.object(|cursor, key| {
        match &*key {
            "input_tokens" => {
                usage.prompt = answer::count(cursor)?.inspect(|_| told = true).unwrap_or_default();
            }
            "output_tokens" => usage.completion = answer::count(cursor)?.unwrap_or_default(),
            _ => drop(cursor.value()?),
        }
        Ok::<(), Fault>(())
    })?;
    usage.total = usage.prompt.saturating_add(usage.completion);
    Ok(told.then_some(usage))
}
