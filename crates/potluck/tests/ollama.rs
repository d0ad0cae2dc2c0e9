//! Ollama's own dialect, end to end over real loopback HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, fresh_folder};
use potluck_testkit::{InstantOptions, InstantUpstream, Model, Pool, SimulatedProvider};
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

async fn over_openai() -> (Pool, House) {
    let able = Model::capable("able").window(16_384, 512);
    let able = SimulatedProvider::build("only").model(able);
    let pool = Pool::start(vec![able, house::scarce()]).await.unwrap();
    let house = House::over(&pool, QUICK);
    (pool, house)
}

fn lines(body: &str) -> Vec<Value> {
    assert!(!body.contains("\n\n"), "a blank line: {body}");
    body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(lines: &[Value]) -> String {
    let pieces = lines.iter().filter_map(|line| {
        line["message"]["content"].as_str().or_else(|| line["response"].as_str())
    });
    pieces.collect()
}

#[tokio::test]
async fn a_client_of_ollama_is_served_by_providers_that_speak_openai() {
    let (_pool, house) = over_openai().await;
    let asker = Asker::new();
    let messages = json!([{ "role": "user", "content": "hello" }]);
    for (path, question) in [
        ("/api/chat", json!({ "model": "only/able:latest", "messages": messages })),
        ("/api/generate", json!({ "model": "only/able", "prompt": "hello" })),
    ] {
        let url = format!("{}{path}", house.address);
        let streamed = asker.post(&url, question.to_string()).await;
        assert_eq!(
            (streamed.status, streamed.header("content-type")),
            (200, "application/x-ndjson")
        );
        let told = lines(&streamed.body);
        assert!(said(&told).starts_with("[simulated by only]"), "{}", streamed.body);
        let last = told.last().unwrap();
        assert!(told[..told.len() - 1].iter().all(|line| line["done"] == false));
        assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")));
        assert!(last["eval_count"].as_u64().unwrap() > 0);
        let time = |name: &str| last[name].as_u64().unwrap_or_else(|| panic!("{name}: {last}"));
        assert_eq!(time("total_duration"), time("prompt_eval_duration") + time("eval_duration"));

        let mut whole = question.clone();
        whole["stream"] = false.into();
        let whole = asker.post(&url, whole.to_string()).await;
        let whole = whole.json();
        assert!(said(std::slice::from_ref(&whole)).starts_with("[simulated by only]"), "{whole}");
        assert!(whole["total_duration"].as_u64().unwrap() > 0);
        assert_eq!(whole["model"], "only/able");
    }
}

#[tokio::test]
async fn tools_are_called_with_objects() {
    let (_pool, house) = over_openai().await;
    let question = json!({
        "model": "only/able",
        "messages": [{ "role": "user", "content": "What is the weather in Rome? Use the tool." }],
        "tools": [{ "type": "function", "function": { "name": "weather", "parameters": {
            "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
        } } }],
    });
    let url = format!("{}/api/chat", house.address);
    let told = lines(&Asker::new().post(&url, question.to_string()).await.body);
    let call = told.iter().find_map(|line| line["message"]["tool_calls"].get(0)).unwrap();
    assert_eq!(call["function"]["name"], "weather");
    assert!(call["function"]["arguments"]["city"].is_string(), "{call}");
    assert_eq!(call.as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_dry_pool_and_a_wrong_name_are_told_in_ollamas_shape() {
    let (_pool, house) = over_openai().await;
    let (asker, url) = (Asker::new(), format!("{}/api/generate", house.address));
    let ask =
        |model: &str| json!({ "model": model, "prompt": "hello", "stream": true }).to_string();
    assert_eq!(asker.post(&url, ask("scarce/rare")).await.status, 200);
    let dry = asker.post(&url, ask("scarce/rare")).await;
    assert_eq!(dry.status, 429, "{}", dry.body);
    assert!(!dry.header("retry-after").is_empty());
    let wrong = asker.post(&url, ask("nobody")).await;
    assert_eq!(wrong.status, 404);
    for refused in [dry, wrong] {
        let body = refused.json();
        assert!(body["error"].as_str().is_some_and(|text| text.len() > 10), "{body}");
        assert_eq!(body.as_object().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn clients_find_the_models_and_what_each_can_do() {
    let (_pool, house) = over_openai().await;
    let asker = Asker::new();
    let at = |path: &str| format!("{}{path}", house.address);
    let tags = asker.get(&at("/api/tags")).await.json();
    let able =
        tags["models"].as_array().unwrap().iter().find(|tag| tag["name"] == "only/able").unwrap();
    assert!(able["size"].is_u64() && able["modified_at"].is_string());
    assert_eq!(able["digest"].as_str().unwrap().len(), 64);
    for field in ["format", "family", "parameter_size", "quantization_level"] {
        assert!(able["details"][field].is_string(), "{able}");
    }
    for body in [json!({ "model": "only/able:latest" }), json!({ "name": "only/able" })] {
        let shown = asker.post(&at("/api/show"), body.to_string()).await.json();
        assert_eq!(shown["model_info"]["potluck.context_length"], 16_384, "{shown}");
        let can = shown["capabilities"].as_array().unwrap();
        assert!(can.contains(&json!("tools")) && can.contains(&json!("completion")));
        assert!(shown["template"].as_str().unwrap().contains(".Suffix"));
    }
    assert_eq!(
        asker.post(&at("/api/show"), json!({ "model": "nobody" }).to_string()).await.status,
        404
    );
    assert_eq!(asker.get(&at("/api/ps")).await.json(), json!({ "models": [] }));
    assert!(asker.get(&at("/api/version")).await.json()["version"].is_string());
    let root = asker.get(&at("/")).await;
    assert_eq!((root.status, root.body.as_str()), (200, "Ollama is running"));
    let pull = asker.post(&at("/api/pull"), "{}").await;
    assert_eq!(pull.status, 501);
    assert!(pull.json()["error"].as_str().unwrap().contains("/api/pull"));
    let loaded =
        asker.post(&at("/api/generate"), json!({ "model": "only/able" }).to_string()).await;
    assert_eq!(loaded.json()["done_reason"], "load");
}
