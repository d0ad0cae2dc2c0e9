//! Newtypes for the names that could be confused with each other.

use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From its text.
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A provider's id: the name of its file, such as `groq`.
    ProviderId
}
name! {
    /// What a provider calls a model, such as `openai/gpt-oss-120b`.
    ModelId
}
name! {
    /// The same weights at several providers, such as `gpt-oss-120b`.
    Family
}
name! {
    /// `provider/model`: the name by which clients pin an offer and by which answers name it. Behind it, where a provider
    /// has several credentials, `@` and the credential, except for the first.
    OfferName
}
name! {
    /// Which credential of a provider: `default` for the usual variable, `2` and so on for the numbered ones, else its
    /// name in the settings; `anonymous` where there is none.
    CredentialId
}
name! {
    /// Whose a provider's credentials are: those of one account share its limits. The credential's own id, unless
    /// somebody said otherwise.
    AccountId
}
