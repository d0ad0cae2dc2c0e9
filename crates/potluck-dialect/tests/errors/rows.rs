//! Every row of "which status means what" and every refusal that is known by its words alone, with the rules of
//! the provider's file. The bodies are written by hand after the descriptions in the catalogue's research.

use std::time::Duration;

use potluck_core::outcome::Cause::{self, *};
use potluck_core::outcome::Class::{self, *};
use potluck_core::outcome::{Scope, Wait};
use potluck_core::quota::Meter;
use potluck_dialect::fault::classify;

use crate::NOW;
use crate::file::known;

struct Row {
    /// The provider file; empty: none.
    file: &'static str,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    class: Class,
    scope: Scope,
    wait: Wait,
    cause: Option<Cause>,
}

const fn secs(seconds: u64) -> Wait {
    Wait::Stated(Duration::from_secs(seconds))
}

#[rustfmt::skip]
const fn row(
    file: &'static str, status: u16, body: &'static str,
    class: Class, scope: Scope, wait: Wait, cause: Option<Cause>,
) -> Row {
    Row { file, status, headers: &[], body, class, scope, wait, cause }
}

const fn with(headers: &'static [(&'static str, &'static str)], row: Row) -> Row {
    Row { headers, ..row }
}

const GUESS: Wait = Wait::Guess;
const OFFER: Scope = Scope::Offer;
const NONE: Scope = Scope::None;
const ACCOUNT: Scope = Scope::Account;

const GEMINI_DAY: &str = r#"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.\nPlease retry in 26.1s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"20","quotaDimensions":{"model":"gemini-3.5-flash"}}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26s"}]}}]"#;
const GEMINI_MINUTE: &str = r#"[{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 26.1s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaValue":"5"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26s"}]}}]"#;
const GEMINI_ZERO: &str = r#"{"error":{"code":429,"message":"Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 0, model: gemini-3.1-pro\nPlease retry in 3s.","status":"RESOURCE_EXHAUSTED"}}"#;
const GEMINI_REGION: &str = r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#;
const GROQ_TPM: &str = r#"{"error":{"message":"Rate limit reached for model `openai/gpt-oss-120b` in organization `org_01hxyzabcdefgh` service tier `on_demand` on tokens per minute (TPM): Limit 8000, Used 7400, Requested 1200. Please try again in 4.5s. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing","type":"tokens","code":"rate_limit_exceeded"}}"#;
const GROQ_TPD: &str = r#"{"error":{"message":"Rate limit reached for model `openai/gpt-oss-120b` in organization `org_01hxyzabcdefgh` on tokens per day (TPD): Limit 200000, Used 199000, Requested 2300. Please try again in 9m38.016s.","type":"tokens","code":"rate_limit_exceeded"}}"#;
const GROQ_RPD: &str = r#"{"error":{"message":"Rate limit reached for model `m` in organization `o` on requests per day (RPD): Limit 1000, Used 1000, Requested 1. Please try again in 1m26.4s.","type":"requests","code":"rate_limit_exceeded"}}"#;
const GROQ_413: &str = r#"{"error":{"message":"Request too large for model `openai/gpt-oss-120b` in organization `o` on tokens per minute (TPM): Limit 8000, Requested 9400, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}"#;
const MISTRAL_1300: &str = r#"{"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300","raw_status_code":429}"#;
const OPENROUTER_DAY: &str = r#"{"error":{"message":"Rate limit exceeded: free-models-per-day-high-balance. ","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"1000","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795392000000"},"provider_name":null}}}"#;
const OPENROUTER_MINUTE: &str = r#"{"error":{"message":"Rate limit exceeded: free-models-per-min. ","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795348830000"},"provider_name":null}}}"#;
const OPENROUTER_UPSTREAM: &str = r#"{"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Chutes","raw":"z/glm:free is temporarily rate-limited upstream. Please retry shortly."}}}"#;
const OPENROUTER_KEY_BEHIND: &str = r#"{"error":{"code":401,"message":"Provider returned error","metadata":{"provider_name":"X","raw":"{\"error\":{\"message\":\"Invalid API key\"}}"}}}"#;
const COHERE_MINUTE: &str = r#"{"id":"1","message":"You are using a Trial key, which is limited to 20 API calls / minute. You can continue to use the Trial key for free."}"#;
const COHERE_MONTH: &str =
    r#"{"message":"You are using a Trial key, which is limited to 1000 API calls / month."}"#;
