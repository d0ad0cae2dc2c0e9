//! What a client sees of its own key: its limits and rights, and the models that it may use.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use bytes::Bytes;
use house::{Asker, House, QUICK, Reply};
use http_body_util::Full;
use potluck_testkit::{Limit, Model, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

const POOLS: &str = "\
[pools.plainly]
only = [\"plain\"]
[pools.otherwise]
only = [\"other\"]
";

/// A router over two providers, one of which has a limit of requests by the day, and its administrator.
struct Scene {
    house: House,
    asker: Asker,
    admin: String,
    _pool: Pool,
}

impl Scene {
    async fn new() -> Self {
        let plain = Model::new("plain").family("plain").window(4_096, 512);
        let other = Model::new("other").family("other").window(4_096, 512);
        let daily = Limit::requests(100, Span::Day).calendar();
        let only = SimulatedProvider::build("only").model(plain).limit(daily);
        let second = SimulatedProvider::build("second").model(other);
        let pool = Pool::start(vec![only, second]).await.unwrap();
        let folder = house::fresh_folder();
        pool.write_files(&folder.join("providers")).unwrap();
        // of the two, one says that it does not train on prompts
        let file = folder.join("providers/only.toml");
        let told = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{told}\n[privacy]\ntrains = \"no\"\n")).unwrap();
        let house = House::open(folder, &format!("{QUICK}{POOLS}"), ":memory:");
        let mut scene = Self { house, asker: Asker::new(), admin: String::new(), _pool: pool };
        scene.admin = scene.key(json!({ "name": "me", "admin": true })).await;
        scene
    }

    async fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> Reply {
        let request = self.house.keyed(method, path, key);
        let body: Bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        self.asker.send(request.body(Full::new(body)).unwrap()).await
    }

    async fn get(&self, path: &str, key: &str) -> Reply {
        self.send("GET", path, key, &Value::Null).await
    }

    async fn key(&self, wish: Value) -> String {
        let made = self.send("POST", "/keys", &self.admin, &wish).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.json()["key"].as_str().unwrap().to_owned()
    }

    async fn chat(&self, key: &str) -> Reply {
        let body = json!({ "model": "free", "messages": [{ "role": "user", "content": "hello" }] });
        self.send("POST", "/v1/chat/completions", key, &body).await
    }

    /// What `GET /key` tells a key of itself, held against its schema.
    async fn own(&self, key: &str) -> Value {
        let told = self.get("/api/v1/key", key).await;
        assert_eq!(told.status, 200, "{}", told.body);
        assert!(!told.body.contains(key), "a secret came out");
        assert_eq!(self.get("/v1/auth/key", key).await.status, 200);
        let mut schema = potluck::http::document()["components"]["schemas"]["OwnKey"].clone();
        schema["components"] = potluck::http::document()["components"].clone();
        let schema = jsonschema::draft202012::new(&schema).unwrap();
        let value = told.json();
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} {}", told.body);
        value["data"].clone()
    }
}

#[tokio::test]
async fn a_key_is_told_its_limits_its_rights_and_when_more_is_back() {
    let scene = Scene::new().await;
    let limits = json!({ "requests_per_minute": 5, "requests_per_day": 7, "tokens_per_day": 9000 });
    let wish = json!({ "name": "app", "expires": "30d", "models": ["only/*"], "limits": limits });
    let app = scene.key(wish).await;
    for _ in 0..2 {
        assert_eq!(scene.chat(&app).await.status, 200);
    }
    let own = scene.own(&app).await;
    assert_eq!((&own["label"], &own["is_management_key"]), (&json!("app"), &json!(false)));
    let day = json!({ "limit": 7, "used": 2, "remaining": 5 });
    assert_eq!(own["free_model_daily_requests"], day, "its own day, not the pooled one");
    assert_eq!(own["rate_limit"]["requests"], 5);
    assert_eq!(own["rate_limit"]["interval"], "60s");
    let key = &own["potluck"]["key"];
    assert_eq!(own["expires_at"], key["expires"]);
    assert!(own["expires_at"].is_string());
    assert_eq!(
        (&key["models"], &key["limits"]["requests_per_day"]),
        (&json!(["only/*"]), &json!(7))
    );
    let gauges = key["gauges"].as_array().unwrap();
    assert_eq!(gauges.len(), 3);
    for gauge in gauges {
        assert!(gauge["resets_at"].is_string(), "{gauge}");
        assert_eq!(
            gauge["amount"].as_u64().unwrap() - gauge["remaining"].as_u64().unwrap(),
            gauge["used"].as_u64().unwrap()
        );
    }
    let pooled = &own["potluck"]["daily_requests"];
    assert_eq!((&pooled["allowed"], &pooled["left"]), (&json!(100), &json!(98)));
    assert_eq!(pooled["unknown"], json!([]), "what it may not use is not in its day");
}

