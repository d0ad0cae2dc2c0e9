//! What clients of OpenAI's Responses ask, over simulated providers that know chat alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{Model, Pool, SimulatedProvider};
use serde_json::{Value, json};

async fn pool() -> Pool {
    let able = Model::capable("able").family("able");
    let one = SimulatedProvider::build("one").model(able);
    Pool::start(vec![one, house::scarce(), house::broken()]).await.unwrap()
}

/// The events of a stream, which are numbered from nothing and named twice.
fn events(reply: &Reply) -> Vec<Value> {
    let read = reply.events().enumerate().map(|(number, block)| {
        let (name, data) = block.split_once("\ndata: ").unwrap();
        let event: Value = serde_json::from_str(data).unwrap();
        assert_eq!(name.strip_prefix("event: "), event["type"].as_str());
        assert_eq!(event["sequence_number"], number);
        event
    });
    read.collect()
}

#[tokio::test]
async fn whole_answers_and_streams_end_in_the_same_object() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    for base in ["/v1", "/api/v1", ""] {
        let url = format!("{}{base}/responses", house.address);
        let mut ask = json!({ "model": "able", "input": "hello", "instructions": "Be kind.", "store": true,
                              "metadata": { "a": "b" }, "truncation": "auto" });
        let whole = asker.post(&url, ask.to_string()).await;
        assert_eq!(whole.status, 200, "{}", whole.body);
        assert_eq!(whole.header("x-potluck-dropped"), "truncation");
        let response = whole.json();
        assert_eq!(
            (&response["object"], &response["status"]),
            (&json!("response"), &json!("completed"))
        );
        assert_eq!(
            (&response["store"], &response["metadata"]),
            (&json!(false), &json!({ "a": "b" }))
        );
        assert_eq!(
            (&response["model"], &response["instructions"]),
            (&json!("one/able"), &json!("Be kind."))
        );
        let said = response["output"][0]["content"][0]["text"].as_str().unwrap();
        assert!(!said.is_empty());
        assert!(response["usage"]["input_tokens"].as_u64().unwrap() > 0);
        ask["stream"] = json!(true);
        let stream = asker.post(&url, ask.to_string()).await;
        let events = events(&stream);
        let deltas = events.iter().filter(|event| event["type"] == "response.output_text.delta");
        let text: String = deltas.map(|event| event["delta"].as_str().unwrap()).collect();
        assert_eq!(text, said);
        let last = &events.last().unwrap();
        assert_eq!(last["type"], "response.completed");
        assert_eq!(last["response"]["output"][0]["content"][0]["text"], said);
    }
}

#[tokio::test]
async fn tools_are_called_answered_and_go_by_the_client_s_names() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/responses", house.address);
    let place = json!({ "type": "object", "properties": { "place": { "type": "string" } }, "required": ["place"] });
    let tools = json!([
        { "type": "namespace", "name": "sky", "description": "", "tools": [
            { "type": "function", "name": "weather", "parameters": place }] },
        { "type": "custom", "name": "patch" }, { "type": "web_search" }
    ]);
    let question = json!({ "role": "user", "content": [{ "type": "input_text", "text": "the weather in Rome" }] });
    let ask = json!({ "model": "able", "input": [question], "tools": tools });
    let first = asker.post(&url, ask.to_string()).await;
    assert_eq!(first.header("x-potluck-dropped"), "tools.web_search");
    let call = first.json()["output"][0].clone();
    assert_eq!(
        (&call["type"], &call["name"], &call["namespace"]),
        (&json!("function_call"), &json!("weather"), &json!("sky")),
        "{call}"
    );
    let answer =
        json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "sunny" });
    let next = json!({ "model": "able", "input": [question, call, answer], "tools": tools });
    let second = asker.post(&url, next.to_string()).await;
    assert_eq!(second.json()["output"][0]["type"], "message", "{}", second.body);
    let free = json!({ "model": "able", "input": "a patch", "tools": tools, "stream": true,
                       "tool_choice": { "type": "custom", "name": "patch" } });
    let events = events(&asker.post(&url, free.to_string()).await);
    let done = events.iter().find(|event| event["type"] == "response.custom_tool_call_input.done");
    let item = &events.last().unwrap()["response"]["output"][0];
    assert_eq!(
        (&item["type"], &item["input"]),
        (&json!("custom_tool_call"), &done.unwrap()["input"])
    );
    assert!(!item["input"].as_str().unwrap().contains('{'), "the text alone: {item}");
}

#[tokio::test]
async fn a_schema_is_followed() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    let ask = json!({ "model": "able", "input": "a number",
                      "text": { "format": { "type": "json_schema", "name": "number", "schema": schema } } });
    let url = format!("{}/v1/responses", house.address);
    let response = Asker::new().post(&url, ask.to_string()).await.json();
    let text = response["output"][0]["content"][0]["text"].as_str().unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    assert!(value["n"].is_i64(), "{text}");
    assert_eq!(response["text"]["format"]["name"], "number");
}

#[tokio::test]
async fn what_cannot_be_had_is_told_in_openai_s_shape() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/responses", house.address);
    let rare = json!({ "model": "rare", "input": "x" }).to_string();
    assert_eq!(asker.post(&url, rare.clone()).await.status, 200);
    let dry = asker.post(&url, rare).await;
    assert_eq!(
        (dry.status, &dry.json()["error"]["type"]),
        (429, &json!("rate_limit_error")),
        "{}",
        dry.body
    );
    assert!(!dry.header("retry-after").is_empty());
    let kept = asker
        .post(&url, json!({ "input": "x", "previous_response_id": "resp_1" }).to_string())
        .await;
    assert_eq!(
        (kept.status, &kept.json()["error"]["param"]),
        (400, &json!("previous_response_id"))
    );
    for path in ["/resp_1", "/resp_1/input_items"] {
        let gone = asker.get(&format!("{url}{path}")).await;
        assert_eq!(
            (gone.status, &gone.json()["error"]["code"]),
            (404, &json!("response_not_found"))
        );
        assert!(gone.body.contains("keeps no answers"), "{}", gone.body);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_says_so() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let ask = json!({ "model": "half", "input": "x", "stream": true });
    let url = format!("{}/v1/responses", house.address);
    let events = events(&Asker::new().post(&url, ask.to_string()).await);
    let [.., error, failed] = events.as_slice() else { panic!("too few: {events:?}") };
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("stream_interrupted")));
    assert_eq!(failed["response"]["status"], "failed");
    assert_eq!(failed["response"]["output"][0]["status"], "incomplete");
}
