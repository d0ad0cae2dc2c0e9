//! Good answers, and the refusals of a healthy provider.

use std::time::Duration;

use potluck_testkit::{
    Empty, Fault, Feature, Limit, ListingStyle, Model, Plan, Reasoning, RefusalStyle,
    SimulatedProvider, Span, Verdict,
};
use serde_json::{Value, json};

use crate::raw::{Ending, Got, ask, exchange, post, watch};
use crate::{PATIENCE, until};

async fn provider() -> SimulatedProvider {
    SimulatedProvider::build("sim-test")
        .model(Model::capable("able"))
        .model(Model::new("plain"))
        .model(Model::capable("thinker").reasons(Reasoning::Reasoning))
        .model(Model::capable("tagged").reasons(Reasoning::ThinkTags))
        .model(Model::capable("seer").sees())
        .start()
        .await
        .unwrap()
}

async fn chat(provider: &SimulatedProvider, body: &Value) -> Got {
    exchange(provider.address(), &post(body), PATIENCE).await
}

fn with(mut body: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_whole_answer_is_labelled_and_has_usage() {
    let provider = provider().await;
    let got = chat(&provider, &ask("able", false)).await;
    assert_eq!((got.status(), got.ending), (200, Ending::Closed));
    assert_eq!(got.header("x-simulated").as_deref(), Some("1"));
    let body = got.json();
    let content = body["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(content.starts_with("[simulated by sim-test] You wrote: “Tell me about soup”."));
    assert_eq!(body["system_fingerprint"], "simulated");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    let usage = &body["usage"];
    let sum =
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], sum);
}

#[tokio::test]
async fn a_stream_says_the_same_as_the_whole_answer() {
    let provider = provider().await;
    let whole = chat(&provider, &ask("able", false)).await.json();
    let got = chat(&provider, &ask("able", true)).await;
    assert_eq!(got.header("content-type").as_deref(), Some("text/event-stream"));
    assert!(got.body().1);
    assert_eq!(got.content(), whole["choices"][0]["message"]["content"].as_str().unwrap());
    let chunks = got.chunks();
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    // role, 8 pieces, finish
    assert_eq!(chunks.len(), 10);
    assert_eq!(chunks[9]["choices"][0]["finish_reason"], "stop");
    assert_eq!(got.data().last().unwrap(), "[DONE]");
    let asked = with(ask("able", true), json!({"stream_options": {"include_usage": true}}));
    let chunks = chat(&provider, &asked).await.chunks();
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
    assert_eq!(chunks.last().unwrap()["choices"], json!([]));
}

