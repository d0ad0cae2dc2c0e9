//! What the shipped `[[errors]]` make of refusals: of bodies as the providers' documentation and the
//! catalogue of facts quote them, and of recorded ones where these are at hand.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may panic and tell"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use potluck::pantry::{Pantry, builtin};
use potluck_core::Moment;
use potluck_core::outcome::{Class, Failure, Scope, Wait};
use potluck_dialect::fault::classify;
use serde_json::Value;

/// 2026-11-22T12:00:00Z
const NOW: Moment = Moment::from_millis(1_795_348_800_000);

fn judged(pantry: &Pantry, provider: &str, status: u16, body: &str) -> Failure {
    let rules = &pantry.providers[provider].errors;
    classify(status, &(), body.as_bytes(), rules, NOW)
}

/// Provider, status, body, and what it means. Bodies are as quoted in the facts, with their dots filled.
const QUOTED: &[(&str, u16, &str, Class, Scope)] = &[
    (
        "openrouter",
        429,
        r#"{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"}}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    (
        "openrouter",
        429,
        r#"{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-min. "}}"#,
        Class::RateLimited,
        Scope::Account,
    ),
    (
        "openrouter",
        429,
        r#"{"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Chutes","raw":"x is temporarily rate-limited upstream"}}}"#,
        Class::RateLimited,
        Scope::Offer,
    ),
    (
        "openrouter",
        402,
        r#"{"error":{"code":402,"message":"Insufficient credits"}}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    (
        "openrouter",
        404,
        r#"{"error":{"code":404,"message":"No endpoints found matching your data policy"}}"#,
        Class::NotFree,
        Scope::Offer,
    ),
    (
        "google-ai-studio",
        429,
        r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded for metric: x, limit: 20","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"20"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26s"}]}}]"#,
        Class::QuotaSpent,
        Scope::Offer,
    ),
    (
        "google-ai-studio",
        429,
        r#"[{"error":{"code":429,"message":"Quota exceeded for metric: x, limit: 5","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"retryDelay":"26s"}]}}]"#,
        Class::RateLimited,
        Scope::Offer,
    ),
    (
        "google-ai-studio",
        429,
        r#"[{"error":{"code":429,"message":"Quota exceeded for metric: x, limit: 0","details":[]}}]"#,
        Class::NotFree,
        Scope::Offer,
    ),
    (
        "google-ai-studio",
        400,
        r#"[{"error":{"code":400,"message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}]"#,
        Class::CredentialRefused,
        Scope::Credential,
    ),
    (
        "google-ai-studio",
        400,
        r#"[{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}]"#,
        Class::NotFree,
        Scope::Provider,
    ),
    (
        "nvidia-nim",
        400,
        r#"{"status":400,"title":"Bad Request","detail":"DEGRADED function cannot be invoked"}"#,
        Class::Overloaded,
        Scope::Offer,
    ),
    (
        "nvidia-nim",
        404,
        r#"{"status":404,"title":"Not Found","detail":"Function 'abc': Not found for account 'xyz'"}"#,
        Class::NotFree,
        Scope::Offer,
    ),
    ("nvidia-nim", 410, r#"{"status":410,"title":"Gone"}"#, Class::NotFree, Scope::Offer),
    (
        "nvidia-nim",
        429,
        r#"{"status":429,"title":"Too Many Requests"}"#,
        Class::RateLimited,
        Scope::Offer,
    ),
    (
        "groq",
        429,
        r#"{"error":{"message":"Rate limit reached for model `m` in organization `o` on tokens per day (TPD): Limit 200000, Used 199000, Requested 2000. Please try again in 7m12s.","type":"tokens","code":"rate_limit_exceeded"}}"#,
        Class::QuotaSpent,
        Scope::Offer,
    ),
    (
        "groq",
        429,
        r#"{"error":{"message":"Rate limit reached for model `m` on tokens per minute (TPM): Limit 8000. Please try again in 5.289s.","type":"tokens","code":"rate_limit_exceeded"}}"#,
        Class::RateLimited,
        Scope::Offer,
    ),
    (
        "groq",
        413,
        r#"{"error":{"message":"Request too large for model `m` on tokens per minute (TPM): Limit 8000, Requested 9000","type":"tokens","code":"rate_limit_exceeded"}}"#,
        Class::DoesNotFit,
        Scope::None,
    ),
    (
        "groq",
        400,
        r#"{"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"x"}}"#,
        Class::BadAnswer,
        Scope::Offer,
    ),
    (
        "cloudflare-workers-ai",
        429,
        r#"{"success":false,"errors":[{"code":4006,"message":"you have used up your daily free allocation of 10,000 neurons"}],"messages":[],"result":null}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    (
        "cloudflare-workers-ai",
        429,
        r#"{"success":false,"errors":[{"code":3040,"message":"Capacity temporarily exceeded, please try again."}]}"#,
        Class::Overloaded,
        Scope::Offer,
    ),
    (
        "kilo-gateway",
        401,
        r#"{"error":{"code":"PROMOTION_MODEL_LIMIT_REACHED","message":"sign up to continue"}}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    (
        "kilo-gateway",
        401,
        r#"{"error":{"code":"PAID_MODEL_AUTH_REQUIRED","message":"sign in"}}"#,
        Class::NotFree,
        Scope::Offer,
    ),
    (
        "kilo-gateway",
        429,
        r#"{"error":"Rate limit exceeded","message":"Free model usage limit reached. Try later"}"#,
        Class::RateLimited,
        Scope::Account,
    ),
    (
        "zai",
        429,
        r#"{"error":{"code":"1302","message":"High concurrency"}}"#,
        Class::RateLimited,
        Scope::Offer,
    ),
    (
        "zai",
        429,
        r#"{"error":{"code":"1305","message":"overloaded"}}"#,
        Class::Overloaded,
        Scope::Offer,
    ),
    (
        "zai",
        429,
        r#"{"error":{"code":"1113","message":"Insufficient balance"}}"#,
        Class::NotFree,
        Scope::Offer,
    ),
    (
        "mistral",
        429,
        r#"{"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300","raw_status_code":429}"#,
        Class::RateLimited,
        Scope::Account,
    ),
    (
        "mistral",
        429,
        r#"{"object":"error","message":"Service tier capacity exceeded for this model.","type":"invalid_request_error"}"#,
        Class::Overloaded,
        Scope::Offer,
    ),
    (
        "pollinations-legacy",
        402,
        r#"{"error":"Payment Required","message":"Queue full for IP 1.2.3.4"}"#,
        Class::RateLimited,
        Scope::Account,
    ),
    (
        "cohere",
        429,
        r#"{"id":"x","message":"You are using a Trial key, which is limited to 1000 API calls / month."}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    (
        "cohere",
        429,
        r#"{"id":"x","message":"You are using a Trial key, which is limited to 20 API calls / minute."}"#,
        Class::RateLimited,
        Scope::Offer,
    ),
    (
        "ollama-cloud",
        403,
        r#"{"error":"this model requires a subscription, upgrade for access"}"#,
        Class::NotFree,
        Scope::Offer,
    ),
    (
        "ollama-cloud",
        429,
        r#"{"error":"you have reached your weekly usage limit"}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    (
        "modelscope",
        429,
        r#"{"errors":{"message":"insufficient balance (1008)"}}"#,
        Class::NotFree,
        Scope::Offer,
    ),
    (
        "huggingface",
        402,
        r#"{"error":"You have exceeded your monthly included credits for Inference Providers."}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
    ("routeway", 403, "error code: 1010", Class::Overloaded, Scope::Provider),
    (
        "vercel-ai-gateway",
        403,
        r#"{"error":{"message":"add a card","type":"customer_verification_required"}}"#,
        Class::CredentialRefused,
        Scope::Account,
    ),
    (
        "siliconflow-cn",
        403,
        r#"{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}"#,
        Class::QuotaSpent,
        Scope::Account,
    ),
];

#[test]
fn quoted_refusals_mean_what_they_mean() {
    let pantry = Pantry::new(builtin()).unwrap();
    for (provider, status, body, class, scope) in QUOTED {
        let failure = judged(&pantry, provider, *status, body);
        assert_eq!((failure.class, failure.scope), (*class, *scope), "{provider} {status} {body}");
    }
}

#[test]
fn a_wait_that_is_a_lie_is_not_believed() {
    let pantry = Pantry::new(builtin()).unwrap();
    let wait = |provider: &str| {
        let of = |(name, _, _, class, _): &&(&str, u16, &str, Class, Scope)| {
            *name == provider && *class == Class::QuotaSpent
        };
        let (_, status, body, _, _) = QUOTED.iter().find(of).unwrap();
        judged(&pantry, provider, *status, body).wait
    };
    assert_eq!(wait("google-ai-studio"), Wait::Reset);
    assert_eq!(wait("openrouter"), Wait::Reset);
    assert_eq!(wait("cloudflare-workers-ai"), Wait::Reset);
    assert_eq!(wait("kilo-gateway"), Wait::Stated(Duration::from_secs(86_400)));
    // From the 22nd at noon to the first at midnight.
    assert_eq!(wait("cohere"), Wait::Stated(Duration::from_secs(8 * 86_400 + 43_200)));
}

#[test]
fn the_reset_inside_openrouters_body_is_the_wait() {
    let pantry = Pantry::new(builtin()).unwrap();
    let body = r#"{"error":{"message":"Rate limit exceeded: free-models-per-min. ","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795348830000"}}}}"#;
    let failure = judged(&pantry, "openrouter", 429, body);
    assert_eq!(failure.wait, Wait::Stated(Duration::from_secs(30)));
}

// === recorded ===

fn recordings() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the recordings are")]
    let told = std::env::var("POTLUCK_RECORDINGS").map(PathBuf::from);
    let path = told.unwrap_or_else(|_| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings")
    });
    if !path.is_dir() {
        eprintln!("SKIPPED: recorded refusals are not judged, {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn recorded(folder: &Path) -> Vec<(String, Value)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (path.display().to_string(), value)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn recorded_refusals_of_shipped_providers_are_no_fault_of_the_client_when_limits_speak() {
    let Some(folder) = recordings() else { return };
    let pantry = Pantry::new(builtin()).unwrap();
    let folders = [
        ("openrouter", "openrouter"),
        ("groq", "groq"),
        ("gemini", "google-ai-studio"),
        ("mistral", "mistral"),
        ("cohere", "cohere"),
        ("cloudflare", "cloudflare-workers-ai"),
        ("huggingface", "huggingface"),
        ("ollama-cloud", "ollama-cloud"),
        ("nvidia", "nvidia-nim"),
        ("zai", "zai"),
    ];
    let (mut judged_in_all, mut limited) = (0, 0);
    for (name, provider) in folders {
        for (path, recording) in recorded(&folder.join(name)) {
            let status = u16::try_from(recording["response"]["status"].as_u64().unwrap()).unwrap();
            let Some(body) = recording["response"]["body"].as_str() else { continue };
            if status < 400 {
                continue;
            }
            let failure = judged(&pantry, provider, status, body);
            judged_in_all += 1;
            if status == 429 {
                limited += 1;
                let quota = matches!(failure.class, Class::RateLimited | Class::QuotaSpent);
                assert!(quota, "{path}: {failure:?}");
            }
            if status == 401 {
                assert_eq!(failure.class, Class::CredentialRefused, "{path}: {failure:?}");
            }
        }
    }
    println!("judged {judged_in_all} recorded refusals, {limited} of them 429");
    assert!(judged_in_all > 40 && limited >= 13, "{judged_in_all} and {limited}");
}
