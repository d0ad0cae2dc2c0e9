//! Client keys over HTTP: who may come in, who may manage them, and what each refusal says in whose shape.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use bytes::Bytes;
use house::{Asker, House, QUICK, Reply};
use http_body_util::Full;
use potluck_testkit::{Fault, Model, Plan, Pool, SimulatedProvider};
use serde_json::{Value, json};

type Headers<'a> = &'a [(&'a str, &'a str)];

/// A router, and somebody who asks it.
struct Scene {
    pool: Pool,
    house: House,
    asker: Asker,
}

impl Scene {
    async fn new(config: &str) -> Self {
        Self::over(&format!("{QUICK}{config}")).await
    }

    async fn over(config: &str) -> Self {
        let plain = Model::new("plain").family("plain").window(4_096, 512);
        let other = Model::new("other").family("other").window(4_096, 512);
        let providers = vec![
            SimulatedProvider::build("only").model(plain),
            SimulatedProvider::build("second").model(other),
        ];
        let pool = Pool::start(providers).await.unwrap();
        let house = House::over(&pool, config);
        Self { pool, house, asker: Asker::new() }
    }

    async fn send(&self, method: &str, path: &str, headers: Headers<'_>, body: Value) -> Reply {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.house.address))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        self.asker.send(request.body(Full::new(body)).unwrap()).await
    }

    /// Makes a key as whoever has `by`, and answers its secret.
    async fn key(&self, by: &str, wish: Value) -> String {
        let bearer = format!("Bearer {by}");
        let headers = [("authorization", bearer.as_str()), ("x-potluck-csrf", "1")];
        let made = self.send("POST", "/keys", &headers, wish).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.header("cache-control"), "no-store");
        made.json()["key"].as_str().unwrap().to_owned()
    }

    async fn admin(&self) -> String {
        self.key("", json!({ "name": "me", "admin": true })).await
    }

    async fn chat(&self, key: &str, model: &str) -> Reply {
        let bearer = format!("Bearer {key}");
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] });
        self.send("POST", "/v1/chat/completions", &[("authorization", &bearer)], body).await
    }

    fn asked(&self) -> u64 {
        ["only", "second"].iter().map(|id| self.pool.provider(id).unwrap().counts().requests).sum()
    }
}

