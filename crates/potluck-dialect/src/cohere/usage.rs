//! What an answer cost.
//!
//! Cohere counts twice: `billed_units`, without the instructions that it puts before every prompt, and `tokens`,
//! which the model did read and write. The latter fill a context and are what clients and other providers mean,
//! so they count here; the bill travels beside them. Pictures are counted apart from words, thoughts among
//! what was written.

use potluck_core::Sealed;
use potluck_core::response::Usage;

use crate::answer::count;
use crate::wire::{Broken, Cursor, Kind};

/// One of the two counts.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    input: Option<u64>,
    images: Option<u64>,
    output: Option<u64>,
    thoughts: Option<u64>,
}

/// Reads `usage`; `None` where it counts nothing.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Broken> {
    let (mut tokens, mut billed, mut cached, mut bill) = (None, None, None, None);
    cursor.object(|cursor, key| {
        match (&*key, cursor.kind()?) {
            ("tokens", Kind::Object) => tokens = read_counts(cursor)?,
            ("billed_units", Kind::Object) => {
                let mut whole = cursor.clone();
                billed = read_counts(cursor)?;
                bill = Some(Sealed::from_json(whole.value()?));
            }
            ("cached_tokens", Kind::Number) => cached = count(cursor)?,
            _ => drop(cursor.value()?),
        }
        Ok::<(), Broken>(())
    })?;
    let Some(counted) = tokens.or(billed) else { return Ok(None) };
    let prompt =
        counted.input.unwrap_or_default().saturating_add(counted.images.unwrap_or_default());
    let completion = counted.output.unwrap_or_default();
    Ok(Some(Usage {
        prompt,
        completion,
        total: prompt.saturating_add(completion),
        cached,
        reasoning: counted.thoughts,
        extra: bill.map(|bill| ("billed_units".into(), bill)).into_iter().collect(),
    }))
}

fn read_counts(cursor: &mut Cursor<'_>) -> Result<Option<Counts>, Broken> {
    let mut counts = Counts::default();
    cursor.object(|cursor, key| {
        let slot = match &*key {
            "input_tokens" => &mut counts.input,
            "image_tokens" => &mut counts.images,
            "output_tokens" => &mut counts.output,
            "reasoning_tokens" => &mut counts.thoughts,
            _ => return cursor.value().map(drop),
        };
        *slot = count(cursor)?;
        Ok::<(), Broken>(())
    })?;
    Ok(counts.input.or(counts.output).map(|_| counts))
}