#[tokio::test]
async fn a_key_without_limits_is_told_the_pooled_day() {
    let scene = Scene::new().await;
    let app = scene.key(json!({ "name": "app" })).await;
    let own = scene.own(&app).await;
    assert_eq!(own["free_model_daily_requests"]["limit"], 100);
    assert_eq!((&own["rate_limit"]["requests"], &own["expires_at"]), (&json!(-1), &Value::Null));
    assert_eq!(own["potluck"]["daily_requests"]["unknown"], json!(["second"]));
    let admin = scene.own(&scene.admin).await;
    assert_eq!((&admin["label"], &admin["is_management_key"]), (&json!("me"), &json!(true)));
    assert_eq!(scene.get("/key", "pk-nobody").await.status, 401);
}

#[tokio::test]
async fn providers_that_a_key_may_not_use_are_not_in_its_list() {
    let scene = Scene::new().await;
    let app = scene.key(json!({ "name": "app", "models": ["plain"] })).await;
    let slugs = |reply: &Reply| -> Vec<String> {
        let data = reply.json()["data"].clone();
        data.as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap().into()).collect()
    };
    assert_eq!(slugs(&scene.get("/api/v1/providers", &scene.admin).await), ["only", "second"]);
    assert_eq!(slugs(&scene.get("/api/v1/providers", &app).await), ["only"]);
}

/// The names of a list.
fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_hold_what_a_key_may_use_and_nothing_else() {
    let scene = Scene::new().await;
    let all = ["free", "otherwise", "plainly", "only/plain", "second/other"];
    let wishes = [
        (json!({ "name": "everything" }), all.as_slice()),
        (json!({ "name": "model", "models": ["other"] }), &["free", "otherwise", "second/other"]),
        (json!({ "name": "pool", "pools": ["plainly"] }), &["free", "plainly", "only/plain"]),
        (json!({ "name": "floor", "privacy": "no-training" }), &["free", "plainly", "only/plain"]),
        (json!({ "name": "none", "models": ["other"], "privacy": "no-training" }), &["free"]),
    ];
    for (wish, wanted) in wishes {
        let key = scene.key(wish.clone()).await;
        for path in ["/v1/models", "/api/v1/models", "/models/user"] {
            let told = scene.get(path, &key).await.json();
            assert_eq!(names(&told["data"], "id"), wanted, "{wish} {path}");
            assert_eq!(told["total_count"], wanted.len());
        }
        let count = scene.get("/api/v1/models/count", &key).await.json();
        assert_eq!(count["data"]["count"], wanted.len(), "{wish}");
        let tags = scene.get("/api/tags", &key).await.json();
        assert_eq!(names(&tags["models"], "name"), wanted, "{wish}");
        for name in all {
            let status = if wanted.contains(&name) { 200 } else { 403 };
            looked_up(&scene, &key, name, status).await;
        }
        looked_up(&scene, &key, "nobody/nothing", 404).await;
    }
}

/// A single name is told of, or refused, in every shape alike.
async fn looked_up(scene: &Scene, key: &str, name: &str, status: u16) {
    let paths = [
        format!("/v1/models/{name}"),
        format!("/api/v1/model/{name}"),
        format!("/api/v1/models/{name}/endpoints"),
    ];
    for path in paths {
        let told = scene.get(&path, key).await;
        // nobody is left for `free`: it is a name all the same
        if name == "free" && path.ends_with("endpoints") {
            continue;
        }
        assert_eq!(told.status, status, "{path}: {}", told.body);
        if status == 403 {
            let words = told.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(words.contains("this key"), "{words}");
        }
    }
    let shown = scene.send("POST", "/api/show", key, &json!({ "model": name })).await;
    assert_eq!(shown.status, status, "{name}: {}", shown.body);
}

