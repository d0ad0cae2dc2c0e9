//! `GET /generation?id=`: what became of a recent request.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Query, State};
use axum::response::Response;
use http::StatusCode;
use potluck_core::response::FinishReason;
use potluck_core::verdict::AttemptNote;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::kept::{self, millis};
use crate::http::{answer, speaker};
use crate::recent::{Ending, Fact, Server};

/// Tells the facts of one request by the id that its answer had.
pub(in crate::http) async fn generation(
    State(house): State<Arc<House>>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let id = query.get("id").map_or("", String::as_str);
    match house.recall(id).await {
        Some(fact) => {
            let mut told = describe(&fact);
            told["potluck"]["decision"] = json!(kept::Decision::of(&fact, &house.recent.roster));
            answer::value(StatusCode::OK, &json!({ "data": told }))
        }
        None => answer::refuse(speaker::of(uri.path()), &kept::forgotten(id), None),
    }
}

fn describe(fact: &Fact) -> Value {
    let usage = fact.usage.as_ref();
    let (prompt, completion) = (usage.map(|u| u.prompt), usage.map(|u| u.completion));
    let mut told = json!({
        "id": fact.id,
        "request_id": fact.id,
        "upstream_id": null,
        "session_id": fact.session,
        "created_at": jiff::Timestamp::from_millisecond(fact.came.as_millis()).unwrap_or_default().to_string(),
        "model": model(fact),
        "provider_name": fact.server.as_ref().map(|server| &*server.provider),
        "router": null,
        "api_type": "completions",
        "streamed": fact.streamed,
        "cancelled": fact.ending == Ending::Left,
        "finish_reason": fact.finish.map(FinishReason::word),
        "native_finish_reason": null,
        "latency": fact.first_content.map(millis),
        "generation_time": fact.serving.map(millis),
        "moderation_latency": null,
        "tokens_prompt": prompt,
        "tokens_completion": completion,
        "native_tokens_prompt": prompt,
        "native_tokens_completion": completion,
        "native_tokens_reasoning": usage.and_then(|usage| usage.reasoning),
        "native_tokens_cached": usage.and_then(|usage| usage.cached),
        "provider_responses": responses(fact),
        "potluck": about(fact),
    });
    if let (Some(told), Value::Object(rest)) = (told.as_object_mut(), unused()) {
        told.extend(rest);
    }
    told
}

/// What OpenRouter tells of payment, accounts, pictures and searches: nothing is paid, and the rest is not known.
fn unused() -> Value {
    json!({
        "usage": 0,
        "total_cost": 0,
        "upstream_inference_cost": 0,
        "cache_discount": null,
        "is_byok": false,
        "app_id": null,
        "data_region": "global",
        "external_user": null,
        "http_referer": null,
        "native_tokens_completion_images": null,
        "num_fetches": null,
        "num_input_audio_prompt": null,
        "num_media_completion": null,
        "num_media_prompt": null,
        "num_search_results": null,
        "origin": "",
        "preset_id": null,
        "response_cache_source_id": null,
        "service_tier": null,
        "user_agent": null,
        "web_search_engine": null,
        "workspace_id": null,
    })
}

/// Who served, or else what was asked for.
fn model(fact: &Fact) -> &str {
    let asked = || fact.asked.first().map_or("free", String::as_str);
    fact.server.as_ref().map_or_else(asked, |server| &server.offer)
}

/// Every attempt, the last one last.
fn responses(fact: &Fact) -> Vec<Value> {
    let mut all: Vec<Value> = fact.failed.iter().map(failure).collect();
    all.extend(fact.server.as_ref().map(|server| served(fact, server)));
    all
}

fn failure(note: &AttemptNote) -> Value {
    json!({
        "provider_name": note.offer.split('/').next(),
        "model_permaslug": note.offer,
        "status": note.status,
        "latency": millis(note.took),
        "is_byok": false,
        "class": note.class,
        "detail": note.detail,
    })
}

fn served(fact: &Fact, server: &Server) -> Value {
    let mut response = json!({
        "provider_name": server.offer.split('/').next(),
        "model_permaslug": server.offer,
        "status": fact.first_content.map(|_| 200),
        "is_byok": false,
    });
    if let Some(serving) = fact.serving {
        response["latency"] = json!(millis(serving));
    }
    response
}

fn about(fact: &Fact) -> Value {
    json!({
        "ending": fact.ending.word(),
        "detail": kept::detail(&fact.ending),
        "asked": fact.asked,
        "attempts": fact.failed.len() + usize::from(fact.server.is_some()),
        "tries": kept::attempts(fact),
        "waited_ms": millis(fact.waited),
        "dropped": fact.dropped,
        "total_ms": millis(fact.total),
        "simulated": fact.server.as_ref().map(|server| server.simulated),
    })
}
