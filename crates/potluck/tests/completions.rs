//! What clients of OpenAI's completions ask, autocompletion above all, over simulated providers that know chat alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{Model, Pool, Reasoning, SimulatedProvider};
use serde_json::{Value, json};

async fn pool() -> Pool {
    let thinks = Model::new("thinks").family("thinks").reasons(Reasoning::ReasoningContent);
    let able = Model::capable("able").family("able");
    let one = SimulatedProvider::build("one").model(able).model(thinks);
    Pool::start(vec![one, house::scarce(), house::broken()]).await.unwrap()
}

/// The chunks of a stream that ended well.
fn chunks(reply: &Reply) -> Vec<Value> {
    let mut events: Vec<&str> =
        reply.events().map(|event| event.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(events.pop(), Some("[DONE]"));
    events.into_iter().map(|event| serde_json::from_str(event).unwrap()).collect()
}

fn text(chunks: &[Value]) -> String {
    let texts = chunks.iter().filter_map(|chunk| chunk["choices"][0]["text"].as_str());
    texts.collect()
}

#[tokio::test]
async fn whole_answers_and_streams_say_the_same() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    for base in ["/v1", "/api/v1", ""] {
        let url = format!("{}{base}/completions", house.address);
        let mut ask = json!({ "model": "able", "prompt": "fn main() {", "suffix": "}", "max_tokens": 64, "best_of": 2 });
        let whole = asker.post(&url, ask.to_string()).await;
        assert_eq!(whole.status, 200, "{}", whole.body);
        assert_eq!(whole.header("x-potluck-dropped"), "best_of");
        let answer = whole.json();
        assert_eq!(
            (&answer["object"], &answer["model"]),
            (&json!("text_completion"), &json!("one/able"))
        );
        assert!(answer["id"].as_str().unwrap().starts_with("cmpl-"));
        let said = answer["choices"][0]["text"].as_str().unwrap().to_owned();
        assert!(!said.is_empty() && answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
        ask["stream"] = json!(true);
        let chunks = chunks(&asker.post(&url, ask.to_string()).await);
        assert_eq!(text(&chunks), said);
        assert!(chunks.last().unwrap()["choices"][0]["finish_reason"].is_string());
    }
}

#[tokio::test]
async fn thoughts_are_no_text_and_the_prompt_is_echoed() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let url = format!("{}/v1/completions", house.address);
    let ask = json!({ "model": "thinks", "prompt": ["Once"], "echo": true, "stream": true });
    let reply = Asker::new().post(&url, ask.to_string()).await;
    assert!(text(&chunks(&reply)).starts_with("Once"), "{}", reply.body);
    assert!(!reply.body.contains("reasoning_content"), "{}", reply.body);
}

#[tokio::test]
async fn an_editor_that_speaks_ollama_s_dialect_here_is_understood() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let url = format!("{}/v1/completions", house.address);
    let ask = json!({ "model": "able", "prompt": "<PRE> a( <SUF>) <MID>", "stream": true, "keep_alive": "5m",
                      "options": { "temperature": 0.2, "num_predict": 32 } });
    let chunks = chunks(&Asker::new().post(&url, ask.to_string()).await);
    let response: String = chunks.iter().map(|chunk| chunk["response"].as_str().unwrap()).collect();
    assert_eq!(response, text(&chunks));
    assert_eq!(chunks.last().unwrap()["done"], true);
}

#[tokio::test]
async fn what_cannot_be_had_is_told_in_openai_s_shape() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/completions", house.address);
    let rare = json!({ "model": "rare", "prompt": "x" }).to_string();
    assert_eq!(asker.post(&url, rare.clone()).await.status, 200);
    let dry = asker.post(&url, rare).await;
    assert_eq!((dry.status, &dry.json()["error"]["type"]), (429, &json!("rate_limit_error")));
    for prompt in [json!(["a", "b"]), json!([1, 2])] {
        let refused = asker.post(&url, json!({ "prompt": prompt }).to_string()).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["type"]),
            (400, &json!("invalid_request_error"))
        );
    }
    let half = json!({ "model": "half", "prompt": "x", "stream": true }).to_string();
    let broken = chunks(&asker.post(&url, half).await);
    let last = broken.last().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "error", "{last}");
    assert!(last["error"]["message"].is_string(), "{last}");
}
