//! Why an offer cannot serve a request now. Always with a reason, mostly with a time.

mod why;

pub use why::Why;

use std::fmt;

use crate::capability::{Feature, Modality, Parameter};
use crate::outcome::Class;
use crate::quota::Meter;
use crate::time::Moment;

/// Why an offer is left out of a draw. Small and copied: a pool of a thousand offers makes many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exclusion {
    /// The client's `only` leaves its provider out.
    NotInOnly,
    /// The client's `ignore` names its provider.
    Ignored,
    /// Its provider does not say that it keeps prompts out of training.
    Trains,
    /// It is less able than the client demands, or nobody measured it.
    QualityTooLow {
        /// What it has.
        have: Option<f32>,
        /// What was asked.
        need: f32,
    },
    /// It does not take this kind of input.
    LacksInput(Modality),
    /// It does not make this kind of output.
    LacksOutput(Modality),
    /// It cannot do this.
    LacksFeature(Feature),
    /// It ignores a parameter that the client made a requirement.
    LacksParameter(Parameter),
    /// It is only for requests that carry this kind of input.
    OnlyWithInput(Modality),
    /// Nobody says that it makes vectors of so many numbers.
    LacksDimensions(u32),
    /// It takes fewer texts at once, and the request cannot be divided.
    TooManyTexts {
        /// Texts it takes.
        have: u32,
        /// Texts sent.
        need: u32,
    },
    /// It refuses prompts of so many characters.
    PromptTooLong {
        /// Characters it takes.
        have: u32,
        /// Characters sent.
        need: u32,
    },
    /// It starts from fewer pictures.
    TooManySources {
        /// Pictures it starts from.
        have: u32,
        /// Pictures sent.
        need: u32,
    },
    /// It cannot be told which part of a picture may change.
    LacksMask,
    /// Prompt and answer do not fit.
    ContextTooSmall {
        /// Tokens it holds.
        have: u32,
        /// Tokens needed.
        need: u32,
    },
    /// It cannot answer at the length asked for.
    OutputTooSmall {
        /// Tokens it can answer with.
        have: u32,
        /// Tokens asked for.
        need: u32,
    },
    /// The request alone is more than one of its limits ever holds.
    ExceedsLimit {
        /// The limit's meter.
        meter: Meter,
        /// All that the limit holds.
        have: u64,
        /// What the request takes.
        need: u64,
    },
    /// One of its limits is used up for now.
    OutOfQuota {
        /// The limit's meter.
        meter: Meter,
        /// When enough is back.
        until: Moment,
    },
    /// The request would take too much of one of its limits, which others want too.
    TooMuchForOne {
        /// The limit's meter.
        meter: Meter,
        /// When it would be let in, or somebody else is back.
        until: Moment,
    },
    /// As many requests are in flight to it as it takes.
    Busy,
    /// It failed, and rests.
    Cooling {
        /// How it failed.
        class: Class,
        /// Until when.
        until: Moment,
        /// Whether the provider itself said so long; else it is our guess.
        stated: bool,
    },
    /// It rested, and one request is trying it now.
    OnProbation,
    /// It is not free, gone or refused for good: until the catalog says otherwise.
    Retired(Class),
    /// Its credential was refused: until the person mends it.
    CredentialRefused,
}

impl Exclusion {
    /// The word used in JSON, metrics and the dashboard.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotInOnly => "not_in_only",
            Self::Ignored => "ignored",
            Self::Trains => "trains_on_prompts",
            Self::QualityTooLow { .. } => "quality_too_low",
            Self::LacksInput(_) => "lacks_input",
            Self::LacksOutput(_) => "lacks_output",
            Self::LacksFeature(_) => "lacks_feature",
            Self::LacksParameter(_) => "lacks_parameter",
            Self::OnlyWithInput(_) => "only_with_input",
            Self::LacksDimensions(_) => "lacks_dimensions",
            Self::TooManyTexts { .. } => "too_many_texts",
            Self::PromptTooLong { .. } => "prompt_too_long",
            Self::TooManySources { .. } => "too_many_pictures",
            Self::LacksMask => "lacks_mask",
            Self::ContextTooSmall { .. } => "context_too_small",
            Self::OutputTooSmall { .. } => "output_too_small",
            Self::ExceedsLimit { .. } => "exceeds_limit",
            Self::OutOfQuota { .. } => "out_of_quota",
            Self::TooMuchForOne { .. } => "too_much_for_one",
            Self::Busy => "busy",
            Self::Cooling { .. } => "cooling",
            Self::OnProbation => "on_probation",
            Self::Retired(_) => "retired",
            Self::CredentialRefused => "credential_refused",
        }
    }

    /// When it ends by itself, where that is known.
    #[must_use]
    pub const fn ends(&self) -> Option<Moment> {
        match self {
            Self::OutOfQuota { until, .. }
            | Self::TooMuchForOne { until, .. }
            | Self::Cooling { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Whether it says everything that `other` says: the same, or the same rest for at least as long.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (*self, *other) {
            (
                Self::Cooling { class, until, stated },
                Self::Cooling { class: theirs, until: ends, stated: was_stated },
            ) => class == theirs && stated == was_stated && until >= ends,
            (own, other) => own == other,
        }
    }

    /// Whether waiting can end it at all, even if nobody can say when.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(
            self,
            Self::OutOfQuota { .. }
                | Self::TooMuchForOne { .. }
                | Self::Cooling { .. }
                | Self::Busy
                | Self::OnProbation
        )
    }
}

