//! What an offer can do, and what a request can need: the closed vocabularies.

use enumset::{EnumSet, EnumSetType};

/// A kind of content that goes into or comes out of a model.
#[derive(EnumSetType, Debug, PartialOrd, Ord, Hash)]
pub enum Modality {
    /// Words.
    Text,
    /// Pictures.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Documents, such as PDF.
    File,
    /// Vectors.
    Embedding,
    /// How well texts answer a question.
    Score,
}

/// Something that changes what an answer means: never dropped, always a requirement.
#[derive(EnumSetType, Debug, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Calls the tools that the request describes.
    Tools,
    /// Can be told which tool to call, or that it must call one.
    ForcedTool,
    /// May call several tools in one turn.
    ParallelTools,
    /// Answers with some JSON object when asked.
    JsonObject,
    /// Answers with JSON of a given schema.
    JsonSchema,
    /// Answers with JSON as demanded also where tools are described.
    JsonWithTools,
    /// Thinks before it answers, and shows it.
    Reasoning,
    /// Gives the log probabilities of its tokens.
    Logprobs,
    /// Gives several answers to one request (`n` above 1).
    Choices,
    /// Fetches pictures from http addresses itself.
    RemoteImages,
}

/// A parameter that tunes an answer without changing what it means: may be dropped, and is then named.
#[derive(EnumSetType, Debug, PartialOrd, Ord, Hash)]
pub enum Parameter {
    /// `temperature`
    Temperature,
    /// `top_p`
    TopP,
    /// `top_k`
    TopK,
    /// `min_p`
    MinP,
    /// `top_a`
    TopA,
    /// `frequency_penalty`
    FrequencyPenalty,
    /// `presence_penalty`
    PresencePenalty,
    /// `repetition_penalty`
    RepetitionPenalty,
    /// `seed`
    Seed,
    /// `stop`
    Stop,
    /// `logit_bias`
    LogitBias,
    /// `max_tokens` or `max_completion_tokens`
    MaxTokens,
    /// `parallel_tool_calls`
    ParallelToolCalls,
    /// `reasoning`, `reasoning_effort` and the like
    ReasoningEffort,
    /// `verbosity`
    Verbosity,
    /// `user`
    User,
    /// `store`, `metadata`, `service_tier`, `prediction`, `prompt_cache_key`, `safety_identifier`
    Bookkeeping,
    /// `messages[].name`
    MessageName,
    /// `tools[].function.strict`
    ToolStrict,
    /// `size` or `aspect_ratio` of a picture
    Size,
    /// `quality` of a picture
    Quality,
    /// `style` of a picture
    Style,
    /// `background` of a picture
    Background,
    /// `negative_prompt`
    Negative,
    /// `steps` or `num_inference_steps`
    Steps,
    /// `guidance`, `guidance_scale` or `cfg_scale`
    Guidance,
    /// Any other field that travels unread
    Other,
}

/// A set of modalities.
pub type Modalities = EnumSet<Modality>;
/// A set of features.
pub type Features = EnumSet<Feature>;
/// A set of parameters.
pub type Parameters = EnumSet<Parameter>;

impl Modality {
    /// The word used in provider files, JSON and the dashboard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::File => "file",
            Self::Embedding => "embedding",
            Self::Score => "score",
        }
    }

    /// The modality of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        EnumSet::<Self>::all().iter().find(|modality| modality.word() == word)
    }
}

impl Feature {
    /// The word used in provider files, JSON and the dashboard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::ForcedTool => "forced_tool",
            Self::ParallelTools => "parallel_tools",
            Self::JsonObject => "json_object",
            Self::JsonSchema => "json_schema",
            Self::JsonWithTools => "json_with_tools",
            Self::Reasoning => "reasoning",
            Self::Logprobs => "logprobs",
            Self::Choices => "n",
            Self::RemoteImages => "remote_images",
        }
    }

    /// The feature of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        EnumSet::<Self>::all().iter().find(|feature| feature.word() == word)
    }
}

impl Parameter {
    /// The word used in `x-potluck-dropped`, JSON and OpenRouter's `supported_parameters`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::TopK => "top_k",
            Self::MinP => "min_p",
            Self::TopA => "top_a",
            Self::FrequencyPenalty => "frequency_penalty",
            Self::PresencePenalty => "presence_penalty",
            Self::RepetitionPenalty => "repetition_penalty",
            Self::Seed => "seed",
            Self::Stop => "stop",
            Self::LogitBias => "logit_bias",
            Self::MaxTokens => "max_tokens",
            Self::ParallelToolCalls => "parallel_tool_calls",
            Self::ReasoningEffort => "reasoning_effort",
            Self::Verbosity => "verbosity",
            Self::User => "user",
            Self::Bookkeeping => "metadata",
            Self::MessageName => "messages.name",
            Self::ToolStrict => "tools.function.strict",
            Self::Size => "size",
            Self::Quality => "quality",
            Self::Style => "style",
            Self::Background => "background",
            Self::Negative => "negative_prompt",
            Self::Steps => "steps",
            Self::Guidance => "guidance",
            Self::Other => "other_fields",
        }
    }

    /// The parameter of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        EnumSet::<Self>::all().iter().find(|parameter| parameter.word() == word)
    }

    /// Those that only pictures have.
    #[must_use]
    pub fn of_pictures() -> Parameters {
        Self::Size
            | Self::Quality
            | Self::Style
            | Self::Background
            | Self::Negative
            | Self::Steps
            | Self::Guidance
    }
}
