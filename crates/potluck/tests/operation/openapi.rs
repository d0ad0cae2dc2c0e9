//! `GET /openapi.json`: it names every route and no other, its schemas are schemas, and real answers keep to them.

use std::collections::BTreeSet;

use http::Method;
use potluck::http::{document, routes};
use potluck_testkit::{Limit, Model, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

use crate::house::{Asker, House, QUICK, Reply};

/// `/models/{*id}` is `/models/{id}` in the document.
fn plain(path: &str) -> String {
    path.replace("{*", "{")
}

fn described() -> BTreeSet<(String, String)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
        methods.map(|method| (path.clone(), method.to_uppercase())).collect::<Vec<_>>()
    });
    each.collect()
}

fn names(missing: &[String]) -> String {
    missing.join("\n  ")
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described = described();
    let mut missing = Vec::new();
    let mut routed: BTreeSet<(String, Option<Method>)> = BTreeSet::new();
    for route in routes() {
        let path = plain(&route.path);
        if route.methods.is_empty() {
            if !described.iter().any(|(described, _)| *described == path) {
                missing.push(format!("(any) {path}"));
            }
            routed.insert((path, None));
            continue;
        }
        for method in route.methods {
            if !described.contains(&(path.clone(), method.to_string())) {
                missing.push(format!("{method} {path}"));
            }
            routed.insert((path.clone(), Some(method)));
        }
    }
    assert!(
        missing.is_empty(),
        "these routes are not in /openapi.json; add an entry for each to crates/potluck/src/http/openapi/facts.json \
         (or doors.json, if providers answer there):\n  {}",
        names(&missing)
    );
    let stray = described.iter().filter(|(path, method)| {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        !routed.contains(&(path.clone(), None)) && !routed.contains(&(path.clone(), Some(method)))
    });
    let stray: Vec<String> = stray.map(|(path, method)| format!("{method} {path}")).collect();
    assert!(
        stray.is_empty(),
        "these stand in /openapi.json and are not routed; take them out of crates/potluck/src/http/openapi/:\n  {}",
        names(&stray)
    );
}