impl Exclusion {
    /// In a few words for people, the same for all offers that are left out for the same reason: `no tools`.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            Self::NotInOnly => "not among the providers that the request allows".to_owned(),
            Self::Ignored => "left out by the request".to_owned(),
            Self::Trains => "no promise to keep prompts out of training".to_owned(),
            Self::QualityTooLow { .. } => "quality too low".to_owned(),
            Self::LacksInput(modality) => format!("no {} input", modality.word()),
            Self::LacksOutput(modality) => format!("no {} output", modality.word()),
            Self::LacksFeature(feature) => format!("no {}", feature.word()),
            Self::LacksParameter(parameter) => format!("no {}", parameter.word()),
            Self::OnlyWithInput(modality) => format!("only with {} input", modality.word()),
            Self::LacksDimensions(need) => format!("no vectors of {need} numbers"),
            Self::TooManyTexts { have, .. } => format!("no more than {have} texts at once"),
            Self::PromptTooLong { have, .. } => format!("no prompts above {have} characters"),
            Self::TooManySources { have, .. } => {
                format!("no more than {have} pictures to start from")
            }
            Self::LacksMask => "no masks".to_owned(),
            Self::ContextTooSmall { .. } => "context too small".to_owned(),
            Self::OutputTooSmall { .. } => "answers too short".to_owned(),
            Self::ExceedsLimit { meter, .. } => format!("fewer {} than this takes", meter.word()),
            Self::OutOfQuota { meter, .. } => format!("{} used up for now", meter.word()),
            Self::TooMuchForOne { meter, .. } => format!("{} left to others for now", meter.word()),
            Self::Busy => "busy".to_owned(),
            Self::Cooling { class, .. } => format!("resting after {}", class.noun()),
            Self::OnProbation => "being tried again".to_owned(),
            Self::Retired(class) => format!("out of the pool after {}", class.noun()),
            Self::CredentialRefused => "key refused".to_owned(),
        }
    }
}

/// In words for people; times stand beside it ([`Exclusion::ends`]).
impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInOnly => f.write_str("its provider is not among those the request allows"),
            Self::Ignored => f.write_str("the request leaves its provider out"),
            Self::Trains => {
                f.write_str("its provider does not promise to keep prompts out of training")
            }
            Self::QualityTooLow { have: Some(have), need } => {
                write!(f, "its quality is {have:.2}, and {need:.2} was asked for")
            }
            Self::QualityTooLow { have: None, need } => {
                write!(f, "nobody measured its quality, and {need:.2} was asked for")
            }
            Self::LacksInput(modality) => write!(f, "takes no {} input", modality.word()),
            Self::LacksOutput(modality) => write!(f, "makes no {} output", modality.word()),
            Self::LacksFeature(feature) => write!(f, "has no {}", feature.word()),
            Self::LacksParameter(parameter) => write!(f, "ignores {}", parameter.word()),
            Self::OnlyWithInput(modality) => {
                write!(f, "is only for requests with {} input", modality.word())
            }
            Self::LacksDimensions(need) => {
                write!(f, "is not known to make vectors of {need} numbers")
            }
            Self::TooManyTexts { have, need } => {
                write!(f, "takes {have} texts at once, and {need} were sent")
            }
            Self::PromptTooLong { have, need } => {
                write!(f, "takes prompts of {have} characters, and this one has {need}")
            }
            Self::TooManySources { have, need } => {
                write!(f, "starts from at most {have} pictures, and {need} were sent")
            }
            Self::LacksMask => f.write_str("cannot be told which part of a picture to change"),
            Self::ContextTooSmall { have, need } => {
                write!(f, "holds {have} tokens, and {need} are needed")
            }
            Self::OutputTooSmall { have, need } => {
                write!(f, "answers with at most {have} tokens, and {need} were asked for")
            }
            Self::ExceedsLimit { meter, have, need } => write!(
                f,
                "its limit is {have} {}, and this request alone takes {need}",
                meter.word()
            ),
            Self::OutOfQuota { meter, .. } => write!(f, "its {} are used up for now", meter.word()),
            Self::TooMuchForOne { meter, .. } => write!(
                f,
                "this request would take too much of its {}, which others want too",
                meter.word()
            ),
            Self::Busy => f.write_str("as many requests are in flight to it as it takes"),
            Self::Cooling { class, stated: true, .. } => {
                write!(f, "rests after {}, for as long as the provider said", class.noun())
            }
            Self::Cooling { class, stated: false, .. } => write!(f, "rests after {}", class.noun()),
            Self::OnProbation => f.write_str("rested, and one request is trying it now"),
            Self::Retired(class) => write!(f, "is out of the pool after {}", class.noun()),
            Self::CredentialRefused => f.write_str("its key was refused"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(class: Class, until: i64) -> Exclusion {
        Exclusion::Cooling { class, until: Moment::from_millis(until), stated: false }
    }

    #[test]
    fn a_longer_rest_says_what_a_shorter_one_of_its_kind_says() {
        let long = rest(Class::Overloaded, 9);
        assert!(
            long.covers(&rest(Class::Overloaded, 9)) && long.covers(&rest(Class::Overloaded, 5))
        );
        assert!(
            !long.covers(&rest(Class::Overloaded, 10)) && !long.covers(&rest(Class::TooSlow, 5))
        );
        assert!(Exclusion::Busy.covers(&Exclusion::Busy) && !Exclusion::Busy.covers(&long));
    }

    #[test]
    fn every_class_is_a_noun_for_people() {
        for class in Class::ALL {
            let said = rest(class, 1).to_string();
            assert!(said.starts_with("rests after ") && !said.contains('_'), "{said}");
        }
    }
}