const CLOUDFLARE_DAY: &str = r#"{"success":false,"errors":[{"code":4006,"message":"you have used up your daily free allocation of 10,000 neurons, please upgrade to Cloudflare's Workers Paid plan"}],"messages":[],"result":null}"#;
const CLOUDFLARE_FULL: &str = r#"{"success":false,"errors":[{"code":3040,"message":"No more data centers to forward the request to"}],"result":null}"#;

/// Until 00:00 UTC of 2026-12-01 from the tests' now.
const TO_DECEMBER: Wait = secs(8 * 86_400 + 12 * 3_600);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // rate-limit signals
    with(&[("retry-after", "5")], row("groq", 429, GROQ_TPM, RateLimited, OFFER, secs(5), None)),
    row("groq", 429, GROQ_TPM, RateLimited, OFFER, Wait::Stated(Duration::from_millis(4_500)), None),
    row("groq", 429, GROQ_TPD, QuotaSpent, OFFER, Wait::Stated(Duration::from_millis(578_016)), None),
    row("groq", 429, GROQ_RPD, QuotaSpent, OFFER, Wait::Stated(Duration::from_millis(86_400)), None),
    row("", 400, GROQ_TPM, RateLimited, OFFER, Wait::Stated(Duration::from_millis(4_500)), None),
    row("openrouter", 429, OPENROUTER_DAY, QuotaSpent, ACCOUNT, Wait::Reset, None),
    row("openrouter", 429, OPENROUTER_MINUTE, RateLimited, ACCOUNT, secs(30), None),
    row("openrouter", 429, OPENROUTER_UPSTREAM, RateLimited, OFFER, secs(30), None),
    row("", 429, OPENROUTER_DAY, QuotaSpent, ACCOUNT, secs(43_200), None),
    row("google-ai-studio", 429, GEMINI_DAY, QuotaSpent, OFFER, Wait::Reset, None),
    row("google-ai-studio", 429, GEMINI_MINUTE, RateLimited, OFFER, secs(26), None),
    // the built-in signs know that the delay beside a day's quota is a lie
    row("", 429, GEMINI_DAY, QuotaSpent, OFFER, Wait::Reset, None),
    row("", 429, GEMINI_MINUTE, RateLimited, OFFER, secs(26), None),
    row("mistral", 429, MISTRAL_1300, RateLimited, ACCOUNT, secs(60), None),
    row("mistral", 429, r#"{"object":"error","message":"Service tier capacity exceeded for this model.","type":"invalid_request_error","code":null}"#, Overloaded, OFFER, secs(60), None),
    with(&[("RateLimit-Reset", "18")], row("ovhcloud", 429, r#"{"message":"API rate limit exceeded"}"#, RateLimited, OFFER, secs(18), None)),
    with(&[("retry-after", "7")], row("ai-horde", 429, r#"{"message":"Too many","rc":"TooManyPrompts"}"#, RateLimited, ACCOUNT, secs(7), None)),
    row("ai-horde", 403, r#"{"message":"no","rc":"KudosUpfront"}"#, DoesNotFit, NONE, GUESS, None),
    row("ai-horde", 503, r#"{"message":"no","rc":"MaintenanceMode"}"#, Overloaded, Scope::Provider, secs(300), None),
    with(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795348920")], row("llmgateway", 429, r#"{"error":{"message":"Too many requests"}}"#, RateLimited, OFFER, secs(120), None)),
    row("cohere", 429, COHERE_MINUTE, RateLimited, OFFER, secs(60), None),
    row("cohere", 429, COHERE_MONTH, QuotaSpent, ACCOUNT, TO_DECEMBER, None),
    row("cloudflare-workers-ai", 429, CLOUDFLARE_DAY, QuotaSpent, ACCOUNT, Wait::Reset, None),
    row("", 429, r#"{"errors":[{"message":"you have used up your daily free allocation of 10,000 neurons"}]}"#, QuotaSpent, ACCOUNT, Wait::Reset, None),
    row("", 429, CLOUDFLARE_DAY, QuotaSpent, ACCOUNT, Wait::Reset, None),
    row("", 403, r#"{"error":"Daily limit of free requests reached, upgrade your plan"}"#, QuotaSpent, ACCOUNT, Wait::Reset, None),
    row("", 403, r#"{"error":"This is part of the paid plan"}"#, NotFree, OFFER, GUESS, None),
    row("cloudflare-workers-ai", 429, CLOUDFLARE_FULL, Overloaded, OFFER, secs(30), None),
    row("nvidia-nim", 429, r#"{"status":429,"title":"Too Many Requests"}"#, RateLimited, OFFER, secs(60), None),
    row("kilo-gateway", 429, r#"{"error":"Rate limit exceeded","message":"Free model usage limit reached. Please sign in."}"#, RateLimited, ACCOUNT, Wait::Reset, None),
    row("zai", 429, r#"{"error":{"code":"1302","message":"High concurrency usage of this API"}}"#, RateLimited, OFFER, secs(5), None),
    row("zai", 429, r#"{"error":{"code":"1305","message":"The service is overloaded"}}"#, Overloaded, OFFER, secs(30), None),
    // which status means what
    row("pollinations-legacy", 402, r#"{"error":"Queue full for IP 203.0.113.7: 1 requests already queued"}"#, RateLimited, ACCOUNT, secs(15), None),
    row("openrouter", 402, r#"{"error":{"code":402,"message":"Insufficient credits. Add more."}}"#, QuotaSpent, ACCOUNT, secs(86_400), Some(NoCredit)),
    row("huggingface", 402, r#"{"error":"You have exceeded your monthly included credits for Inference Providers."}"#, QuotaSpent, ACCOUNT, TO_DECEMBER, Some(NoCredit)),
    row("", 402, r#"{"error":{"code":"PAYMENT_METHOD_REQUIRED","message":"Add a payment method"}}"#, QuotaSpent, ACCOUNT, GUESS, Some(NoCredit)),
    row("kilo-gateway", 401, r#"{"error":{"code":"PROMOTION_MODEL_LIMIT_REACHED","message":"Sign up"}}"#, QuotaSpent, ACCOUNT, secs(86_400), None),
    row("kilo-gateway", 401, r#"{"error":{"code":"PAID_MODEL_AUTH_REQUIRED","message":"You need to sign in to use this model."}}"#, NotFree, OFFER, GUESS, None),
    row("ollama-cloud", 403, r#"{"error":"this model requires a subscription, upgrade for access: https://ollama.com/upgrade"}"#, NotFree, OFFER, GUESS, None),
    row("", 403, r#"{"error":"this model requires a subscription"}"#, NotFree, OFFER, GUESS, None),
    row("ollama-cloud", 429, r#"{"error":"you have reached your weekly usage limit"}"#, QuotaSpent, ACCOUNT, secs(86_400), None),
    row("ollama-cloud", 429, r#"{"error":"you have reached your session usage limit"}"#, QuotaSpent, ACCOUNT, secs(3_600), None),
    row("ovhcloud", 403, r#"{"message":"invalid token"}"#, CredentialRefused, Scope::Provider, GUESS, None),
    row("routeway", 403, "error code: 1010", Overloaded, Scope::Provider, secs(86_400), None),
    row("google-ai-studio", 400, r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#, CredentialRefused, Scope::Credential, GUESS, None),
    row("", 400, r#"[{"error":{"code":400,"message":"No.","details":[{"reason":"API_KEY_INVALID"}]}}]"#, CredentialRefused, Scope::Credential, GUESS, None),
    row("google-ai-studio", 400, GEMINI_REGION, NotFree, Scope::Provider, GUESS, Some(Region)),
    row("", 400, GEMINI_REGION, NotFree, Scope::Provider, GUESS, Some(Region)),
    row("nvidia-nim", 400, r#"{"status":400,"title":"Bad Request","detail":"Function id 'x': DEGRADED function cannot be invoked"}"#, Overloaded, OFFER, secs(60), None),
    row("", 400, r#"{"detail":"DEGRADED function cannot be invoked"}"#, Overloaded, OFFER, GUESS, None),
    row("nvidia-nim", 404, r#"{"status":404,"title":"Not Found","detail":"Function '9b96341b-9791-4db9-a00d-4e43aa192a39': Not found for account 'abc'"}"#, NotFree, OFFER, GUESS, Some(ModelGone)),
    row("nvidia-nim", 410, r#"{"status":410,"title":"Gone","detail":"The model 'x' has reached its end of life on 2026-09-01."}"#, NotFree, OFFER, GUESS, Some(ModelGone)),
    row("openrouter", 404, r#"{"error":{"code":404,"message":"No endpoints found matching your data policy (Free model publication)."}}"#, NotFree, OFFER, GUESS, Some(ModelGone)),
    row("groq", 413, GROQ_413, DoesNotFit, NONE, GUESS, Some(OverWindow)),
    row("", 413, GROQ_413, DoesNotFit, NONE, GUESS, Some(OverWindow)),
    row("google-ai-studio", 429, GEMINI_ZERO, NotFree, OFFER, GUESS, None),
    row("", 429, GEMINI_ZERO, NotFree, OFFER, GUESS, None),
    row("zai", 429, r#"{"error":{"code":"1113","message":"Insufficient balance or no resource package."}}"#, NotFree, OFFER, GUESS, None),
    row("modelscope", 429, r#"{"errors":{"message":"insufficient balance (1008)"}}"#, NotFree, OFFER, GUESS, None),
    row("openrouter", 200, r#"{"error":{"code":502,"message":"Provider returned error"}}"#, Overloaded, OFFER, GUESS, None),
    row("", 200, r#"{"error":{"message":"something odd"}}"#, BadAnswer, OFFER, GUESS, None),
    // other rules of the files
    row("alibaba-model-studio", 403, r#"{"error":{"code":"AllocationQuota.FreeTierOnly","message":"The free tier of the model has been exhausted."}}"#, NotFree, OFFER, GUESS, None),
    row("bigmodel", 429, r#"{"error":{"code":"1302","message":"并发数过高"}}"#, RateLimited, OFFER, secs(5), None),
    row("blockrun", 402, r#"{"x402Version":1,"error":"payment required"}"#, NotFree, OFFER, GUESS, None),
    row("llm7", 400, r#"{"error":{"code":"model_unavailable","message":"gone"}}"#, NotFree, OFFER, GUESS, Some(ModelGone)),
    row("llmgateway", 401, r#"{"error":{"message":"API key usage limit reached"}}"#, QuotaSpent, ACCOUNT, secs(3_600), None),
    row("mistral", 402, r#"{"detail":"payment"}"#, QuotaSpent, ACCOUNT, secs(86_400), Some(NoCredit)),
    row("pollinations", 402, r#"{"error":{"message":"Insufficient pollen balance"}}"#, QuotaSpent, ACCOUNT, secs(3_600), Some(NoCredit)),
    row("siliconflow-cn", 403, r#"{"code":30001,"message":"Sorry, your account balance is insufficient"}"#, QuotaSpent, ACCOUNT, secs(86_400), None),
    row("vercel-ai-gateway", 403, r#"{"error":{"message":"AI Gateway requires a valid credit card","type":"customer_verification_required"}}"#, CredentialRefused, ACCOUNT, GUESS, None),
    row("wandb", 429, r#"{"error":{"message":"Concurrency limit reached for requests"}}"#, RateLimited, ACCOUNT, secs(1), None),
    row("llama-cpp", 503, r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, Overloaded, Scope::Provider, secs(10), None),
    row("llama-cpp", 500, r#"{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}"#, DoesNotFit, NONE, GUESS, Some(Unsupported)),
    row("llama-cpp", 400, r#"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":8192}}"#, DoesNotFit, NONE, GUESS, Some(TooLong)),
    // errors in disguise, and what gateways make of others' errors
    row("", 401, OPENROUTER_KEY_BEHIND, Overloaded, OFFER, GUESS, None),
    row("", 429, r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota, please check your plan and billing details."}}"#, QuotaSpent, ACCOUNT, GUESS, Some(NoCredit)),
    row("", 429, r#"{"error":{"message":"Request too large for gpt-5 in organization o on tokens per min (TPM): Limit 30000, Requested 40000."}}"#, DoesNotFit, NONE, GUESS, Some(OverWindow)),
    row("", 429, r#"{"error":{"message":"Rate limit reached for model `m` on tokens per minute (TPM): Limit 8000, Used 0, Requested 9000."}}"#, DoesNotFit, NONE, GUESS, Some(OverWindow)),
    row("", 429, r#"{"message":"We are experiencing high traffic","type":"too_many_requests_error","param":"queue","code":"queue_exceeded"}"#, RateLimited, OFFER, GUESS, None),
    row("", 429, r#"{"message":"Requests per day limit exceeded","type":"too_many_requests_error","param":"quota","code":"request_quota_exceeded"}"#, QuotaSpent, ACCOUNT, Wait::Reset, None),
    with(&[("retry-after", "73192")], row("", 429, "Too many requests.", QuotaSpent, OFFER, secs(73_192), None)),
    row("", 403, "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head></html>", Overloaded, OFFER, GUESS, None),
    row("", 502, "<html>\n<head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>", Overloaded, OFFER, GUESS, None),
    row("", 404, "<html><head><title>404 Not Found</title></head></html>", Overloaded, OFFER, GUESS, Some(WrongPath)),
    row("", 404, r#"{"detail":"Not Found"}"#, Overloaded, OFFER, GUESS, Some(WrongPath)),
    row("", 404, "404 page not found", Overloaded, OFFER, GUESS, Some(WrongPath)),
    row("", 404, r#"{"error":{"message":"Invalid URL (POST /v1/chat/completion)","type":"invalid_request_error"}}"#, Overloaded, OFFER, GUESS, Some(WrongPath)),
    row("", 404, r#"{"error":{"message":"Unknown request URL: POST /openai/chat. Please check the URL","code":"unknown_url"}}"#, Overloaded, OFFER, GUESS, Some(WrongPath)),
    row("", 302, "", BadAnswer, OFFER, GUESS, Some(WrongPath)),
    with(&[("retry-after", "20")], row("", 503, r#"{"error":"busy"}"#, Overloaded, OFFER, secs(20), None)),
    row("", 529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Overloaded, OFFER, GUESS, None),
    row("", 524, "", Overloaded, OFFER, GUESS, None),
    row("", 498, r#"{"error":{"message":"capacity_exceeded"}}"#, Overloaded, OFFER, GUESS, None),
    row("", 408, "", Overloaded, OFFER, GUESS, None),
    row("", 418, r#"{"error":"teapot"}"#, DoesNotFit, NONE, GUESS, Some(Malformed)),
    row("", 400, r#"{"error":{"message":"tools[0] is odd","type":"invalid_request_error"}}"#, DoesNotFit, NONE, GUESS, Some(Malformed)),
    row("", 400, "", DoesNotFit, NONE, GUESS, Some(Malformed)),
    row("", 401, "", CredentialRefused, Scope::Credential, GUESS, None),
    row("", 403, r#"{"error":{"message":"Project does not have access to model `x`","code":"model_not_found"}}"#, NotFree, OFFER, GUESS, Some(ModelGone)),
    row("", 400, r#"{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}"#, DoesNotFit, NONE, GUESS, Some(ContentPolicy)),
    row("", 403, "error code: 1010", Overloaded, Scope::Provider, GUESS, None),
    row("", 413, "<html><head><title>413 Request Entity Too Large</title></head></html>", DoesNotFit, NONE, GUESS, Some(TooLong)),
    row("", 307, "<html><title>Temporary Redirect</title></html>", BadAnswer, OFFER, GUESS, Some(WrongPath)),
    row("", 429, r#"{"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}"#, QuotaSpent, ACCOUNT, GUESS, Some(NoCredit)),
    row("", 400, r#"{"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"}}"#, DoesNotFit, NONE, GUESS, Some(Unsupported)),
    row("", 400, r#"{"error":{"message":"Failed to validate JSON. Please adjust your prompt.","code":"json_validate_failed","failed_generation":"{"}}"#, BadAnswer, OFFER, GUESS, None),
    row("", 400, r#"{"error":{"message":"max_tokens is too large: 100000. This model supports at most 16384 completion tokens"}}"#, DoesNotFit, NONE, GUESS, Some(Unsupported)),
    row("", 400, r#"{"error":{"message":"Invalid JSON payload received. Unknown name \"seed\": Cannot find field."}}"#, DoesNotFit, NONE, GUESS, Some(Unsupported)),
    row("", 400, r#"{"error":{"message":"Unexpected or invalid token at line 1"}}"#, DoesNotFit, NONE, GUESS, Some(Malformed)),
    // what sounds like a dead model and is none
    row("", 400, r#"{"error":{"message":"a function called by the model does not exist in tools"}}"#, DoesNotFit, NONE, GUESS, Some(Malformed)),
    row("", 400, r#"{"error":{"message":"the model called a tool. Its result was not found"}}"#, DoesNotFit, NONE, GUESS, Some(Malformed)),
    // what a client wrote is no sign
    row("", 422, r#"{"detail":[{"loc":["body","messages"],"msg":"Field required","input":"rate limit exceeded per day, limit: 0, invalid api key"}]}"#, DoesNotFit, NONE, GUESS, Some(Malformed)),
    row("", 400, r#"{"error":{"message":"tool call broken","code":"tool_use_failed","failed_generation":"insufficient_quota"}}"#, BadAnswer, OFFER, GUESS, None),
];

#[test]
fn every_row_means_what_the_research_says() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let rules = if row.file.is_empty() { Vec::new() } else { known(row.file).rules };
        let failure = classify(row.status, &row.headers, row.body.as_bytes(), &rules, NOW);
        let told = (failure.class, failure.scope, failure.wait, failure.cause);
        if told != (row.class, row.scope, row.wait, row.cause) {
            wrong.push(format!("{:?} {} {}\n    {failure:?}", row.file, row.status, row.body));
        }
        assert!(!failure.detail.is_empty() && failure.detail.chars().count() <= 300);
        assert!(!failure.detail.contains("://") && !failure.detail.contains("203.0.113.7"));
    }
    eprintln!("{} rows", ROWS.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

#[test]
fn a_limit_is_named_by_its_words() {
    let day = Some(Duration::from_secs(86_400));
    let minute = Some(Duration::from_secs(60));
    let month = Some(Duration::from_secs(30 * 86_400));
    let table = [
        (GROQ_TPM, Some(Meter::Tokens), minute),
        (GROQ_TPD, Some(Meter::Tokens), day),
        (GROQ_RPD, Some(Meter::Requests), day),
        (GEMINI_DAY, Some(Meter::Requests), day),
        (GEMINI_MINUTE, Some(Meter::Requests), minute),
        (OPENROUTER_DAY, Some(Meter::Requests), day),
        (OPENROUTER_MINUTE, Some(Meter::Requests), minute),
        (COHERE_MINUTE, Some(Meter::Requests), minute),
        (COHERE_MONTH, Some(Meter::Requests), month),
        (CLOUDFLARE_DAY, Some(Meter::MilliNeurons), day),
        (r#"{"error":{"message":"too many"}}"#, None, None),
    ];
    for (body, meter, window) in table {
        let failure = classify(429, &(), body.as_bytes(), &[], NOW);
        assert_eq!((failure.meter, failure.window), (meter, window), "{body}");
    }
    let failure = classify(413, &(), GROQ_413.as_bytes(), &[], NOW);
    assert_eq!((failure.meter, failure.window), (Some(Meter::Tokens), minute));
}