#[tokio::test]
async fn tools_are_called_and_their_results_are_told() {
    let provider = provider().await;
    let tool = json!({"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}});
    let asked = json!({"model": "able", "tools": [tool],
        "messages": [{"role": "user", "content": "What is the weather in Paris?"}]});
    let body = chat(&provider, &asked).await.json();
    assert_eq!(body["choices"][0]["finish_reason"], "tool_calls");
    let call = &body["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"]["name"], "get_weather");
    assert_eq!(call["function"]["arguments"], "{\"city\":\"Paris\"}");
    let streamed = chat(&provider, &with(asked.clone(), json!({"stream": true}))).await;
    let arguments: String = streamed
        .chunks()
        .iter()
        .filter_map(|c| {
            let call = &c["choices"][0]["delta"]["tool_calls"][0];
            call["function"]["arguments"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(arguments, "{\"city\":\"Paris\"}");
    let mut told = asked;
    let messages = told["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
    messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": "21 degrees"}));
    let body = chat(&provider, &told).await.json();
    let content = body["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(content.contains("The tool answered: 21 degrees."), "{content}");
}

#[tokio::test]
async fn schemas_images_reasoning_and_choices_are_served() {
    let provider = provider().await;
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
    let body = chat(&provider, &with(ask("able", false), json!({"response_format": format}))).await;
    assert_eq!(body.json()["choices"][0]["message"]["content"], "{\"a\":1}");

    let image =
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}});
    let seen = json!({"model": "seer", "messages": [{"role": "user", "content": [image]}]});
    let body = chat(&provider, &seen).await.json();
    let content = body["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert!(content.contains("an image/png image of 5 bytes"), "{content}");

    let body = chat(&provider, &ask("thinker", false)).await.json();
    assert!(body["choices"][0]["message"]["reasoning"].as_str().unwrap().len() > 20);
    assert!(body["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap() > 0);
    let first = &chat(&provider, &ask("thinker", true)).await.chunks()[1];
    assert!(first["choices"][0]["delta"]["reasoning"].is_string());
    let body = chat(&provider, &ask("tagged", false)).await.json();
    let content = body["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert!(content.starts_with("<think>\n") && content.contains("</think>"));

    let body = chat(&provider, &with(ask("able", false), json!({"n": 2}))).await.json();
    let texts: Vec<&Value> =
        body["choices"].as_array().unwrap().iter().map(|c| &c["message"]["content"]).collect();
    assert!(texts.len() == 2 && texts[0] != texts[1]);

    let probable = json!({"logprobs": true, "top_logprobs": 2});
    let body = chat(&provider, &with(ask("able", false), probable.clone())).await.json();
    let tokens = body["choices"][0]["logprobs"]["content"].as_array().unwrap().len();
    assert_eq!(body["usage"]["completion_tokens"], tokens);
    let chunk = &chat(&provider, &with(ask("able", true), probable)).await.chunks()[1];
    assert!(chunk["choices"][0]["logprobs"]["content"][0]["top_logprobs"][1].is_object());

    let cut = chat(&provider, &with(ask("able", false), json!({"max_tokens": 5}))).await.json();
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    assert_eq!(cut["usage"]["completion_tokens"], 5);
    let stopped = chat(&provider, &with(ask("able", false), json!({"stop": ["wrote"]}))).await;
    assert_eq!(stopped.json()["choices"][0]["message"]["content"], "[simulated by sim-test] You ");
}

#[tokio::test]
async fn what_a_model_lacks_is_refused() {
    let provider = provider().await;
    let tools = json!({"tools": [{"type": "function", "function": {"name": "x"}}]});
    for more in [
        tools,
        json!({"logprobs": true}),
        json!({"n": 2}),
        json!({"response_format": {"type": "json_object"}}),
    ] {
        let got = chat(&provider, &with(ask("plain", false), more)).await;
        assert_eq!(got.status(), 400);
        assert_eq!(got.json()["error"]["code"], "unsupported_parameter");
    }
    let long = "soup ".repeat(8_192);
    let body = json!({"model": "plain", "messages": [{"role": "user", "content": long}]});
    assert_eq!(chat(&provider, &body).await.json()["error"]["code"], "context_length_exceeded");
    assert_eq!(chat(&provider, &ask("nobody", true)).await.status(), 404);
    let verdicts: Vec<Verdict> = provider.seen().into_iter().map(|seen| seen.verdict).collect();
    let invalid = Verdict::Invalid;
    assert_eq!(
        verdicts,
        [
            invalid.clone(),
            invalid.clone(),
            invalid.clone(),
            invalid.clone(),
            invalid,
            Verdict::UnknownModel
        ]
    );
}

#[tokio::test]
async fn the_key_is_wanted_where_there_is_one() {
    let provider = SimulatedProvider::build("sim-locked")
        .model(Model::new("m"))
        .key("secret", "SIM_LOCKED_KEY")
        .start()
        .await
        .unwrap();
    assert_eq!(chat(&provider, &ask("m", false)).await.status(), 401);
    let request = String::from_utf8(post(&ask("m", false))).unwrap();
    let request = request.replacen("host: x", "host: x\r\nauthorization: Bearer secret", 1);
    let got = exchange(provider.address(), request.as_bytes(), PATIENCE).await;
    assert_eq!(got.status(), 200);
    assert_eq!((provider.counts().unauthorized, provider.counts().accepted), (1, 1));
}

#[tokio::test]
async fn over_the_limit_is_a_429_in_the_providers_style_and_is_counted() {
    let cases = [
        (RefusalStyle::OpenAi, "retry-after: ", "Please try again in "),
        (RefusalStyle::OpenRouter, "x-ratelimit-reset: 1", "\"X-RateLimit-Reset\":\"1"),
        (RefusalStyle::Gemini, "", "\"retryDelay\":\""),
        (RefusalStyle::BodyText, "", "Please try again in "),
        (RefusalStyle::Silent, "", "Too many requests"),
    ];
    for (style, in_head, in_body) in cases {
        let provider = SimulatedProvider::build("sim-strict")
            .model(Model::new("m"))
            .limit(Limit::requests(2, Span::Minute))
            .refusal_style(style)
            .start()
            .await
            .unwrap();
        for status in [200, 200, 429, 429] {
            let got = chat(&provider, &ask("m", false)).await;
            assert_eq!(got.status(), status);
            if status == 429 {
                assert!(got.head().contains(in_head), "{style:?}: {}", got.head());
                assert!(got.text().contains(in_body), "{style:?}: {}", got.text());
            }
        }
        let counts = provider.counts_of("m");
        assert_eq!((counts.accepted, counts.over_limit, counts.in_flight_max), (2, 2, 1));
        assert_eq!(provider.standing("m")[0].remaining, 0);
    }
}

#[tokio::test]
async fn models_are_listed_in_three_styles() {
    let cases = [
        (ListingStyle::OpenAi, "/object", json!("model")),
        (ListingStyle::OpenRouter, "/pricing/prompt", json!("0")),
        (ListingStyle::Groq, "/context_window", json!(131_072)),
    ];
    for (style, pointer, value) in cases {
        let provider = SimulatedProvider::build("sim-list")
            .model(Model::capable("a/b").with(Feature::Tools))
            .listing_style(style)
            .start()
            .await
            .unwrap();
        let get = |path: &str| format!("GET /v1{path} HTTP/1.1\r\nconnection: close\r\n\r\n");
        let got = exchange(provider.address(), get("/models").as_bytes(), PATIENCE).await;
        assert_eq!(got.json()["data"][0].pointer(pointer), Some(&value));
        let got = exchange(provider.address(), get("/models/a/b").as_bytes(), PATIENCE).await;
        assert_eq!(got.json()["id"], "a/b");
    }
}

#[tokio::test]
async fn a_model_list_changes_and_fails() {
    let provider = SimulatedProvider::build("sim-list")
        .model(Model::new("old"))
        .listed()
        .start()
        .await
        .unwrap();
    assert!(provider.provider_file().contains("[listing]\npath = \"/models\""));
    provider.set_models(vec![Model::new("new"), Model::new("newer")]);
    let request = b"GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n";
    let list = async || exchange(provider.address(), request, PATIENCE).await;
    let ids: Vec<Value> =
        list().await.json()["data"].as_array().unwrap().iter().map(|m| m["id"].clone()).collect();
    assert_eq!(ids, ["new", "newer"]);
    assert_eq!(chat(&provider, &ask("old", false)).await.status(), 404);
    for fault in Fault::all().into_iter().filter(|fault| !matches!(fault, Fault::Odd(_))) {
        provider.set_listing_faults(Plan::first(1, fault.clone()));
        let request: &[u8] = request;
        // a fault of the list must not bring the provider down, whatever it is
        watch(provider.address(), request, Duration::from_millis(60)).await;
        let name = Some(fault.name());
        until(|| provider.seen().iter().any(|seen| seen.fault == name)).await;
        assert_eq!(list().await.json()["data"].as_array().unwrap().len(), 2);
    }
    provider.set_listing_faults(Plan::always(Fault::Empty(Empty::NoChoices)));
    assert_eq!(list().await.json()["data"], json!([]));
}