#[test]
fn every_reference_leads_somewhere_and_every_name_is_its_own() {
    let document = document();
    let text = document.to_string();
    for rest in text.split("\"$ref\":\"#").skip(1) {
        let pointer = rest.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters")
        {
            let id = operation["operationId"].as_str().unwrap();
            assert!(!id.is_empty() && ids.insert(id.to_owned()), "{method} {path}: {id}");
            assert!(operation["summary"].as_str().is_some_and(|summary| summary.len() > 8), "{id}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with(['2', '4', '5'])), "{id}");
            for (status, response) in responses {
                assert!(
                    response["description"].as_str().is_some_and(|text| text != "An answer."),
                    "{id} {status}"
                );
            }
        }
    }
}

/// The schema of an answer, as something that validates.
fn validator(document: &Value, path: &str, method: &str, status: u16) -> jsonschema::Validator {
    let operation = &document["paths"][path][method];
    let response = &operation["responses"][status.to_string()];
    assert!(
        response.is_object(),
        "{method} {path} answers {status}, which is not in its description"
    );
    let mut schema = response["content"]["application/json"]["schema"].clone();
    assert!(
        schema.is_object(),
        "{method} {path} answers {status} with JSON, which is not in its description"
    );
    schema["components"] = document["components"].clone();
    jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{path} {status}: {error}"))
}

fn hold(document: &Value, path: &str, method: &str, reply: &Reply) {
    let validator = validator(document, path, method, reply.status);
    let value = reply.json();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{method} {path} {}: {errors:?}\n{}", reply.status, reply.body);
}

async fn pool() -> Pool {
    let free = SimulatedProvider::build("sound")
        .model(Model::capable("m").family("m"))
        .limit(Limit::requests(1_000, Span::Day).calendar());
    Pool::start(vec![free, crate::house::scarce()]).await.unwrap()
}

fn bodies() -> Vec<(&'static str, Value)> {
    let messages = json!([{ "role": "user", "content": "hello" }]);
    vec![
        ("/v1/chat/completions", json!({ "messages": messages })),
        ("/api/v1/chat/completions", json!({ "messages": messages })),
        ("/v1/chat/completions", json!({ "messages": 7 })),
        ("/v1/chat/completions", json!({ "model": "nobody", "messages": messages })),
        ("/api/v1/chat/completions", json!({ "model": "nobody", "messages": messages })),
        ("/v1/completions", json!({ "prompt": "once" })),
        ("/v1/responses", json!({ "input": "hello" })),
        ("/v1/responses", json!({ "input": "hello", "background": true })),
        ("/v1/messages", json!({ "model": "free", "max_tokens": 9, "messages": messages })),
        ("/v1/messages", json!({ "model": "nobody", "max_tokens": 9, "messages": messages })),
        ("/v1/messages/count_tokens", json!({ "model": "free", "messages": messages })),
        ("/v1/embeddings", json!({ "input": "hello" })),
        ("/v1/rerank", json!({ "query": "q", "documents": ["a"] })),
        ("/v1/images/generations", json!({ "prompt": "a table" })),
        ("/api/chat", json!({ "model": "free", "stream": false, "messages": messages })),
        ("/api/generate", json!({ "model": "free", "stream": false, "prompt": "once" })),
        ("/api/generate", json!({ "model": "nobody", "stream": false, "prompt": "once" })),
        ("/api/show", json!({ "model": "free" })),
        ("/api/embed", json!({ "input": "hello" })),
        ("/pool/explain", json!({ "messages": messages })),
        ("/pool/explain", json!([])),
        ("/pool/reload", json!({})),
        ("/api/pull", json!({})),
    ]
}

#[tokio::test]
async fn real_answers_keep_to_the_schemas() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let document = asker.get(&format!("{}/openapi.json", house.address)).await.json();
    assert_eq!(document, self::document());
    for (path, body) in bodies() {
        let reply = asker.post(&format!("{}{path}", house.address), body.to_string()).await;
        hold(&document, path, "post", &reply);
    }
    for status in [200, 429] {
        let body = json!({ "model": "rare", "messages": [{ "role": "user", "content": "hello" }] });
        let reply =
            asker.post(&format!("{}/v1/chat/completions", house.address), body.to_string()).await;
        assert_eq!(reply.status, status, "{}", reply.body);
        hold(&document, "/v1/chat/completions", "post", &reply);
    }
    for (path, asked) in [
        ("/v1/models", "/v1/models?limit=2"),
        ("/v1/models/count", "/v1/models/count"),
        ("/v1/models/{id}", "/v1/models/sound/m"),
        ("/v1/models/{id}", "/v1/models/sound/m/endpoints"),
        ("/v1/models/{id}", "/v1/models/nobody"),
        ("/v1/model/{id}", "/v1/model/sound/m"),
        ("/v1/providers", "/v1/providers"),
        ("/v1/key", "/v1/key"),
        ("/v1/credits", "/v1/credits"),
        ("/v1/generation", "/v1/generation?id=gen-1"),
        ("/v1/responses/{id}", "/v1/responses/resp_1"),
        ("/api/tags", "/api/tags"),
        ("/api/ps", "/api/ps"),
        ("/api/version", "/api/version"),
        ("/pool", "/pool"),
        ("/pool/journal", "/pool/journal?decisions=1"),
        ("/pool/journal", "/pool/journal?decisions=perhaps"),
        ("/pool/journal/{id}", "/pool/journal/gen-1"),
        ("/pool/providers", "/pool/providers"),
        ("/pool/forecast", "/pool/forecast?zone=Europe/Berlin"),
        ("/pool/forecast", "/pool/forecast?zone=Nowhere"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/v1/images/files/{file}", "/v1/images/files/none.png"),
    ] {
        hold(&document, path, "get", &asker.get(&format!("{}{asked}", house.address)).await);
    }
}
