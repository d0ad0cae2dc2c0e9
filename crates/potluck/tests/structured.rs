//! Structured output over providers that lie: what breaks the demanded form is another provider's turn.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{Fault, Feature, Model, Plan, Pool, ServerTrouble, SimulatedProvider};
use serde_json::{Value, json};

/// Asks with the liar first.
fn asking(fields: &Value, stream: bool) -> String {
    let mut body = json!({
        "model": "auto", "stream": stream, "messages": [{"role": "user", "content": "Weather?"}],
        "provider": {"order": ["liar"]}
    });
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    body.to_string()
}

fn schema() -> Value {
    json!({"response_format": {"type": "json_schema", "json_schema": {"name": "weather", "schema": {
        "type": "object", "required": ["city"], "additionalProperties": false,
        "properties": {"city": {"type": "string"}}}}}})
}

fn says(text: &str) -> Plan {
    Plan::always(Fault::Says { text: text.to_owned() })
}

async fn ask(house: &House, body: String) -> Reply {
    Asker::new().post(&format!("{}/v1/chat/completions", house.address), body).await
}

fn text_of(reply: &Reply, stream: bool) -> String {
    let text = if stream { reply.streamed_text() } else { reply.whole_text() };
    text.unwrap_or_else(|why| panic!("{why}: {}", reply.body))
}

async fn pool(liar: Plan, honest: Plan) -> Pool {
    let capable = |name: &str| SimulatedProvider::build(name).model(Model::capable("m"));
    let builders = vec![capable("liar").faults(liar), capable("honest").faults(honest)];
    Pool::start(builders).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_form_is_another_provider_s_turn() {
    let object = json!({"response_format": {"type": "json_object"}});
    let good = r#"{"city":"Oslo"}"#;
    for (fields, lie) in [
        (schema(), r#"{"town":"Oslo"}"#),
        (schema(), r#"{"city":7}"#),
        (schema(), "The weather is fine."),
        (object.clone(), r#"["Oslo"]"#),
        (object, "Sure! {}"),
    ] {
        let pool = pool(says(lie), says(good)).await;
        let house = House::over(&pool, QUICK);
        let reply = ask(&house, asking(&fields, false)).await;
        assert_eq!((reply.status, reply.attempts()), (200, 2), "{lie}: {}", reply.body);
        assert_eq!(text_of(&reply, false), good);
        assert_eq!(reply.header("x-potluck-offer"), "honest/m");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_begins_wrongly_is_another_provider_s_turn() {
    let pool = pool(says("Sure, here it is:"), says(r#"{"city":"Oslo"}"#)).await;
    let house = House::over(&pool, QUICK);
    let reply = ask(&house, asking(&schema(), true)).await;
    assert_eq!((reply.attempts(), text_of(&reply, true).as_str()), (2, r#"{"city":"Oslo"}"#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_break_the_schema_the_client_is_told_how() {
    let lie = r#"{"city":7}"#;
    let pool = pool(says(lie), says(lie)).await;
    let house = House::over(&pool, QUICK);
    let reply = ask(&house, asking(&schema(), false)).await;
    assert_eq!(reply.status, 502, "{}", reply.body);
    assert!(reply.body.contains("/city: expected type string"), "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_is_none_is_refused_before_anything_is_sent() {
    let pool = pool(Plan::healthy(), Plan::healthy()).await;
    let house = House::over(&pool, QUICK);
    let mut wrong = schema();
    wrong["response_format"]["json_schema"]["schema"]["type"] = "objekt".into();
    let reply = ask(&house, asking(&wrong, false)).await;
    let body = reply.json();
    assert_eq!((reply.status, &body["error"]["code"]), (400, &json!("invalid_json_schema")));
    assert_eq!(body["error"]["param"], "response_format.json_schema.schema");
    assert!(body["error"]["message"].as_str().unwrap().contains("/type"), "{}", reply.body);
    assert!(pool.providers().iter().all(|provider| provider.counts().requests == 0));
}

/// One provider that follows schemas, one that only writes objects, one that does neither.
async fn three(native: Plan, object: Plan) -> Pool {
    let of = |name: &str, model: Model| SimulatedProvider::build(name).model(model);
    let builders = vec![
        of("native", Model::new("m").with(Feature::JsonObject).with(Feature::JsonSchema))
            .faults(native),
        of("object", Model::new("m").with(Feature::JsonObject)).faults(object),
        of("plain", Model::new("m")),
    ];
    Pool::start(builders).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_is_emulated_only_where_nobody_follows_it() {
    let fenced = "```json\n{\"city\": \"Oslo\"}\n```";
    let pool = three(says(r#"{"city":"Rome"}"#), says(fenced)).await;
    let house = House::over(&pool, QUICK);
    for _ in 0..8 {
        let reply = ask(&house, asking(&schema(), false)).await;
        assert_eq!(reply.header("x-potluck-offer"), "native/m");
        assert_eq!(reply.header("x-potluck-emulated"), "");
    }
    pool.provider("native")
        .unwrap()
        .set_faults(Plan::always(Fault::Trouble(ServerTrouble::Internal)))
        .await;
    for stream in [false, true] {
        let reply = ask(&house, asking(&schema(), stream)).await;
        assert_eq!(text_of(&reply, stream), r#"{"city": "Oslo"}"#);
        assert_eq!(reply.header("x-potluck-offer"), "object/m");
        assert_eq!(reply.header("x-potluck-emulated"), "json_schema");
    }
    for seen in pool.provider("object").unwrap().seen() {
        let sent: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(sent["response_format"], json!({"type": "json_object"}));
        assert!(!seen.streamed, "held back until it is whole");
        assert!(sent["messages"][0]["content"].as_str().unwrap().contains("\"city\""));
    }
    assert_eq!(pool.provider("plain").unwrap().counts().requests, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emulated_answer_that_breaks_the_schema_never_reaches_the_client() {
    for stream in [false, true] {
        let down = Plan::always(Fault::Trouble(ServerTrouble::Internal));
        let pool = three(down, says(r#"{"town":"Oslo"}"#)).await;
        let house = House::over(&pool, QUICK);
        let reply = ask(&house, asking(&schema(), stream)).await;
        assert_eq!(reply.status, 502, "{}", reply.body);
        assert!(!reply.body.contains("Oslo"), "{}", reply.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_requires_every_parameter_is_not_served_by_emulation() {
    let down = Plan::always(Fault::Trouble(ServerTrouble::Internal));
    let pool = three(down, says(r#"{"city":"Oslo"}"#)).await;
    let house = House::over(&pool, QUICK);
    let mut fields = schema();
    fields["provider"] = json!({"require_parameters": true});
    let reply = ask(&house, asking(&fields, false)).await;
    assert_eq!(reply.status, 502, "{}", reply.body);
    assert_eq!(pool.provider("object").unwrap().counts().requests, 0);
}
