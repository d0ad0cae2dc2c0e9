//! A provider that speaks Anthropic's Messages, before clients of two dialects.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, fresh_folder};
use potluck_testkit::{InstantOptions, InstantUpstream};
use serde_json::{Value, json};

async fn upstream() -> InstantUpstream {
    InstantUpstream::start(InstantOptions::default()).await.unwrap()
}

fn house(upstream: &InstantUpstream) -> House {
    let folder = fresh_folder();
    let file = format!(
        "dialect = \"anthropic\"\nbase_url = {:?}\n[auth]\nkeyless = true\n\
         [[models]]\nid = \"canned\"\ncontext = 8192\nfeatures = [\"tools\", \"json_object\"]\n",
        upstream.root_url()
    );
    std::fs::write(folder.join("providers/host.toml"), file).unwrap();
    House::open(folder, QUICK, ":memory:")
}

fn asking(stream: bool) -> Value {
    json!({ "model": "free", "stream": stream, "seed": 7, "messages": [{ "role": "user", "content": "hello" }] })
}

#[tokio::test]
async fn a_client_of_chat_is_answered_whole_and_streamed() {
    let upstream = upstream().await;
    let house = house(&upstream);
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let whole = asker.post(&url, asking(false).to_string()).await;
    assert_eq!(whole.status, 200, "{}", whole.body);
    assert!(whole.whole_text().unwrap().contains("simulated by instant"));
    assert_eq!(whole.json()["usage"]["total_tokens"], 30);
    assert_eq!(whole.json()["choices"][0]["finish_reason"], "stop");
    assert_eq!(whole.header("x-potluck-dropped"), "seed");
    let streamed = asker.post(&url, asking(true).to_string()).await;
    assert_eq!(streamed.streamed_text().unwrap().matches("soup").count(), 19);
    assert_eq!(upstream.served(), 2);
}

#[tokio::test]
async fn a_client_of_messages_is_answered_too() {
    let upstream = upstream().await;
    let house = house(&upstream);
    let mut body = asking(true);
    body["max_tokens"] = 9.into();
    let url = format!("{}/v1/messages", house.address);
    let reply = Asker::new().post(&url, body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.body.matches("\"text_delta\"").count(), 20);
    // What the provider counted before it said anything stands at the beginning already.
    assert!(reply.body.starts_with("event: message_start\n"));
    let first = reply.body.split("\n\n").next().unwrap();
    assert!(first.contains("\"input_tokens\":10"), "{first}");
}

#[tokio::test]
async fn what_the_dialect_cannot_say_is_not_sent_to_it() {
    let upstream = upstream().await;
    let house = house(&upstream);
    let mut body = asking(false);
    body["response_format"] = json!({ "type": "json_object" });
    let url = format!("{}/v1/chat/completions", house.address);
    let reply = Asker::new().post(&url, body.to_string()).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert!(reply.body.contains("lacks_feature:json_object"), "{}", reply.body);
    assert_eq!(upstream.served(), 0);
}
