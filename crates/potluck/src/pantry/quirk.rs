//! The names of quirks, as the files write them.
//!
//! What a quirk does is in the dialects' crate; here it is only a word that must be known.

use std::fmt;

use super::word::Word;

/// A quirk's name, known to be on the closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuirkWord(&'static str);

/// The closed list.
const QUIRKS: [&str; 46] = [
    "developer_to_system",
    "max_tokens_only",
    "max_completion_tokens_only",
    "always_max_tokens",
    "random_seed",
    "no_seed",
    "no_stop",
    "no_penalties",
    "no_logit_bias",
    "no_logprobs",
    "no_top_k",
    "no_min_p",
    "no_sampling",
    "no_n",
    "no_stream_options",
    "no_parallel_tool_calls",
    "parallel_tool_calls_false",
    "no_reasoning_effort",
    "reasoning_object",
    "thinking_type",
    "enable_thinking",
    "chat_template_thinking",
    "no_user",
    "no_store_metadata",
    "known_fields_only",
    "no_message_name",
    "no_tool_choice",
    "tool_choice_auto_only",
    "tool_choice_any",
    "plain_tool_schema",
    "no_tool_strict",
    "no_response_format",
    "json_object_only",
    "json_schema_only",
    "text_parts_joined",
    "null_content_empty",
    "short_tool_ids",
    "temperature_to_one",
    "temperature_above_zero",
    "images_inline_only",
    "echo_reasoning",
    "google_thought_signature",
    "think_tags",
    "content_as_object",
    "error_array",
    "models_prefix",
];

impl QuirkWord {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for QuirkWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Word for QuirkWord {
    const WHAT: &'static str = "quirk";

    fn all() -> Vec<(&'static str, Self)> {
        QUIRKS.map(|word| (word, Self(word))).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_quirk_is_listed_once_and_documented() {
        let documentation = include_str!("../../../../docs/providers.md");
        assert_eq!(QUIRKS.iter().collect::<BTreeSet<_>>().len(), QUIRKS.len());
        for quirk in QUIRKS {
            assert!(
                documentation.contains(&format!("`{quirk}`")),
                "docs/providers.md lacks {quirk}"
            );
        }
    }
}
