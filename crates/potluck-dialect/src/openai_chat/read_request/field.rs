//! The fields at the top of a request that potluck reads, by name.

use enumset::EnumSetType;

/// A known field. Everything else is unknown and travels as it is.
#[derive(EnumSetType, Debug)]
pub(super) enum Field {
    Model,
    Models,
    Messages,
    Tools,
    ToolChoice,
    ParallelToolCalls,
    Functions,
    FunctionCall,
    ResponseFormat,
    Temperature,
    TopP,
    TopK,
    MinP,
    TopA,
    FrequencyPenalty,
    PresencePenalty,
    RepetitionPenalty,
    Seed,
    LogitBias,
    MaxTokens,
    MaxCompletionTokens,
    Reasoning,
    ReasoningEffort,
    IncludeReasoning,
    N,
    Stop,
    Logprobs,
    TopLogprobs,
    Stream,
    StreamOptions,
    User,
    Modalities,
    Provider,
    SessionId,
    /// One of those that speak to the router alone, see `router`.
    Router,
}

impl Field {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "model" => Self::Model,
            "models" => Self::Models,
            "messages" => Self::Messages,
            "tools" => Self::Tools,
            "tool_choice" => Self::ToolChoice,
            "parallel_tool_calls" => Self::ParallelToolCalls,
            "functions" => Self::Functions,
            "function_call" => Self::FunctionCall,
            "response_format" => Self::ResponseFormat,
            "temperature" => Self::Temperature,
            "top_p" => Self::TopP,
            "top_k" => Self::TopK,
            "min_p" => Self::MinP,
            "top_a" => Self::TopA,
            "frequency_penalty" => Self::FrequencyPenalty,
            "presence_penalty" => Self::PresencePenalty,
            "repetition_penalty" => Self::RepetitionPenalty,
            "seed" => Self::Seed,
            "logit_bias" => Self::LogitBias,
            "max_tokens" => Self::MaxTokens,
            "max_completion_tokens" => Self::MaxCompletionTokens,
            "reasoning" => Self::Reasoning,
            "reasoning_effort" => Self::ReasoningEffort,
            "include_reasoning" => Self::IncludeReasoning,
            "n" => Self::N,
            "stop" => Self::Stop,
            "logprobs" => Self::Logprobs,
            "top_logprobs" => Self::TopLogprobs,
            "stream" => Self::Stream,
            "stream_options" => Self::StreamOptions,
            "user" => Self::User,
            "modalities" => Self::Modalities,
            "provider" => Self::Provider,
            "session_id" => Self::SessionId,
            "route" | "transforms" | "plugins" | "usage" | "preset" | "debug" | "trace"
            | "web_search_options" => Self::Router,
            _ => return None,
        })
    }
}
