//! What an answer cost: counts that add up from chunk to chunk, thoughts beside words.

use potluck_core::response::Usage;
use potluck_core::sealed::Extra;

use crate::wire::{self, Broken, Cursor, Kind};

/// Reads `usageMetadata`; `None` where it counts nothing.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Usage>, Broken> {
    let (mut prompt, mut tools, mut written, mut thought) = (None, None, None, None);
    let (mut total, mut cached) = (None, None);
    cursor.object(|cursor, key| {
        let slot = match &*key {
            "promptTokenCount" => &mut prompt,
            "toolUsePromptTokenCount" => &mut tools,
            "candidatesTokenCount" => &mut written,
            "thoughtsTokenCount" => &mut thought,
            "totalTokenCount" => &mut total,
            "cachedContentTokenCount" => &mut cached,
            _ => return cursor.value().map(drop),
        };
        if cursor.kind()? == Kind::Number {
            *slot = wire::whole(cursor.number()?);
        } else {
            cursor.value()?;
        }
        Ok::<(), Broken>(())
    })?;
    if prompt.or(written).or(thought).or(total).is_none() {
        return Ok(None);
    }
    let sum = |one: Option<u64>, other: Option<u64>| {
        one.unwrap_or_default().saturating_add(other.unwrap_or_default())
    };
    let (prompt, completion) = (sum(prompt, tools), sum(written, thought));
    Ok(Some(Usage {
        prompt,
        completion,
        total: total.unwrap_or_else(|| prompt.saturating_add(completion)),
        cached,
        reasoning: thought,
        extra: Extra::new(),
    }))
}
