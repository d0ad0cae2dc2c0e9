//! An exclusion without its numbers and times: two bytes, so that it can be kept for every offer of every request.

use std::fmt;

use enumset::{EnumSet, EnumSetType};

use crate::capability::{Feature, Modality, Parameter};
use crate::exclusion::Exclusion;
use crate::outcome::Class;
use crate::quota::Meter;

/// Why an offer was left out of a draw, as it is kept: the word, and what it is about. Written `word`, or
/// `word:subject` where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Why {
    word: u8,
    subject: u8,
}

/// Whose words the subjects of an exclusion are.
#[derive(Clone, Copy)]
enum Subject {
    None,
    Modality,
    Feature,
    Parameter,
    Meter,
    Class,
}

/// Every word of an exclusion with its kind of subject, by position.
const WORDS: [(&str, Subject); 24] = [
    ("not_in_only", Subject::None),
    ("ignored", Subject::None),
    ("trains_on_prompts", Subject::None),
    ("quality_too_low", Subject::None),
    ("lacks_input", Subject::Modality),
    ("lacks_output", Subject::Modality),
    ("lacks_feature", Subject::Feature),
    ("lacks_parameter", Subject::Parameter),
    ("only_with_input", Subject::Modality),
    ("lacks_dimensions", Subject::None),
    ("too_many_texts", Subject::None),
    ("context_too_small", Subject::None),
    ("output_too_small", Subject::None),
    ("exceeds_limit", Subject::Meter),
    (OUT_OF_QUOTA, Subject::Meter),
    (BUSY, Subject::None),
    (COOLING, Subject::Class),
    (ON_PROBATION, Subject::None),
    (RETIRED, Subject::Class),
    (CREDENTIAL_REFUSED, Subject::None),
    ("prompt_too_long", Subject::None),
    ("too_many_pictures", Subject::None),
    ("lacks_mask", Subject::None),
    (TOO_MUCH, Subject::Meter),
];

const OUT_OF_QUOTA: &str = "out_of_quota";
const TOO_MUCH: &str = "too_much_for_one";
const BUSY: &str = "busy";
const COOLING: &str = "cooling";
const ON_PROBATION: &str = "on_probation";
const RETIRED: &str = "retired";
const CREDENTIAL_REFUSED: &str = "credential_refused";

impl Why {
    /// What is kept of an exclusion.
    #[must_use]
    pub fn of(exclusion: &Exclusion) -> Self {
        let (word, subject) = match *exclusion {
            Exclusion::NotInOnly => (0, 0),
            Exclusion::Ignored => (1, 0),
            Exclusion::Trains => (2, 0),
            Exclusion::QualityTooLow { .. } => (3, 0),
            Exclusion::LacksInput(modality) => (4, modality as u8),
            Exclusion::LacksOutput(modality) => (5, modality as u8),
            Exclusion::LacksFeature(feature) => (6, feature as u8),
            Exclusion::LacksParameter(parameter) => (7, parameter as u8),
            Exclusion::OnlyWithInput(modality) => (8, modality as u8),
            Exclusion::LacksDimensions(_) => (9, 0),
            Exclusion::TooManyTexts { .. } => (10, 0),
            Exclusion::ContextTooSmall { .. } => (11, 0),
            Exclusion::OutputTooSmall { .. } => (12, 0),
            Exclusion::ExceedsLimit { meter, .. } => (13, meter as u8),
            Exclusion::OutOfQuota { meter, .. } => (14, meter as u8),
            Exclusion::Busy => (15, 0),
            Exclusion::Cooling { class, .. } => (16, class as u8),
            Exclusion::OnProbation => (17, 0),
            Exclusion::Retired(class) => (18, class as u8),
            Exclusion::CredentialRefused => (19, 0),
            Exclusion::PromptTooLong { .. } => (20, 0),
            Exclusion::TooManySources { .. } => (21, 0),
            Exclusion::LacksMask => (22, 0),
            Exclusion::TooMuchForOne { meter, .. } => (23, meter as u8),
        };
        Self { word, subject }
    }

