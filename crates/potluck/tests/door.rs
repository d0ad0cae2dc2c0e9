//! Whatever comes in at the door gets a clear error in OpenAI's shape, and harms nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{Model, Pool, SimulatedProvider};
use serde_json::{Value, json};

async fn pool() -> Pool {
    let plain = Model::new("plain").window(4_096, 512);
    Pool::start(vec![SimulatedProvider::build("only").model(plain), house::scarce()]).await.unwrap()
}

fn chat(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

#[track_caller]
fn assert_error(reply: &Reply, status: u16, code: &str) -> Value {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json");
    let error = reply.json()["error"].clone();
    assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
    assert!(error["type"].is_string() && error.get("param").is_some(), "{error}");
    assert_eq!(error["code"], code, "{error}");
    error
}

#[tokio::test]
async fn bad_bodies_are_told_what_is_wrong_and_where() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let deep = format!("{{\"messages\":{}1{}}}", "[".repeat(4_000), "]".repeat(4_000));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("broken JSON", br#"{"model": "free", "messages": [}"#.to_vec()),
        ("no object", b"[1, 2]".to_vec()),
        ("no messages", br#"{"model": "free"}"#.to_vec()),
        ("empty messages", br#"{"model": "free", "messages": []}"#.to_vec()),
        ("messages of a wrong type", br#"{"messages": "hello"}"#.to_vec()),
        (
            "a content of a wrong type",
            br#"{"messages": [{"role": "user", "content": 7}]}"#.to_vec(),
        ),
        ("an unknown role", br#"{"messages": [{"role": "wizard", "content": "x"}]}"#.to_vec()),
        (
            "a temperature of a wrong type",
            br#"{"temperature": "hot", "messages": [{"role": "user", "content": "x"}]}"#.to_vec(),
        ),
        ("deep nesting", deep.into_bytes()),
        (
            "invalid UTF-8",
            b"{\"messages\": [{\"role\": \"user\", \"content\": \"\xff\xfe\"}]}".to_vec(),
        ),
    ];
    for (what, body) in bodies {
        let reply = asker.post(&url, body).await;
        assert_eq!(reply.status, 400, "{what}: {}", reply.body);
        let error = &reply.json()["error"];
        assert_eq!(error["type"], "invalid_request_error", "{what}: {error}");
        assert!(error["message"].is_string(), "{what}: {error}");
    }
    let reply = asker.post(&url, br#"{"model": "free", "messages": [}"#.to_vec()).await;
    let message = reply.json()["error"]["message"].to_string();
    assert!(message.contains("31") || message.contains("line 1"), "no position: {message}");
    let content = json!({ "messages": [{ "role": "user", "content": 7 }] }).to_string();
    let error = asker.post(&url, content).await.json()["error"].clone();
    assert_eq!(error["param"], "messages[0].content", "{error}");
    assert_eq!(asker.post(&url, chat("free").to_string()).await.status, 200, "still serves");
}

#[tokio::test]
async fn sizes_have_limits() {
    let pool = pool().await;
    let house = House::over(&pool, "[server]\nbody_limit_mib = 1\n");
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let error = assert_error(&asker.post(&url, vec![b' '; 3 << 20]).await, 413, "body_too_large");
    assert!(error["message"].as_str().unwrap().contains("1 MiB"));
    let long = json!({ "model": "free", "messages": [{ "role": "user", "content": "word ".repeat(20_000) }] });
    let reply = asker.post(&url, long.to_string()).await;
    assert_eq!(reply.status, 413, "a prompt that fits none: {}", reply.body);
}

#[tokio::test]
async fn names_that_mean_nothing_get_near_names() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let error = assert_error(
        &asker.post(&url, chat("only/plian").to_string()).await,
        404,
        "model_not_found",
    );
    assert_eq!(error["param"], "model");
    assert!(error["message"].as_str().unwrap().contains("only/plain"), "{error}");
    let retrieve = asker.get(&format!("{}/v1/models/nobody", house.address)).await;
    assert_error(&retrieve, 404, "model_not_found");
}

#[tokio::test]
async fn what_no_model_can_do_is_404_with_the_reasons() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let mut request = chat("free");
    request["tools"] = json!([{ "type": "function", "function": { "name": "f", "parameters": { "type": "object" } } }]);
    let url = format!("{}/v1/chat/completions", house.address);
    let reply = asker.post(&url, request.to_string()).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert!(reply.body.contains("lacks_feature:tools"), "{}", reply.body);
}

#[tokio::test]
async fn a_dry_pool_says_exactly_when_to_come_back() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    assert_eq!(asker.post(&url, chat("rare").to_string()).await.status, 200);
    let reply = asker.post(&url, chat("rare").to_string()).await;
    assert_eq!(reply.status, 429, "{}", reply.body);
    let seconds: u64 = reply.header("retry-after").parse().expect("whole seconds");
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    assert_eq!(reply.header("x-should-retry"), "false");
    assert_eq!(
        pool.provider("scarce").unwrap().counts().requests,
        1,
        "the provider was not asked again"
    );
}

#[tokio::test]
async fn the_door_is_closed_to_web_pages_and_rebound_names() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let get = |name: &str, value: &str| {
        http::Request::get(format!("{}/v1/models", house.address))
            .header(name, value)
            .body(http_body_util::Full::default())
            .unwrap()
    };
    assert_error(&asker.send(get("origin", "https://evil.test")).await, 403, "origin_not_allowed");
    assert_error(&asker.send(get("host", "evil.test")).await, 403, "host_not_allowed");
    assert_eq!(asker.get(&format!("{}/v1/models", house.address)).await.status, 200);
    assert_error(&asker.get(&format!("{}/v1/v1/models", house.address)).await, 404, "unknown_path");
    assert_error(
        &asker.get(&format!("{}/v1/chat/completions", house.address)).await,
        405,
        "method_not_allowed",
    );
}

#[tokio::test]
async fn a_page_that_was_let_in_may_ask_and_read() {
    let pool = pool().await;
    let config = "[server]\nallowed_origins = [\"http://app.test\"]\nkeys = [\"pk-right\"]\n";
    let house = House::over(&pool, config);
    let asker = Asker::new();
    let request = |method: &str, origin: &str| {
        http::Request::builder()
            .method(method)
            .uri(format!("{}/v1/models", house.address))
            .header("origin", origin)
            .header("access-control-request-headers", "authorization, x-stainless-os")
            .body(http_body_util::Full::default())
            .unwrap()
    };
    let asked = asker.send(request("OPTIONS", "http://app.test")).await;
    assert_eq!(asked.status, 204, "{}", asked.body);
    assert_eq!(asked.header("access-control-allow-origin"), "http://app.test");
    assert_eq!(asked.header("access-control-allow-headers"), "authorization, x-stainless-os");
    let refused = asker.send(request("GET", "http://app.test")).await;
    assert_eq!(refused.status, 401, "a key is still wanted");
    assert_eq!(refused.header("access-control-allow-origin"), "http://app.test");
    let other = asker.send(request("OPTIONS", "http://evil.test")).await;
    assert!(other.status >= 400 && other.header("access-control-allow-origin").is_empty());
}

#[tokio::test]
async fn keys_are_asked_for_where_there_are_some() {
    let pool = pool().await;
    let house = House::over(&pool, "[server]\nkeys = [\"pk-right\"]\n");
    let asker = Asker::new();
    let url = format!("{}/v1/models", house.address);
    assert_error(&asker.get(&url).await, 401, "invalid_api_key");
    for (key, status) in [("Bearer pk-wrong", 401), ("Bearer pk-right", 200)] {
        let request = http::Request::get(&url).header("authorization", key);
        let reply = asker.send(request.body(http_body_util::Full::default()).unwrap()).await;
        assert_eq!(reply.status, status, "{key}");
    }
    assert_eq!(asker.get(&format!("{}/healthz", house.address)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_and_leaving_clients_harm_nobody() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let address = house.address.strip_prefix("http://").unwrap().to_owned();
    let mut drips: Vec<TcpStream> = (0..50).map(|_| drip(&address)).collect();
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    for _ in 0..20 {
        assert_eq!(asker.post(&url, chat("free").to_string()).await.status, 200);
        for stream in &mut drips {
            let _ = stream.write_all(b" ");
        }
    }
    drop(drips);
    assert_eq!(asker.post(&url, chat("free").to_string()).await.status, 200);
    let view = asker.get(&format!("{}/pool", house.address)).await.json();
    for offer in view["offers"].as_array().unwrap() {
        assert_eq!(offer["in_flight"], 0, "{offer}");
    }
}

/// A client that announces a body and sends it a byte at a time.
fn drip(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_cancels_the_provider() {
    let slow = Model::new("slow").pace(200, Duration::from_millis(50)).words(2_000);
    let pool = Pool::start(vec![SimulatedProvider::build("one").model(slow)]).await.unwrap();
    let house = House::over(&pool, "");
    let address = house.address.strip_prefix("http://").unwrap().to_owned();
    let body = json!({ "model": "free", "stream": true, "messages": [{ "role": "user", "content": "tell me" }] }).to_string();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(stream, "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut first = [0; 512];
    assert!(stream.read(&mut first).unwrap() > 0);
    drop(stream);
    for _ in 0..100 {
        if pool.providers()[0].counts().client_left == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(pool.providers()[0].counts().client_left, 1, "the provider still answers nobody");
    let view = Asker::new().get(&format!("{}/pool", house.address)).await.json();
    assert_eq!(view["offers"][0]["in_flight"], 0, "{view}");
}

#[tokio::test]
async fn the_models_are_described_for_every_reader() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    for base in ["/v1", "/api/v1", ""] {
        let list = asker.get(&format!("{}{base}/models", house.address)).await.json();
        let ids: Vec<&str> =
            list["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["free", "only/plain", "scarce/rare"], "{base}");
    }
    let model = asker.get(&format!("{}/v1/models/only/plain", house.address)).await.json();
    assert_eq!(model["context_length"], 4_096);
    assert_eq!(model["top_provider"]["max_completion_tokens"], 512);
    assert_eq!(model["pricing"]["prompt"], "0");
    assert_eq!(model["architecture"]["input_modalities"], json!(["text"]));
    assert_eq!(model["potluck"]["available"], true);
    let spelt = asker.get(&format!("{}/v1/models/free:latest", house.address)).await.json();
    assert_eq!(spelt["potluck"]["offers"], 2);
}
