//! How a provider says that a limit was reached, each in the words of a real one.
//!
//! The shapes are those of recorded 429 answers (OpenRouter, GitHub Models, Gemini) and of bodies
//! quoted in public issue threads (Groq).

use serde_json::{Value, json};

use super::limit::{Limit, Meter, Span};
use super::{Refusal, Standing};
use crate::server::Reply;

/// The shape of a provider's 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalStyle {
    /// As OpenAI and Groq: `retry-after` in seconds, `x-ratelimit-*` headers, and the text names
    /// the limit and "try again in 2m59.56s". Good answers carry the headers too.
    #[default]
    OpenAi,
    /// As OpenRouter: the reset in epoch milliseconds, in the body's `metadata.headers` and in
    /// the headers; no `retry-after`.
    OpenRouter,
    /// As Gemini's OpenAI surface: an array of one error with `RetryInfo` and `QuotaFailure`; no
    /// header.
    Gemini,
    /// As OpenAI, but only the text says when to come back.
    BodyText,
    /// As many upstreams behind a reseller: no hint at all.
    Silent,
}

impl RefusalStyle {
    /// Every style.
    pub const ALL: [Self; 5] =
        [Self::OpenAi, Self::OpenRouter, Self::Gemini, Self::BodyText, Self::Silent];
}

/// The answer to a request that is over the limit.
pub(crate) fn refusal_reply(style: RefusalStyle, refusal: &Refusal, now_ms: u64) -> Reply {
    let wait_ms = refusal.retry_at_ms.map(|at| at.saturating_sub(now_ms));
    let (status, body) = match style {
        RefusalStyle::OpenAi | RefusalStyle::BodyText => openai_body(refusal, wait_ms),
        RefusalStyle::OpenRouter => (429, openrouter_body(refusal)),
        RefusalStyle::Gemini => (429, gemini_body(refusal, wait_ms)),
        RefusalStyle::Silent => (429, silent_body()),
    };
    let mut reply = Reply::json(status, body);
    match style {
        RefusalStyle::OpenAi => {
            if let Some(wait) = wait_ms {
                reply = reply.header("retry-after", &wait.div_ceil(1_000).max(1).to_string());
            }
            let word = header_word(refusal.limit.meter);
            reply = reply
                .header(&format!("x-ratelimit-limit-{word}"), &refusal.limit.amount.to_string())
                .header(&format!("x-ratelimit-remaining-{word}"), &left(refusal).to_string())
                .header(
                    &format!("x-ratelimit-reset-{word}"),
                    &duration_text(wait_ms.unwrap_or_default()),
                );
        }
        RefusalStyle::OpenRouter => {
            reply = reply
                .header("x-ratelimit-limit", &refusal.limit.amount.to_string())
                .header("x-ratelimit-remaining", "0");
            if let Some(at) = refusal.retry_at_ms {
                reply = reply.header("x-ratelimit-reset", &at.to_string());
            }
        }
        RefusalStyle::Gemini | RefusalStyle::BodyText | RefusalStyle::Silent => {}
    }
    reply
}