    /// From how it is written.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (word, subject) = text.split_once(':').unwrap_or((text, ""));
        let at = WORDS.iter().position(|(known, _)| *known == word)?;
        let (_, kind) = WORDS.get(at)?;
        let subject = kind.words().position(|known| known == subject)?;
        Some(Self { word: u8::try_from(at).ok()?, subject: u8::try_from(subject).ok()? })
    }

    /// The exclusion's word, as [`Exclusion::word`].
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.get(usize::from(self.word)).map_or("", |(word, _)| word)
    }

    /// What it is about: a modality, a feature, a parameter, a meter or a class of failure.
    #[must_use]
    pub fn subject(self) -> Option<&'static str> {
        let (_, kind) = WORDS.get(usize::from(self.word))?;
        kind.words().nth(usize::from(self.subject)).filter(|word| !word.is_empty())
    }

    /// Whether it speaks of the moment (quota, health, who else was served) and not of what the request needs and
    /// the offer is.
    #[must_use]
    pub fn is_of_the_moment(self) -> bool {
        matches!(
            self.word(),
            OUT_OF_QUOTA | TOO_MUCH | BUSY | COOLING | ON_PROBATION | RETIRED | CREDENTIAL_REFUSED
        )
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self.subject() {
            Some(subject) => write!(f, ":{subject}"),
            None => Ok(()),
        }
    }
}

impl Subject {
    /// Its words by position; one empty word where there is no subject.
    fn words(self) -> Box<dyn Iterator<Item = &'static str>> {
        match self {
            Self::None => Box::new(std::iter::once("")),
            Self::Modality => all(Modality::word),
            Self::Feature => all(Feature::word),
            Self::Parameter => all(Parameter::word),
            Self::Meter => Box::new(Meter::ALL.into_iter().map(Meter::word)),
            Self::Class => Box::new(Class::ALL.into_iter().map(Class::word)),
        }
    }
}

fn all<T: EnumSetType + 'static>(
    word: impl Fn(T) -> &'static str + 'static,
) -> Box<dyn Iterator<Item = &'static str>> {
    Box::new(EnumSet::<T>::all().into_iter().map(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Moment;

    /// One of each exclusion, each with every subject it can have.
    fn every() -> Vec<Exclusion> {
        let (until, have, need) = (Moment::from_millis(1), 1, 2);
        let mut all = vec![
            Exclusion::NotInOnly,
            Exclusion::Ignored,
            Exclusion::Trains,
            Exclusion::QualityTooLow { have: None, need: 0.5 },
            Exclusion::LacksDimensions(512),
            Exclusion::TooManyTexts { have, need },
            Exclusion::ContextTooSmall { have, need },
            Exclusion::OutputTooSmall { have, need },
            Exclusion::Busy,
            Exclusion::OnProbation,
            Exclusion::CredentialRefused,
            Exclusion::PromptTooLong { have, need },
            Exclusion::TooManySources { have, need },
            Exclusion::LacksMask,
        ];
        for modality in EnumSet::all() {
            all.push(Exclusion::LacksInput(modality));
            all.push(Exclusion::LacksOutput(modality));
            all.push(Exclusion::OnlyWithInput(modality));
        }
        all.extend(EnumSet::all().into_iter().map(Exclusion::LacksFeature));
        all.extend(EnumSet::all().into_iter().map(Exclusion::LacksParameter));
        for meter in Meter::ALL {
            all.push(Exclusion::ExceedsLimit { meter, have: 1, need: 2 });
            all.push(Exclusion::OutOfQuota { meter, until });
            all.push(Exclusion::TooMuchForOne { meter, until });
        }
        for class in Class::ALL {
            all.push(Exclusion::Cooling { class, until, stated: true });
            all.push(Exclusion::Retired(class));
        }
        all
    }

    #[test]
    fn every_exclusion_keeps_its_word_and_what_it_is_about() {
        let mut written = Vec::new();
        for exclusion in every() {
            let why = Why::of(&exclusion);
            assert_eq!(why.word(), exclusion.word());
            assert_eq!(Why::from_text(&why.to_string()), Some(why), "{why}");
            assert_eq!(why.is_of_the_moment(), exclusion.passes() || is_out(&exclusion), "{why}");
            written.push(why.to_string());
        }
        written.sort();
        let count = written.len();
        written.dedup();
        assert_eq!(written.len(), count, "two are written alike");
        let words = WORDS.map(|(word, _)| word);
        assert!(words.iter().all(|word| written.iter().any(|why| why.starts_with(word))));
    }

    fn is_out(exclusion: &Exclusion) -> bool {
        matches!(exclusion, Exclusion::Retired(_) | Exclusion::CredentialRefused)
    }

    #[test]
    fn what_nobody_wrote_is_nothing() {
        for text in ["", "busy:tools", "lacks_feature", "lacks_feature:wings", "asleep"] {
            assert_eq!(Why::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn it_says_what_it_is_about() {
        let why = Why::of(&Exclusion::LacksFeature(Feature::Tools));
        assert_eq!(
            (why.to_string().as_str(), why.subject()),
            ("lacks_feature:tools", Some("tools"))
        );
        let why =
            Why::of(&Exclusion::OutOfQuota { meter: Meter::Tokens, until: Moment::from_millis(0) });
        assert_eq!(why.to_string(), "out_of_quota:tokens");
    }
}
