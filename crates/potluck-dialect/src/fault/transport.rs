//! Failures that no provider told: the network's, and our own deadlines'.

use potluck_core::outcome::{Class, Failure, Scope, Stage, Wait};

/// What went wrong below the provider's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Nobody listens there.
    Refused,
    /// The connection was closed or reset before the answer was whole.
    Reset,
    /// A connection that was kept open had been closed by the provider.
    Stale,
    /// No trusted connection came about.
    Tls,
    /// The host's name could not be resolved.
    Dns,
    /// The deadline for connecting passed.
    ConnectTimeout,
    /// The deadline for the first event passed.
    FirstEventTimeout,
    /// A stream that had begun fell silent.
    IdleTimeout,
    /// The deadline of the whole attempt passed.
    TotalTimeout,
    /// It thought for longer than it may without a word.
    ThinkingTimeout,
    /// The answer grew larger than is accepted.
    BodyTooLarge,
    /// The answer came in an encoding that was not asked for.
    Encoding,
    /// What came back was no HTTP.
    Protocol,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Refused,
        Self::Reset,
        Self::Stale,
        Self::Tls,
        Self::Dns,
        Self::ConnectTimeout,
        Self::FirstEventTimeout,
        Self::IdleTimeout,
        Self::TotalTimeout,
        Self::ThinkingTimeout,
        Self::BodyTooLarge,
        Self::Encoding,
        Self::Protocol,
    ];

    const fn class(self) -> Class {
        match self {
            Self::Refused | Self::Reset | Self::Stale | Self::Tls | Self::Dns => Class::Overloaded,
            Self::ConnectTimeout
            | Self::FirstEventTimeout
            | Self::IdleTimeout
            | Self::TotalTimeout
            | Self::ThinkingTimeout => Class::TooSlow,
            Self::BodyTooLarge | Self::Encoding | Self::Protocol => Class::BadAnswer,
        }
    }

    /// What happened, in plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refused => "the provider's host refused the connection",
            Self::Reset => "the provider closed the connection before the answer was whole",
            Self::Stale => "the provider had closed the connection that was kept open to it",
            Self::Tls => "no trusted (TLS) connection to the provider came about",
            Self::Dns => "the name of the provider's host could not be resolved",
            Self::ConnectTimeout => "the provider's host did not take the connection in time",
            Self::FirstEventTimeout => "the provider did not begin to answer in time",
            Self::IdleTimeout => "the answer stopped in the middle and nothing more came in time",
            Self::TotalTimeout => "the answer was not whole when the time for the attempt was over",
            Self::ThinkingTimeout => "the model thought for too long without a word of its answer",
            Self::BodyTooLarge => "the answer is larger than is accepted",
            Self::Encoding => "the answer came in an encoding that was not asked for",
            Self::Protocol => "what came back is not HTTP",
        }
    }
}

/// The failure of an attempt for which the network or a deadline is the reason.
#[must_use]
pub fn from_transport(transport: Transport, stage: Stage) -> Failure {
    Failure {
        class: transport.class(),
        cause: None,
        scope: Scope::Offer,
        wait: Wait::Guess,
        meter: None,
        window: None,
        stage,
        status: None,
        detail: transport.words().to_owned(),
    }
}