/// The rate headers of a good answer, in the styles that have them.
pub(crate) fn good_headers(
    style: RefusalStyle,
    standings: &[Standing],
    now_ms: u64,
) -> Vec<(String, String)> {
    if style != RefusalStyle::OpenAi {
        return Vec::new();
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    for standing in standings {
        let word = header_word(standing.limit.meter);
        let limit = format!("x-ratelimit-limit-{word}");
        // one limit a meter, the first, as Groq shows its day of requests and minute of tokens
        if standing.limit.meter == Meter::Concurrent
            || headers.iter().any(|(name, _)| *name == limit)
        {
            continue;
        }
        let reset = standing.resets_at_ms.saturating_sub(now_ms);
        headers.push((limit, standing.limit.amount.to_string()));
        headers.push((format!("x-ratelimit-remaining-{word}"), standing.remaining.to_string()));
        headers.push((format!("x-ratelimit-reset-{word}"), duration_text(reset)));
    }
    headers
}

/// A duration as Groq and OpenAI write it: `26ms`, `7.66s`, `2m59.56s`, `1h2m3s`.
pub(crate) fn duration_text(ms: u64) -> String {
    if ms < 1_000 {
        return format!("{ms}ms");
    }
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    let (seconds, fraction) = (ms / 1_000 % 60, ms % 1_000);
    let mut text = String::new();
    if hours > 0 {
        text.push_str(&format!("{hours}h"));
    }
    if hours > 0 || minutes > 0 {
        text.push_str(&format!("{minutes}m"));
    }
    text.push_str(&seconds.to_string());
    if fraction > 0 {
        text.push_str(format!(".{fraction:03}").trim_end_matches('0'));
    }
    text.push('s');
    text
}

// === bodies ===

fn openai_body(refusal: &Refusal, wait_ms: Option<u64>) -> (u16, Value) {
    let Refusal { limit, used, needed, .. } = refusal;
    let what = header_word(limit.meter);
    let name = limit_name(limit);
    // waiting does not help a request that is larger than the whole limit: Groq says 413
    let never_fits = *needed > limit.amount;
    let advice = match wait_ms {
        Some(wait) => format!(" Please try again in {}.", duration_text(wait)),
        None if never_fits => " Please reduce your message size and try again.".to_owned(),
        None => String::new(),
    };
    let message = format!(
        "[simulated] Rate limit reached on {what} per {} ({name}): Limit {}, Used {used}, \
         Requested {needed}.{advice}",
        limit.span.word(),
        limit.amount,
    );
    let status = if never_fits { 413 } else { 429 };
    let body = json!({"error": {"message": message, "type": what, "code": "rate_limit_exceeded"}});
    (status, body)
}

fn openrouter_body(refusal: &Refusal) -> Value {
    let limit = &refusal.limit;
    let bucket = match limit.span {
        Span::Day => "free-models-per-day",
        Span::Second | Span::Minute | Span::Hour => "free-models-per-min",
    };
    let mut headers = json!({
        "X-RateLimit-Limit": limit.amount.to_string(),
        "X-RateLimit-Remaining": "0",
    });
    if let Some(at) = refusal.retry_at_ms {
        headers["X-RateLimit-Reset"] = at.to_string().into();
    }
    json!({"error": {
        "message": format!("[simulated] Rate limit exceeded: {bucket}. "),
        "code": 429,
        "metadata": {"headers": headers, "provider_name": null},
    }, "user_id": "user_simulated"})
}

fn gemini_body(refusal: &Refusal, wait_ms: Option<u64>) -> Value {
    let limit = &refusal.limit;
    let quota_id = format!("Generate{}Per{}", camel(limit.meter.word()), camel(limit.span.word()));
    let retry = wait_ms.map(|wait| wait.div_ceil(1_000));
    let advice = wait_ms
        .map(|wait| format!("\nPlease retry in {}.{:03}s.", wait / 1_000, wait % 1_000))
        .unwrap_or_default();
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{
            "quotaMetric": "simulated.example/generate_content_free_tier_requests",
            "quotaId": format!("{quota_id}-FreeTier"),
            "quotaValue": limit.amount.to_string(),
        }],
    })];
    if let Some(seconds) = retry {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{seconds}s"),
        }));
    }
    json!([{"error": {
        "code": 429,
        "message": format!("[simulated] You exceeded your current quota.{advice}"),
        "status": "RESOURCE_EXHAUSTED",
        "details": details,
    }}])
}

fn silent_body() -> Value {
    json!({"error": {"message": "[simulated] Too many requests.", "type": "rate_limit_error"}})
}

// === words ===

fn left(refusal: &Refusal) -> u64 {
    refusal.limit.amount.saturating_sub(refusal.used)
}

/// A refusal for what is in flight speaks of requests.
fn header_word(meter: Meter) -> &'static str {
    meter.header_word().unwrap_or("requests")
}

fn limit_name(limit: &Limit) -> &'static str {
    match (header_word(limit.meter), limit.span) {
        ("requests", Span::Second) => "RPS",
        ("requests", Span::Minute) => "RPM",
        ("requests", Span::Hour) => "RPH",
        ("requests", Span::Day) => "RPD",
        (_, Span::Second) => "TPS",
        (_, Span::Minute) => "TPM",
        (_, Span::Hour) => "TPH",
        (_, Span::Day) => "TPD",
    }
}

fn camel(word: &str) -> String {
    word.split('_')
        .map(|part| {
            let (first, rest) = part.split_at(1.min(part.len()));
            format!("{}{rest}", first.to_uppercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_the_recorded_headers_do() {
        assert_eq!(duration_text(26), "26ms");
        assert_eq!(duration_text(7_660), "7.66s");
        assert_eq!(duration_text(179_560), "2m59.56s");
        assert_eq!(duration_text(3_600_000), "1h0m0s");
    }

    #[test]
    fn a_day_of_requests_is_named_in_the_quota_id() {
        assert_eq!(camel("requests"), "Requests");
        assert_eq!(camel("input_tokens"), "InputTokens");
    }
}
