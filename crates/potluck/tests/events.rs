//! What is told to whoever listens: in time, without words, and never at the cost of those who ask.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use house::{Asker, House};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use potluck_testkit::{Fault, Limit, Model, Plan, Pool, ServerTrouble, SimulatedProvider, Span};
use serde_json::{Value, json};

/// A stream of events, read one at a time.
struct Ear {
    body: Incoming,
    held: String,
    /// What was passed over.
    passed: Vec<(u64, String, Value)>,
}

impl Ear {
    async fn open(house: &House) -> Self {
        Self::open_as(house, "").await
    }

    /// Listens with a client key.
    async fn open_as(house: &House, key: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
        let request = http::Request::get(format!("{}/pool/events", house.address));
        let request = request.header("authorization", format!("Bearer {key}"));
        let response = client.request(request.body(Empty::new()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), held: String::new(), passed: Vec::new() }
    }

    /// The next event: id, kind, data. Waits at most a second, which is what is promised.
    async fn next(&mut self) -> Option<(u64, String, Value)> {
        loop {
            if let Some(end) = self.held.find("\n\n") {
                let text: String = self.held.drain(..end + 2).collect();
                let field = |name: &str| {
                    text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))
                };
                let Some(kind) = field("event: ") else { continue };
                let data = serde_json::from_str(&field("data: ").unwrap()).unwrap();
                return Some((field("id: ").unwrap().parse().unwrap(), kind, data));
            }
            let frame = tokio::time::timeout(Duration::from_secs(1), self.body.frame()).await;
            let data = frame.ok()??.unwrap().into_data().unwrap();
            self.held.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The next event of a kind; those between are passed over.
    async fn find(&mut self, kind: &str) -> (u64, Value) {
        while let Some((id, next, data)) = self.next().await {
            if next == kind {
                return (id, data);
            }
            self.passed.push((id, next, data));
        }
        panic!("no {kind} within a second of {:?}", self.passed)
    }
}

fn question() -> String {
    json!({ "model": "free", "max_tokens": 5, "messages": [{ "role": "user", "content": "a secret" }] })
        .to_string()
}

async fn one() -> Pool {
    Pool::start(vec![SimulatedProvider::build("one").model(Model::new("a"))]).await.unwrap()
}

