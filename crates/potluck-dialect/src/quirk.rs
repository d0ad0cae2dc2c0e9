//! The closed list of ways in which providers deviate from their dialect.
//!
//! A quirk is a word in a provider's file. Each is one function: over the request, over the answer, or
//! over what the offer is said to be able to do. What a quirk leaves out of a request is named.

mod fields;
mod format;
mod messages;
mod reasoning;
mod response;
mod rule;
mod sampling;
mod schema;
mod tokens;
mod tools;

#[cfg(test)]
mod tests;

use enumset::{EnumSet, EnumSetType};
use potluck_core::capability::{Feature, Features, Parameter, Parameters};

pub use response::strip_models_prefix;
pub(crate) use rule::{Draft, Part, Rule, own_name};

/// A set of quirks.
pub type Quirks = EnumSet<Quirk>;

/// A named deviation. They are applied in the order in which they stand here.
#[derive(EnumSetType, Debug, PartialOrd, Ord, Hash)]
pub enum Quirk {
    /// Fields that the dialect does not know are left out: top level, messages, parts, tools.
    KnownFieldsOnly,
    /// The role developer is written as system.
    DeveloperToSystem,
    /// A limit of tokens is always sent: the model's most, or what fits.
    AlwaysMaxTokens,
    /// `max_completion_tokens` is written as `max_tokens`.
    MaxTokensOnly,
    /// `max_tokens` is written as `max_completion_tokens`.
    MaxCompletionTokensOnly,
    /// `seed` is written as `random_seed`.
    RandomSeed,
    /// `seed` is left out.
    NoSeed,
    /// `stop` is left out.
    NoStop,
    /// `frequency_penalty` and `presence_penalty` are left out.
    NoPenalties,
    /// `logit_bias` is left out.
    NoLogitBias,
    /// `logprobs` and `top_logprobs` are left out; asked for, they exclude the offer.
    NoLogprobs,
    /// `top_k` is left out.
    NoTopK,
    /// `min_p` is left out.
    NoMinP,
    /// `temperature`, `top_p`, `top_k`, `min_p` and `top_a` are left out.
    NoSampling,
    /// `n` is left out; more than one excludes the offer.
    NoN,
    /// `stream_options` is refused and not sent.
    NoStreamOptions,
    /// `parallel_tool_calls` is left out.
    NoParallelToolCalls,
    /// With tools, `parallel_tool_calls: false` is sent.
    ParallelToolCallsFalse,
    /// How much to think is left out.
    NoReasoningEffort,
    /// How much to think is written as OpenRouter's `reasoning` object.
    ReasoningObject,
    /// How much to think is written as `thinking: {type: enabled | disabled}`.
    ThinkingType,
    /// How much to think is written as `enable_thinking: true | false`.
    EnableThinking,
    /// How much to think is written as `chat_template_kwargs: {thinking, enable_thinking}`.
    ChatTemplateThinking,
    /// `user` is left out.
    NoUser,
    /// `store`, `metadata`, `service_tier`, `prediction`, `prompt_cache_key`, `safety_identifier` and
    /// `verbosity` are left out.
    NoStoreMetadata,
    /// `messages[].name` is left out.
    NoMessageName,
    /// `tool_choice` is left out; a forced choice excludes the offer.
    NoToolChoice,
    /// A forced choice of tool excludes the offer.
    ToolChoiceAutoOnly,
    /// `tool_choice: "required"` is written as `"any"`.
    ToolChoiceAny,
    /// `$schema`, `additionalProperties` and `strict` are taken out of the tools' schemas.
    PlainToolSchema,
    /// `function.strict` is left out.
    NoToolStrict,
    /// `response_format` is left out; JSON demanded excludes the offer.
    NoResponseFormat,
    /// A JSON schema is put into the prompt.
    JsonObjectOnly,
    /// JSON demanded where tools are described excludes the offer.
    NoJsonWithTools,
    /// `json_object` is written as a `json_schema` of any object.
    JsonSchemaOnly,
    /// Arrays of only text parts are written as one string.
    TextPartsJoined,
    /// Content that is null or absent is written as an empty string.
    NullContentEmpty,
    /// Tool call ids are written as nine letters and digits.
    ShortToolIds,
    /// A temperature above 1 is written as 1.
    TemperatureToOne,
    /// A temperature of 0 is written as a tiny positive number.
    TemperatureAboveZero,
    /// Pictures at an address exclude the offer: it fetches none.
    ImagesInlineOnly,
    /// The thoughts of an assistant's turn that called tools are sent back as `reasoning_content`.
    EchoReasoning,
    /// The thought signatures of tool calls are sent back, with a stand-in where there is none.
    GoogleThoughtSignature,
    /// `<think>...</think>` at the start of the text is thoughts.
    ThinkTags,
    /// `message.content` may be a JSON object: its text is the text. Read so from everybody.
    ContentAsObject,
    /// Errors come as a JSON array of one. Read so from everybody.
    ErrorArray,
    /// Listed ids begin with `models/`.
    ModelsPrefix,
    /// For vectors, `dimensions` is written as `output_dimension`.
    OutputDimension,
    /// For vectors, `input_type` must be said: `query`, or `passage` where nothing was said.
    InputTypePassage,
    /// For vectors, `input_type` may be said: `query` or `document`.
    InputTypeDocument,
    /// For an order of texts, `top_n` is written as `top_k`.
    RerankTopK,
}

