//! What one attempt taught.
//!
//! A dialect and the provider's own rules turn bytes into a [`Failure`]; this room says what each class
//! means: at which scope it counts, for how long, and whether it speaks against the offer's health.

use std::time::Duration;

use crate::quota::Meter;
use crate::response::Usage;

/// How an attempt failed. Each class has one default scope and one rule of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A limit of a minute or a second was hit.
    RateLimited,
    /// A limit of a day or a month is used up.
    QuotaSpent,
    /// The model is not free, gone or retired.
    NotFree,
    /// The credential was refused.
    CredentialRefused,
    /// The provider is overloaded or broken.
    Overloaded,
    /// It answered too late, or stopped in the middle.
    TooSlow,
    /// What it answered is no answer: empty, cut, garbage, an error in a 200.
    BadAnswer,
    /// The request does not fit this offer, and may fit another.
    DoesNotFit,
    /// The request is wrong everywhere.
    ClientFault,
    /// The client went away.
    ClientLeft,
}

/// Why, where the class alone does not say enough to act on it or to explain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A filter refused what was asked. At one provider that is its own taste ([`Class::DoesNotFit`]);
    /// the relay makes it the client's fault when a second provider says the same.
    ContentPolicy,
    /// The prompt, with the wanted answer, is longer than the model takes.
    TooLong,
    /// The request is larger than a whole window of a limit: waiting does not help.
    OverWindow,
    /// The request asks for something that this model does not do, and the provider named it.
    Unsupported,
    /// The request was called wrong in words that name nothing we know. We checked it before sending,
    /// so one provider's word is not enough: the relay makes it the client's fault when a second,
    /// different provider says the same.
    Malformed,
    /// The model is unknown here, retired, or hidden from this account.
    ModelGone,
    /// There is nothing at this address, or it sent us elsewhere: the provider's file is wrong.
    WrongPath,
    /// The account has no credit left, or never had any.
    NoCredit,
    /// The provider does not serve where we are.
    Region,
}

/// Whom a failure speaks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Nobody.
    None,
    /// This model at this provider under this credential.
    Offer,
    /// Every offer under the credential's account (also: everything behind our address).
    Account,
    /// The credential.
    Credential,
    /// The whole provider.
    Provider,
}

/// How long somebody is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nobody said: our guess, doubling with each repeat, probed early.
    Guess,
    /// The provider said so: a floor, with a cap.
    Stated(Duration),
    /// Until the limit's own window turns.
    Reset,
}

/// Where in an attempt it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Name, socket or TLS.
    Connect,
    /// After sending, before the first byte or event.
    FirstEvent,
    /// A status that is no success.
    Status,
    /// Inside the answer, before anything reached the client.
    BeforeCommit,
    /// Inside the answer, after something had reached the client.
    AfterCommit,
}

/// One failed attempt, classified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How.
    pub class: Class,
    /// Why, where that is known more exactly.
    pub cause: Option<Cause>,
    /// About whom it speaks.
    pub scope: Scope,
    /// For how long.
    pub wait: Wait,
    /// Which limit, where that was said.
    pub meter: Option<Meter>,
    /// The length of that limit's window, where that was said.
    pub window: Option<Duration>,
    /// Where.
    pub stage: Stage,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// What happened, in words that are safe to show: no keys, no addresses, at most 300 characters.
    pub detail: String,
}

impl Failure {
    /// The client went away before it was served, or in the middle.
    #[must_use]
    pub fn client_left() -> Self {
        Self {
            class: Class::ClientLeft,
            cause: None,
            scope: Scope::None,
            wait: Wait::Guess,
            meter: None,
            window: None,
            stage: Stage::BeforeCommit,
            status: None,
            detail: "the client left, or its own deadline passed".to_owned(),
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It served.
    Success,
    /// It did not.
    Failure(Failure),
}

/// What is known when an attempt is over: for quota, health and speed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used, where the provider said.
    pub usage: Option<Usage>,
    /// Whether the request reached the provider at all: if not, nothing was used.
    pub dispatched: bool,
    /// From sending to the first event with content.
    pub first_event: Option<Duration>,
    /// Whether the answer came as a stream: only then does its first event say when its first word was there.
    pub streamed: bool,
    /// From sending to the end.
    pub total: Duration,
}

impl Cause {
    /// The word used in JSON, metrics and the dashboard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ContentPolicy => "content_policy",
            Self::TooLong => "too_long",
            Self::OverWindow => "over_window",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
            Self::ModelGone => "model_gone",
            Self::WrongPath => "wrong_path",
            Self::NoCredit => "no_credit",
            Self::Region => "region",
        }
    }

    /// The cause of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }

    /// All causes, for finding one by its word.
    const ALL: [Self; 9] = [
        Self::ContentPolicy,
        Self::TooLong,
        Self::OverWindow,
        Self::Unsupported,
        Self::Malformed,
        Self::ModelGone,
        Self::WrongPath,
        Self::NoCredit,
        Self::Region,
    ];
}

impl Class {
    /// The word used in provider files, JSON, metrics and the dashboard.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::QuotaSpent => "quota_spent",
            Self::NotFree => "not_free",
            Self::CredentialRefused => "credential_refused",
            Self::Overloaded => "overloaded",
            Self::TooSlow => "too_slow",
            Self::BadAnswer => "bad_answer",
            Self::DoesNotFit => "does_not_fit",
            Self::ClientFault => "client_fault",
            Self::ClientLeft => "client_left",
        }
    }

    /// What it is to people, to be said after "after".
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::RateLimited => "a rate limit",
            Self::QuotaSpent => "a spent quota",
            Self::NotFree => "not being free",
            Self::CredentialRefused => "a refused key",
            Self::Overloaded => "trouble there or on the way",
            Self::TooSlow => "a late answer",
            Self::BadAnswer => "a bad answer",
            Self::DoesNotFit => "a request that did not fit",
            Self::ClientFault => "a faulty request",
            Self::ClientLeft => "a client that left",
        }
    }

    /// The class of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// All classes, for tables and for finding one by its word.
    pub const ALL: [Self; 10] = [
        Self::RateLimited,
        Self::QuotaSpent,
        Self::NotFree,
        Self::CredentialRefused,
        Self::Overloaded,
        Self::TooSlow,
        Self::BadAnswer,
        Self::DoesNotFit,
        Self::ClientFault,
        Self::ClientLeft,
    ];

    /// About whom it speaks unless a rule says otherwise.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::RateLimited
            | Self::NotFree
            | Self::Overloaded
            | Self::TooSlow
            | Self::BadAnswer => Scope::Offer,
            Self::QuotaSpent => Scope::Account,
            Self::CredentialRefused => Scope::Credential,
            Self::DoesNotFit | Self::ClientFault | Self::ClientLeft => Scope::None,
        }
    }

    /// Whether it speaks against the offer's health. A 429 is a fact about quota, not about health.
    #[must_use]
    pub const fn counts_against_health(self) -> bool {
        matches!(
            self,
            Self::NotFree
                | Self::CredentialRefused
                | Self::Overloaded
                | Self::TooSlow
                | Self::BadAnswer
        )
    }

    /// Whether another offer may be tried.
    #[must_use]
    pub const fn may_try_another(self) -> bool {
        !matches!(self, Self::ClientFault | Self::ClientLeft)
    }
}