async fn listeners(house: &House) -> Value {
    let view = Asker::new().get(&format!("{}/pool", house.address)).await.json();
    view["summary"]["listeners"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_hears_of_requests_states_and_limits() {
    let broken = SimulatedProvider::build("one")
        .model(Model::new("a"))
        .faults(Plan::first(1, Fault::Trouble(ServerTrouble::Internal)));
    let sound = SimulatedProvider::build("two")
        .model(Model::new("b"))
        .limit(Limit::requests(9, Span::Day).calendar());
    let pool = Pool::start(vec![broken, sound]).await.unwrap();
    let house = House::over(&pool, "");
    let mut ear = Ear::open(&house).await;
    let (first, kind, snapshot) = ear.next().await.unwrap();
    assert_eq!((first, kind.as_str()), (0, "snapshot"));
    assert_eq!(snapshot["offers"].as_array().unwrap().len(), 2);
    assert_eq!(snapshot["summary"]["listeners"], 1);

    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let asked = question().replace("free", "one/a,two/b");
    let asked = asked.replace("\"one/a,two/b\"", "\"one/a\",\"models\":[\"one/a\",\"two/b\"]");
    let reply = asker.post(&url, asked).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let id = reply.header("x-potluck-request-id").to_owned();
    let (_, begun) = ear.find("request").await;
    assert_eq!((begun["id"].as_str(), begun.get("messages")), (Some(id.as_str()), None));
    let (at, failed) = ear.find("attempt_failed").await;
    assert_eq!((&failed["offer"], &failed["class"]), (&json!("one/a"), &json!("overloaded")));
    let (later, served) = ear.find("served").await;
    assert_eq!((&served["offer"], &served["attempts"]), (&json!("two/b"), &json!(2)));
    assert!(later > at && at > first, "ids count up");
    // what changed is looked for now and then: perhaps before the request was over
    let mut passed = std::mem::take(&mut ear.passed).into_iter();
    let mut told = Vec::new();
    while told.len() < 2 {
        let next = match passed.next() {
            Some(event) => Some(event),
            None => ear.next().await,
        };
        let (_, kind, data) = next.expect("a state and a limit changed");
        if kind == "state" || kind == "limit" {
            told.push((kind, data));
        }
    }
    told.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!((&told[0].1["used"], &told[0].1["change"]), (&json!(1), &json!("used")), "{told:?}");
    assert_eq!((&told[1].1["offer"], &told[1].1["was"]), (&json!("one/a"), &json!("available")));
    assert_eq!(told[1].1["state"], "cooling");
    assert!(!format!("{told:?}{begun}{failed}{served}").contains("secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_leaves_is_dropped() {
    let pool = one().await;
    let house = House::over(&pool, "");
    let mut ear = Ear::open(&house).await;
    assert!(ear.next().await.is_some());
    assert_eq!(listeners(&house).await, 1);
    drop(ear);
    for _ in 0..100 {
        if listeners(&house).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("somebody who left is still listened for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_reads_nothing_holds_nobody_up() {
    let pool = one().await;
    let house = House::over(&pool, "");
    let address = house.address.strip_prefix("http://").unwrap().to_owned();
    let mut deaf = TcpStream::connect(&address).unwrap();
    write!(deaf, "GET /pool/events HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    let (asker, url) = (Asker::new(), format!("{}/v1/chat/completions", house.address));
    // long names are cut in events, so that their size is bounded whatever is asked
    let asked = question()
        .replace("\"free\"", &format!("\"free\",\"models\":[\"{}\",\"free\"]", "x".repeat(5000)));
    for _ in 0..200 {
        let reply = asker.post(&url, asked.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert_eq!(listeners(&house).await, 1);
    deaf.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let (mut heard, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    while let Ok(read @ 1..) = deaf.read(&mut piece) {
        heard.extend_from_slice(&piece[..read]);
    }
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.contains("event: snapshot") && heard.contains("event: served"));
    let longest = heard.lines().filter(|line| line.contains("\"asked\"")).map(str::len).max();
    assert!(longest.unwrap() < 1000, "{longest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_other_origins_hear_nothing() {
    let pool = one().await;
    let house = House::over(&pool, "");
    for (name, value) in [("origin", "https://evil.test"), ("host", "evil.test")] {
        let request = http::Request::get(format!("{}/pool/events", house.address))
            .header(name, value)
            .body(http_body_util::Full::default())
            .unwrap();
        assert_eq!(Asker::new().send(request).await.status, 403, "{name}");
    }
}

/// Whoever asks with a key.
struct Keyed<'h> {
    house: &'h House,
    asker: Asker,
}

impl Keyed<'_> {
    async fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> house::Reply {
        let request = self.house.keyed(method, path, key);
        self.asker.send(request.body(http_body_util::Full::from(body.to_string())).unwrap()).await
    }

    async fn key(&self, by: &str, wish: Value) -> String {
        let made = self.send("POST", "/keys", by, &wish).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.json()["key"].as_str().unwrap().to_owned()
    }

    async fn chat(&self, key: &str, model: &str) -> String {
        let asked = json!({ "model": model, "messages": [{ "role": "user", "content": "hello" }] });
        let reply = self.send("POST", "/v1/chat/completions", key, &asked).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.header("x-potluck-request-id").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bound_key_hears_of_its_offers_and_its_own_requests_and_no_longer_than_it_is_good() {
    let daily = |id, model| {
        SimulatedProvider::build(id)
            .model(Model::new(model))
            .limit(Limit::requests(9, Span::Day).calendar())
    };
    let pool = Pool::start(vec![daily("one", "a"), daily("two", "b")]).await.unwrap();
    let house = House::over(&pool, "");
    let keyed = Keyed { house: &house, asker: Asker::new() };
    let admin = keyed.key("", json!({ "name": "me", "admin": true })).await;
    let bound = keyed.key(&admin, json!({ "name": "app", "models": ["one/a"] })).await;
    let mut ear = Ear::open_as(&house, &bound).await;
    let (_, _, snapshot) = ear.next().await.unwrap();
    assert_eq!(snapshot["offers"].as_array().unwrap().len(), 1, "{snapshot}");

    keyed.chat(&admin, "two/b").await;
    let others = keyed.chat(&admin, "one/a").await;
    let own = keyed.chat(&bound, "one/a").await;
    let mut heard = Vec::new();
    let mut used = 0;
    while used < 2 || !heard.iter().any(|(kind, _)| kind == "served") {
        let (_, kind, data) = ear.next().await.expect("limits and requests are told");
        used = data["used"].as_u64().unwrap_or(used);
        heard.push((kind, data));
    }
    for (kind, data) in &heard {
        match kind.as_str() {
            "limit" => assert!(data["bucket"].as_str().unwrap().starts_with("one/"), "{data}"),
            "state" => assert_eq!(data["offer"], "one/a", "{data}"),
            _ => assert_eq!(data["id"], own, "{kind}: {data}"),
        }
    }
    assert!(!format!("{heard:?}").contains(&others), "somebody else's request is their own");

    let revoked = keyed.send("DELETE", "/keys/app", &admin, &Value::Null).await;
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    keyed.chat(&admin, "one/a").await;
    // It hears at most what was on its way, and then the end.
    while ear.next().await.is_some() {}
    for _ in 0..100 {
        let told = keyed.send("GET", "/pool", &admin, &Value::Null).await.json();
        if told["summary"]["listeners"] == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a key that was revoked still listens");
}
