//! One simulated model: what it can do and how fast it does it.
//!
//! Plain data. The provider refuses what a model lacks, as real ones do: an image for a model
//! without vision or tools for one without tools is a 400.

use std::time::Duration;

/// A model of a simulated provider and its personality.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The id that requests name.
    pub id: String,
    /// The family in the provider file; models of one family share their weights.
    pub family: String,
    /// The context window in tokens; a longer prompt is refused.
    pub context: u64,
    /// The most tokens of one answer.
    pub max_output: u64,
    /// What it can do beyond text.
    pub features: Vec<Feature>,
    /// Accepts images.
    pub vision: bool,
    /// Quality for the provider file, from 0 to 1.
    pub quality: f64,
    /// Time to the first byte of an answer.
    pub first_byte: Duration,
    /// Up to this much is added to [`Model::first_byte`], differently for each request.
    pub spread: Duration,
    /// Pause between two pieces of a streamed answer.
    pub pace: Duration,
    /// Into how many pieces the text of a streamed answer is cut.
    pub chunks: usize,
    /// How many words a text answer has, roughly.
    pub words: usize,
    /// How it shows its reasoning, when it reasons.
    pub reasoning: Option<Reasoning>,
    /// What it does with what it is sent.
    pub trade: Trade,
}

/// What a model does with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trade {
    /// Answers conversations.
    Talks,
    /// Makes vectors of texts.
    Embeds {
        /// How many numbers a vector has, unless the request says.
        dimensions: u32,
        /// The most texts that it takes at once.
        at_once: u32,
    },
    /// Puts texts in order.
    Ranks,
}

/// What a model can do beyond answering text with text; the words of the provider file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Calls tools, one at a time.
    Tools,
    /// Calls several tools in one answer.
    ParallelTools,
    /// `response_format: json_object`.
    JsonObject,
    /// `response_format: json_schema`.
    JsonSchema,
    /// More than one choice (`n`).
    Many,
    /// `logprobs` and `top_logprobs`.
    Logprobs,
}

/// Where a reasoning model puts what it thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reasoning {
    /// The field `reasoning_content`, as most open servers do.
    ReasoningContent,
    /// The field `reasoning`, as OpenRouter, Groq and Cerebras.
    Reasoning,
    /// `<think>…</think>` at the start of the content.
    ThinkTags,
}

// === impl Model ===

impl Model {
    /// A quick, plain text model: context 8192, 1024 tokens of output, no latency, 8 chunks.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            family: id.rsplit('/').next().unwrap_or(id).to_owned(),
            context: 8_192,
            max_output: 1_024,
            features: Vec::new(),
            vision: false,
            quality: 0.5,
            first_byte: Duration::ZERO,
            spread: Duration::ZERO,
            pace: Duration::ZERO,
            chunks: 8,
            words: 40,
            reasoning: None,
            trade: Trade::Talks,
        }
    }

    /// A quick model that makes vectors of so many numbers, of so many texts at once.
    #[must_use]
    pub fn embedder(id: &str, dimensions: u32, at_once: u32) -> Self {
        Self { trade: Trade::Embeds { dimensions, at_once }, ..Self::new(id) }
    }

    /// A quick model that puts texts in order.
    #[must_use]
    pub fn ranker(id: &str) -> Self {
        Self { trade: Trade::Ranks, ..Self::new(id) }
    }

    /// A quick model with every [`Feature`] and a context of 131072 tokens.
    #[must_use]
    pub fn capable(id: &str) -> Self {
        let features = Feature::ALL.to_vec();
        Self { features, context: 131_072, max_output: 8_192, ..Self::new(id) }
    }

    /// Whether it can do this.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Adds a feature.
    #[must_use]
    pub fn with(mut self, feature: Feature) -> Self {
        if !self.has(feature) {
            self.features.push(feature);
        }
        self
    }

    /// Names the family.
    #[must_use]
    pub fn family(mut self, family: &str) -> Self {
        family.clone_into(&mut self.family);
        self
    }

    /// Sets the context window and the most output, in tokens.
    #[must_use]
    pub fn window(mut self, context: u64, max_output: u64) -> Self {
        self.context = context;
        self.max_output = max_output;
        self
    }

    /// Accepts images.
    #[must_use]
    pub fn sees(mut self) -> Self {
        self.vision = true;
        self
    }

    /// Sets the quality of the provider file, from 0 to 1.
    #[must_use]
    pub fn quality(mut self, quality: f64) -> Self {
        self.quality = quality;
        self
    }

    /// Sets the time to the first byte and how much may be added to it.
    #[must_use]
    pub fn first_byte(mut self, at_least: Duration, spread: Duration) -> Self {
        self.first_byte = at_least;
        self.spread = spread;
        self
    }

    /// Cuts a streamed text into `chunks` pieces with a pause between two of them.
    #[must_use]
    pub fn pace(mut self, chunks: usize, pause: Duration) -> Self {
        self.chunks = chunks.max(1);
        self.pace = pause;
        self
    }

    /// Sets the rough number of words of a text answer.
    #[must_use]
    pub fn words(mut self, words: usize) -> Self {
        self.words = words;
        self
    }

    /// Reasons before it answers.
    #[must_use]
    pub fn reasons(mut self, reasoning: Reasoning) -> Self {
        self.reasoning = Some(reasoning);
        self
    }
}

// === impl Feature ===

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 6] = [
        Self::Tools,
        Self::ParallelTools,
        Self::JsonObject,
        Self::JsonSchema,
        Self::Many,
        Self::Logprobs,
    ];

    /// The word in a provider file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::ParallelTools => "parallel_tools",
            Self::JsonObject => "json_object",
            Self::JsonSchema => "json_schema",
            Self::Many => "n",
            Self::Logprobs => "logprobs",
        }
    }
}
