//! The doors for clients: their dialect, who may come in, and status codes.
//!
//! This room does not know how an offer was chosen.

mod admin;
mod answer;
mod arrival;
mod body;
mod caller;
mod chat;
mod dashboard;
mod guard;
mod health;
mod images;
pub(crate) mod kept;
mod keys;
mod metrics;
mod models;
mod ollama;
mod openapi;
mod openrouter;
mod pool;
mod reach;
mod routes;
mod session;
mod speaker;
mod stored;
mod terms;
mod texts;
mod tokens;
mod wishes;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, header};

use potluck_dialect::{Client, embedding, image, rerank};

use crate::house::House;
use crate::http::pool::provider_key;
use routes::{Routes, delete, get, post, put};

pub use openapi::document;
pub use routes::Route;

/// All routes of the house.
pub fn router(house: &Arc<House>) -> Router {
    let routes = doors();
    let traffic =
        house.meters.traffic(|| routes.listed().iter().map(|route| route.path.clone()).collect());
    routes
        .into_router()
        .fallback(any(nowhere))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(house), guard::admit))
        .layer(middleware::from_fn_with_state((Arc::clone(house), traffic), arrival::count))
        .with_state(Arc::clone(house))
}

/// Every path with its methods, for whoever tells of them.
#[must_use]
pub fn routes() -> Vec<Route> {
    doors().listed().to_vec()
}

fn doors() -> Routes {
    Routes::default()
        .nest("/v1", clients(Client::Chat))
        .nest("/api/v1", clients(Client::OpenRouter))
        .nest("/api", ollama_clients())
        .route("/", get(root))
        .route("/dashboard/{*path}", get(dashboard::serve))
        .merge(clients(Client::Chat))
        .route("/v2/rerank", texts::rerank(rerank::Door::Cohere))
        .route("/api/embed", texts::embeddings(embedding::Door::Ollama))
        .route("/api/embeddings", texts::embeddings(embedding::Door::OllamaLegacy))
        .route("/pool", get(pool::show))
        .route("/pool/explain", post(pool::explain))
        .route("/pool/journal", get(pool::journal::list))
        .route("/pool/journal/{id}", get(pool::journal::one))
        .route("/pool/providers", get(pool::providers))
        .route("/pool/forecast", get(pool::foretell))
        .route("/pool/events", get(pool::events))
        .route("/metrics", get(metrics::show))
        .route("/openapi.json", get(openapi::show))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/session", get(session::show).post(session::open).delete(session::close))
        .merge(management().managed())
}

/// What only whoever may manage the router reaches.
fn management() -> Routes {
    Routes::default()
        .route("/keys", get(keys::list).post(keys::create))
        .route("/keys/{id}", delete(keys::revoke))
        .route("/pool/reload", post(pool::reload))
        .route("/pool/providers/{id}/key", put(provider_key::put).delete(provider_key::delete))
}

/// Looks at the pool while somebody listens to its events, for as long as the house stands.
pub async fn look_out(house: Arc<House>) {
    pool::look_out(house).await;
}

/// What stands under every base; `chat` is who asks for chat completions there.
fn clients(chat: Client) -> Routes {
    let ranks = match chat {
        Client::OpenRouter => rerank::Door::OpenRouter,
        _ => rerank::Door::Cohere,
    };
    Routes::default()
        .route("/chat/completions", chat::door(chat))
        .route("/embeddings", texts::embeddings(embedding::Door::OpenAi))
        .route("/rerank", texts::rerank(ranks))
        .route("/messages", chat::door(Client::Messages))
        .route("/messages/count_tokens", post(tokens::count))
        .route("/completions", chat::door(Client::Completions))
        .route("/responses", chat::door(Client::Responses))
        .route("/responses/{id}", get(stored::nothing).delete(stored::nothing))
        .route("/responses/{id}/cancel", post(stored::nothing))
        .route("/responses/{id}/input_items", get(stored::nothing))
        .route("/images/generations", images::door(image::Door::Generations))
        .route("/images/edits", images::door(image::Door::Edits))
        .route("/images", images::door(image::Door::OpenRouter))
        .route("/images/files/{file}", get(images::show))
        .route("/models", get(models::list))
        .route("/models/user", get(models::list))
        .route("/models/count", get(models::count))
        .route("/models/{*id}", get(models::retrieve))
        .route("/model/{*id}", get(models::retrieve_wrapped))
        .route("/endpoints/zdr", get(openrouter::endpoints::zero_retention))
        .route("/providers", get(openrouter::providers))
        .route("/key", get(openrouter::key))
        .route("/auth/key", get(openrouter::key))
        .route("/credits", get(openrouter::credits))
        .route("/generation", get(openrouter::generation))
}

/// What stands under Ollama's base.
fn ollama_clients() -> Routes {
    let base = Routes::default()
        .route("/chat", chat::door(Client::OllamaChat))
        .route("/generate", chat::door(Client::OllamaGenerate))
        .route("/tags", get(ollama::tags))
        .route("/show", post(ollama::show))
        .route("/ps", get(ollama::running))
        .route("/version", get(ollama::version));
    ["/copy", "/pull", "/push", "/delete", "/create"]
        .into_iter()
        .fold(base, |base, path| base.route(path, routes::any(ollama::unsupported)))
}

/// People get the dashboard, Ollama's clients the sign of life that they look for.
async fn root(headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        dashboard::page(&headers)
    } else {
        ollama::alive()
    }
}

async fn nowhere(request: Request) -> Response {
    let path = request.uri().path();
    answer::refuse(speaker::of(path), &answer::no_such_path(path), None)
}

async fn wrong_method(request: Request) -> Response {
    let path = request.uri().path();
    answer::refuse(speaker::of(path), &answer::no_such_method(request.method(), path), None)
}