/// The names of offers.
fn offers(told: &Value) -> Vec<String> {
    names(&told["offers"], "offer")
}

#[tokio::test]
async fn the_pool_shows_a_key_what_it_may_use_and_nothing_else() {
    let scene = Scene::new().await;
    let both = ["only/plain", "second/other"];
    let pools = ["otherwise", "plainly"];
    let wishes = [
        (json!({ "name": "everything" }), both.as_slice(), pools.as_slice()),
        (json!({ "name": "model", "models": ["plain"] }), &both[..1], &pools[1..]),
        (json!({ "name": "pool", "pools": ["otherwise"] }), &both[1..], &pools[..1]),
        (json!({ "name": "floor", "privacy": "no-training" }), &both[..1], &pools[1..]),
        (json!({ "name": "none", "models": ["other"], "privacy": "no-training" }), &[], &[]),
    ];
    for (wish, wanted, named) in wishes {
        let key = scene.key(wish.clone()).await;
        let told = scene.get("/pool", &key).await.json();
        assert_eq!((offers(&told), names(&told["pools"], "name")), (owned(wanted), owned(named)));
        let summary = &told["summary"];
        for of in ["offers", "available", "providers"] {
            assert_eq!(summary[of], wanted.len(), "{wish}: {of}");
        }
        assert_eq!(told["configuration"].is_null(), wish["name"] != "everything", "{wish}");
        let members = told["offers"].as_array().unwrap().iter().flat_map(|offer| {
            offer["pools"].as_array().unwrap().iter().map(|name| name.as_str().unwrap())
        });
        assert!(members.clone().all(|name| named.contains(&name)), "{wish}: {told}");
        let counted = told["pools"].as_array().unwrap().iter().map(|pool| &pool["offers"]);
        assert!(counted.clone().all(|count| *count == 1), "{wish}: {told}");
        let providers = scene.get("/pool/providers", &key).await.json();
        assert_eq!(providers["providers"].as_array().unwrap().len(), wanted.len(), "{wish}");
        forecast_is(&scene, &key, wanted).await;
        let body = json!({ "model": "free", "messages": [{ "role": "user", "content": "hello" }] });
        let would = scene.send("POST", "/pool/explain", &key, &body).await.json();
        assert_eq!(names(&would["candidates"], "offer").len(), wanted.len(), "{would}");
        assert_eq!(would["excluded"], json!([]), "{would}");
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Of the two one has a limit by the day, which turns within it.
async fn forecast_is(scene: &Scene, key: &str, wanted: &[&str]) {
    let told = scene.get("/pool/forecast", key).await.json();
    assert_eq!(told["offers"]["fit"], wanted.len(), "{told}");
    let has_limit = wanted.contains(&"only/plain");
    assert_eq!(told["requests"]["today"], if has_limit { 100 } else { 0 }, "{told}");
    for reset in told["resets"].as_array().unwrap() {
        assert_eq!(reset["offers"], json!(["only/plain"]), "{told}");
        assert!(has_limit, "{told}");
    }
}

#[tokio::test]
async fn what_tells_of_everybody_is_refused_to_a_bound_key() {
    let scene = Scene::new().await;
    let bound = scene.key(json!({ "name": "app", "models": ["plain"] })).await;
    let free = scene.key(json!({ "name": "other" })).await;
    let served = scene.chat(&free).await;
    assert_eq!(served.status, 200, "{}", served.body);
    for path in ["/pool/journal", "/metrics"] {
        let refused = scene.get(path, &bound).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_eq!(refused.json()["error"]["code"], "key_is_bound");
        assert_eq!(scene.get(path, &free).await.status, 200);
    }
    let own = scene.chat(&bound).await;
    let id = own.header("x-potluck-request-id");
    let mut told = scene.get(&format!("/pool/journal/{id}"), &bound).await;
    for _ in 0..100 {
        if told.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        told = scene.get(&format!("/pool/journal/{id}"), &bound).await;
    }
    assert_eq!(told.status, 200, "{}", told.body);
    assert!(!told.body.contains("second/other"), "{}", told.body);
}
