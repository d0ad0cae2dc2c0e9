//! The built-in signs: words that mean the same wherever they are said.
//!
//! They are looked for in what speaks of the failure alone ([`super::Told::words`], lower case), from the top; the
//! first that is found decides, else the status does. What only one provider says belongs in its file.

use potluck_core::outcome::{Cause, Class, Scope};

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A class, about whom, and why.
    Is(Class, Option<Scope>, Option<Cause>),
    /// A limit was hit: its words say which.
    Limit,
}

/// Phrases, and what they mean where the status is one of these.
struct Sign {
    /// Empty: any. 200 stands for an error inside a good answer.
    statuses: &'static [u16],
    /// Any of these; a `*` stands for something between, see [`is_said`].
    phrases: &'static [&'static str],
    means: Meaning,
}

const fn is(class: Class, cause: Cause) -> Meaning {
    Meaning::Is(class, None, Some(cause))
}

const SIGNS: &[Sign] = &[
    Sign {
        statuses: &[200, 400, 403, 406, 422, 451],
        phrases: &[
            "content_filter",
            "content_policy",
            "content policy",
            "content management policy",
            "responsibleaipolicyviolation",
            "violates usage",
            "content violates",
            "violates our usage",
            "safety_check",
            "safety system",
            "requires moderation",
            "moderation_blocked",
            "input was flagged",
            "prompt was flagged",
            "prohibited_content",
            "prohibited content",
            "data_inspection_failed",
            "datainspectionfailed",
            "inappropriate content",
            "unsafe or sensitive content",
            "敏感内容",
        ],
        means: is(Class::DoesNotFit, Cause::ContentPolicy),
    },
    Sign {
        statuses: &[200, 400, 413, 429],
        phrases: &["request too large for*per minute", "request too large for*(tpm)"],
        means: is(Class::DoesNotFit, Cause::OverWindow),
    },
    // about the answer's length: nothing is said about how long a prompt may be
    Sign {
        statuses: &[200, 400, 422],
        phrases: &[
            "token limit reached",
            "max_tokens*too large",
            "max_completion_tokens*too large",
            "max_output_tokens*too large",
            "max_new_tokens` must be <=",
        ],
        means: is(Class::DoesNotFit, Cause::Unsupported),
    },
    Sign {
        statuses: &[200, 400, 413, 422, 500],
        phrases: &[
            "context_length_exceeded",
            "context length",
            "context size",
            "context window",
            "exceed_context_size",
            "maximum context",
            "max context",
            "maximum number of tokens",
            "too_many_prompt_tokens",
            "too many tokens",
            "too many input tokens",
            "prompt is too long",
            "prompt too long",
            "input is too long",
            "messages is too long",
            "token limit",
            "maximum input length",
            "reduce the length",
            "reduce your prompt",
            "string_above_max_length",
        ],
        means: is(Class::DoesNotFit, Cause::TooLong),
    },
    Sign {
        statuses: &[200, 400, 401, 402, 403, 404, 429],
        phrases: &[
            "requires a subscription",
            "requires a paid",
            "requires a pro",
            "paid model",
            "paid_model",
            "paid tier only",
            "not available on the free",
            "not available in the free",
            "not available for free",
            "not included in the free",
            "does not have a free",
            "doesn't have a free",
            "no free tier",
            "no longer free",
            "model is not free",
        ],
        means: Meaning::Is(Class::NotFree, None, None),
    },
    Sign {
        statuses: &[200, 400, 401, 402, 403, 429, 500],
        phrases: &[
            "insufficient_quota",
            "insufficient balance",
            "insufficient_balance",
            "insufficient credit",
            "insufficient_credit",
            "insufficient fund",
            "out of credit",
            "not enough credit",
            "no credits",
            "credit balance is too low",
            "monthly included credits",
            "payment_method_required",
            "billing_hard_limit",
            "billing hard limit",
            "negative balance",
            "account is in arrears",
            "have any credit",
            "余额不足",
            "欠费",
        ],
        means: is(Class::QuotaSpent, Cause::NoCredit),
    },
    Sign {
        statuses: &[200, 400, 403, 451],
        phrases: &[
            "location is not supported",
            "unsupported_country",
            "country, region, or territory not supported",
            "not available in your country",
            "not available in your region",
        ],
        means: Meaning::Is(Class::NotFree, Some(Scope::Provider), Some(Cause::Region)),
    },
    Sign {
        statuses: &[200, 400, 401, 402, 403, 500, 502, 503],
        phrases: &[
            "rate_limit",
            "rate limit",
            "rate-limit",
            "ratelimit",
            "too many requests",
            "too_many_requests",
            "toomanyrequests",
            "resource_exhausted",
            "usage limit",
            "quota exceeded",
            "quota_exceeded",
            "exceeded your current quota",
            "queue full",
            "daily limit",
            "throttl",
            "限流",
            "访问频率",
        ],
        means: Meaning::Limit,
    },
    // what Cloudflare's edge says in plain words when it lets nobody through: no key is judged by it
    Sign {
        statuses: &[403],
        phrases: &["error code: 1006", "error code: 1010", "error code: 1020"],
        means: Meaning::Is(Class::Overloaded, Some(Scope::Provider), None),
    },
    // after the limits: to name the paid plan is also how a spent quota is advertised
    Sign {
        statuses: &[200, 400, 401, 402, 403, 404],
        phrases: &["on the paid", "paid plan", "upgrade your plan", "upgrade to a paid"],
        means: Meaning::Is(Class::NotFree, None, None),
    },
    Sign {
        statuses: &[200, 400, 401, 403],
        phrases: &[
            "api_key_invalid",
            "api key not valid",
            "api key not found",
            "api key expired",
            "api key is invalid",
            "invalid api key",
            "invalid_api_key",
            "invalid api-key",
            "invalid x-api-key",
            "incorrect api key",
            "authentication_error",
            "authentication fails",
            "invalid authentication",
            "no api key",
            "missing api key",
        ],
        means: Meaning::Is(Class::CredentialRefused, None, None),
    },
    Sign {
        statuses: &[200, 400, 403, 429, 500],
        phrases: &[
            "degraded function",
            "is degraded",
            "overloaded",
            "no capacity",
            "capacity exceeded",
            "out of capacity",
            "at capacity",
            "temporarily unavailable",
            "currently unavailable",
            "server is busy",
            "server busy",
            "loading model",
            "model is loading",
            "currently loading",
        ],
        means: Meaning::Is(Class::Overloaded, None, None),
    },
    Sign {
        statuses: &[200, 400, 422],
        phrases: &[
            "tool_use_failed",
            "json_validate_failed",
            "failed to parse tool call",
            "failed to generate a valid json",
        ],
        means: Meaning::Is(Class::BadAnswer, None, None),
    },
    Sign {
        statuses: &[404],
        phrases: &["no endpoints found that support", "no endpoints found that can handle"],
        means: is(Class::DoesNotFit, Cause::Unsupported),
    },
    Sign {
        statuses: &[404, 405, 410, 400],
        phrases: &[
            "invalid url",
            "unknown url",
            "unknown request url",
            "requested url was not found",
            "no route matched",
            "no such route",
            "cannot post /",
            "page not found",
            "404: not found",
        ],
        means: is(Class::Overloaded, Cause::WrongPath),
    },
    Sign {
        statuses: &[200, 400, 401, 403, 404, 410, 422, 500],
        phrases: &[
            "model_not_found",
            "model_decommissioned",
            "model_not_available",
            "model_unavailable",
            "invalid_model",
            "deploymentnotfound",
            "invalid model",
            "unknown model",
            "no such model",
            "not a valid model",
            "not a known model",
            "model not found",
            "model*not found",
            "model*does not exist",
            "model*has been deprecated",
            "model*was deprecated",
            "model*decommissioned",
            "model*was removed",
            "model*has been removed",
            "model*retired",
            "model*end of life",
            "model*no longer",
            "supported models are",
            "model names are",
            "access to model",
            "access to the model",
            "access to this model",
            "no endpoints found",
            "模型不存在",
        ],
        means: is(Class::NotFree, Cause::ModelGone),
    },
    Sign {
        statuses: &[200, 400, 404, 406, 415, 422],
        phrases: &[
            "not supported",
            "not_supported",
            "unsupported",
            "does not support",
            "doesn't support",
            "do not support",
            "not enabled for",
            "not allowed for this model",
            "unknown variant",
            "unknown parameter",
            "unknown_parameter",
            "unrecognized request argument",
            "unrecognized parameter",
            "extra inputs are not permitted",
            "additional propert",
            "too many strict tools",
            "template not found",
            "requires --",
            "must be 'json_schema'",
            "cannot find field",
        ],
        means: is(Class::DoesNotFit, Cause::Unsupported),
    },
    // llama.cpp and its kin say so with a status of their own fault
    Sign {
        statuses: &[500, 501],
        phrases: &[
            "input is not supported",
            "does not support",
            "doesn't support",
            "not_supported_error",
            "tools param requires",
        ],
        means: is(Class::DoesNotFit, Cause::Unsupported),
    },
];

