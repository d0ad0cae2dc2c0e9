//! What the router says can still be served, against what providers then let through.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use house::{Asker, House};
use potluck_testkit::{Feature, Limit, Model, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

async fn daily(tools: u64, plain: u64) -> Pool {
    let day = |amount| Limit::requests(amount, Span::Day).calendar();
    let able = SimulatedProvider::build("able")
        .model(Model::new("one").with(Feature::Tools).window(32_000, 4_000))
        .model(Model::new("two").with(Feature::Tools).window(32_000, 4_000))
        .limit(day(tools));
    let plain = SimulatedProvider::build("plain")
        .model(Model::new("small").window(4_096, 512))
        .limit(day(plain));
    Pool::start(vec![able, plain]).await.unwrap()
}

async fn look(house: &House, query: &str) -> Value {
    let reply = Asker::new().get(&format!("{}/pool/forecast{query}", house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forecast_is_served_and_no_more() {
    let pool = daily(7, 30).await;
    let house = House::over(&pool, "[pool]\nwait_seconds = 0\nattempts = 32\n");
    let seen = look(&house, "?needs=tools&context=8000").await;
    assert_eq!(seen["offers"], json!({ "ready": 2, "fit": 2, "unlimited": 0 }), "{seen}");
    // midnight of UTC may fall between the two: then the limit is whole again
    assert_eq!(seen["requests"]["today"], 7, "two models of one account share its day: {seen}");
    let sentence = seen["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("With tools and 8,000 tokens of context: 2 offers now, 7 requests today, 7 more at midnight UTC"),
        "{sentence}"
    );
    let asker = Asker::new();
    let tool = json!({ "type": "function", "function": { "name": "f", "parameters": { "type": "object" } } });
    let body = json!({ "model": "free", "max_tokens": 5, "tools": [tool], "messages": [{ "role": "user", "content": "hello" }] });
    let url = format!("{}/v1/chat/completions", house.address);
    let mut served = 0;
    for _ in 0..10 {
        served += u32::from(asker.post(&url, body.to_string()).await.status == 200);
    }
    assert_eq!(served, 7);
    let seen = look(&house, "?needs=tools&context=8000").await;
    assert_eq!((&seen["requests"]["today"], &seen["offers"]["ready"]), (&json!(0), &json!(0)));
    assert_eq!(seen["resets"][0]["more"], 7);
    assert_eq!(seen["resets"][0]["zone"], "UTC");
    assert_eq!(seen["resets"][0]["offers"], json!(["able/one", "able/two"]));
    assert_eq!(look(&house, "").await["requests"]["today"], 30, "the plain one is untouched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_is_no_chat_is_forecast_by_what_it_takes() {
    let vectors = SimulatedProvider::build("vectors")
        .model(Model::embedder("short", 8, 16))
        .limit(Limit::requests(5, Span::Day).calendar());
    let house = House::over(&Pool::start(vec![vectors]).await.unwrap(), "");
    let seen = look(&house, "?needs=embedding").await;
    assert_eq!(
        (&seen["offers"]["ready"], &seen["requests"]["today"]),
        (&json!(1), &json!(5)),
        "{seen}"
    );
    assert_eq!(look(&house, "?needs=embedding&context=9000000").await["offers"]["fit"], 0);
    assert_eq!(look(&house, "").await["offers"]["fit"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_not_understood_is_refused_with_what_is_known() {
    let pool = daily(1, 1).await;
    let house = House::over(&pool, "");
    for (query, told) in [
        ("?needs=wings", "tools"),
        ("?context=many", "a number of tokens"),
        ("?zone=Atlantis", "America/Los_Angeles"),
        ("?colour=red", "known are needs"),
        ("?model=nobody", "there is no model named"),
    ] {
        let reply = Asker::new().get(&format!("{}/pool/forecast{query}", house.address)).await;
        assert!(matches!(reply.status, 400 | 404), "{query}: {}", reply.body);
        assert!(reply.body.contains(told), "{query}: {}", reply.body);
    }
    let none = look(&house, "?needs=video").await;
    assert_eq!(none["offers"]["fit"], 0);
    let one = look(&house, "?model=plain&context=2000&zone=Asia/Shanghai").await;
    assert_eq!((&one["offers"]["fit"], &one["zone"]), (&json!(1), &json!("Asia/Shanghai")));
}
