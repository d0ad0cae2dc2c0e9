//! What an answer cost, read from anybody and written as clients demand: three whole numbers, and details
//! that are complete or absent.

use potluck_core::Sealed;
use potluck_core::response::Usage;
use potluck_core::sealed::Extra;

use super::saying::whole_if;
use crate::wire::{self, Broken, Cursor, Kind, Object};

/// Marks numbers that potluck guessed because the provider gave none.
pub(crate) const ESTIMATED: &str = "estimated";

#[derive(Default)]
struct Draft {
    prompt: Option<u64>,
    completion: Option<u64>,
    total: Option<u64>,
    cached: Option<u64>,
    reasoning: Option<u64>,
    extra: Extra,
}

/// Reads `usage`; `None` where it counts nothing.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Broken> {
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(None);
    }
    let mut draft = Draft::default();
    cursor.object(|cursor, key| draft.take(&key, cursor))?;
    Ok(draft.finish())
}

/// Writes the value of `usage`.
pub(crate) fn write(out: &mut Vec<u8>, usage: &Usage) {
    wire::object(out, |fields| {
        fields.integer("prompt_tokens", usage.prompt);
        fields.integer("completion_tokens", usage.completion);
        fields.integer("total_tokens", usage.total);
        write_details(fields, PROMPT, CACHED, usage.cached, &usage.extra);
        write_details(fields, COMPLETION, REASONING, usage.reasoning, &usage.extra);
        for (key, value) in &usage.extra {
            if &**key != PROMPT && &**key != COMPLETION {
                fields.sealed(key, value);
            }
        }
    });
}

/// The same usage, saying that it cost nothing, where the provider says nothing of a price.
pub(super) fn free(mut usage: Usage) -> Usage {
    if !usage.extra.iter().any(|(key, _)| &**key == COST) {
        usage.extra.push((COST.into(), Sealed::from_json("0")));
    }
    usage
}

const COST: &str = "cost";
const PROMPT: &str = "prompt_tokens_details";
const COMPLETION: &str = "completion_tokens_details";
const CACHED: &str = "cached_tokens";
const REASONING: &str = "reasoning_tokens";

impl Draft {
    fn take(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<(), Broken> {
        match (key, cursor.kind()?) {
            ("prompt_tokens" | "input_tokens", Kind::Number) => self.prompt = whole_if(cursor)?,
            ("completion_tokens" | "output_tokens", Kind::Number) => {
                self.completion = whole_if(cursor)?;
            }
            ("total_tokens", Kind::Number) => self.total = whole_if(cursor)?,
            (PROMPT, Kind::Object) => {
                let (cached, others) = read_details(cursor, CACHED)?;
                self.cached = cached.or(self.cached);
                self.extra.extend(others.map(|others| (PROMPT.into(), others)));
            }
            (COMPLETION, Kind::Object) => {
                let (reasoning, others) = read_details(cursor, REASONING)?;
                self.reasoning = reasoning.or(self.reasoning);
                self.extra.extend(others.map(|others| (COMPLETION.into(), others)));
            }
            (_, Kind::Null) | (PROMPT | COMPLETION, _) => drop(cursor.value()?),
            _ => {
                let mut inner = cursor.clone();
                let value = cursor.value()?;
                // The same counts, spelled flat: DeepSeek, Moonshot, Perplexity.
                match key {
                    "prompt_cache_hit_tokens" | "cached_tokens" => {
                        self.cached = self.cached.or(whole_if(&mut inner)?);
                    }
                    "reasoning_tokens" => self.reasoning = self.reasoning.or(whole_if(&mut inner)?),
                    _ => {}
                }
                self.extra.push((key.into(), Sealed::from_json(value)));
            }
        }
        Ok(())
    }

    fn finish(self) -> Option<Usage> {
        let Self { prompt, completion, total, cached, reasoning, extra } = self;
        prompt.or(completion).or(total)?;
        let (prompt, completion) = (prompt.unwrap_or_default(), completion.unwrap_or_default());
        let total = total.unwrap_or_else(|| prompt.saturating_add(completion));
        Some(Usage { prompt, completion, total, cached, reasoning, extra })
    }
}

/// The count of a details object, and its other fields as an object of their own. Clients refuse details
/// without the count, so where there are details it is a number.
fn read_details(
    cursor: &mut Cursor<'_>,
    counted: &str,
) -> Result<(Option<u64>, Option<Sealed>), Broken> {
    let (mut count, mut others) = (None, Extra::new());
    cursor.object(|cursor, key| {
        match cursor.kind()? {
            Kind::Null => cursor.null()?,
            Kind::Number if key == counted => count = whole_if(cursor)?,
            _ if key == counted => drop(cursor.value()?),
            _ => others.push((key.into(), Sealed::from_json(cursor.value()?))),
        }
        Ok::<(), Broken>(())
    })?;
    if others.is_empty() {
        return Ok((count, None));
    }
    let mut json = Vec::new();
    wire::object(&mut json, |fields| fields.extra(&others));
    Ok((count.or(Some(0)), Some(Sealed::from_json(wire::unlossy(&json)))))
}

fn write_details(
    fields: &mut Object<'_>,
    name: &str,
    counted: &str,
    count: Option<u64>,
    extra: &Extra,
) {
    let others = extra.iter().find(|(key, _)| &**key == name).map(|(_, others)| others);
    if count.is_none() && others.is_none() {
        return;
    }
    fields.object(name, |details| {
        details.integer(counted, count.unwrap_or_default());
        if let Some(others) = others {
            let _ = Cursor::lenient(others.as_json()).object(|cursor, key| {
                details.json(&key, cursor.value()?);
                Ok::<(), Broken>(())
            });
        }
    });
}
