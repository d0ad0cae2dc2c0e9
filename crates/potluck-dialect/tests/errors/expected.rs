//! What each recorded error means, as a person judged it from its bytes: not what the program printed.

use potluck_core::outcome::Cause::{self, *};
use potluck_core::outcome::Class::{self, *};
use potluck_core::outcome::Scope;

use Until::{Guess, Says};

/// For how long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Nobody said.
    Guess,
    /// It was stated, or the provider's file states it: within these seconds.
    Says(u64, u64),
}

/// One group of recordings that mean the same.
pub(crate) struct Judged {
    pub(crate) provider: &'static str,
    pub(crate) status: u16,
    /// In the message, the code, the type, or a header; what tells this group from others of the same status.
    pub(crate) says: &'static str,
    pub(crate) count: usize,
    pub(crate) class: Class,
    pub(crate) scope: Scope,
    pub(crate) wait: Until,
    pub(crate) cause: Option<Cause>,
}

#[rustfmt::skip]
const fn row(
    provider: &'static str, status: u16, says: &'static str, count: usize,
    (class, scope, wait, cause): (Class, Scope, Until, Option<Cause>),
) -> Judged {
    Judged { provider, status, says, count, class, scope, wait, cause }
}

const OFFER: Scope = Scope::Offer;
const NONE: Scope = Scope::None;
const KEY: Scope = Scope::Credential;
const ACCOUNT: Scope = Scope::Account;

