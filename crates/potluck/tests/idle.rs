//! What is learnt while nobody asks: accounts, keys and hosts, without a request being spent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use house::{Asker, House, fresh_folder};
use potluck_testkit::{Fault, Limit, Model, Plan, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

/// Long enough for the first looks on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn open(pool: &Pool, variables: &[(&str, &str)]) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open_with(folder, "", ":memory:", variables)
}

async fn offer(house: &House, asker: &Asker, name: &str) -> Value {
    let pool = asker.get(&format!("{}/pool", house.address)).await.json();
    let offers = pool["offers"].as_array().unwrap();
    offers.iter().find(|offer| offer["offer"] == name).unwrap().clone()
}

/// Looks at an offer until it is as wished.
async fn wait_until(
    house: &House,
    asker: &Asker,
    name: &str,
    is: impl Fn(&Value) -> bool,
) -> Value {
    let mut waited = Duration::ZERO;
    loop {
        let seen = offer(house, asker, name).await;
        if is(&seen) {
            return seen;
        }
        assert!(waited < PATIENCE, "{seen}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        waited += Duration::from_millis(100);
    }
}

async fn chat(asker: &Asker, base: &str, model: &str, key: &str) -> u16 {
    let body = json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] });
    let request = http::Request::post(format!("{base}/chat/completions"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {key}"))
        .header("x-potluck-wait-ms", "0");
    asker.send(request.body(http_body_util::Full::from(body.to_string())).unwrap()).await.status
}

fn telling() -> potluck_testkit::Builder {
    SimulatedProvider::build("telling")
        .model(Model::new("m"))
        .key("key-one", "TELLING")
        .limit(Limit::requests(5, Span::Day))
        .listed()
        .tells()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_used_is_known_before_the_first_request() {
    let pool = Pool::start(vec![telling()]).await.unwrap();
    let provider = &pool.providers()[0];
    let asker = Asker::new();
    for _ in 0..3 {
        assert_eq!(chat(&asker, &provider.base_url(), "m", "key-one").await, 200);
    }
    let house = open(&pool, &[("TELLING", "key-one")]);
    let known = |seen: &Value| seen["limits"][0]["remaining"] == 2;
    let seen = wait_until(&house, &asker, "telling/m", known).await;
    assert_eq!(seen["limits"][0]["source"], "header");
    assert_eq!(seen["limits"][0]["drift"], 3, "{seen}");
    assert_eq!(provider.counts().requests, 3, "nothing was spent to find out");
    let address = format!("{}/v1", house.address);
    let mut served = 0;
    for _ in 0..4 {
        served += u32::from(chat(&asker, &address, "telling/m", "any").await == 200);
    }
    assert_eq!((served, provider.counts().over_limit), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_key_is_found_out_without_a_request() {
    let pool = Pool::start(vec![telling()]).await.unwrap();
    let house = open(&pool, &[("TELLING", "key-wrong")]);
    let asker = Asker::new();
    let refused = |seen: &Value| seen["state"] == "credential_refused";
    wait_until(&house, &asker, "telling/m", refused).await;
    assert_eq!(pool.providers()[0].counts().requests, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_idle_signal_ever_spends_quota() {
    let down = SimulatedProvider::build("down").model(Model::new("m"));
    let pool = Pool::start(vec![telling(), down]).await.unwrap();
    let (telling, down) = (&pool.providers()[0], &pool.providers()[1]);
    down.set_faults(Plan::always(Fault::Refused)).await;
    let house = open(&pool, &[("TELLING", "key-one")]);
    let asker = Asker::new();
    // One request finds the host gone; from then on only idle signals tell of it.
    let status = chat(&asker, &format!("{}/v1", house.address), "down/m", "any").await;
    assert_ne!(status, 200);
    let first = offer(&house, &asker, "down/m").await["since"].clone();
    let rests_on = |seen: &Value| seen["state"] == "cooling" && seen["since"] != first;
    wait_until(&house, &asker, "down/m", rests_on).await;
    down.heal().await;
    wait_until(&house, &asker, "down/m", |seen| seen["state"] == "probation").await;
    let told = |seen: &Value| !seen["limits"][0]["last_word"].is_null();
    wait_until(&house, &asker, "telling/m", told).await;
    let paths: Vec<String> = telling.seen().into_iter().map(|seen| seen.path).collect();
    assert!(paths.iter().any(|path| path.ends_with("/account")), "{paths:?}");
    assert!(paths.iter().any(|path| path.ends_with("/models")), "{paths:?}");
    for provider in pool.providers() {
        assert_eq!(provider.counts().requests, 0, "{}", provider.name());
    }
    assert_eq!(telling.standing("m")[0].used, 0);
}