impl Quirk {
    /// All quirks, in their order.
    #[must_use]
    pub fn all() -> Quirks {
        Quirks::all()
    }

    /// The word in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KnownFieldsOnly => "known_fields_only",
            Self::DeveloperToSystem => "developer_to_system",
            Self::AlwaysMaxTokens => "always_max_tokens",
            Self::MaxTokensOnly => "max_tokens_only",
            Self::MaxCompletionTokensOnly => "max_completion_tokens_only",
            Self::RandomSeed => "random_seed",
            Self::NoSeed => "no_seed",
            Self::NoStop => "no_stop",
            Self::NoPenalties => "no_penalties",
            Self::NoLogitBias => "no_logit_bias",
            Self::NoLogprobs => "no_logprobs",
            Self::NoTopK => "no_top_k",
            Self::NoMinP => "no_min_p",
            Self::NoSampling => "no_sampling",
            Self::NoN => "no_n",
            Self::NoStreamOptions => "no_stream_options",
            Self::NoParallelToolCalls => "no_parallel_tool_calls",
            Self::ParallelToolCallsFalse => "parallel_tool_calls_false",
            Self::NoReasoningEffort => "no_reasoning_effort",
            Self::ReasoningObject => "reasoning_object",
            Self::ThinkingType => "thinking_type",
            Self::EnableThinking => "enable_thinking",
            Self::ChatTemplateThinking => "chat_template_thinking",
            Self::NoUser => "no_user",
            Self::NoStoreMetadata => "no_store_metadata",
            Self::NoMessageName => "no_message_name",
            Self::NoToolChoice => "no_tool_choice",
            Self::ToolChoiceAutoOnly => "tool_choice_auto_only",
            Self::ToolChoiceAny => "tool_choice_any",
            Self::PlainToolSchema => "plain_tool_schema",
            Self::NoToolStrict => "no_tool_strict",
            Self::NoResponseFormat => "no_response_format",
            Self::JsonObjectOnly => "json_object_only",
            Self::NoJsonWithTools => "no_json_with_tools",
            Self::JsonSchemaOnly => "json_schema_only",
            Self::TextPartsJoined => "text_parts_joined",
            Self::NullContentEmpty => "null_content_empty",
            Self::ShortToolIds => "short_tool_ids",
            Self::TemperatureToOne => "temperature_to_one",
            Self::TemperatureAboveZero => "temperature_above_zero",
            Self::ImagesInlineOnly => "images_inline_only",
            Self::EchoReasoning => "echo_reasoning",
            Self::GoogleThoughtSignature => "google_thought_signature",
            Self::ThinkTags => "think_tags",
            Self::ContentAsObject => "content_as_object",
            Self::ErrorArray => "error_array",
            Self::ModelsPrefix => "models_prefix",
            Self::OutputDimension => "output_dimension",
            Self::InputTypePassage => "input_type_passage",
            Self::InputTypeDocument => "input_type_document",
            Self::RerankTopK => "rerank_top_k",
        }
    }

    /// The quirk of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Quirks::all().iter().find(|quirk| quirk.word() == word)
    }

    /// What it does to a request; `None` for those that speak of answers or abilities, and for those that
    /// only tell the writer which of two forms to use.
    pub(crate) fn rule(self) -> Option<Rule> {
        Some(match self {
            Self::KnownFieldsOnly => fields::KNOWN_FIELDS_ONLY,
            Self::DeveloperToSystem => messages::DEVELOPER_TO_SYSTEM,
            Self::AlwaysMaxTokens => tokens::ALWAYS_MAX_TOKENS,
            Self::MaxTokensOnly => tokens::MAX_TOKENS_ONLY,
            Self::MaxCompletionTokensOnly => tokens::MAX_COMPLETION_TOKENS_ONLY,
            Self::RandomSeed => sampling::RANDOM_SEED,
            Self::NoSeed => sampling::NO_SEED,
            Self::NoStop => fields::NO_STOP,
            Self::NoPenalties => sampling::NO_PENALTIES,
            Self::NoLogitBias => sampling::NO_LOGIT_BIAS,
            Self::NoLogprobs => fields::NO_LOGPROBS,
            Self::NoTopK => sampling::NO_TOP_K,
            Self::NoMinP => sampling::NO_MIN_P,
            Self::NoSampling => sampling::NO_SAMPLING,
            Self::NoN => fields::NO_N,
            Self::NoParallelToolCalls => tools::NO_PARALLEL_TOOL_CALLS,
            Self::ParallelToolCallsFalse => tools::PARALLEL_TOOL_CALLS_FALSE,
            Self::NoReasoningEffort => reasoning::NO_REASONING_EFFORT,
            Self::ReasoningObject => reasoning::REASONING_OBJECT,
            Self::ThinkingType => reasoning::THINKING_TYPE,
            Self::EnableThinking => reasoning::ENABLE_THINKING,
            Self::ChatTemplateThinking => reasoning::CHAT_TEMPLATE_THINKING,
            Self::NoUser => fields::NO_USER,
            Self::NoStoreMetadata => fields::NO_STORE_METADATA,
            Self::NoMessageName => messages::NO_MESSAGE_NAME,
            Self::NoToolChoice => tools::NO_TOOL_CHOICE,
            Self::ToolChoiceAny => tools::TOOL_CHOICE_ANY,
            Self::PlainToolSchema => tools::PLAIN_TOOL_SCHEMA,
            Self::NoToolStrict => tools::NO_TOOL_STRICT,
            Self::NoResponseFormat => format::NO_RESPONSE_FORMAT,
            Self::JsonSchemaOnly => format::JSON_SCHEMA_ONLY,
            Self::TextPartsJoined => messages::TEXT_PARTS_JOINED,
            Self::NullContentEmpty => messages::NULL_CONTENT_EMPTY,
            Self::ShortToolIds => messages::SHORT_TOOL_IDS,
            Self::TemperatureToOne => sampling::TEMPERATURE_TO_ONE,
            Self::TemperatureAboveZero => sampling::TEMPERATURE_ABOVE_ZERO,
            Self::GoogleThoughtSignature => messages::GOOGLE_THOUGHT_SIGNATURE,
            Self::NoStreamOptions
            | Self::EchoReasoning
            | Self::ToolChoiceAutoOnly
            | Self::JsonObjectOnly
            | Self::NoJsonWithTools
            | Self::ImagesInlineOnly
            | Self::ThinkTags
            | Self::ContentAsObject
            | Self::ErrorArray
            | Self::ModelsPrefix
            | Self::OutputDimension
            | Self::InputTypePassage
            | Self::InputTypeDocument
            | Self::RerankTopK => return None,
        })
    }

    fn drops(self) -> Parameters {
        match self {
            Self::KnownFieldsOnly => {
                Parameter::TopK
                    | Parameter::MinP
                    | Parameter::TopA
                    | Parameter::RepetitionPenalty
                    | Parameter::Other
            }
            Self::NoSeed => Parameter::Seed.into(),
            Self::NoStop => Parameter::Stop.into(),
            Self::NoPenalties => Parameter::FrequencyPenalty | Parameter::PresencePenalty,
            Self::NoLogitBias => Parameter::LogitBias.into(),
            Self::NoTopK => Parameter::TopK.into(),
            Self::NoMinP => Parameter::MinP.into(),
            Self::NoSampling => {
                Parameter::Temperature
                    | Parameter::TopP
                    | Parameter::TopK
                    | Parameter::MinP
                    | Parameter::TopA
            }
            Self::NoParallelToolCalls | Self::ParallelToolCallsFalse => {
                Parameter::ParallelToolCalls.into()
            }
            Self::NoReasoningEffort => Parameter::ReasoningEffort.into(),
            Self::NoUser => Parameter::User.into(),
            Self::NoStoreMetadata => Parameter::Bookkeeping | Parameter::Verbosity,
            Self::NoMessageName => Parameter::MessageName.into(),
            Self::NoToolStrict | Self::PlainToolSchema => Parameter::ToolStrict.into(),
            _ => Parameters::empty(),
        }
    }

    fn lacks(self) -> Features {
        match self {
            Self::NoLogprobs => Feature::Logprobs.into(),
            Self::NoN => Feature::Choices.into(),
            Self::NoToolChoice | Self::ToolChoiceAutoOnly => Feature::ForcedTool.into(),
            Self::ParallelToolCallsFalse => Feature::ParallelTools.into(),
            Self::NoResponseFormat => Feature::JsonObject | Feature::JsonSchema,
            Self::JsonObjectOnly => Feature::JsonSchema.into(),
            Self::NoJsonWithTools => Feature::JsonWithTools.into(),
            Self::ImagesInlineOnly => Feature::RemoteImages.into(),
            _ => Features::empty(),
        }
    }
}

/// The parameters that an offer with these quirks leaves out of a request, and names.
#[must_use]
pub fn drops(quirks: Quirks) -> Parameters {
    quirks.iter().map(Quirk::drops).fold(Parameters::empty(), |all, some| all | some)
}

/// The features that an offer with these quirks does not have, whatever its file says.
#[must_use]
pub fn lacks(quirks: Quirks) -> Features {
    quirks.iter().map(Quirk::lacks).fold(Features::empty(), |all, some| all | some)
}
