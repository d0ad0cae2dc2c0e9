//! The fields at the top of a request that potluck reads, by name.

use enumset::EnumSetType;

/// A known field. Every other is left out and named.
#[derive(EnumSetType, Debug)]
pub(super) enum Field {
    Model,
    Models,
    Input,
    Instructions,
    Tools,
    ToolChoice,
    ParallelToolCalls,
    Text,
    Reasoning,
    Include,
    MaxOutputTokens,
    MaxToolCalls,
    TopLogprobs,
    Temperature,
    TopP,
    TopK,
    FrequencyPenalty,
    PresencePenalty,
    Seed,
    Stream,
    User,
    Metadata,
    SafetyIdentifier,
    PromptCacheKey,
    Truncation,
    ServiceTier,
    PreviousResponseId,
    Conversation,
    Prompt,
    Background,
    Store,
    StreamOptions,
    ClientMetadata,
    Provider,
    SessionId,
}

impl Field {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "model" => Self::Model,
            "models" => Self::Models,
            "input" => Self::Input,
            "instructions" => Self::Instructions,
            "tools" => Self::Tools,
            "tool_choice" => Self::ToolChoice,
            "parallel_tool_calls" => Self::ParallelToolCalls,
            "text" => Self::Text,
            "reasoning" => Self::Reasoning,
            "include" => Self::Include,
            "max_output_tokens" => Self::MaxOutputTokens,
            "max_tool_calls" => Self::MaxToolCalls,
            "top_logprobs" => Self::TopLogprobs,
            "temperature" => Self::Temperature,
            "top_p" => Self::TopP,
            "top_k" => Self::TopK,
            "frequency_penalty" => Self::FrequencyPenalty,
            "presence_penalty" => Self::PresencePenalty,
            "seed" => Self::Seed,
            "stream" => Self::Stream,
            "user" => Self::User,
            "metadata" => Self::Metadata,
            "safety_identifier" => Self::SafetyIdentifier,
            "prompt_cache_key" => Self::PromptCacheKey,
            "truncation" => Self::Truncation,
            "service_tier" => Self::ServiceTier,
            "previous_response_id" => Self::PreviousResponseId,
            "conversation" => Self::Conversation,
            "prompt" => Self::Prompt,
            "background" => Self::Background,
            "store" => Self::Store,
            "stream_options" => Self::StreamOptions,
            "client_metadata" => Self::ClientMetadata,
            "provider" => Self::Provider,
            "session_id" => Self::SessionId,
            _ => return None,
        })
    }

    /// Whether the answer repeats it as it came.
    pub(super) const fn is_repeated(self) -> bool {
        matches!(
            self,
            Self::Instructions
                | Self::MaxOutputTokens
                | Self::MaxToolCalls
                | Self::Metadata
                | Self::ParallelToolCalls
                | Self::PromptCacheKey
                | Self::Reasoning
                | Self::SafetyIdentifier
                | Self::Temperature
                | Self::Text
                | Self::TopLogprobs
                | Self::TopP
                | Self::User
        )
    }
}
