//! A client of Anthropic's Messages, over providers that speak OpenAI's chat.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use bytes::Bytes;
use house::{Asker, House, QUICK, Reply};
use http_body_util::Full;
use potluck_testkit::{Fault, Model, Plan, Pool, SimulatedProvider};
use serde_json::{Value, json};

async fn pool() -> Pool {
    let breaking = SimulatedProvider::build("breaking")
        .model(Model::capable("breaks"))
        .faults(Plan::always(Fault::CutMidStream));
    let able = SimulatedProvider::build("able").model(Model::capable("all").sees());
    Pool::start(vec![able, house::scarce(), breaking]).await.unwrap()
}

fn asking(model: &str, words: &str) -> Value {
    json!({ "model": model, "max_tokens": 500, "messages": [{ "role": "user", "content": words }] })
}

/// A turn as coding agents send it: instructions in blocks, thoughts, marks of caches, tools, books.
fn agent(words: &str, stream: bool) -> Value {
    let schema = |field: &str| json!({ "type": "object", "properties": { field: { "type": "string" } }, "required": [field] });
    json!({
        "model": "able/all", "max_tokens": 32_000, "stream": stream,
        "system": [{ "type": "text", "text": "You are an agent.", "cache_control": { "type": "ephemeral" } }],
        "messages": [{ "role": "user", "content": [{ "type": "text", "text": words, "cache_control": { "type": "ephemeral" } }] }],
        "tools": [
            { "name": "get_weather", "description": "Weather.", "input_schema": schema("city") },
            { "name": "get_time", "description": "Time.", "input_schema": schema("zone") },
        ],
        "thinking": { "type": "adaptive" }, "output_config": { "effort": "medium" },
        "metadata": { "user_id": "somebody" }, "context_management": { "edits": [] },
    })
}

fn url(house: &House, path: &str) -> String {
    format!("{}{path}", house.address)
}

#[tokio::test]
async fn a_whole_answer_is_a_message() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    for path in ["/v1/messages", "/v1/messages?beta=true", "/messages"] {
        let reply = asker.post(&url(&house, path), asking("able/all", "hello").to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let answer = reply.json();
        assert_eq!((&answer["type"], &answer["role"]), (&json!("message"), &json!("assistant")));
        assert_eq!(answer["model"], "able/all");
        assert!(answer["content"][0]["text"].as_str().unwrap().contains("simulated by able"));
        assert_eq!(answer["stop_reason"], "end_turn");
        assert!(answer["usage"]["input_tokens"].as_u64().unwrap() > 0, "{answer}");
        assert!(answer["usage"]["cache_read_input_tokens"].is_u64(), "{answer}");
        assert_eq!(reply.header("request-id"), answer["id"].as_str().unwrap());
    }
}

/// The blocks of a stream, each begun, told and ended before the next.
fn blocks(reply: &Reply) -> (Vec<Value>, Value) {
    let (mut blocks, mut open, mut last): (Vec<Value>, bool, Value) = Default::default();
    let mut names = Vec::new();
    for event in reply.body.split_terminator("\n\n") {
        let (name, data) = event.split_once("\ndata: ").unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(name.strip_prefix("event: ").unwrap(), data["type"]);
        names.push(data["type"].as_str().unwrap().to_owned());
        match data["type"].as_str().unwrap() {
            "content_block_start" => {
                assert!(!std::mem::replace(&mut open, true), "blocks overlap");
                assert_eq!(data["index"], blocks.len());
                blocks.push(data["content_block"].clone());
            }
            "content_block_delta" => {
                let block = blocks.last_mut().unwrap();
                for field in ["text", "thinking", "partial_json"] {
                    if let Some(words) = data["delta"][field].as_str() {
                        let so_far = block[field].as_str().unwrap_or_default().to_owned();
                        block[field] = (so_far + words).into();
                    }
                }
            }
            "content_block_stop" => assert!(std::mem::replace(&mut open, false)),
            "message_delta" => last = data,
            _ => {}
        }
    }
    assert_eq!(names.first().map(String::as_str), Some("message_start"));
    assert_eq!(names.last().map(String::as_str), Some("message_stop"));
    (blocks, last)
}