fn code(reply: &Reply) -> String {
    reply.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_first_key_closes_the_door_and_is_an_administrators() {
    let scene = Scene::new("").await;
    assert_eq!(scene.chat("sk-anything", "free").await.status, 200, "open, while there is no key");
    let wish = json!({ "name": "app" });
    let csrf = [("x-potluck-csrf", "1")];
    let refused = scene.send("POST", "/keys", &csrf, wish.clone()).await;
    assert_eq!((refused.status, code(&refused).as_str()), (409, "admin_key_first"));
    let admin = scene.admin().await;
    let app = scene.key(&admin, wish).await;
    assert_eq!(scene.chat(&app, "free").await.status, 200);
    for (key, wanted) in [("", "no key was sent"), ("pk-other", "not known here")] {
        let refused = scene.chat(key, "free").await;
        assert_eq!(refused.status, 401, "{}", refused.body);
        assert!(refused.body.contains(wanted), "{}", refused.body);
    }
    let bearer = format!("Bearer {app}");
    let refused = scene.send("GET", "/keys", &[("authorization", &bearer)], Value::Null).await;
    assert_eq!((refused.status, code(&refused).as_str()), (403, "admin_key_needed"));
}

#[tokio::test]
async fn a_list_tells_everything_but_the_secret() {
    let scene = Scene::new("").await;
    let admin = scene.admin().await;
    let wish = json!({
        "name": "app", "expires": "30d", "priority": "batch", "deadline_seconds": 20, "models": ["plain"],
        "privacy": "no-training", "limits": { "requests_per_minute": 5, "tokens_per_day": 1000 },
    });
    let app = scene.key(&admin, wish).await;
    let bearer = format!("Bearer {admin}");
    let list = scene.send("GET", "/keys", &[("authorization", &bearer)], Value::Null).await;
    assert_eq!(list.status, 200, "{}", list.body);
    assert!(!list.body.contains(&app) && !list.body.contains(&admin));
    let all = list.json()["data"].as_array().unwrap().clone();
    assert_eq!(all.len(), 2);
    let told = all.iter().find(|key| key["name"] == "app").unwrap();
    assert_eq!(told["limits"]["requests_per_minute"], 5);
    assert_eq!(told["limits"]["requests_per_day"], Value::Null);
    assert_eq!((&told["priority"], &told["privacy"]), (&json!("batch"), &json!("no-training")));
    assert_eq!((&told["admin"], &told["revoked"]), (&json!(false), &Value::Null));
    assert_eq!(told["deadline_seconds"], 20);
    assert!(app.starts_with(told["prefix"].as_str().unwrap()));
    assert!(told["expires"].is_string() && told["last_used"].is_null());
    let wrong = scene
        .send("POST", "/keys", &[("authorization", &bearer)], json!({ "name": "x", "limit": 1 }))
        .await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    let by = [("authorization", bearer.as_str())];
    let gone = scene.send("DELETE", "/keys/nobody", &by, Value::Null).await;
    assert_eq!((gone.status, code(&gone).as_str()), (404, "key_not_found"));
}

#[tokio::test]
async fn a_key_that_is_worth_nothing_is_told_so_in_every_shape() {
    let scene = Scene::new("").await;
    let admin = scene.admin().await;
    let revoked = scene.key(&admin, json!({ "name": "gone" })).await;
    let expired = scene.key(&admin, json!({ "name": "old", "expires": "1s" })).await;
    let bearer = format!("Bearer {admin}");
    let told = scene.send("DELETE", "/keys/gone", &[("authorization", &bearer)], Value::Null).await;
    assert_eq!(told.status, 200, "{}", told.body);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let shapes = [
        ("/v1/chat/completions", "/error/message"),
        ("/api/v1/chat/completions", "/error/message"),
        ("/v1/messages", "/error/message"),
        ("/v1/responses", "/error/message"),
        ("/v1/completions", "/error/message"),
        ("/v1/embeddings", "/error/message"),
        ("/v1/images/generations", "/error/message"),
        ("/api/chat", "/error"),
    ];
    for (path, place) in shapes {
        for (key, wanted) in [(&revoked, "was revoked on"), (&expired, "expired on")] {
            let headers = [("x-api-key", key.as_str())];
            let refused = scene.send("POST", path, &headers, json!({})).await;
            assert_eq!(refused.status, 401, "{path}: {}", refused.body);
            let told = refused.json();
            let told = told.pointer(place).and_then(Value::as_str).unwrap_or_default();
            assert!(told.contains(wanted), "{path}: {}", refused.body);
        }
    }
    assert_eq!(scene.asked(), 0);
}

#[tokio::test]
async fn pages_of_others_manage_nothing() {
    let config = "[server]\nallowed_origins = [\"http://app.test\"]\n";
    let scene = Scene::new(config).await;
    let own = scene.house.address.clone();
    let host = own.strip_prefix("http://").unwrap().to_owned();
    let wish = json!({ "name": "me", "admin": true });
    // open: whoever is on this machine may, and no page of another origin
    let refusals: [(Headers<'_>, &str); 6] = [
        (&[], "csrf_token_needed"),
        (&[("origin", own.as_str())], "csrf_token_needed"),
        (&[("origin", "https://evil.test"), ("x-potluck-csrf", "1")], "origin_not_allowed"),
        (&[("origin", "http://app.test"), ("x-potluck-csrf", "1")], "origin_not_allowed"),
        (&[("sec-fetch-site", "cross-site"), ("x-potluck-csrf", "1")], "origin_not_allowed"),
        (&[("host", "evil.test"), ("x-potluck-csrf", "1")], "host_not_allowed"),
    ];
    for (headers, wanted) in refusals {
        let refused = scene.send("POST", "/keys", headers, wish.clone()).await;
        assert_eq!((refused.status, code(&refused).as_str()), (403, wanted), "{headers:?}");
    }
    let read = scene.send("GET", "/keys", &[("origin", "http://app.test")], Value::Null).await;
    assert_eq!((read.status, code(&read).as_str()), (403, "origin_not_allowed"));
    let admin = scene.admin().await;
    // closed: a browser is let in by the key, and proves each change
    let app = scene.key(&admin, json!({ "name": "app" })).await;
    for (key, status) in [("pk-other", 401), (app.as_str(), 403)] {
        let refused = scene.send("POST", "/session", &[], json!({ "key": key })).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert!(refused.header("set-cookie").is_empty() && !refused.body.contains(&app));
    }
    let begun = scene.send("POST", "/session", &[], json!({ "key": admin })).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let cookie = begun.header("set-cookie").to_owned();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let csrf = begun.json()["csrf"].as_str().unwrap().to_owned();
    let with = |more: Headers<'_>| {
        let mut all = vec![("cookie".to_owned(), cookie.clone())];
        all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        all
    };
    let token = ("x-potluck-csrf", csrf.as_str());
    let table: [(Vec<(String, String)>, &str); 6] = [
        (with(&[]), "csrf_token_needed"),
        (with(&[("x-potluck-csrf", "1")]), "csrf_token_needed"),
        (with(&[token, ("origin", "https://evil.test")]), "origin_not_allowed"),
        (with(&[token, ("origin", "http://app.test")]), "origin_not_allowed"),
        (with(&[token, ("host", "evil.test"), ("origin", "http://evil.test")]), "host_not_allowed"),
        (vec![("cookie".to_owned(), "potluck_session=00".to_owned())], "invalid_api_key"),
    ];
    for (headers, wanted) in &table {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = scene.send("POST", "/keys", &headers, json!({ "name": "x" })).await;
        assert_eq!(code(&refused), *wanted, "{headers:?}: {}", refused.body);
    }
    let own_page = [("cookie", cookie.as_str()), ("origin", own.as_str()), ("host", host.as_str())];
    assert_eq!(scene.send("GET", "/keys", &own_page, Value::Null).await.status, 200);
    let chat = json!({ "model": "free", "messages": [{ "role": "user", "content": "hello" }] });
    let refused = scene.send("POST", "/v1/chat/completions", &own_page, chat.clone()).await;
    assert_eq!(code(&refused), "csrf_token_needed", "a cookie alone changes nothing");
    let proved = [own_page[0], own_page[1], own_page[2], token];
    assert_eq!(scene.send("POST", "/v1/chat/completions", &proved, chat).await.status, 200);
    assert_eq!(scene.send("POST", "/keys", &proved, json!({ "name": "x" })).await.status, 201);
    let shown = scene.send("GET", "/session", &own_page, Value::Null).await.json();
    assert_eq!((&shown["admin"], shown["csrf"].as_str()), (&json!(true), Some(csrf.as_str())));
    assert_eq!(scene.send("DELETE", "/session", &proved, Value::Null).await.status, 200);
    assert_eq!(scene.send("GET", "/keys", &own_page, Value::Null).await.status, 401);
}

#[tokio::test]
async fn keys_of_the_settings_go_on_and_manage_only_where_they_say_so() {
    let config =
        "[server]\nkeys = [\"pk-of-the-settings\"]\nadmin_keys = [\"pk-of-the-administrator\"]\n";
    let scene = Scene::new(config).await;
    assert_eq!(scene.chat("pk-of-the-settings", "free").await.status, 200);
    assert_eq!(scene.chat("pk-of-the-administrator", "free").await.status, 200);
    assert_eq!(scene.chat("", "free").await.status, 401);
    let plain = [("authorization", "Bearer pk-of-the-settings"), ("x-potluck-csrf", "1")];
    let refused = scene.send("POST", "/keys", &plain, json!({ "name": "x" })).await;
    assert_eq!((refused.status, code(&refused).as_str()), (403, "admin_key_needed"));
    let app = scene.key("pk-of-the-administrator", json!({ "name": "app" })).await;
    assert_eq!(scene.chat(&app, "free").await.status, 200);
}

#[tokio::test]
async fn a_key_without_the_model_is_refused_in_every_shape_and_draws_from_the_rest() {
    let scene = Scene::new("").await;
    let admin = scene.admin().await;
    let app = scene.key(&admin, json!({ "name": "app", "models": ["plain"] })).await;
    let messages = json!([{ "role": "user", "content": "hello" }]);
    let ask = |fields: Value| {
        let mut body = json!({ "model": "other" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    let shapes = [
        ("/v1/chat/completions", ask(json!({ "messages": messages })), "/error/message"),
        ("/api/v1/chat/completions", ask(json!({ "messages": messages })), "/error/message"),
        ("/v1/messages", ask(json!({ "messages": messages, "max_tokens": 9 })), "/error/message"),
        ("/v1/responses", ask(json!({ "input": "hello" })), "/error/message"),
        ("/v1/completions", ask(json!({ "prompt": "hello" })), "/error/message"),
        ("/v1/embeddings", ask(json!({ "input": "hello" })), "/error/message"),
        ("/v1/images/generations", ask(json!({ "prompt": "a cat" })), "/error/message"),
        ("/api/chat", ask(json!({ "messages": messages, "stream": false })), "/error"),
    ];
    let bearer = format!("Bearer {app}");
    for (path, body, place) in shapes {
        let refused = scene.send("POST", path, &[("authorization", &bearer)], body).await;
        if path.ends_with("embeddings") {
            // nobody here makes vectors: that is told first
            assert!(matches!(refused.status, 400 | 403 | 404), "{}", refused.body);
            continue;
        }
        assert_eq!(refused.status, 403, "{path}: {}", refused.body);
        let told = refused.json();
        let told = told.pointer(place).and_then(Value::as_str).unwrap_or_default();
        assert!(told.contains("may not use") && told.contains("plain"), "{path}: {}", refused.body);
    }
    assert_eq!(scene.asked(), 0);
    for _ in 0..10 {
        let answer = scene.chat(&app, "free").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("x-potluck-offer"), "only/plain");
    }
}

#[tokio::test]
async fn a_key_says_how_long_its_requests_may_take() {
    // without it, the request would take an hour
    let config = "[timeouts]\nfirst_event_ms = 3_600_000\nthinking_ms = 3_600_000\ntotal_ms = 3_600_000\n\
                  [pool]\ndeadline_seconds = 3600\n";
    let scene = Scene::over(config).await;
    for id in ["only", "second"] {
        let stall = Plan::always(Fault::StallBeforeFirstByte);
        scene.pool.provider(id).unwrap().set_faults(stall).await;
    }
    let admin = scene.admin().await;
    let app = scene.key(&admin, json!({ "name": "app", "deadline_seconds": 2 })).await;
    let asked = tokio::time::timeout(Duration::from_secs(600), scene.chat(&app, "free")).await;
    let refused = asked.unwrap();
    assert_eq!(refused.status, 502, "{}", refused.body);
    assert!(refused.body.contains("too_slow"), "{}", refused.body);
    for seconds in [0, 3601] {
        let bearer = format!("Bearer {admin}");
        let headers = [("authorization", bearer.as_str()), ("x-potluck-csrf", "1")];
        let wish = json!({ "name": "wrong", "deadline_seconds": seconds });
        let refused = scene.send("POST", "/keys", &headers, wish).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.json()["error"]["param"], "deadline_seconds", "{}", refused.body);
    }
}

#[tokio::test]
async fn of_forty_at_once_exactly_five_reach_a_provider() {
    let scene = Scene::new("").await;
    let admin = scene.admin().await;
    let wish = json!({ "name": "app", "limits": { "requests_per_minute": 5 } });
    let app = scene.key(&admin, wish).await;
    let all = futures_util::future::join_all((0..40).map(|_| scene.chat(&app, "free"))).await;
    let served = all.iter().filter(|reply| reply.status == 200).count();
    let refused: Vec<&Reply> = all.iter().filter(|reply| reply.status == 429).collect();
    assert_eq!((served, refused.len()), (5, 35));
    assert_eq!(scene.asked(), 5);
    for reply in refused {
        assert_eq!(code(reply), "key_limit_reached");
        let seconds: u64 = reply.header("retry-after").parse().unwrap();
        assert!((55..=60).contains(&seconds), "{seconds}");
    }
    let messages = json!([{ "role": "user", "content": "hello" }]);
    let shapes = [
        (
            "/v1/messages",
            json!({ "messages": messages, "max_tokens": 9, "model": "free" }),
            "/error/message",
        ),
        ("/v1/responses", json!({ "input": "hello", "model": "free" }), "/error/message"),
        ("/api/chat", json!({ "messages": messages, "model": "free", "stream": false }), "/error"),
    ];
    for (path, body, place) in shapes {
        let reply = scene.send("POST", path, &[("x-api-key", &app)], body).await;
        assert_eq!(reply.status, 429, "{path}: {}", reply.body);
        let told = reply.json();
        assert!(
            told.pointer(place).and_then(Value::as_str).unwrap().contains("5 requests a minute")
        );
    }
    assert_eq!(scene.asked(), 5);
}

#[tokio::test]
async fn a_day_goes_on_after_a_kill() {
    let plain = Model::new("plain").family("plain").window(4_096, 512);
    let pool = Pool::start(vec![SimulatedProvider::build("only").model(plain)]).await.unwrap();
    let folder = house::fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let kept = std::env::temp_dir().join(format!("potluck-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&kept).unwrap();
    let state = kept.join("potluck.db").to_string_lossy().into_owned();
    let house = House::open(folder, QUICK, &state);
    let scene = Scene { pool, house, asker: Asker::new() };
    let admin = scene.admin().await;
    let wish = json!({ "name": "app", "limits": { "requests_per_day": 20 } });
    let app = scene.key(&admin, wish).await;
    for _ in 0..12 {
        assert_eq!(scene.chat(&app, "free").await.status, 200);
    }
    let Scene { pool, house, asker } = scene;
    drop(house); // killed
    let folder = house::fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let house = House::open(folder, QUICK, &state);
    let scene = Scene { pool, house, asker };
    let mut served = 0;
    while scene.chat(&app, "free").await.status == 200 {
        served += 1;
        assert!(served <= 8, "more than a day's");
    }
    assert!(served >= 4, "{served} of 8 are left");
    let _ = std::fs::remove_dir_all(&kept);
}
