//! Which limit was hit, by its name: in words, in a quota id, in a header.

use std::time::Duration;

use potluck_core::outcome::{Class, Scope, Wait};
use potluck_core::quota::Meter;

use crate::rates::Said;

/// A stated wait from here on belongs to a limit of hours or days, whatever it is called.
const LONG_WAIT: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// What the words name of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) meter: Option<Meter>,
    pub(super) window: Option<Duration>,
    scope: Option<Scope>,
}

/// The windows by their names, the longest first: where two are named, the longer is the one that hurts.
const WINDOWS: [(u64, &[&str]); 6] = [
    (30 * 86_400, &["per month", "permonth", "per-month", "/ month", "/month", "monthly"]),
    (7 * 86_400, &["per week", "perweek", "weekly"]),
    (
        86_400,
        &[
            "per day",
            "perday",
            "per-day",
            "/ day",
            "/day",
            "daily",
            "(rpd)",
            "(tpd)",
            "byday",
            "requests-day",
            "24 hours",
        ],
    ),
    (3_600, &["per hour", "perhour", "per-hour", "/ hour", "/hour", "hourly", "byhour", "(ash)"]),
    (
        60,
        &[
            "per minute",
            "perminute",
            "per-min",
            "per min",
            "/ minute",
            "/minute",
            "/min",
            "(rpm)",
            "(tpm)",
            "byminute",
            "limit_rpm",
            "limit_tpm",
        ],
    ),
    (1, &["per second", "persecond", "per-second", "/ second", "/second", "(rps)"]),
];

/// The meters by their names.
const METERS: [(Meter, &[&str]); 8] = [
    (Meter::Concurrent, &["concurren", "in flight", "parallel requests"]),
    (Meter::MilliNeurons, &["neurons"]),
    (Meter::InputTokens, &["inputtoken", "input_token", "input tokens", "prompt tokens per"]),
    (Meter::OutputTokens, &["outputtoken", "output_token", "output tokens"]),
    (Meter::Tokens, &["(tpm)", "(tpd)", "tokens per", "limit_tpm", "token_count", "token usage"]),
    (Meter::Images, &["images per", "(ipm)"]),
    (Meter::AudioSeconds, &["audio seconds", "(ash)", "(asd)"]),
    (
        Meter::Requests,
        &[
            "(rpm)",
            "(rpd)",
            "requests per",
            "requestsper",
            "free-models-per",
            "limit_rpm",
            "api calls",
        ],
    ),
];

/// Names of limits that each model has for itself.
const OF_A_MODEL: [&str; 6] =
    ["permodel", "bymodel", "for model", "limit_rpm/", "limit_tpm/", "for this model"];
/// Names of limits that all models share.
const OF_THE_ACCOUNT: [&str; 6] =
    ["free-models-per", "per ip", "your ip", "for ip", "trial key", "your account"];

/// What `words`, in lower case, name of a limit.
pub(super) fn named(words: &str) -> Named {
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let window = WINDOWS.iter().find(|(_, names)| says(names));
    let scope = if says(&OF_A_MODEL) {
        Some(Scope::Offer)
    } else {
        says(&OF_THE_ACCOUNT).then_some(Scope::Account)
    };
    Named {
        meter: METERS.iter().find(|(_, names)| says(names)).map(|(meter, _)| *meter),
        window: window.map(|(seconds, _)| Duration::from_secs(*seconds)),
        scope,
    }
}

/// Whether the whole amount is zero: `limit: 0`, and not `limit: 0.5` or `limit: 05`.
pub(super) fn is_zero(words: &str) -> bool {
    let ends =
        |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') || rest == ".";
    words.split("limit: 0").skip(1).any(ends)
}

/// Whether one request asks for more than the whole amount: `Limit 6000, Used 0, Requested 7000`.
pub(super) fn is_larger_than_whole(words: &str) -> bool {
    let numbers = number_after(words, "limit ").zip(number_after(words, "requested "));
    numbers.is_some_and(|(whole, asked)| asked > whole)
}

/// The first whole number that follows a `mark`.
pub(super) fn number_after(words: &str, mark: &str) -> Option<u64> {
    words.split(mark).skip(1).find_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

impl Named {
    /// A limit of days or months is spent, any other is hit.
    pub(super) fn class(&self, said: Option<Said>) -> Class {
        let long = self.window.map_or_else(
            || said.is_some_and(|said| said.span >= LONG_WAIT),
            |window| window >= DAY,
        );
        if long { Class::QuotaSpent } else { Class::RateLimited }
    }

    /// Who shares it: as named, else the account for what is named a day's, else this offer alone.
    pub(super) fn scope(&self, class: Class) -> Scope {
        let shared = class == Class::QuotaSpent && self.window.is_some();
        self.scope.unwrap_or(if shared { Scope::Account } else { Scope::Offer })
    }

    /// For how long: as stated, else until its window turns, where one is named, else nobody knows.
    pub(super) fn wait(&self, said: Option<Said>) -> Wait {
        match said {
            Some(said) => Wait::Stated(said.span),
            None if self.window.is_some() => Wait::Reset,
            None => Wait::Guess,
        }
    }
}
