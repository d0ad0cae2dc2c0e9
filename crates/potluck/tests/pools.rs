//! Pools by name, end to end: who belongs to one, in which order they are tried, who may ask for it, and how long.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bytes::Bytes;
use house::{Asker, House, Reply, fresh_folder};
use http_body_util::Full;
use potluck_testkit::{
    Builder, Fault, Feature, Manner, Model, Plan, Pool, SimulatedPainter, SimulatedProvider,
};
use serde_json::{Value, json};

const POOLS: &str = "\
[pools.coder]
needs = [\"tools\"]
min_context = 64000
min_quality = 0.6
prefer = [\"three/*\", \"large\"]
[pools.writer]
only = [\"plain\"]
[pools.giant]
min_context = 10_000_000
[pools.vectors]
only = [\"m3\"]
";

fn able(name: &str, model: &str, context: u64, quality: f64) -> Builder {
    let model = Model::new(model).with(Feature::Tools).family(model);
    SimulatedProvider::build(name).model(model.window(context, 4_000).quality(quality))
}

/// Two who can do what a coder needs, three who lack something, and one who makes vectors.
async fn pool() -> Pool {
    let plain = Model::new("plain").family("plain").window(128_000, 4_000).quality(0.9);
    Pool::start(vec![
        able("one", "narrow", 8_000, 0.9),
        able("two", "large", 128_000, 0.8),
        able("three", "large", 128_000, 0.8),
        able("four", "weak", 128_000, 0.4),
        SimulatedProvider::build("five").model(plain),
        SimulatedProvider::build("six").model(Model::embedder("m3", 8, 10)),
    ])
    .await
    .unwrap()
}

/// A router, and somebody who asks it.
struct Scene {
    pool: Pool,
    house: House,
    asker: Asker,
}

impl Scene {
    async fn new() -> Self {
        let pool = pool().await;
        let house = House::over(&pool, POOLS);
        Self { pool, house, asker: Asker::new() }
    }

    async fn send(&self, method: &str, path: &str, key: &str, body: Value) -> Reply {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.house.address))
            .header("content-type", "application/json")
            .header("x-potluck-csrf", "1")
            .header("x-api-key", key);
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        self.asker.send(request.body(Full::new(body)).unwrap()).await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.send("GET", path, "", Value::Null).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.json()
    }

    async fn chat(&self, key: &str, model: &str) -> Reply {
        self.send("POST", "/v1/chat/completions", key, chat(model)).await
    }

    async fn key(&self, by: &str, wish: Value) -> String {
        let made = self.send("POST", "/keys", by, wish).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.json()["key"].as_str().unwrap().to_owned()
    }

    fn asked(&self) -> u64 {
        self.pool.providers().iter().map(|provider| provider.counts().requests).sum()
    }
}

fn chat(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] })
}

/// Every door at which a chat is asked for, with a body for it and where its errors stand.
fn doors(model: &str) -> [(&'static str, Value, &'static str); 7] {
    let messages = json!([{ "role": "user", "content": "hello" }]);
    [
        ("/v1/chat/completions", chat(model), "/error/message"),
        ("/api/v1/chat/completions", chat(model), "/error/message"),
        (
            "/v1/messages",
            json!({ "model": model, "messages": messages, "max_tokens": 9 }),
            "/error/message",
        ),
        ("/v1/responses", json!({ "model": model, "input": "hello" }), "/error/message"),
        ("/v1/completions", json!({ "model": model, "prompt": "hello" }), "/error/message"),
        ("/api/chat", json!({ "model": model, "messages": messages, "stream": false }), "/error"),
        ("/api/generate", json!({ "model": model, "prompt": "hello", "stream": false }), "/error"),
    ]
}

