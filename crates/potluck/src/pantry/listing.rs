//! A provider's live list of models: where it is, how it is read, and which of the listed are free.
//!
//! This room reads a list that somebody else fetched. A list never makes a model free by its price
//! alone, and a list that is suspiciously short is refused rather than believed.

use potluck_core::capability::{Feature, Features, Modalities, Modality};
use serde_json::Value;

use super::rules::{Pointer, Rule};
use super::word::words;

words! {
    /// How a list shows what is free.
    Free = "rule of what is free" {
        /// It does not: only ids in the file are.
        AllowList = "allow_list",
        /// Everything listed is.
        All = "all",
        /// What passes every rule is.
        Rules = "rules",
    }
}

/// Where a provider lists its models, and how to read that.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// After the base URL when it begins with a slash, else a whole address; may hold `{account_id}`.
    pub path: String,
    /// Whether the key is sent.
    pub auth: bool,
    /// The array of models.
    pub items: Pointer,
    /// The id in an item.
    pub id: Pointer,
    /// What is taken off the beginning of an id.
    pub strip_prefix: Option<String>,
    /// Tokens of prompt and answer, in an item.
    pub context: Option<Pointer>,
    /// Tokens of an answer, in an item.
    pub max_output: Option<Pointer>,
    /// The list of input modalities, in an item.
    pub inputs: Option<Pointer>,
    /// The list of supported parameters, in an item.
    pub features: Option<Pointer>,
    /// How it shows what is free.
    pub free: Free,
    /// Every one must hold, with [`Free::Rules`].
    pub rules: Vec<Rule>,
    /// Ids that are free although the rules do not show it.
    pub also: Vec<String>,
    /// Fewer free models than this is taken for a broken list.
    pub least: usize,
}

/// One free model, as listed. What the list does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What the provider calls it.
    pub id: String,
    /// Tokens of prompt and answer.
    pub context: Option<u32>,
    /// Tokens of an answer.
    pub max_output: Option<u32>,
    /// What may go in.
    pub input: Option<Modalities>,
    /// What it can do.
    pub features: Option<Features>,
}

/// Why a list is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// There is no array where it should be.
    #[error("the answer has no list of models at \"{pointer}\"; the list of before is kept")]
    NoItems {
        /// Where it was looked for.
        pointer: String,
    },
    /// There are too few free models in it.
    #[error(
        "the answer lists {found} free models where {least} or more are expected; the list of before is kept"
    )]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there should be.
        least: usize,
    },
}

/// Parts of names that mark models of another trade than chat: never taken over from a list.
const OTHER_TRADES: [&str; 14] = [
    "guard",
    "moderat",
    "classif",
    "embed",
    "rerank",
    "reward",
    "whisper",
    "tts",
    "speech",
    "bge-",
    "-ocr",
    "diffusion-xl",
    "flux",
    "translate",
];

impl Listing {
    /// The free models in a list. `in_file` says which ids the provider's file has.
    ///
    /// # Errors
    /// When there is no list in the body, or fewer free models than [`Listing::least`].
    pub fn read(
        &self,
        body: &Value,
        in_file: impl Fn(&str) -> bool,
    ) -> Result<Vec<Listed>, ListingError> {
        let items = self.items(body)?;
        let mut free = Vec::with_capacity(items.len());
        for item in items {
            let Some(id) = self.id_of(item) else { continue };
            if self.is_free(id, item, in_file(id)) {
                free.push(self.listed(id, item));
            }
        }
        if free.len() < self.least {
            return Err(ListingError::TooFew { found: free.len(), least: self.least });
        }
        Ok(free)
    }

    fn items<'v>(&self, body: &'v Value) -> Result<&'v Vec<Value>, ListingError> {
        let pointed = self.items.of(body).and_then(Value::as_array);
        // Some hosts answer with the bare array where others wrap it.
        pointed
            .or_else(|| body.as_array())
            .ok_or_else(|| ListingError::NoItems { pointer: self.items.as_str().to_owned() })
    }

    fn id_of<'v>(&self, item: &'v Value) -> Option<&'v str> {
        let id = self.id.of(item)?.as_str()?;
        let prefix = self.strip_prefix.as_deref().unwrap_or_default();
        Some(id.strip_prefix(prefix).unwrap_or(id)).filter(|id| !id.is_empty())
    }

    fn is_free(&self, id: &str, item: &Value, in_file: bool) -> bool {
        if self.also.iter().any(|also| also == id) {
            return true;
        }
        match self.free {
            Free::AllowList => in_file,
            Free::All => in_file || is_for_chat(id),
            Free::Rules => {
                (in_file || is_for_chat(id)) && self.rules.iter().all(|rule| rule.holds(id, item))
            }
        }
    }

    fn listed(&self, id: &str, item: &Value) -> Listed {
        Listed {
            id: id.to_owned(),
            context: tokens(self.context.as_ref(), item),
            max_output: tokens(self.max_output.as_ref(), item),
            input: words_at(self.inputs.as_ref(), item).map(|words| modalities(&words)),
            features: words_at(self.features.as_ref(), item).map(|words| features(&words)),
        }
    }
}

/// Whether an id that no file names sounds like a model for chat.
fn is_for_chat(id: &str) -> bool {
    let low = id.to_lowercase();
    !OTHER_TRADES.iter().any(|trade| low.contains(trade))
}

fn tokens(pointer: Option<&Pointer>, item: &Value) -> Option<u32> {
    let value = pointer?.of(item)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u32::try_from(number).ok().filter(|tokens| *tokens > 0)
}

fn words_at<'v>(pointer: Option<&Pointer>, item: &'v Value) -> Option<Vec<&'v str>> {
    let words = pointer?.of(item)?.as_array()?;
    Some(words.iter().filter_map(Value::as_str).collect())
}

fn modalities(words: &[&str]) -> Modalities {
    let modality = |word: &&str| match *word {
        "document" | "pdf" => Some(Modality::File),
        other => Modality::from_word(other),
    };
    words.iter().filter_map(modality).collect()
}

fn features(words: &[&str]) -> Features {
    let feature = |word: &&str| match *word {
        "tools" => Some(Feature::Tools),
        "tool_choice" => Some(Feature::ForcedTool),
        "parallel_tool_calls" => Some(Feature::ParallelTools),
        "response_format" => Some(Feature::JsonObject),
        "structured_outputs" => Some(Feature::JsonSchema),
        "reasoning" | "include_reasoning" | "reasoning_effort" => Some(Feature::Reasoning),
        "logprobs" => Some(Feature::Logprobs),
        "n" => Some(Feature::Choices),
        _ => None,
    };
    words.iter().filter_map(feature).collect()
}

#[cfg(test)]
mod tests;
