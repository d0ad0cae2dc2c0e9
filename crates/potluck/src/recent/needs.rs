//! What a request needed, in words: as it is shown, written down and read again.

use enumset::{EnumSet, EnumSetType};
use potluck_core::capability::{Feature, Modality, Parameter};
use potluck_core::image::Wish;
use potluck_core::request::{Measure, Sort};
use potluck_core::requirements::{Bulk, Constraints, Picture, Priority, Requirements};
use serde::{Deserialize, Serialize};

/// What a request needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Needs {
    input: Vec<String>,
    output: Vec<String>,
    features: Vec<String>,
    parameters: Vec<String>,
    prompt_tokens: u32,
    max_output: Option<u32>,
    choices: u32,
    bulk: Option<Texts>,
    picture: Option<Painting>,
    constraints: Terms,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Texts {
    texts: u32,
    longest_tokens: u32,
    dimensions: Option<u32>,
    divisible: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Painting {
    characters: u32,
    /// Two edges, a shape, or `auto`.
    size: String,
    pixels: Option<u64>,
    steps: Option<u32>,
    sources: u32,
    masked: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Terms {
    only: Vec<String>,
    ignore: Vec<String>,
    order: Vec<String>,
    sort: Option<String>,
    sort_across_names: bool,
    no_fallbacks: bool,
    require_parameters: bool,
    no_training: bool,
    min_quality: Option<f32>,
    min_context: Option<u32>,
    batch: bool,
}

impl From<&Requirements> for Needs {
    fn from(requirements: &Requirements) -> Self {
        Self {
            input: words(requirements.input, Modality::word),
            output: words(requirements.output, Modality::word),
            features: words(requirements.features, Feature::word),
            parameters: words(requirements.parameters, Parameter::word),
            prompt_tokens: requirements.prompt_tokens,
            max_output: requirements.max_output,
            choices: requirements.choices,
            bulk: requirements.bulk.map(Texts::from),
            picture: requirements.picture.map(Painting::from),
            constraints: Terms::from(&requirements.constraints),
        }
    }
}

/// Words of another version of potluck stand for nothing.
impl From<Needs> for Requirements {
    fn from(needs: Needs) -> Self {
        Self {
            input: set(&needs.input, Modality::from_word),
            output: set(&needs.output, Modality::from_word),
            features: set(&needs.features, Feature::from_word),
            parameters: set(&needs.parameters, Parameter::from_word),
            prompt_tokens: needs.prompt_tokens,
            max_output: needs.max_output,
            choices: needs.choices,
            bulk: needs.bulk.map(Bulk::from),
            picture: needs.picture.map(Picture::from),
            constraints: needs.constraints.into(),
        }
    }
}

fn words<T: EnumSetType>(set: EnumSet<T>, word: impl Fn(T) -> &'static str) -> Vec<String> {
    set.iter().map(|one| word(one).to_owned()).collect()
}

fn set<T: EnumSetType>(words: &[String], read: impl Fn(&str) -> Option<T>) -> EnumSet<T> {
    words.iter().filter_map(|word| read(word)).collect()
}

impl From<Bulk> for Texts {
    fn from(bulk: Bulk) -> Self {
        let Bulk { texts, longest, dimensions, divisible } = bulk;
        Self { texts, longest_tokens: longest, dimensions, divisible }
    }
}

impl From<Texts> for Bulk {
    fn from(form: Texts) -> Self {
        let Texts { texts, longest_tokens, dimensions, divisible } = form;
        Self { texts, longest: longest_tokens, dimensions, divisible }
    }
}

impl From<Picture> for Painting {
    fn from(picture: Picture) -> Self {
        let Picture { characters, size, steps, sources, masked } = picture;
        let pixels = match size {
            Wish::Shape { pixels, .. } => pixels,
            Wish::Auto | Wish::Exact(_) => None,
        };
        Self { characters, size: size.to_string(), pixels, steps, sources, masked }
    }
}

impl From<Painting> for Picture {
    fn from(form: Painting) -> Self {
        let Painting { characters, size, pixels, steps, sources, masked } = form;
        let shape = || size.parse().ok().map(|ratio| Wish::Shape { ratio, pixels });
        let size = size.parse().map_or_else(|_| shape().unwrap_or_default(), Wish::Exact);
        Self { characters, size, steps, sources, masked }
    }
}

impl From<&Constraints> for Terms {
    fn from(constraints: &Constraints) -> Self {
        Self {
            only: constraints.only.clone(),
            ignore: constraints.ignore.clone(),
            order: constraints.order.clone(),
            sort: constraints.sort.map(|sort| sort.by.word().to_owned()),
            sort_across_names: constraints.sort.is_some_and(|sort| sort.across_names),
            no_fallbacks: constraints.no_fallbacks,
            require_parameters: constraints.require_parameters,
            no_training: constraints.no_training,
            min_quality: constraints.min_quality,
            min_context: constraints.min_context,
            batch: constraints.priority == Priority::Batch,
        }
    }
}

impl From<Terms> for Constraints {
    fn from(terms: Terms) -> Self {
        let across_names = terms.sort_across_names;
        let by = terms.sort.as_deref().and_then(Measure::from_word);
        Self {
            only: terms.only,
            ignore: terms.ignore,
            order: terms.order,
            sort: by.map(|by| Sort { by, across_names }),
            no_fallbacks: terms.no_fallbacks,
            require_parameters: terms.require_parameters,
            no_training: terms.no_training,
            min_quality: terms.min_quality,
            min_context: terms.min_context,
            priority: if terms.batch { Priority::Batch } else { Priority::Interactive },
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_needed_of_a_picture_is_read_as_it_was_written() {
        let shape = |pixels| Wish::Shape { ratio: "16:9".parse().unwrap(), pixels };
        let sizes =
            [Wish::Auto, Wish::Exact("640x480".parse().unwrap()), shape(None), shape(Some(9))];
        for size in sizes {
            let picture = Picture { characters: 5, size, steps: Some(4), sources: 2, masked: true };
            assert_eq!(Picture::from(Painting::from(picture)), picture);
        }
    }

    #[test]
    fn what_was_needed_is_read_as_it_was_written() {
        let constraints = Constraints {
            only: vec!["a".to_owned()],
            order: vec!["b".to_owned(), "c".to_owned()],
            sort: Some(Sort { by: Measure::Latency, across_names: true }),
            require_parameters: true,
            min_quality: Some(0.4),
            min_context: Some(9),
            priority: Priority::Batch,
            ..Constraints::default()
        };
        let requirements = Requirements {
            input: EnumSet::all(),
            features: EnumSet::all(),
            parameters: EnumSet::all(),
            prompt_tokens: 77,
            max_output: Some(5),
            bulk: Some(Bulk { texts: 3, longest: 8, dimensions: Some(64), divisible: true }),
            constraints,
            ..Requirements::plain()
        };
        let text = serde_json::to_string(&Needs::from(&requirements)).unwrap();
        let read: Needs = serde_json::from_str(&text).unwrap();
        assert_eq!(Requirements::from(read), requirements);
        let read: Needs =
            serde_json::from_str(r#"{"features":["tools","wings"],"more":1}"#).unwrap();
        assert_eq!(Requirements::from(read).features, EnumSet::only(Feature::Tools));
    }
}
