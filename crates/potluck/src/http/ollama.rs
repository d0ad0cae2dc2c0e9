//! What Ollama's clients ask beside words: which models there are, what each can do, and what runs.
//!
//! What is told of a model is what `GET /v1/models` tells of it, under Ollama's names. Nothing lies on a disk here:
//! sizes are zero, and a digest stands for the name alone.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde_json::{Map, Value, json};

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::{answer, body, models};

/// The level of Ollama's API that is spoken here; some clients refuse a server below 0.6.4.
const LEVEL: &str = "0.12.6";

/// `GET /`: Ollama's sign of life.
pub(super) fn alive() -> Response {
    "Ollama is running".into_response()
}

/// `GET /api/version`
pub(super) async fn version() -> Response {
    answer::value(
        StatusCode::OK,
        &json!({ "version": LEVEL, "potluck": env!("CARGO_PKG_VERSION") }),
    )
}

/// `GET /api/tags`
pub(super) async fn tags(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let listed: Vec<Value> = models::all(&house, &caller).iter().map(tag).collect();
    answer::value(StatusCode::OK, &json!({ "models": listed }))
}

/// `GET /api/ps`: no model is in memory here.
pub(super) async fn running() -> Response {
    answer::value(StatusCode::OK, &json!({ "models": [] }))
}

/// `POST /api/show`
pub(super) async fn show(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Response {
    match describe(&house, &caller, body).await {
        Ok(model) => answer::value(StatusCode::OK, &model),
        Err(refusal) => answer::refuse(Client::OllamaChat, &refusal, None),
    }
}

/// `/api/pull` and the others that change what lies on a disk.
pub(super) async fn unsupported(OriginalUri(uri): OriginalUri) -> Response {
    let refusal = Refusal::new(
        501,
        "invalid_request_error",
        "not_supported",
        format!(
            "{} is not served: this is a router over many providers, no models are stored here. GET /api/tags \
             lists what can be used at once.",
            uri.path()
        ),
    );
    answer::refuse(Client::OllamaChat, &refusal, None)
}

async fn describe(house: &House, caller: &Caller, body: Body) -> Result<Value, Refusal> {
    let asked = body::read(body, house.terms().door.body_limit).await?;
    let asked: Value = serde_json::from_slice(&asked).map_err(|error| {
        Refusal::bad_request("invalid_json", format!("The body is not valid JSON: {error}."), None)
    })?;
    // Older clients say `name`.
    let name = asked["model"].as_str().or_else(|| asked["name"].as_str()).unwrap_or_default();
    if name.is_empty() {
        let param = Some("model".to_owned());
        return Err(Refusal::bad_request(
            "missing_required_parameter",
            "`model` is required.",
            param,
        ));
    }
    Ok(shown(&models::one(house, caller, name)?))
}

fn tag(model: &Value) -> Value {
    let id = model["id"].as_str().unwrap_or_default();
    json!({
        "name": id,
        "model": id,
        "modified_at": model["created_at"],
        "size": 0,
        "digest": digest(id),
        "details": details(model),
    })
}

fn shown(model: &Value) -> Value {
    let context = &model["context_length"];
    let mut info = Map::new();
    info.insert("general.architecture".to_owned(), "potluck".into());
    info.insert("general.basename".to_owned(), model["name"].clone());
    info.insert("potluck.context_length".to_owned(), context.clone());
    json!({
        "modelfile": format!("FROM {}", model["id"].as_str().unwrap_or_default()),
        "parameters": format!("num_ctx {context}"),
        "template": template(model),
        "details": details(model),
        "model_info": info,
        "capabilities": capabilities(model),
        "modified_at": model["created_at"],
    })
}

/// Each provider has its own template; this one only says what may stand in a request, where clients look for it.
fn template(model: &Value) -> &'static str {
    if can(model, "tools") {
        "{{ .System }}{{ .Tools }}{{ .Prompt }}{{ .Suffix }}"
    } else {
        "{{ .System }}{{ .Prompt }}{{ .Suffix }}"
    }
}

fn details(model: &Value) -> Value {
    let family = model["potluck"]["family"].as_str().or_else(|| model["id"].as_str());
    json!({
        "parent_model": "",
        "format": "",
        "family": family,
        "families": [family],
        "parameter_size": "",
        "quantization_level": "",
    })
}

fn capabilities(model: &Value) -> Vec<&'static str> {
    let inputs = model["architecture"]["input_modalities"].as_array();
    let sees = inputs.is_some_and(|inputs| inputs.iter().any(|input| input == "image"));
    let words = [
        (true, "completion"),
        (true, "insert"),
        (can(model, "tools"), "tools"),
        (sees, "vision"),
        (can(model, "reasoning"), "thinking"),
    ];
    words.into_iter().filter_map(|(has, word)| has.then_some(word)).collect()
}

fn can(model: &Value, parameter: &str) -> bool {
    let known = model["supported_parameters"].as_array();
    known.is_some_and(|known| known.iter().any(|known| known == parameter))
}

/// 64 hexadecimal digits, as clients expect, that stand for the name (FNV-1a) and for no file.
fn digest(id: &str) -> String {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:064x}")
}
