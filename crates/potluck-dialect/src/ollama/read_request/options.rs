//! `options`, read. What has no place in the shapes in the middle is noted by name.

use potluck_core::request::{ChatRequest, MaxOutput, Stop};

use crate::wire::{Cursor, Kind};
use crate::wrong::{self, Wrong};

/// Reads `options`.
pub(super) fn read(cursor: &mut Cursor<'_>, request: &mut ChatRequest) -> Result<(), Wrong> {
    let found = cursor.kind()?;
    if found != Kind::Object {
        return Err(Wrong::kind("an object", found));
    }
    cursor.object(|cursor, key| {
        if cursor.kind()? == Kind::Null {
            return Ok(cursor.null()?);
        }
        read_option(cursor, &key, request).map_err(|wrong| wrong.inside(&key))
    })
}

fn read_option(cursor: &mut Cursor<'_>, key: &str, request: &mut ChatRequest) -> Result<(), Wrong> {
    let dials = &mut request.sampling;
    match key {
        // Below 1: until the model ends, or the context is full.
        "num_predict" => {
            let limit = wrong::whole(cursor, i64::MIN, i64::from(u32::MAX))?;
            let limit = u32::try_from(limit).ok().filter(|limit| *limit > 0);
            request.max_output = limit.map(MaxOutput::Tokens);
        }
        // Every prompt that is sent fits whole, however little was asked for.
        "num_ctx" => drop(wrong::whole(cursor, 0, i64::MAX)?),
        "temperature" => dials.temperature = Some(wrong::number(cursor)?),
        "top_k" => dials.top_k = Some(wrong::number(cursor)?),
        "top_p" => dials.top_p = Some(wrong::number(cursor)?),
        "min_p" => dials.min_p = Some(wrong::number(cursor)?),
        "repeat_penalty" => dials.repetition_penalty = Some(wrong::number(cursor)?),
        "presence_penalty" => dials.presence_penalty = Some(wrong::number(cursor)?),
        "frequency_penalty" => dials.frequency_penalty = Some(wrong::number(cursor)?),
        "seed" => dials.seed = Some(wrong::whole(cursor, i64::MIN, i64::MAX)?),
        "stop" => {
            let texts = wrong::texts(cursor)?;
            request.stop = (!texts.is_empty()).then_some(Stop::Many(texts));
        }
        _ => {
            cursor.value()?;
            request.dropped.push(format!("options.{key}"));
        }
    }
    Ok(())
}
