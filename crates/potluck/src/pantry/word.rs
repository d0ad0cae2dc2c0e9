//! Closed lists of words: every place in a file where only certain words are allowed.
//!
//! The words of the core and of the dialects (modalities, features, meters, classes, formats) are taken
//! from there, so that the files, the JSON and the dashboard say the same.

use enumset::EnumSet;
use potluck_core::capability::{Feature, Modality, Parameter};
use potluck_core::outcome::{Class, Scope};
use potluck_core::quota::Meter;
use potluck_dialect::Dialect;
use potluck_dialect::image;
use potluck_dialect::rates::{Format, On};

/// A value that a file writes as one word of a closed list.
pub(super) trait Word: Copy + 'static {
    /// What the word is, for messages: "unknown meter".
    const WHAT: &'static str;

    /// Every word with its value.
    fn all() -> Vec<(&'static str, Self)>;
}

/// An enum whose variants are the words of a closed list.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident = $what:literal { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$note])* $variant,)+
        }

        impl $name {
            /// The word that files use.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl $crate::pantry::word::Word for $name {
            const WHAT: &'static str = $what;

            fn all() -> Vec<(&'static str, Self)> {
                vec![$(($word, Self::$variant),)+]
            }
        }
    };
}
pub(super) use words;

// === words of the core and of the dialects ===

impl Word for Modality {
    const WHAT: &'static str = "modality";

    fn all() -> Vec<(&'static str, Self)> {
        EnumSet::<Self>::all().iter().map(|modality| (modality.word(), modality)).collect()
    }
}

impl Word for Feature {
    const WHAT: &'static str = "feature";

    fn all() -> Vec<(&'static str, Self)> {
        EnumSet::<Self>::all().iter().map(|feature| (feature.word(), feature)).collect()
    }
}

impl Word for Class {
    const WHAT: &'static str = "class";

    fn all() -> Vec<(&'static str, Self)> {
        let stated = Self::ALL.into_iter().filter(|class| *class != Self::ClientLeft);
        stated.map(|class| (class.word(), class)).collect()
    }
}

impl Word for Meter {
    const WHAT: &'static str = "meter";

    fn all() -> Vec<(&'static str, Self)> {
        let meters = [
            Self::Requests,
            Self::Tokens,
            Self::InputTokens,
            Self::OutputTokens,
            Self::MilliNeurons,
            Self::Images,
            Self::AudioSeconds,
            Self::MicroDollars,
            Self::Concurrent,
        ];
        meters.map(|meter| (meter.word(), meter)).to_vec()
    }
}

/// There is one account a provider, so a model is an offer, and an address is an account.
impl Word for Scope {
    const WHAT: &'static str = "scope";

    fn all() -> Vec<(&'static str, Self)> {
        vec![
            ("offer", Self::Offer),
            ("model", Self::Offer),
            ("account", Self::Account),
            ("credential", Self::Credential),
            ("provider", Self::Provider),
            ("ip", Self::Account),
            ("none", Self::None),
        ]
    }
}

impl Word for Dialect {
    const WHAT: &'static str = "dialect";

    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.map(|dialect| (dialect.word(), dialect)).to_vec()
    }
}

impl Word for image::Shape {
    const WHAT: &'static str = "shape";

    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.map(|shape| (shape.word(), shape)).to_vec()
    }
}

/// Those that a picture can have.
impl Word for Parameter {
    const WHAT: &'static str = "parameter";

    fn all() -> Vec<(&'static str, Self)> {
        let taken = Self::of_pictures() | Self::Seed | Self::User;
        taken.iter().map(|parameter| (parameter.word(), parameter)).collect()
    }
}

impl Word for Format {
    const WHAT: &'static str = "format";

    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.map(|format| (format.word(), format)).to_vec()
    }
}

impl Word for On {
    const WHAT: &'static str = "occasion";

    fn all() -> Vec<(&'static str, Self)> {
        [Self::Every, Self::Errors].map(|on| (on.word(), on)).to_vec()
    }
}
