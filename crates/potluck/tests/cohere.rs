//! Cohere's own API, end to end over real loopback HTTP: clients of OpenAI's chat, and orders of texts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, fresh_folder};
use potluck_testkit::{InstantOptions, InstantUpstream};
use serde_json::{Value, json};

/// A house whose only provider speaks Cohere's dialect.
fn over_cohere(upstream: &InstantUpstream) -> House {
    let folder = fresh_folder();
    let file = format!(
        "dialect = \"cohere\"\nbase_url = {:?}\n[auth]\nkeyless = true\n\
         [[models]]\nid = \"instant\"\ncontext = 32768\ninput = [\"text\"]\noutput = [\"text\"]\n\
         features = [\"tools\", \"json_object\", \"json_schema\"]\n\
         [[models]]\nid = \"order\"\ncontext = 32768\ninput = [\"text\"]\noutput = [\"score\"]\n",
        upstream.root_url()
    );
    std::fs::write(folder.join("providers/canned.toml"), file).unwrap();
    House::open(folder, QUICK, ":memory:")
}

fn question(stream: bool) -> Value {
    json!({
        "model": "free", "stream": stream, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "hello"}],
    })
}

#[tokio::test]
async fn a_client_of_openai_is_served_by_a_provider_that_speaks_cohere() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let (house, asker) = (over_cohere(&upstream), Asker::new());
    let url = format!("{}/v1/chat/completions", house.address);

    let whole = asker.post(&url, question(false).to_string()).await;
    assert_eq!(whole.status, 200, "{}", whole.body);
    assert_eq!(whole.header("x-potluck-offer"), "canned/instant");
    assert!(whole.whole_text().unwrap().starts_with("[simulated by instant]"));
    assert_eq!(whole.json()["choices"][0]["finish_reason"], "stop");
    let usage = &whole.json()["usage"];
    assert_eq!((&usage["prompt_tokens"], &usage["total_tokens"]), (&json!(10), &json!(30)));

    let streamed = asker.post(&url, question(true).to_string()).await;
    let text = streamed.streamed_text().unwrap();
    assert_eq!(text, format!("[simulated by instant]{}", " soup".repeat(19)));
    let last: Vec<&str> = streamed.body.lines().filter(|line| line.contains("usage")).collect();
    let chunk: Value = serde_json::from_str(last[0].strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((last.len(), &chunk["usage"]["completion_tokens"]), (1, &json!(20)));
    assert_eq!(upstream.served(), 2);
}

#[tokio::test]
async fn what_cannot_cross_is_named_and_what_would_change_the_meaning_is_refused() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let (house, asker) = (over_cohere(&upstream), Asker::new());
    let url = format!("{}/v1/chat/completions", house.address);
    let mut body = question(false);
    body["min_p"] = json!(0.1);
    body["frequency_penalty"] = json!(1.5);
    let reply = asker.post(&url, body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let dropped = reply.header("x-potluck-dropped");
    assert!(dropped.contains("min_p") && dropped.contains("frequency_penalty"), "{dropped}");

    let mut body = question(false);
    body["logprobs"] = json!(true);
    let reply = asker.post(&url, body.to_string()).await;
    assert!(reply.status >= 400 && reply.body.contains("logprobs"), "{}", reply.body);
    assert_eq!(upstream.served(), 1, "a refused request went out");
}

#[tokio::test]
async fn texts_are_put_in_order() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let (house, asker) = (over_cohere(&upstream), Asker::new());
    let body = json!({"model": "order", "query": "soup", "documents": ["rain", "leek soup"]});
    for path in ["/v1/rerank", "/v2/rerank"] {
        let reply = asker.post(&format!("{}{path}", house.address), body.to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("x-potluck-offer"), "canned/order");
        let results = &reply.json()["results"];
        assert_eq!((&results[0]["index"], &results[1]["index"]), (&json!(1), &json!(0)));
        assert_eq!(results[0]["relevance_score"], 0.9);
    }
}
