//! What an answer cost: tokens under Ollama's names, and how long each part took, in nanoseconds.

use potluck_core::Sealed;
use potluck_core::response::Usage;

use crate::wire::{self, Broken, Cursor, Kind};

/// Tokens read. Left out by the server where it is zero, as after a prompt that was all in its cache.
const PROMPT: &str = "prompt_eval_count";
/// Tokens written, thinking included.
const WRITTEN: &str = "eval_count";

/// From the request to the end.
pub(super) const TOTAL_TIME: &str = "total_duration";
/// Loading the model.
pub(super) const LOAD_TIME: &str = "load_duration";
/// Reading the prompt.
pub(super) const PROMPT_TIME: &str = "prompt_eval_duration";
/// Writing the answer.
pub(super) const WRITE_TIME: &str = "eval_duration";

/// In the order in which the server writes them.
pub(super) const TIMES: [&str; 4] = [TOTAL_TIME, LOAD_TIME, PROMPT_TIME, WRITE_TIME];

/// The numbers of a last line as they are read.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    prompt: Option<u64>,
    written: Option<u64>,
    times: [Option<u64>; 4],
}

impl Statistics {
    /// Takes a field if it is one of these; else the cursor stays where it is.
    pub(super) fn take(&mut self, key: &str, cursor: &mut Cursor<'_>) -> Result<bool, Broken> {
        let slot = match key {
            PROMPT => &mut self.prompt,
            WRITTEN => &mut self.written,
            _ => match TIMES.iter().position(|name| *name == key) {
                Some(at) => &mut self.times[at],
                None => return Ok(false),
            },
        };
        if cursor.kind()? == Kind::Number {
            *slot = wire::whole(cursor.number()?);
        } else {
            cursor.value()?;
        }
        Ok(true)
    }

    /// The usage, where any token was counted. The times travel beside it under their own names.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.prompt.or(self.written)?;
        let (prompt, completion) =
            (self.prompt.unwrap_or_default(), self.written.unwrap_or_default());
        let times = TIMES.iter().zip(self.times);
        let extra = times
            .filter_map(|(name, time)| Some(((*name).into(), Sealed::from_json(time?.to_string()))))
            .collect();
        let total = prompt.saturating_add(completion);
        Some(Usage { prompt, completion, total, extra, ..Usage::default() })
    }
}
