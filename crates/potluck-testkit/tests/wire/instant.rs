//! The instant upstream, through a real HTTP client.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use potluck_testkit::{InstantOptions, InstantUpstream, Model, SimulatedProvider, WallClock};
use serde_json::{Value, json};

use crate::raw::ask;

/// Sends with hyper's pooling client and reads the whole answer.
async fn hyper_post(base_url: &str, bodies: &[Value]) -> Vec<(StatusCode, Bytes)> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut answers = Vec::new();
    for body in bodies {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{base_url}/chat/completions"))
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        let answer = client.request(request).await.unwrap();
        let status = answer.status();
        answers.push((status, answer.into_body().collect().await.unwrap().to_bytes()));
    }
    answers
}

#[tokio::test]
async fn a_real_client_reads_bodies_and_bursts() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let bodies = [ask("x", false), ask("x", true), ask("x", false)];
    let answers = hyper_post(&upstream.base_url(), &bodies).await;
    assert_eq!(answers[0].1.len(), 600);
    let body: Value = serde_json::from_slice(&answers[0].1).unwrap();
    assert_eq!(body["system_fingerprint"], "simulated");
    let stream = String::from_utf8(answers[1].1.to_vec()).unwrap();
    // role, 20 pieces, finish, usage and the end
    assert_eq!(stream.matches("data: ").count(), 24);
    assert!(stream.ends_with("data: [DONE]\n\n"));
    assert_eq!(upstream.served(), 3);
}

#[tokio::test]
async fn the_path_says_which_dialect_is_spoken() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut bodies = Vec::new();
    for stream in [false, true] {
        let request = Request::post(format!("{}/api/chat", upstream.root_url()))
            .body(Full::new(Bytes::from(ask("x", stream).to_string())))
            .unwrap();
        let body = client.request(request).await.unwrap().into_body();
        bodies.push(String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap());
    }
    assert_eq!(bodies[0].len(), 600);
    let whole: Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!((&whole["done"], &whole["eval_count"]), (&json!(true), &json!(20)));
    let lines: Vec<Value> =
        bodies[1].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 21);
    assert_eq!(lines.iter().filter(|line| line["done"] == true).count(), 1);
}

#[tokio::test]
async fn cohere_is_spoken_at_its_own_paths() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut bodies = Vec::new();
    for (path, stream) in [("chat", false), ("chat", true), ("rerank", false)] {
        let request = Request::post(format!("{}/v2/{path}", upstream.root_url()))
            .body(Full::new(Bytes::from(ask("x", stream).to_string())))
            .unwrap();
        let body = client.request(request).await.unwrap().into_body();
        bodies.push(String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap());
    }
    assert_eq!(bodies[0].len(), 600);
    let whole: Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!(whole["finish_reason"], "COMPLETE");
    // two that begin, 20 pieces, two that end
    assert_eq!(bodies[1].matches("data: ").count(), 24);
    assert!(!bodies[1].contains("[DONE]") && bodies[1].contains("message-end"), "{}", bodies[1]);
    let order: Value = serde_json::from_str(&bodies[2]).unwrap();
    assert_eq!(order["results"][0]["index"], 1);
}

#[tokio::test]
async fn gemini_is_spoken_at_its_own_paths() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut bodies = Vec::new();
    for method in ["generateContent", "streamGenerateContent?alt=sse"] {
        let address = format!("{}/v1beta/models/m:{method}", upstream.root_url());
        let request = Request::post(address).body(Full::new(Bytes::from("{}"))).unwrap();
        let body = client.request(request).await.unwrap().into_body();
        bodies.push(String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap());
    }
    assert_eq!(bodies[0].len(), 600);
    let whole: Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!(whole["candidates"][0]["finishReason"], "STOP");
    let events: Vec<&str> = bodies[1].split_terminator("\r\n\r\n").collect();
    assert_eq!(events.len(), 21);
    assert_eq!(bodies[1].matches("finishReason").count(), 1);
}

#[tokio::test]
async fn messages_are_answered_in_their_own_shape() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut bodies = Vec::new();
    for stream in [false, true] {
        let request = Request::post(format!("{}/v1/messages", upstream.root_url()))
            .body(Full::new(Bytes::from(ask("x", stream).to_string())))
            .unwrap();
        let body = client.request(request).await.unwrap().into_body();
        bodies.push(String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap());
    }
    assert_eq!(bodies[0].len(), 600);
    let body: Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!((&body["type"], &body["stop_reason"]), (&json!("message"), &json!("end_turn")));
    // start, block, ping, 20 pieces, end of the block, of the turn and of the message
    assert_eq!(bodies[1].matches("event: ").count(), 26);
    assert!(bodies[1].ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

#[tokio::test]
async fn a_paced_stream_takes_its_time() {
    let pause = Duration::from_millis(10);
    let options = InstantOptions { chunks: 5, pause, ..InstantOptions::default() };
    let upstream = InstantUpstream::start(options).await.unwrap();
    let clock = WallClock::start();
    let started = clock.now_ms();
    hyper_post(&upstream.base_url(), &[ask("x", true)]).await;
    assert!(clock.now_ms() - started >= 60);
    upstream.stop().await;
}

#[tokio::test]
async fn a_real_client_reads_a_simulated_provider() {
    let model = Model::capable("m");
    let provider = SimulatedProvider::build("sim-hyper").model(model).start().await.unwrap();
    let bodies = [ask("m", true), ask("m", false), json!({"model": "m"})];
    let answers = hyper_post(&provider.base_url(), &bodies).await;
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| status.as_u16()).collect();
    assert_eq!(statuses, [200, 200, 400]);
    assert!(answers[0].1.ends_with(b"data: [DONE]\n\n"));
    assert!(serde_json::from_slice::<Value>(&answers[1].1).is_ok());
}