/// What the words mean, where they are a sign.
pub(super) fn of_words(status: u16, words: &str) -> Option<Meaning> {
    let fits = |sign: &&Sign| sign.statuses.contains(&status);
    let said = |sign: &&Sign| sign.phrases.iter().any(|phrase| is_said(words, phrase));
    SIGNS.iter().filter(fits).find(said).map(|sign| sign.means)
}

/// What a status means where no words are a sign.
pub(super) fn of_status(status: u16) -> Meaning {
    match status {
        0..=299 => Meaning::Is(Class::BadAnswer, None, None),
        300..=399 => is(Class::BadAnswer, Cause::WrongPath),
        401 | 403 => Meaning::Is(Class::CredentialRefused, None, None),
        402 => is(Class::QuotaSpent, Cause::NoCredit),
        404 | 410 => is(Class::NotFree, Cause::ModelGone),
        405 => is(Class::Overloaded, Cause::WrongPath),
        413 => is(Class::DoesNotFit, Cause::TooLong),
        429 => Meaning::Limit,
        // 407 is a proxy between, 498 and 499 are gateways that gave up
        407 | 408 | 409 | 423 | 425 | 498 | 499 | 500.. => {
            Meaning::Is(Class::Overloaded, None, None)
        }
        400..=499 => is(Class::DoesNotFit, Cause::Malformed),
    }
}

/// Whether a phrase is said: its parts around `*` in order, in one sentence, with something between them.
///
/// So `model*does not exist` finds "model `x` does not exist", and not "called by the model does not exist".
fn is_said(words: &str, phrase: &str) -> bool {
    let Some((first, then)) = phrase.split_once('*') else { return words.contains(phrase) };
    words.match_indices(first).any(|(at, _)| {
        let rest = &words[at + first.len()..];
        let sentence = rest.split(['\n', ';']).next().unwrap_or_default();
        let sentence = sentence.split_once(". ").map_or(sentence, |(before, _)| before);
        sentence.find(then).is_some_and(|gap| !sentence[..gap].trim().is_empty())
    })
}
