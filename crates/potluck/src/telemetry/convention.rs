//! The words of OpenTelemetry's conventions for generative models, in one place: they are still in development there.

pub(super) const OPERATION: &str = "gen_ai.operation.name";
pub(super) const PROVIDER: &str = "gen_ai.provider.name";
pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
pub(super) const MAX_TOKENS: &str = "gen_ai.request.max_tokens";
pub(super) const RESPONSE_ID: &str = "gen_ai.response.id";
pub(super) const RESPONSE_MODEL: &str = "gen_ai.response.model";
pub(super) const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
pub(super) const TOKEN_TYPE: &str = "gen_ai.token.type";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const STATUS: &str = "http.response.status_code";

/// Tokens of requests and answers, by type.
pub(super) const TOKEN_USAGE: &str = "gen_ai.client.token.usage";
/// Attempts at providers, in seconds.
pub(super) const ATTEMPT_DURATION: &str = "gen_ai.client.operation.duration";
/// Requests as clients see them, in seconds.
pub(super) const REQUEST_DURATION: &str = "gen_ai.server.request.duration";
/// From a request to its first content, in seconds.
pub(super) const TIME_TO_FIRST_TOKEN: &str = "gen_ai.server.time_to_first_token";

/// The bounds that the conventions advise for seconds.
pub(super) const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// The bounds that the conventions advise for tokens.
pub(super) const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// What is done at a door. The conventions have no word for an order of texts.
pub(super) fn operation(door: &str) -> &'static str {
    match door {
        "completions" | "ollama-generate" => "text_completion",
        "embeddings" | "ollama-embed" => "embeddings",
        "rerank" | "openrouter-rerank" => "rerank",
        "images" => "generate_content",
        _ => "chat",
    }
}

/// The conventions' own names of some providers; the id of the file for others.
pub(super) fn provider(id: &str) -> &str {
    match id {
        "gemini" => "gcp.gemini",
        "mistral" => "mistral_ai",
        "xai" => "x_ai",
        other => other,
    }
}