fn code(reply: &Reply) -> String {
    reply.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn message(reply: &Reply, place: &str) -> String {
    let told = reply.json();
    told.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The model of that id in a list.
fn listed<'a>(list: &'a Value, id: &str) -> Option<&'a Value> {
    list.as_array().unwrap().iter().find(|model| model["id"] == id || model["name"] == id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_is_a_model_at_every_door_and_the_preferred_serve_first() {
    let scene = Scene::new().await;
    for name in ["coder", "CODER", "coder:latest", "potluck/coder"] {
        let reply = scene.chat("", name).await;
        assert_eq!(reply.header("x-potluck-offer"), "three/large", "{name}: {}", reply.body);
    }
    for (path, body, _) in doors("coder") {
        let reply = scene.send("POST", path, "", body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert_eq!(reply.header("x-potluck-offer"), "three/large", "{path}");
    }
    scene.pool.provider("three").unwrap().set_faults(Plan::always(Fault::PolicyRefused)).await;
    let reply = scene.chat("", "coder").await;
    assert_eq!(reply.header("x-potluck-offer"), "two/large", "{}", reply.body);
    // nobody else is asked, whoever fails
    scene.pool.provider("two").unwrap().set_faults(Plan::always(Fault::PolicyRefused)).await;
    let before = scene.asked();
    let reply = scene.chat("", "coder").await;
    assert!(reply.status >= 400, "{}", reply.body);
    assert!(scene.asked() <= before + 2);
    for other in ["one", "four", "five", "six"] {
        assert_eq!(scene.pool.provider(other).unwrap().counts().requests, 0, "{other}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_stands_in_lists_of_fallbacks_and_makes_vectors_and_pictures() {
    let painter = SimulatedPainter::build("paint", Manner::OpenAi).start().await.unwrap();
    let pool = pool().await;
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    std::fs::write(folder.join("providers/paint.toml"), painter.provider_file()).unwrap();
    let config = format!("{POOLS}[pools.painters]\nonly = [\"paint\"]\n");
    let house = House::open(folder, &config, ":memory:");
    let scene = Scene { pool, house, asker: Asker::new() };
    let body = json!({ "models": ["giant", "writer", "free"], "messages": [{ "role": "user", "content": "hello" }] });
    let reply = scene.send("POST", "/v1/chat/completions", "", body).await;
    assert_eq!(reply.header("x-potluck-offer"), "five/plain", "{}", reply.body);
    let body = json!({ "model": "vectors", "input": ["a", "b"] });
    let reply = scene.send("POST", "/v1/embeddings", "", body).await;
    assert_eq!(reply.header("x-potluck-offer"), "six/m3", "{}", reply.body);
    let body = json!({ "model": "painters", "prompt": "a red fox" });
    let reply = scene.send("POST", "/v1/images/generations", "", body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.header("x-potluck-offer").starts_with("paint/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_forecasts_tell_of_pools() {
    let scene = Scene::new().await;
    for path in ["/v1/models", "/api/v1/models"] {
        let models = scene.get(path).await;
        let coder = listed(&models["data"], "coder").unwrap();
        let group = json!({ "kind": "pool", "offers": 2, "available": 2 });
        assert_eq!((&coder["potluck"], &coder["context_length"]), (&group, &json!(128_000)));
        assert_eq!(listed(&models["data"], "giant").unwrap()["potluck"]["offers"], 0);
    }
    assert_eq!(scene.get("/v1/models/coder").await["potluck"]["kind"], "pool");
    assert_eq!(scene.get("/v1/models/Coder:latest").await["potluck"]["kind"], "pool");
    let tags = scene.get("/api/tags").await;
    assert!(listed(&tags["models"], "coder").is_some(), "{tags}");
    let pool = scene.get("/pool").await;
    let coder = listed(&pool["pools"], "coder").unwrap();
    assert_eq!((&coder["offers"], &coder["available"]), (&json!(2), &json!(2)), "{coder}");
    assert_eq!((&coder["needs"], &coder["why_empty"]), (&json!(["tools"]), &Value::Null));
    let giant = listed(&pool["pools"], "giant").unwrap();
    assert!(
        giant["why_empty"].as_str().unwrap().contains("fewer than 10000000 tokens of context"),
        "{giant}"
    );
    let members: Vec<&str> = pool["offers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|offer| offer["pools"].as_array().unwrap().contains(&json!("coder")))
        .map(|offer| offer["offer"].as_str().unwrap())
        .collect();
    assert_eq!(members, ["three/large", "two/large"]);
    let seen = scene.get("/pool/forecast?model=coder").await;
    assert_eq!(seen["offers"]["fit"], 2, "{seen}");
    let explained = scene.send("POST", "/pool/explain", "", chat("coder")).await.json();
    assert_eq!(explained["considered"], 2, "{explained}");
    assert_eq!(explained["candidates"][0]["offer"], "three/large", "{explained}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_mean_nothing_are_told_with_the_pools_and_empty_pools_with_why() {
    let scene = Scene::new().await;
    for (path, body, place) in doors("zzzz") {
        let refused = scene.send("POST", path, "", body).await;
        assert_eq!(refused.status, 404, "{path}: {}", refused.body);
        let told = message(&refused, place);
        assert!(told.contains("Pools of the settings: coder, giant, vectors, writer."), "{told}");
    }
    let refused = scene.chat("", "codr").await;
    assert!(message(&refused, "/error/message").contains("Near names: coder"), "{}", refused.body);
    for (path, body, place) in doors("giant") {
        let refused = scene.send("POST", path, "", body).await;
        assert_eq!(refused.status, 404, "{path}: {}", refused.body);
        let told = message(&refused, place);
        assert!(told.contains("No offer belongs to the pool \"giant\""), "{path}: {told}");
        assert!(told.contains("fewer than 10000000 tokens of context"), "{path}: {told}");
    }
    assert_eq!(scene.asked(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_bound_to_its_pools() {
    let scene = Scene::new().await;
    let admin = scene.key("", json!({ "name": "me", "admin": true })).await;
    let wish = json!({ "name": "x", "pools": ["codre"] });
    let refused = scene.send("POST", "/keys", &admin, wish).await;
    assert_eq!((refused.status, code(&refused).as_str()), (400, "invalid_key"));
    assert!(refused.body.contains("the settings define coder, giant"), "{}", refused.body);
    let app = scene.key(&admin, json!({ "name": "app", "pools": ["coder"] })).await;
    let keys = scene.send("GET", "/keys", &admin, Value::Null).await.json();
    let told = listed(&keys["data"], "app").unwrap();
    assert_eq!((&told["pools"], &told["models"]), (&json!(["coder"]), &json!([])));
    // what is not of its pool is refused in every shape, and nobody is asked
    for name in ["writer", "plain", "one/narrow"] {
        for (path, body, place) in doors(name) {
            let refused = scene.send("POST", path, &app, body).await;
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
            let told = message(&refused, place);
            assert!(told.contains("may not use") && told.contains("coder"), "{path}: {told}");
        }
    }
    let refused = scene.send("GET", "/pool/forecast?model=writer", &app, Value::Null).await;
    assert_eq!((refused.status, code(&refused).as_str()), (403, "model_not_allowed"));
    assert_eq!(scene.asked(), 0);
    for _ in 0..10 {
        let reply = scene.chat(&app, "coder").await;
        assert_eq!(reply.header("x-potluck-offer"), "three/large", "{}", reply.body);
        let reply = scene.chat(&app, "free").await;
        assert!(reply.header("x-potluck-offer").ends_with("/large"), "{}", reply.body);
    }
    assert_eq!(scene.chat(&app, "two/large").await.header("x-potluck-offer"), "two/large");
    // its lists hold what it may ask for
    let models = scene.send("GET", "/v1/models", &app, Value::Null).await.json();
    let ids: Vec<&str> =
        models["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["free", "coder", "large", "three/large", "two/large"]);
    let tags = scene.send("GET", "/api/tags", &app, Value::Null).await.json();
    assert_eq!(tags["models"].as_array().unwrap().len(), 5, "{tags}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_says_how_long_its_requests_may_take() {
    // without it, the request would take an hour
    let config = "[timeouts]\nfirst_event_ms = 3_600_000\nthinking_ms = 3_600_000\ntotal_ms = 3_600_000\n\
                  [pool]\ndeadline_seconds = 3600\n[pools.hasty]\nonly = [\"plain\"]\ndeadline_seconds = 3\n";
    let pool = pool().await;
    let house = House::over(&pool, config);
    let scene = Scene { pool, house, asker: Asker::new() };
    let stall = Plan::always(Fault::StallBeforeFirstByte);
    scene.pool.provider("five").unwrap().set_faults(stall).await;
    for (deadline, what) in [(None, "nothing"), (Some("3600000"), "more than the pool leaves")] {
        let mut request =
            http::Request::post(format!("{}/v1/chat/completions", scene.house.address))
                .header("content-type", "application/json");
        if let Some(deadline) = deadline {
            request = request.header("x-potluck-deadline-ms", deadline);
        }
        let body = Full::new(Bytes::from(chat("hasty").to_string()));
        let asked = scene.asker.send(request.body(body).unwrap());
        let reply = tokio::time::timeout(Duration::from_secs(600), asked).await;
        let reply = reply.unwrap_or_else(|_| panic!("asked for {what}, and waited for ever"));
        assert_eq!(reply.status, 502, "{what}: {}", reply.body);
        assert!(reply.body.contains("too_slow"), "{what}: {}", reply.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_are_taken_up_without_a_restart() {
    let scene = Scene::new().await;
    let admin = scene.key("", json!({ "name": "me", "admin": true })).await;
    let app = scene.key(&admin, json!({ "name": "app", "pools": ["writer"] })).await;
    assert_eq!(scene.chat(&app, "writer").await.status, 200);
    let settings = scene.house.folder().join("potluck.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let reload = || scene.send("POST", "/pool/reload", &admin, Value::Null);

    let wrong = text.replace("[pools.writer]\nonly", "[pools.writer]\nonyl");
    std::fs::write(&settings, wrong).unwrap();
    let refused = reload().await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("did you mean `pools.writer.only`?"), "{}", refused.body);
    assert_eq!(scene.chat(&app, "writer").await.status, 200, "the one of before holds");

    let other =
        text.replace("[pools.writer]\nonly = [\"plain\"]", "[pools.five]\nonly = [\"weak\"]");
    std::fs::write(&settings, other).unwrap();
    let reloaded = reload().await;
    assert_eq!(reloaded.status, 200, "{}", reloaded.body);
    assert_eq!(scene.chat(&admin, "writer").await.status, 404);
    let reply = scene.chat(&admin, "five").await;
    assert_eq!(reply.header("x-potluck-offer"), "four/weak", "a pool wins over a provider");
    // a key of a pool that is gone may use nothing, rather than everything
    for name in ["free", "plain", "five"] {
        let refused = scene.chat(&app, name).await;
        assert_eq!((refused.status, code(&refused).as_str()), (403, "model_not_allowed"));
        assert!(refused.body.contains("it is for writer"), "{}", refused.body);
    }
}

/// Runs a command to its end.
#[expect(clippy::disallowed_methods, reason = "the test runs the program under test")]
fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_potluck"));
    command.args(args).env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command.output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_tells_of_pools() {
    let scene = Scene::new().await;
    let url = scene.house.address.as_str();
    let names = run(&["models", "--pool", "coder", "--url", url, "--json"]);
    let offers: Vec<Value> = serde_json::from_slice(&names.stdout).unwrap();
    let mut offers: Vec<&str> = offers.iter().map(|o| o["offer"].as_str().unwrap()).collect();
    offers.sort_unstable();
    assert_eq!(offers, ["three/large", "two/large"]);
    let empty = run(&["models", "--pool", "giant", "--url", url]);
    assert!(said(&empty.stderr).contains("nobody belongs to [pools.giant] now"));
    let unknown = run(&["models", "--pool", "codre", "--url", url]);
    assert!(!unknown.status.success());
    assert!(said(&unknown.stderr).contains("the settings define coder, giant, vectors, writer"));
    let config = scene.house.folder().join("potluck.toml");
    let providers = scene.house.folder().join("providers");
    let (config, providers) = (config.to_str().unwrap(), providers.to_str().unwrap());
    let check = run(&["--config", config, "--providers", providers, "check", "--offline"]);
    assert!(said(&check.stderr).contains("nobody belongs to [pools.giant] now"), "{check:?}");
    let told = said(&check.stdout);
    let row = told.lines().find(|line| line.starts_with("coder ")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["coder", "2", "three/large"], "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_drawn_again_with_other_pools() {
    const REQUESTS: usize = 20;
    let scene = Scene::new().await;
    for _ in 0..REQUESTS {
        let reply = scene.chat("", "coder").await;
        assert_eq!(reply.header("x-potluck-offer"), "three/large", "{}", reply.body);
    }
    let folder = scene.house.folder();
    let text = std::fs::read_to_string(folder.join("potluck.toml")).unwrap();
    let replay = |change: (&str, &str)| {
        let config = folder.join("other.toml");
        std::fs::write(&config, text.replace(change.0, change.1)).unwrap();
        let providers = folder.join("providers");
        let (config, providers) = (config.to_str().unwrap(), providers.to_str().unwrap());
        let args = ["--config", config, "--providers", providers];
        let asked = ["replay", "--json", "--url", scene.house.address.as_str()];
        let output = run(&[&args[..], &asked[..]].concat());
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", said(&output.stderr)));
        let picked = |offer: &str| told["offers"][offer]["picked_now"].as_u64().unwrap_or(0);
        (told["changed"].as_array().unwrap().len(), picked("three/large"), picked("two/large"))
    };
    let all = REQUESTS as u64;
    assert_eq!(replay(("nothing", "else")), (0, all, 0), "the same settings draw the same");
    assert_eq!(replay(("three/*", "two/*")), (REQUESTS, 0, all), "others are preferred");
    assert_eq!(replay(("64000", "640000")), (REQUESTS, 0, 0), "nobody belongs to it");
}
