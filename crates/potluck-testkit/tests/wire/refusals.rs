//! Faults that say no with a status.

use std::time::Duration;

use potluck_testkit::{Fault, NotFree, RefusalStyle, ServerTrouble};
use serde_json::json;

use crate::raw::Ending;
use crate::{PATIENCE, suffer};

/// Both a stream and a whole answer are refused with this status and this text somewhere.
async fn refused(fault: Fault, status: u16, text: &str) {
    for stream in [false, true] {
        let got = suffer(fault.clone(), stream, PATIENCE).await;
        assert_eq!(got.status(), status, "{fault:?}");
        assert_eq!(got.ending, Ending::Closed);
        assert!(got.body().1, "{fault:?} is cut");
        assert_eq!(got.header("x-simulated").as_deref(), Some("1"));
        assert!(got.text().contains(text), "{fault:?}: {}", got.text());
    }
}

#[tokio::test]
async fn rate_limits_say_how_long_in_each_style() {
    let wait = Some(Duration::from_millis(179_560));
    let limited = |style, wait| Fault::RateLimited { style, wait };
    refused(limited(RefusalStyle::OpenAi, wait), 429, "retry-after: 180\r\n").await;
    refused(limited(RefusalStyle::OpenAi, wait), 429, "x-ratelimit-reset-requests: 2m59.56s").await;
    refused(limited(RefusalStyle::OpenAi, None), 429, "rate_limit_exceeded").await;
    refused(limited(RefusalStyle::BodyText, wait), 429, "try again in 2m59.56s.").await;
    refused(limited(RefusalStyle::Gemini, wait), 429, "\"retryDelay\":\"180s\"").await;
    refused(limited(RefusalStyle::Silent, None), 429, "Too many requests").await;
    let got = suffer(limited(RefusalStyle::OpenRouter, wait), false, PATIENCE).await;
    let header = got.header("x-ratelimit-reset").unwrap();
    assert_eq!(header.len(), 13, "{header} is not in epoch milliseconds");
    assert_eq!(
        got.json().pointer("/error/metadata/headers/X-RateLimit-Reset"),
        Some(&json!(header))
    );
    assert_eq!(got.header("retry-after"), None);
}

#[tokio::test]
async fn a_spent_day_lasts_until_midnight() {
    refused(Fault::QuotaSpent(RefusalStyle::OpenRouter), 429, "free-models-per-day").await;
    refused(Fault::QuotaSpent(RefusalStyle::Gemini), 429, "PerDay").await;
    let got = suffer(Fault::QuotaSpent(RefusalStyle::OpenAi), false, PATIENCE).await;
    let seconds: u64 = got.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&seconds));
    assert!(got.text().contains("RPD"));
}

#[tokio::test]
async fn a_model_that_is_not_free_says_so() {
    refused(Fault::NotFree(NotFree::Unknown), 404, "model_not_found").await;
    refused(Fault::NotFree(NotFree::Gone), 410, "retired").await;
    refused(Fault::NotFree(NotFree::Subscription), 403, "requires a subscription").await;
    refused(Fault::NotFree(NotFree::ZeroLimit), 429, "limit: 0").await;
}

#[tokio::test]
async fn trouble_comes_in_five_statuses() {
    refused(Fault::Unauthorized, 401, "invalid_api_key").await;
    refused(Fault::Trouble(ServerTrouble::Internal), 500, "\"error\"").await;
    refused(Fault::Trouble(ServerTrouble::BadGateway), 502, "<html>").await;
    refused(Fault::Trouble(ServerTrouble::Unavailable), 503, "\"error\"").await;
    refused(Fault::Trouble(ServerTrouble::Overloaded), 529, "overloaded_error").await;
    refused(Fault::Trouble(ServerTrouble::Degraded), 400, "DEGRADED function").await;
}

#[tokio::test]
async fn requests_are_refused_for_their_length_and_their_content() {
    refused(Fault::ContextTooLong, 413, "context_length_exceeded").await;
    refused(Fault::PolicyRefused, 400, "content_policy_violation").await;
    let elsewhere = Fault::Redirect { to: "http://elsewhere.invalid/v1".to_owned() };
    refused(elsewhere, 302, "\r\nlocation: http://elsewhere.invalid/v1\r\n").await;
}
