//! A stream whose answer is long in coming is kept alive, and tells the truth inside itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use house::{Asker, House, Reply, fresh_folder};
use potluck_testkit::{Fault, Model, Plan, Pool, SimulatedProvider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn no_time_at_all_is_no_deadline() {
    let pool = Pool::start(vec![SimulatedProvider::build("one").model(Model::new("m"))]);
    let pool = pool.await.unwrap();
    let reply = ask(&pool, 0).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(pool.provider("one").unwrap().counts().requests, 0, "nobody was asked");
}

async fn ask(pool: &Pool, deadline_ms: u32) -> Reply {
    let house = House::over(pool, "");
    let body =
        r#"{"model": "free", "stream": true, "messages": [{"role": "user", "content": "hello"}]}"#;
    let request = http::Request::post(format!("{}/v1/chat/completions", house.address))
        .header("content-type", "application/json")
        .header("x-potluck-deadline-ms", deadline_ms)
        .body(http_body_util::Full::from(body))
        .unwrap();
    Asker::new().send(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_come_until_the_first_word_does() {
    let slow = Model::new("slow").first_byte(Duration::from_millis(11_000), Duration::ZERO);
    let provider = SimulatedProvider::build("one").model(slow);
    let pool = Pool::start(vec![provider]).await.unwrap();
    let reply = ask(&pool, 60_000).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "text/event-stream");
    assert!(reply.body.starts_with(": "), "no comment came first: {}", reply.body);
    assert!(reply.streamed_text().unwrap().contains("simulated by one"), "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_after_the_head_is_told_inside_the_stream() {
    let silent = SimulatedProvider::build("one")
        .model(Model::new("silent"))
        .faults(Plan::always(Fault::StallBeforeFirstByte));
    let pool = Pool::start(vec![silent]).await.unwrap();
    let reply = ask(&pool, 11_000).await;
    assert_eq!(reply.status, 200, "the head went out after ten seconds: {}", reply.body);
    let told = reply.body.lines().find(|line| line.contains("\"error\"")).unwrap();
    let chunk: serde_json::Value = serde_json::from_str(&told["data: ".len()..]).unwrap();
    assert_eq!(chunk["choices"][0]["finish_reason"], "error");
    let message = chunk["error"]["message"].as_str().unwrap();
    assert!(message.contains("the request had 11 s, and they are over"), "{chunk}");
    assert!(reply.body.trim_end().ends_with("data: [DONE]"), "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_in_a_hurry_does_not_speak_against_a_provider() {
    let slow = Model::new("slow").first_byte(Duration::from_millis(800), Duration::ZERO);
    let pool = Pool::start(vec![SimulatedProvider::build("one").model(slow)]).await.unwrap();
    let house = House::over(&pool, "");
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let body = r#"{"model": "free", "messages": [{"role": "user", "content": "hello"}]}"#;
    for _ in 0..4 {
        let request = http::Request::post(&url).header("x-potluck-deadline-ms", 50);
        let reply = asker.send(request.body(http_body_util::Full::from(body)).unwrap()).await;
        assert!(reply.status >= 500, "{}", reply.body);
        assert!(reply.body.contains("too_slow"), "{}", reply.body);
    }
    let view = asker.get(&format!("{}/pool", house.address)).await.json();
    assert_eq!(view["offers"][0]["state"], "available", "{view}");
    assert_eq!(asker.post(&url, body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_whole_is_not_spoilt_by_a_broken_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = fresh_folder();
    let file = format!(
        "dialect = \"openai\"\nbase_url = \"http://{}/v1\"\n[auth]\nkeyless = true\n\
         [[models]]\nid = \"tiny\"\ncontext = 8192\n",
        listener.local_addr().unwrap()
    );
    std::fs::write(folder.join("providers/abrupt.toml"), file).unwrap();
    let house = House::open(folder, "", ":memory:");
    let body =
        r#"{"model": "free", "stream": true, "messages": [{"role": "user", "content": "hello"}]}"#;
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let (reply, ()) = tokio::join!(asker.post(&url, body), answer_and_break(&listener));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.streamed_text().unwrap(), "whole", "{}", reply.body);
}

/// Answers one request with a whole stream, and closes in the middle of a chunk instead of ending it.
async fn answer_and_break(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = [0; 4096];
    assert!(stream.read(&mut request).await.unwrap() > 0);
    let events = concat!(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"whole\"}}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    );
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = format!("{head}{:x}\r\n{events}\r\n40\r\n: cut", events.len());
    stream.write_all(answer.as_bytes()).await.unwrap();
}