#[tokio::test]
async fn an_agent_calls_tools_and_goes_on() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = url(&house, "/v1/messages?beta=true");
    let body = agent("What are the weather and the time in Paris?", true);
    let reply = asker.post(&url, body.to_string()).await;
    assert_eq!(reply.header("content-type"), "text/event-stream");
    assert_eq!(reply.header("x-potluck-dropped"), "context_management, metadata");
    let (streamed, last) = blocks(&reply);
    let calls: Vec<&Value> = streamed.iter().filter(|block| block["type"] == "tool_use").collect();
    assert_eq!(calls.len(), 2, "{}", reply.body);
    assert_eq!(last["delta"]["stop_reason"], "tool_use");
    assert!(last["usage"]["output_tokens"].as_u64().unwrap() > 0);

    let whole = asker
        .post(&url, agent("What are the weather and the time in Paris?", false).to_string())
        .await
        .json();
    assert_eq!(whole["stop_reason"], "tool_use");
    let called: Vec<Value> = whole["content"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|block| block["type"] == "tool_use")
        .cloned()
        .collect();
    assert_eq!(called.len(), 2);
    for (streamed, whole) in calls.iter().zip(&called) {
        let input: Value =
            serde_json::from_str(streamed["partial_json"].as_str().unwrap()).unwrap();
        assert!(input.is_object() && whole["input"].is_object());
        assert_eq!(streamed["name"], whole["name"]);
    }

    let mut next = agent("What are the weather and the time in Paris?", true);
    let results: Vec<Value> = called.iter().map(|call| {
        json!({ "type": "tool_result", "tool_use_id": call["id"], "content": [{ "type": "text", "text": "fine" }] })
    }).collect();
    let turns = next["messages"].as_array_mut().unwrap();
    turns.push(json!({ "role": "assistant", "content": whole["content"] }));
    turns.push(json!({ "role": "user", "content": results }));
    let (streamed, last) = blocks(&asker.post(&url, next.to_string()).await);
    assert!(streamed.iter().any(|block| block["type"] == "text"), "{streamed:?}");
    assert_eq!(last["delta"]["stop_reason"], "end_turn");
    let seen = pool.provider("able").unwrap().seen();
    let sent: Value = serde_json::from_slice(&seen.last().unwrap().body).unwrap();
    let roles: Vec<&str> = sent["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| turn["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool"]);
    for own in ["anthropic", "cache_control", "metadata", "context_management", "thinking\":"] {
        assert!(!sent.to_string().contains(own), "{own}: {sent}");
    }
}

#[tokio::test]
async fn tokens_are_estimated_before_anything_is_sent() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = url(&house, "/v1/messages/count_tokens");
    let count = |reply: Reply| reply.json()["input_tokens"].as_u64().unwrap();
    let small = count(asker.post(&url, asking("free", "hello").to_string()).await);
    let large = count(asker.post(&url, asking("free", &"word ".repeat(1000)).to_string()).await);
    assert!(small > 0 && large > small + 1000, "{small}, {large}");
    assert_error(&asker.post(&url, "{}").await, 400, "invalid_request_error");
    assert_eq!(pool.provider("able").unwrap().counts().requests, 0);
}

#[track_caller]
fn assert_error(reply: &Reply, status: u16, kind: &str) -> String {
    assert_eq!(reply.status, status, "{}", reply.body);
    let body = reply.json();
    assert_eq!((&body["type"], &body["error"]["type"]), (&json!("error"), &json!(kind)), "{body}");
    body["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn refusals_have_anthropic_s_shape() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = url(&house, "/v1/messages");
    let mut server_tool = asking("free", "hello");
    server_tool["tools"] = json!([{ "type": "web_search_20250305", "name": "web_search" }]);
    let message = assert_error(
        &asker.post(&url, server_tool.to_string()).await,
        400,
        "invalid_request_error",
    );
    assert!(message.contains("no free model has it"), "{message}");
    assert_error(&asker.post(&url, "{").await, 400, "invalid_request_error");
    let nobody = asker.post(&url, asking("nobody", "hello").to_string()).await;
    assert_error(&nobody, 404, "not_found_error");
    assert_error(&asker.get(&url).await, 405, "not_found_error");
    let long = asking("scarce/rare", &"word ".repeat(20_000));
    assert_error(&asker.post(&url, long.to_string()).await, 413, "request_too_large");
}

#[tokio::test]
async fn a_dry_pool_is_a_limit_with_its_end() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = url(&house, "/v1/messages");
    assert_eq!(asker.post(&url, asking("rare", "hello").to_string()).await.status, 200);
    for stream in [false, true] {
        let mut body = asking("rare", "hello");
        body["stream"] = stream.into();
        let reply = asker.post(&url, body.to_string()).await;
        assert_error(&reply, 429, "rate_limit_error");
        assert!((1..=86_400).contains(&reply.header("retry-after").parse::<u64>().unwrap()));
    }
}

#[tokio::test]
async fn keys_come_in_either_header() {
    let pool = pool().await;
    let house = House::over(&pool, "[server]\nkeys = [\"pk-right\"]\n");
    let asker = Asker::new();
    for (name, value, status) in [
        ("x-api-key", "pk-right", 200),
        ("authorization", "Bearer pk-right", 200),
        ("x-api-key", "pk-wrong", 401),
    ] {
        let request = http::Request::post(url(&house, "/v1/messages")).header(name, value);
        let body = Full::new(Bytes::from(asking("able/all", "hello").to_string()));
        let reply = asker.send(request.body(body).unwrap()).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
        if status == 401 {
            assert!(assert_error(&reply, 401, "authentication_error").contains("x-api-key"));
        }
    }
}

#[tokio::test]
async fn a_stream_that_breaks_says_so_in_an_event() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let mut body = asking("breaking/breaks", "hello");
    body["stream"] = true.into();
    let reply = Asker::new().post(&url(&house, "/v1/messages"), body.to_string()).await;
    assert_eq!(reply.status, 200);
    let last = reply.body.split_terminator("\n\n").last().unwrap();
    let data = last.strip_prefix("event: error\ndata: ").expect(&reply.body);
    let error: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&error["type"], &error["error"]["type"]), (&json!("error"), &json!("api_error")));
}
