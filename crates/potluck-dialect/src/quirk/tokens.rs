//! The limit of tokens: under which name, and whether there must be one.

use potluck_core::request::MaxOutput;

use super::Rule;
use crate::estimate;

pub(super) const MAX_TOKENS_ONLY: Rule = Rule::fields(|draft| {
    draft.request.max_output =
        draft.request.max_output.map(|limit| MaxOutput::Tokens(limit.tokens()));
});

pub(super) const MAX_COMPLETION_TOKENS_ONLY: Rule = Rule::fields(|draft| {
    draft.request.max_output =
        draft.request.max_output.map(|limit| MaxOutput::CompletionTokens(limit.tokens()));
});

/// The least that is asked for where the estimate says that nothing fits: the estimate is on the high side.
const LEAST: u32 = 256;

pub(super) const ALWAYS_MAX_TOKENS: Rule = Rule::fields(|draft| {
    if draft.request.max_output.is_some() {
        return;
    }
    let fits = draft.target.context.saturating_sub(estimate::prompt_tokens(draft.asked)).max(LEAST);
    let most = draft.target.max_output.unwrap_or(fits).min(fits);
    draft.request.max_output = Some(MaxOutput::Tokens(most));
});
