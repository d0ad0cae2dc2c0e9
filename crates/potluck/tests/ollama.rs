//! Ollama's own dialect, end to end over real loopback HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, fresh_folder};
use potluck_testkit::{InstantOptions, InstantUpstream};
use serde_json::{Value, json};

/// A house whose only provider speaks Ollama's dialect.
fn over_ollama(upstream: &InstantUpstream) -> House {
    let folder = fresh_folder();
    let file = format!(
        "dialect = \"ollama\"\nbase_url = {:?}\n[auth]\nkeyless = true\n[[models]]\nid = \"instant\"\n\
         family = \"instant\"\ncontext = 32768\ninput = [\"text\"]\noutput = [\"text\"]\n",
        upstream.root_url()
    );
    std::fs::write(folder.join("providers/canned.toml"), file).unwrap();
    House::open(folder, QUICK, ":memory:")
}

fn question(stream: bool) -> String {
    json!({
        "model": "free", "stream": stream, "stream_options": { "include_usage": true },
        "messages": [{ "role": "user", "content": "hello" }],
    })
    .to_string()
}

#[tokio::test]
async fn a_client_of_openai_is_served_by_a_provider_that_speaks_ollama() {
    let upstream = InstantUpstream::start(InstantOptions::default()).await.unwrap();
    let (house, asker) = (over_ollama(&upstream), Asker::new());
    let url = format!("{}/v1/chat/completions", house.address);

    let whole = asker.post(&url, question(false)).await;
    assert_eq!(whole.status, 200, "{}", whole.body);
    assert_eq!(whole.header("x-potluck-offer"), "canned/instant");
    assert!(whole.whole_text().unwrap().starts_with("[simulated by instant]"));
    let usage = &whole.json()["usage"];
    assert_eq!((&usage["prompt_tokens"], &usage["total_tokens"]), (&json!(10), &json!(30)));

    let streamed = asker.post(&url, question(true)).await;
    let text = streamed.streamed_text().unwrap();
    assert_eq!(text, format!("[simulated by instant]{}", " soup".repeat(19)));
    let last: Vec<&str> = streamed.body.lines().filter(|line| line.contains("usage")).collect();
    let chunk: Value = serde_json::from_str(last[0].strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((last.len(), &chunk["usage"]["completion_tokens"]), (1, &json!(20)));
    assert_eq!(upstream.served(), 2);
}