/// All of them; the first row of a provider and status whose words are said is the one that counts.
#[rustfmt::skip]
pub(crate) const JUDGED: &[Judged] = &[
    row("anthropic", 400, "does not support effort level", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("anthropic", 400, "too many strict tools", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("anthropic", 400, "input_schema", 3, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("anthropic", 400, "temperature: range", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("anthropic", 401, "authentication_error", 4, (CredentialRefused, KEY, Guess, None)),
    row("anthropic", 404, "not_found_error", 7, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("azure", 200, "content_filter", 1, (DoesNotFit, NONE, Guess, Some(ContentPolicy))),
    row("azure", 404, "deploymentnotfound", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("cohere", 404, "not found", 3, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("cohere", 404, "was removed on", 2, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("deepseek", 400, "unknown variant", 3, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("deepseek", 400, "does not support this tool_choice", 2, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("deepseek", 400, "you passed deepseek-v9-nonexistent", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("deepseek", 401, "authentication fails", 3, (CredentialRefused, KEY, Guess, None)),
    row("doubleword", 400, "invalid request", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("doubleword", 404, "model_not_found", 3, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("fal", 404, "404: not found", 1, (Overloaded, OFFER, Guess, Some(WrongPath))),
    row("fal", 422, "field required", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("gemini", 400, "api_key_invalid", 4, (CredentialRefused, KEY, Guess, None)),
    row("gemini", 400, "json mode is not enabled", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("gemini", 400, "response modalities", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("gemini", 404, "is not found for api version", 8, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("gemini", 429, "permodelperminute", 1, (RateLimited, OFFER, Says(48, 48), None)),
    row("github-models", 429, "userbymodelbyday", 4, (QuotaSpent, OFFER, Says(73_186, 73_188), None)),
    row("github-models", 429, "userbymodelbyminute", 1, (RateLimited, OFFER, Says(49, 49), None)),
    row("groq", 200, "tool_use_failed", 3, (BadAnswer, OFFER, Guess, None)),
    row("groq", 400, "tool_use_failed", 2, (BadAnswer, OFFER, Guess, None)),
    row("groq", 400, "model_decommissioned", 5, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("groq", 400, "`tool calling` is not supported", 2, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("groq", 401, "invalid_api_key", 4, (CredentialRefused, KEY, Guess, None)),
    row("groq", 404, "model_not_found", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    // 17 tokens of prompt: it is the answer that was asked too long
    row("huggingface", 200, "`inputs` tokens + `max_new_tokens`", 3, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("huggingface", 404, "does not exist", 3, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("huggingface", 404, "model not found", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("huggingface", 422, "template not found", 2, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("huggingface", 422, "missing field", 4, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("hyperbolic", 422, "field required", 2, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("llamacpp", 400, "failed to load image", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("llamacpp", 500, "cannot make get request", 1, (DoesNotFit, NONE, Guess, None)),
    row("llamacpp", 500, "tools param requires --jinja", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("llamacpp", 501, "does not support embeddings", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("mistral", 400, "invalid_model", 2, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("mistral", 400, "logprobs are not enabled", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("mistral", 401, "invalid api key", 3, (CredentialRefused, KEY, Guess, None)),
    row("mistral", 401, "no api key found", 1, (CredentialRefused, KEY, Guess, None)),
    row("ollama-cloud", 400, "prompt too long", 1, (DoesNotFit, NONE, Guess, Some(TooLong))),
    row("ollama-cloud", 401, "unauthorized", 1, (CredentialRefused, KEY, Guess, None)),
    row("openai", 400, "unknown_parameter", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openai", 400, "invalid_parameter_combination", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openai", 400, "unsupported_parameter", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openai", 400, "unsupported_value", 2, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openai", 400, "invalid_function_parameters", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openai", 400, "invalid_image_url", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openai", 400, "invalid_image_file", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openai", 400, "missing_required_parameter", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openai", 400, "invalid_value", 2, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openai", 400, "you must provide a model", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openai", 400, "model_not_found", 4, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("openai", 401, "invalid_api_key", 4, (CredentialRefused, KEY, Guess, None)),
    row("openai", 404, "has been deprecated", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    // an upstream's 400 in the dress of a 502 in the dress of a 200
    row("openrouter", 200, "assistant message must have content", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openrouter", 200, "internal server error", 1, (Overloaded, OFFER, Guess, None)),
    row("openrouter", 200, "enginecore encountered an issue", 1, (Overloaded, OFFER, Guess, None)),
    // max_tokens of 10 was used up: of the prompt nothing is said
    row("openrouter", 200, "token limit reached", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openrouter", 400, "maximum context length", 1, (DoesNotFit, NONE, Guess, Some(TooLong))),
    row("openrouter", 400, "does not exist", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("openrouter", 400, "is not a valid model id", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("openrouter", 400, "developer instruction is not enabled", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openrouter", 400, "integer_below_min_value", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("openrouter", 400, "is not present in the provided tools", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    // the upstream's filter, not a refused key
    row("openrouter", 403, "content violates usage guidelines", 1, (DoesNotFit, NONE, Guess, Some(ContentPolicy))),
    row("openrouter", 404, "that support tool use", 2, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("openrouter", 404, "data policy", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("openrouter", 404, "alpha period", 2, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("openrouter", 404, "no endpoints found for", 2, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("openrouter", 429, "temporarily rate-limited upstream", 7, (RateLimited, OFFER, Says(30, 30), None)),
    row("openrouter", 429, "limit_rpm/", 1, (RateLimited, OFFER, Says(1, 60), None)),
    row("openrouter", 429, "free-models-per-min", 5, (RateLimited, ACCOUNT, Says(1, 60), None)),
    row("perplexity", 400, "too_many_prompt_tokens", 1, (DoesNotFit, NONE, Guess, Some(TooLong))),
    row("perplexity", 401, "invalid_api_key", 1, (CredentialRefused, KEY, Guess, None)),
    row("replicate", 422, "additional property", 3, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("replicate", 422, "text is required", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("together", 400, "invalid request", 2, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("venice", 404, "specified model not found", 2, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("vertex", 400, "maximum number of tokens", 1, (DoesNotFit, NONE, Guess, Some(TooLong))),
    row("vertex", 400, "temperature value of 1000", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("vertex", 400, "cannot fetch content", 1, (DoesNotFit, NONE, Guess, Some(Malformed))),
    row("vertex", 404, "publisher model", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("voyage", 400, "is not supported. supported models are", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    // a bad key is a 400 here
    row("xai", 400, "incorrect api key", 1, (CredentialRefused, KEY, Guess, None)),
    row("xai", 400, "does not support parameter", 1, (DoesNotFit, NONE, Guess, Some(Unsupported))),
    row("xai", 400, "model not found", 1, (NotFree, OFFER, Guess, Some(ModelGone))),
    row("xai", 404, "was deprecated", 2, (NotFree, OFFER, Guess, Some(ModelGone))),
];
