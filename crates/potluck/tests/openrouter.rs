//! What OpenRouter's clients ask at `/api/v1`, over simulated providers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK};
use potluck_testkit::{Feature, Limit, Model, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

async fn pool() -> Pool {
    let able = Model::new("shared").family("shared").with(Feature::Tools);
    let plain = Model::new("shared").family("shared");
    Pool::start(vec![
        SimulatedProvider::build("able")
            .model(able)
            .model(Model::new("own").family("own"))
            .limit(Limit::requests(40, Span::Day).calendar()),
        SimulatedProvider::build("plain")
            .model(plain)
            .limit(Limit::requests(5, Span::Day).calendar()),
        SimulatedProvider::build("open").model(Model::new("open").family("open")),
    ])
    .await
    .unwrap()
}

fn chat(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

#[tokio::test]
async fn a_name_s_offers_are_its_endpoints() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let base = format!("{}/api/v1", house.address);
    let served =
        asker.post(&format!("{base}/chat/completions"), chat("plain/shared").to_string()).await;
    assert_eq!(served.status, 200, "{}", served.body);
    let told = asker.get(&format!("{base}/models/shared/endpoints")).await.json();
    let endpoints = told["data"]["endpoints"].as_array().unwrap();
    let tags: Vec<&str> = endpoints.iter().map(|e| e["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["able", "plain"], "{told}");
    assert_eq!(endpoints[0]["supports_tool_choice"]["auto"], true);
    assert_eq!(endpoints[0]["uptime_last_30m"], Value::Null, "nobody has asked it yet");
    assert_eq!(endpoints[1]["uptime_last_30m"], 100.0);
    assert!(endpoints[1]["latency_last_30m"]["p99"].is_number(), "{told}");
    assert_eq!(endpoints[1]["pricing"]["prompt"], "0");
    assert_eq!(endpoints[1]["quantization"], Value::Null);
    assert_eq!(endpoints[1]["potluck"]["simulated"], true);
    let one = asker.get(&format!("{base}/models/able/own/endpoints")).await.json();
    assert_eq!(one["data"]["endpoints"].as_array().unwrap().len(), 1, "{one}");
    let unknown = asker.get(&format!("{base}/models/no/body/endpoints")).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["error"]["code"], 404, "{}", unknown.body);
    assert_eq!(unknown.json()["error"]["metadata"]["error_type"], "not_found");
}

#[tokio::test]
async fn lists_are_narrowed_and_counted() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let base = format!("{}/api/v1", house.address);
    let ids = async |query: &str| {
        let list = asker.get(&format!("{base}/models?{query}")).await.json();
        let ids = list["data"].as_array().unwrap().iter();
        ids.map(|model| model["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("supported_parameters=tools&providers=able").await, ["able/shared"]);
    assert_eq!(ids("q=open&category=programming").await, ["open/open"]);
    let count = asker.get(&format!("{base}/models/count")).await.json();
    assert_eq!(count["data"]["count"].as_u64(), Some(ids("").await.len() as u64));
    let model = asker.get(&format!("{base}/model/able/own")).await.json();
    assert_eq!(model["data"]["id"], "able/own");
    let user = asker.get(&format!("{base}/models/user")).await.json();
    assert_eq!(
        user["data"].as_array().unwrap().len() as u64,
        count["data"]["count"].as_u64().unwrap()
    );
}

#[tokio::test]
async fn the_key_shows_the_pooled_day_and_what_is_unknown() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let base = format!("{}/api/v1", house.address);
    for name in ["able/own", "able/shared", "plain/shared"] {
        let reply = asker.post(&format!("{base}/chat/completions"), chat(name).to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let key = asker.get(&format!("{base}/key")).await.json();
    let data = &key["data"];
    assert_eq!(data["free_model_daily_requests"], json!({"limit": 45, "used": 3, "remaining": 42}));
    assert_eq!(data["is_free_tier"], true);
    let day = &data["potluck"]["daily_requests"];
    assert_eq!(day["unknown"], json!(["open"]));
    assert_eq!(day["by_provider"][0]["left"], 38, "{day}");
    assert_eq!(day["by_provider"][1]["left"], Value::Null, "{day}");
    assert_eq!(asker.get(&format!("{base}/auth/key")).await.json(), key);
    let credits = asker.get(&format!("{base}/credits")).await.json();
    assert_eq!(credits["data"], json!({"total_credits": 0, "total_usage": 0}));
    let providers = asker.get(&format!("{base}/providers")).await.json();
    assert_eq!(providers["data"][0]["slug"], "able");
    assert_eq!(providers["data"][0]["potluck"]["simulated"], true);
}

#[tokio::test]
async fn answers_say_who_served_and_that_it_cost_nothing() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    let mut request = chat("open");
    request["usage"] = json!({"include": true});
    let whole = asker.post(&url, request.to_string()).await.json();
    assert_eq!(whole["provider"], "open", "{whole}");
    assert_eq!(whole["usage"]["cost"], 0, "{whole}");
    request["stream"] = json!(true);
    let streamed = asker.post(&url, request.to_string()).await;
    let chunks: Vec<Value> = chunks(&streamed.body);
    assert!(chunks.iter().all(|chunk| chunk["provider"] == "open"), "{}", streamed.body);
    assert_eq!(chunks.last().unwrap()["usage"]["cost"], 0, "{}", streamed.body);
    // at the other base, OpenAI's shape has no room for it
    let plain = format!("{}/v1/chat/completions", house.address);
    let whole = asker.post(&plain, chat("open").to_string()).await.json();
    assert!(whole.get("provider").is_none() && whole["usage"].get("cost").is_none(), "{whole}");
}

fn chunks(body: &str) -> Vec<Value> {
    body.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}
