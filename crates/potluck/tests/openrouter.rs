//! What OpenRouter's clients ask at `/api/v1`, over simulated providers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::io::{Read, Write};
use std::time::Duration;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{
    Fault, Feature, Limit, Model, Plan, Pool, ServerTrouble, SimulatedProvider, Span,
};
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
    let mut body = chat("plain/shared");
    // Only a stream says when its first word was there.
    body["stream"] = json!(true);
    let served = asker.post(&format!("{base}/chat/completions"), body.to_string()).await;
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
    let page = asker.get(&format!("{base}/models?limit=2")).await.json();
    let next = page["links"]["next"].as_str().unwrap();
    assert_eq!((next, &page["has_more"]), ("/api/v1/models?limit=2&offset=2", &json!(true)));
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

/// What became of a request, once it is over.
async fn generation(asker: &Asker, house: &House, id: &str) -> Value {
    let url = format!("{}/api/v1/generation?id={id}", house.address);
    for _ in 0..100 {
        let reply = asker.get(&url).await;
        if reply.status == 200 {
            return reply.json()["data"].clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing is known of {id}")
}

#[tokio::test]
async fn what_became_of_an_answer_is_told_by_its_id() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    for stream in [false, true] {
        let mut request = chat("open");
        request["stream"] = json!(stream);
        let reply = asker.post(&url, request.to_string()).await;
        let told = generation(&asker, &house, reply.header("x-generation-id")).await;
        assert_eq!(told["model"], "open/open", "{told}");
        assert_eq!(told["provider_name"], "open (simulated)");
        assert_eq!((&told["streamed"], &told["cancelled"]), (&json!(stream), &json!(false)));
        assert_eq!(told["finish_reason"], "stop");
        assert!(told["native_tokens_prompt"].as_u64() > Some(0), "{told}");
        assert!(told["tokens_completion"].as_u64() > Some(0), "{told}");
        assert!(told["latency"].as_f64() > Some(0.0), "{told}");
        assert!(told["generation_time"].as_f64() > Some(0.0), "{told}");
        assert_eq!((&told["total_cost"], &told["upstream_id"]), (&json!(0), &Value::Null));
        assert_eq!(told["potluck"]["ending"], "served");
        assert!(!told.to_string().contains("hello"), "a prompt is in the facts: {told}");
    }
    let unknown = asker.get(&format!("{}/api/v1/generation?id=gen-0", house.address)).await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    assert_eq!(unknown.json()["error"]["code"], 404);
    let missing = asker.get(&format!("{}/v1/generation", house.address)).await;
    assert_eq!(missing.status, 400, "{}", missing.body);
}

async fn shaky() -> Pool {
    let broken = Fault::Trouble(ServerTrouble::Unavailable);
    Pool::start(vec![
        SimulatedProvider::build("broken")
            .model(Model::new("m").family("m"))
            .faults(Plan::always(broken)),
        SimulatedProvider::build("sound").model(Model::new("m").family("m")),
        SimulatedProvider::build("cut")
            .model(Model::new("cut").words(40))
            .faults(Plan::always(Fault::CutMidStream)),
        SimulatedProvider::build("strict")
            .model(Model::new("strict"))
            .faults(Plan::always(Fault::PolicyRefused)),
        SimulatedProvider::build("slow")
            .model(Model::new("slow").pace(40, Duration::from_millis(50))),
    ])
    .await
    .unwrap()
}

fn in_order(first: &str, second: &str) -> Value {
    let mut request = chat("m");
    request["provider"] = json!({ "order": [first, second] });
    request
}

#[tokio::test]
async fn every_attempt_is_told() {
    let pool = shaky().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    let reply = asker.post(&url, in_order("broken", "sound").to_string()).await;
    assert_eq!(reply.attempts(), 2, "{}", reply.body);
    let told = generation(&asker, &house, reply.header("x-generation-id")).await;
    let tried = &told["provider_responses"];
    assert_eq!((&tried[0]["provider_name"], &tried[0]["status"]), (&json!("broken"), &json!(503)));
    assert_eq!((&tried[1]["provider_name"], &tried[1]["status"]), (&json!("sound"), &json!(200)));
    assert_eq!(told["potluck"]["attempts"], 2);
}

#[tokio::test]
async fn what_failed_is_told_too() {
    let pool = shaky().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    let mut request = chat("broken/m");
    let refused = asker.post(&url, request.to_string()).await;
    assert_eq!(refused.status, 502, "{}", refused.body);
    let metadata = &refused.json()["error"]["metadata"];
    assert_eq!(
        (&metadata["provider_name"], &metadata["error_type"]),
        (&json!("broken"), &json!("provider_unavailable"))
    );
    let told = generation(&asker, &house, refused.header("x-generation-id")).await;
    assert_eq!(told["potluck"]["detail"], "502 all_attempts_failed", "{told}");
    request = chat("cut/cut");
    request["stream"] = json!(true);
    let cut = asker.post(&url, request.to_string()).await;
    let last = chunks(&cut.body).pop().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "error", "{last}");
    assert_eq!(last["error"]["code"], 502, "{last}");
    assert_eq!(last["error"]["metadata"]["error_type"], "provider_unavailable", "{last}");
    let told = generation(&asker, &house, cut.header("x-generation-id")).await;
    assert_eq!(
        (&told["finish_reason"], &told["potluck"]["ending"]),
        (&json!("error"), &json!("broke")),
        "{told}"
    );
    let policy = asker.post(&url, chat("strict/strict").to_string()).await.json();
    let metadata = &policy["error"]["metadata"];
    assert_eq!(metadata["error_type"], "content_policy_violation", "{policy}");
    assert_eq!(
        (&metadata["model_slug"], metadata["reasons"].is_array()),
        (&json!("strict/strict"), true),
        "{policy}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_is_noted() {
    let pool = shaky().await;
    let house = House::over(&pool, QUICK);
    let mut request = chat("slow");
    request["stream"] = json!(true);
    let body = request.to_string();
    let host = house.address.strip_prefix("http://").unwrap().to_owned();
    let id = tokio::task::spawn_blocking(move || {
        let mut socket = std::net::TcpStream::connect(&host).unwrap();
        let head = format!(
            "POST /api/v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(head.as_bytes()).unwrap();
        let mut seen = Vec::new();
        while !seen.windows(7).any(|window| window == b"content") {
            let mut piece = [0; 512];
            let read = socket.read(&mut piece).unwrap();
            seen.extend_from_slice(&piece[..read]);
        }
        let seen = String::from_utf8(seen).unwrap();
        let line = seen.lines().find_map(|line| line.strip_prefix("x-generation-id: "));
        line.unwrap().to_owned()
    });
    let id = id.await.unwrap();
    let told = generation(&Asker::new(), &house, &id).await;
    assert_eq!(
        (&told["cancelled"], &told["potluck"]["ending"]),
        (&json!(true), &json!("left")),
        "{told}"
    );
    assert!(told["latency"].is_number() && told["finish_reason"].is_null(), "{told}");
}

#[tokio::test]
async fn the_way_of_an_answer_is_told_to_those_who_ask() {
    let pool = shaky().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    let ask = async |request: &Value| -> Reply {
        let asked = http::Request::post(&url).header("x-openrouter-metadata", "enabled");
        let body = http_body_util::Full::from(request.to_string());
        asker.send(asked.body(body).unwrap()).await
    };
    let whole = ask(&in_order("broken", "sound")).await.json();
    let told = &whole["openrouter_metadata"];
    assert_eq!((&told["attempt"], &told["strategy"]), (&json!(2), &json!("direct")), "{whole}");
    assert_eq!(
        told["attempts"][0],
        json!({"provider": "broken", "model": "broken/m", "status": 503, "class": "overloaded"})
    );
    assert_eq!(told["endpoints"]["total"], 2);
    let mut request = chat("sound/m");
    request["stream"] = json!(true);
    for include_usage in [false, true] {
        request["stream_options"] = json!({ "include_usage": include_usage });
        let streamed = ask(&request).await;
        let chunks = chunks(&streamed.body);
        let (last, before) = chunks.split_last().unwrap();
        assert_eq!(
            last["openrouter_metadata"]["endpoints"]["available"][0]["selected"], true,
            "{last}"
        );
        assert!(before.iter().all(|chunk| chunk.get("openrouter_metadata").is_none()));
    }
    let unasked = asker.post(&url, chat("sound/m").to_string()).await.json();
    assert!(unasked.get("openrouter_metadata").is_none(), "{unasked}");
}

#[tokio::test]
async fn wishes_are_followed_named_or_refused() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    for name in ["shared:nitro", "free:floor", "able/shared:exacto", "openrouter/free:nitro"] {
        let reply = asker.post(&url, chat(name).to_string()).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
    }
    let static_variant = asker.post(&url, chat("shared:thinking").to_string()).await;
    assert_eq!(static_variant.status, 404, "{}", static_variant.body);
    let mut request = chat("open");
    request["plugins"] = json!([{ "id": "response-healing" }]);
    request["provider"] = json!({ "preferred_min_throughput": 50, "max_price": { "prompt": 0 } });
    let reply = asker.post(&url, request.to_string()).await;
    assert_eq!(
        reply.header("x-potluck-dropped"),
        "plugins.response-healing, provider.preferred_min_throughput",
        "{}",
        reply.body
    );
    for (field, wish) in [
        ("plugins", json!([{ "id": "web" }])),
        ("preset", json!("comedian")),
        ("provider", json!({ "zdr": true })),
        ("provider", json!({ "quantizations": ["fp8"] })),
    ] {
        let mut request = chat("open");
        request[field] = wish;
        let refused = asker.post(&url, request.to_string()).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.body);
        assert_eq!(refused.json()["error"]["metadata"]["error_type"], "invalid_request");
    }
}

#[tokio::test]
async fn the_fastest_is_asked_first_by_those_who_want_that() {
    let swift = Model::new("m").family("m").first_byte(Duration::ZERO, Duration::ZERO);
    let lazy = Model::new("m").family("m").first_byte(Duration::from_millis(150), Duration::ZERO);
    let providers = [("lazy", lazy), ("swift", swift)];
    let pool = providers.map(|(name, model)| SimulatedProvider::build(name).model(model));
    let pool = Pool::start(pool.into()).await.unwrap();
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/api/v1/chat/completions", house.address);
    for name in ["lazy/m", "swift/m"] {
        assert_eq!(asker.post(&url, chat(name).to_string()).await.status, 200);
    }
    let mut request = chat("m");
    request["provider"] = json!({ "sort": "latency" });
    for _ in 0..8 {
        let reply = asker.post(&url, request.to_string()).await;
        assert_eq!(reply.header("x-potluck-offer"), "swift/m", "{}", reply.body);
    }
}
