//! Several credentials of one provider: those of one account share its limits, those of another have their own, and a
//! refused one takes nobody else with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::collections::BTreeMap;

use house::{Asker, House, fresh_folder};
use potluck_testkit::{Limit, Model, Pool, Seen, SimulatedProvider, Span, Verdict};
use serde_json::{Value, json};

const DAILY: u64 = 3;

/// Takes three keys: two of one account, one of another. Each account may ask three times a day.
async fn keyed() -> Pool {
    let builder = SimulatedProvider::build("keyed")
        .model(Model::new("m"))
        .key("key-one", "KEYED")
        .also_key("key-two", "")
        .also_key("key-three", "firm")
        .limit(Limit::requests(DAILY, Span::Day));
    Pool::start(vec![builder]).await.unwrap()
}

fn open(pool: &Pool, config: &str, variables: &[(&str, &str)]) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open_with(folder, config, ":memory:", variables)
}

async fn ask(house: &House, asker: &Asker, model: &str) -> house::Reply {
    let body = json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] });
    let request = http::Request::post(format!("{}/v1/chat/completions", house.address))
        .header("content-type", "application/json")
        .header("x-potluck-wait-ms", "0");
    asker.send(request.body(http_body_util::Full::from(body.to_string())).unwrap()).await
}

async fn offers(house: &House, asker: &Asker) -> BTreeMap<String, Value> {
    let pool = asker.get(&format!("{}/pool", house.address)).await.json();
    let offers = pool["offers"].as_array().unwrap().iter();
    offers.map(|offer| (offer["offer"].as_str().unwrap().to_owned(), offer.clone())).collect()
}

/// How many of a provider's chat requests were accepted under each key.
fn accepted(pool: &Pool) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let is_accepted = |seen: &&Seen| seen.verdict == Verdict::Accepted;
    for seen in pool.providers()[0].seen().iter().filter(is_accepted) {
        let key = seen.headers.iter().find(|(name, _)| name == "authorization").unwrap();
        *counts.entry(key.1.replace("Bearer ", "")).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_one_account_share_its_limit_and_another_account_has_its_own() {
    let pool = keyed().await;
    let said = "[[credentials.keyed]]\nenv = \"KEYED_2\"\naccount = \"default\"\n\
                [[credentials.keyed]]\nenv = \"FIRM_KEY\"\nname = \"work\"\n";
    let keys = [("KEYED", "key-one"), ("KEYED_2", "key-two"), ("FIRM_KEY", "key-three")];
    let (house, asker) = (open(&pool, said, &keys), Asker::new());
    let shown = offers(&house, &asker).await;
    let names: Vec<&str> = shown.keys().map(String::as_str).collect();
    assert_eq!(names, ["keyed/m", "keyed/m@2", "keyed/m@work"]);
    assert_eq!(
        (&shown["keyed/m@2"]["credential"], &shown["keyed/m@2"]["account"]),
        (&json!("2"), &json!("default"))
    );
    let mut served = 0;
    for _ in 0..10 {
        let reply = ask(&house, &asker, "keyed/m").await;
        assert!([200, 429].contains(&reply.status), "{}", reply.body);
        served += u64::from(reply.status == 200);
    }
    assert_eq!(served, 2 * DAILY, "both accounts gave all they have");
    let provider = &pool.providers()[0];
    assert_eq!(provider.counts().over_limit, 0);
    assert_eq!(provider.standing_of("", "m")[0].used, DAILY);
    assert_eq!(provider.standing_of("firm", "m")[0].used, DAILY);
    assert_eq!(accepted(&pool)["key-three"], DAILY);
    let models = asker.get(&format!("{}/v1/models", house.address)).await.json();
    let listed = models["data"].as_array().unwrap().iter().filter(|m| m["id"] == "keyed/m").count();
    assert_eq!(listed, 1, "one name, whatever the credential");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_key_excludes_its_own_offers_alone() {
    let pool = keyed().await;
    let keys = [("KEYED", "key-one"), ("KEYED_2", "key-wrong"), ("KEYED_3", "key-three")];
    let (house, asker) = (open(&pool, "", &keys), Asker::new());
    for _ in 0..2 * DAILY {
        let reply = ask(&house, &asker, "free").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let pinned = ask(&house, &asker, "keyed/m@2").await;
    assert_eq!(pinned.status, 503, "{}", pinned.body);
    let state = |offers: &BTreeMap<String, Value>, name: &str| offers[name]["state"].clone();
    let shown = offers(&house, &asker).await;
    assert_eq!(state(&shown, "keyed/m@2"), "credential_refused");
    assert_eq!(state(&shown, "keyed/m"), "available");
    assert_eq!(state(&shown, "keyed/m@3"), "available");
    assert_eq!(pool.providers()[0].counts().unauthorized, 1, "asked once and never again");
    assert_eq!(pool.providers()[0].counts().over_limit, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_serves_the_models_that_it_is_for() {
    let builder = SimulatedProvider::build("keyed")
        .model(Model::new("big"))
        .model(Model::new("small"))
        .key("key-one", "KEYED")
        .also_key("key-two", "firm");
    let pool = Pool::start(vec![builder]).await.unwrap();
    let said = "[[credentials.keyed]]\nenv = \"KEYED\"\nmodels = [\"sm*\"]\n\
                [[credentials.keyed]]\nenv = \"FIRM_KEY\"\nname = \"work\"\nmodels = [\"big\"]\n";
    let (house, asker) =
        (open(&pool, said, &[("KEYED", "key-one"), ("FIRM_KEY", "key-two")]), Asker::new());
    let shown = offers(&house, &asker).await;
    let names: Vec<&str> = shown.keys().map(String::as_str).collect();
    assert_eq!(names, ["keyed/big@work", "keyed/small"]);
    for model in ["keyed/big", "keyed/small", "keyed/small"] {
        assert_eq!(ask(&house, &asker, model).await.status, 200);
    }
    assert_eq!(accepted(&pool), [("key-one".to_owned(), 2), ("key-two".to_owned(), 1)].into());
}
