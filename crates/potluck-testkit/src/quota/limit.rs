//! What a limit is: a meter, an amount, a window and a scope.

/// One promise of a provider about use over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is counted.
    pub meter: Meter,
    /// How much of it is allowed.
    pub amount: u64,
    /// In how long a window.
    pub span: Span,
    /// How the window moves.
    pub reset: Reset,
    /// Who shares the bucket.
    pub scope: Scope,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meter {
    /// Requests, whatever becomes of them.
    Requests,
    /// Input tokens at the start and output tokens at the end.
    Tokens,
    /// Input tokens.
    InputTokens,
    /// Output tokens, known at the end.
    OutputTokens,
    /// Requests in flight; has no window.
    Concurrent,
}

/// The length of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One day of 24 hours.
    Day,
}

/// How a window moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The last second, minute, hour or day, at any moment.
    Sliding,
    /// From full to full second, minute, hour or day in UTC.
    Calendar,
}

/// Who shares the bucket of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All models of the account together.
    Account,
    /// Each model has its own bucket.
    Model,
}

// === impl Limit ===

impl Limit {
    /// At most `amount` requests in the last `span`, for all models together.
    #[must_use]
    pub fn requests(amount: u64, span: Span) -> Self {
        Self::of(Meter::Requests, amount, span)
    }

    /// At most `amount` tokens (in and out) in the last `span`, for all models together.
    #[must_use]
    pub fn tokens(amount: u64, span: Span) -> Self {
        Self::of(Meter::Tokens, amount, span)
    }

    /// At most `amount` of what the meter counts in the last `span`, for all models together.
    #[must_use]
    pub fn of(meter: Meter, amount: u64, span: Span) -> Self {
        Self { meter, amount, span, reset: Reset::Sliding, scope: Scope::Account }
    }

    /// At most `amount` requests in flight.
    #[must_use]
    pub fn concurrent(amount: u64) -> Self {
        Self::of(Meter::Concurrent, amount, Span::Second)
    }

    /// Counts from full to full window in UTC.
    #[must_use]
    pub fn calendar(mut self) -> Self {
        self.reset = Reset::Calendar;
        self
    }

    /// Gives each model its own bucket.
    #[must_use]
    pub fn each_model(mut self) -> Self {
        self.scope = Scope::Model;
        self
    }
}

impl Meter {
    /// The word in a provider file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::InputTokens => "input_tokens",
            Self::OutputTokens => "output_tokens",
            Self::Concurrent => "concurrent",
        }
    }

    /// The word at the end of `x-ratelimit-*` headers; there is none for what is in flight.
    pub(crate) fn header_word(self) -> Option<&'static str> {
        match self {
            Self::Requests => Some("requests"),
            Self::Tokens | Self::InputTokens | Self::OutputTokens => Some("tokens"),
            Self::Concurrent => None,
        }
    }
}

impl Span {
    /// Milliseconds.
    #[must_use]
    pub fn millis(self) -> u64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }

    /// The word in a provider file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}
