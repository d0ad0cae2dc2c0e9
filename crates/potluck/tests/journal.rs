//! How requests were decided: told in a header, by their ids, in pages, and after a restart.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::Path;
use std::time::Duration;

use house::{Asker, House, QUICK, Reply, fresh_folder};
use http_body_util::Full;
use potluck_testkit::{
    Fault, Feature, Limit, Model, Plan, Pool, ServerTrouble, SimulatedProvider, Span,
};
use serde_json::{Value, json};

async fn pool() -> Pool {
    let broken = Fault::Trouble(ServerTrouble::Unavailable);
    Pool::start(vec![
        SimulatedProvider::build("broken")
            .model(Model::new("m").family("m"))
            .faults(Plan::always(broken)),
        SimulatedProvider::build("sound").model(Model::new("m").family("m")),
        SimulatedProvider::build("able")
            .model(Model::new("tools").family("tools").with(Feature::Tools))
            .limit(Limit::requests(40, Span::Day).calendar()),
    ])
    .await
    .unwrap()
}

fn kept(pool: &Pool, state: &Path) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open(folder, QUICK, state.to_str().unwrap())
}

fn chat(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "a secret of mine" }] })
}

async fn ask(asker: &Asker, house: &House, body: &Value, headers: &[(&str, &str)]) -> Reply {
    let mut request = http::Request::post(format!("{}/v1/chat/completions", house.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    asker.send(request.body(Full::from(body.to_string())).unwrap()).await
}

/// A request as it is kept, once it is over.
async fn told(asker: &Asker, house: &House, id: &str) -> Value {
    let url = format!("{}/pool/journal/{id}", house.address);
    for _ in 0..100 {
        let reply = asker.get(&url).await;
        if reply.status == 200 {
            return reply.json();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing is known of {id}")
}

async fn page(asker: &Asker, house: &House, query: &str) -> Value {
    let reply = asker.get(&format!("{}/pool/journal?{query}", house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no array: {value}"))
}

#[tokio::test]
async fn a_decision_has_every_attempt_and_chances_are_shares_of_weights() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let mut body = chat("m");
    body["provider"] = json!({ "order": ["broken", "sound"] });
    let reply = ask(&asker, &house, &body, &[]).await;
    assert_eq!((reply.status, reply.attempts()), (200, 2), "{}", reply.body);
    let told = told(&asker, &house, reply.header("x-potluck-request-id")).await;
    let attempts = array(&told["attempts"]);
    let seen: Vec<_> =
        attempts.iter().map(|a| (a["offer"].clone(), a["outcome"].clone())).collect();
    let expected = [("broken/m", "overloaded"), ("sound/m", "served")];
    assert_eq!(seen, expected.map(|(offer, outcome)| (json!(offer), json!(outcome))), "{told}");
    assert!(attempts[1]["began_ms"].as_f64() >= attempts[0]["took_ms"].as_f64(), "{told}");
    assert_eq!((&attempts[0]["chance"], &attempts[0]["status"]), (&json!(1.0), &json!(503)));
    let decision = &told["decision"];
    assert_eq!(decision["seed"], reply.header("x-potluck-seed"), "{told}");
    assert_eq!((&decision["strategy"], &decision["considered"]), (&json!("balanced"), &json!(2)));
    assert_eq!(decision["needs"]["constraints"]["order"], json!(["broken", "sound"]));
    assert!(!told.to_string().contains("secret"), "{told}");

    let reply = ask(&asker, &house, &chat("free"), &[("x-potluck-seed", "11")]).await;
    let told = self::told(&asker, &house, reply.header("x-potluck-request-id")).await;
    let candidates = array(&told["decision"]["candidates"]);
    let sum: f64 = candidates.iter().map(|c| c["weight"].as_f64().unwrap()).sum();
    for candidate in candidates {
        let share = candidate["weight"].as_f64().unwrap() / sum;
        assert!((candidate["probability"].as_f64().unwrap() - share).abs() < 1e-6, "{told}");
    }
    assert_eq!((candidates.len(), &told["decision"]["considered"]), (2, &json!(3)));
    let excluded = &told["decision"]["excluded"][0];
    assert_eq!(
        (&excluded["offer"], &excluded["reason"], &excluded["about"]),
        (&json!("broken/m"), &json!("cooling"), &json!("overloaded")),
        "{told}"
    );
    let picked = candidates.iter().find(|c| c["offer"] == told["attempts"][0]["offer"]).unwrap();
    assert_eq!(picked["probability"], told["attempts"][0]["chance"], "{told}");
}

#[tokio::test]
async fn a_decision_is_told_in_a_header_to_those_who_ask() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let mut body = chat("free");
    let tool = json!({ "name": "look", "parameters": { "type": "object", "properties": {} } });
    body["tools"] = json!([{ "type": "function", "function": tool }]);
    for stream in [false, true] {
        body["stream"] = json!(stream);
        let reply = ask(&asker, &house, &body, &[("x-potluck-explain", "1")]).await;
        let expected = "chance 1.000 of 1; 2 excluded: lacks_feature:tools 2";
        assert_eq!(reply.header("x-potluck-explain"), expected, "{}", reply.body);
    }
    let unasked = ask(&asker, &house, &body, &[("x-potluck-explain", "0")]).await;
    assert_eq!((unasked.status, unasked.header("x-potluck-explain")), (200, ""));
    let wrong = ask(&asker, &house, &body, &[("x-potluck-explain", "all")]).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
}

#[tokio::test]
async fn a_wait_in_line_is_part_of_the_decision() {
    let slow = Model::new("slow").first_byte(Duration::from_millis(300), Duration::ZERO);
    let single = SimulatedProvider::build("single").model(slow).limit(Limit::concurrent(1));
    let pool = Pool::start(vec![single]).await.unwrap();
    let house = House::over(&pool, "");
    let asker = Asker::new();
    let body = chat("free");
    let (one, other) = tokio::join!(
        ask(&asker, &house, &body, &[("x-potluck-explain", "1")]),
        ask(&asker, &house, &body, &[("x-potluck-explain", "1")])
    );
    let mut waits = Vec::new();
    for reply in [one, other] {
        assert_eq!(reply.status, 200, "{}", reply.body);
        let told = told(&asker, &house, reply.header("x-potluck-request-id")).await;
        let waited = told["waited_ms"].as_f64().unwrap();
        assert_eq!(reply.header("x-potluck-explain").contains("waited"), waited > 0.0);
        waits.push(waited);
    }
    waits.sort_by(f64::total_cmp);
    assert!(waits[0] == 0.0 && waits[1] > 100.0, "{waits:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_outlive_a_kill() {
    let pool = pool().await;
    let folder = fresh_folder();
    let state = folder.join("state.db");
    let house = kept(&pool, &state);
    let asker = Asker::new();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let reply = ask(&asker, &house, &chat("m"), &[]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        ids.push(reply.header("x-potluck-request-id").to_owned());
    }
    let before = told(&asker, &house, &ids[4]).await;
    // A question finds what was handed over before it on the disk.
    let first = page(&asker, &house, "limit=10&decisions=1").await;
    assert_eq!((array(&first["requests"]).len(), &first["kept"]["dropped"]), (5, &json!(0)));
    drop(house);
    let house = kept(&pool, &state);
    let mut after = told(&asker, &house, &ids[4]).await;
    for attempt in after["attempts"].as_array_mut().unwrap() {
        // What a provider said of a failure is not written down.
        attempt["detail"] = Value::Null;
    }
    let mut expected = before;
    for attempt in expected["attempts"].as_array_mut().unwrap() {
        attempt["detail"] = Value::Null;
    }
    assert_eq!(after, expected);
    let url = format!("{}/api/v1/generation?id={}", house.address, ids[0]);
    let generation = asker.get(&url).await.json();
    assert_eq!(generation["data"]["model"], "sound/m", "{generation}");
    assert_eq!(generation["data"]["potluck"]["decision"]["considered"], 2, "{generation}");
    let again = page(&asker, &house, "limit=10&decisions=1").await;
    assert_eq!(again["requests"], first["requests"]);
    assert_eq!((&again["kept"]["where"], &again["kept"]["rows"]), (&json!("disk"), &json!(10000)));
    for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.is_file() {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"secret"), "{}", file.display());
        }
    }
    drop(house);
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn a_journal_can_be_left_out() {
    let pool = pool().await;
    let folder = fresh_folder();
    let state = folder.join("state.db");
    let files = fresh_folder();
    pool.write_files(&files.join("providers")).unwrap();
    let config = format!("{QUICK}[state]\njournal_rows = 0\n");
    let house = House::open(files, &config, state.to_str().unwrap());
    let asker = Asker::new();
    let reply = ask(&asker, &house, &chat("sound/m"), &[]).await;
    told(&asker, &house, reply.header("x-potluck-request-id")).await;
    let page = page(&asker, &house, "").await;
    assert_eq!((&page["kept"]["where"], array(&page["requests"]).len()), (&json!("memory"), 1));
    assert!(state.exists() && !folder.join("state.journal.db").exists());
    drop(house);
    let _ = std::fs::remove_dir_all(folder);
}

#[tokio::test]
async fn pages_are_narrowed_and_follow_each_other() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    for model in ["sound/m", "broken/m", "able/tools", "no-such-name", "sound/m"] {
        let reply = ask(&asker, &house, &chat(model), &[]).await;
        told(&asker, &house, reply.header("x-potluck-request-id")).await;
    }
    let offers = async |query: &str| {
        let page = page(&asker, &house, query).await;
        let offers = array(&page["requests"]).iter().map(|request| request["asked"][0].clone());
        (offers.collect::<Vec<_>>(), page["next"].clone())
    };
    let (first, next) = offers("limit=3").await;
    assert_eq!(first, ["sound/m", "no-such-name", "able/tools"]);
    let (rest, next) = offers(&format!("limit=3&before={next}")).await;
    assert_eq!((rest, next), (vec![json!("broken/m"), json!("sound/m")], Value::Null));
    assert_eq!(offers("offer=sound/m").await.0, ["sound/m", "sound/m"]);
    assert_eq!(offers("ending=refused").await.0, ["no-such-name", "broken/m"]);
    assert!(offers("since=2999-01-01T00:00:00Z").await.0.is_empty());
    for query in ["ending=sad", "limit=0", "limit=9999", "before=x", "since=now", "colour=red"] {
        let refused = asker.get(&format!("{}/pool/journal?{query}", house.address)).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.body);
    }
    let unknown = asker.get(&format!("{}/pool/journal/gen-0", house.address)).await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
}

#[tokio::test]
async fn bodies_of_every_door_are_explained() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let words = json!([{ "role": "user", "content": "hello" }]);
    for (shape, body) in [
        ("chat", json!({ "model": "m", "messages": words })),
        ("openrouter", json!({ "model": "m", "messages": words })),
        ("messages", json!({ "model": "m", "max_tokens": 9, "messages": words })),
        ("responses", json!({ "model": "m", "input": "hello", "store": false })),
        ("completions", json!({ "model": "m", "prompt": "hello" })),
        ("ollama-chat", json!({ "model": "m", "messages": words })),
        ("ollama-generate", json!({ "model": "m", "prompt": "hello" })),
    ] {
        let url = format!("{}/pool/explain?as={shape}", house.address);
        let reply = asker.post(&url, body.to_string()).await;
        assert_eq!(reply.status, 200, "{shape}: {}", reply.body);
        assert_eq!(array(&reply.json()["candidates"]).len(), 2, "{shape}: {}", reply.body);
    }
    for (shape, body, output) in [
        ("embeddings", json!({ "model": "m", "input": "hello" }), "embedding"),
        ("rerank", json!({ "model": "m", "query": "a", "documents": ["b", "c"] }), "score"),
        ("images", json!({ "model": "m", "prompt": "a boat" }), "image"),
        ("openrouter-images", json!({ "model": "m", "prompt": "a boat" }), "image"),
        ("chat", json!({ "model": "m", "modalities": ["image"], "messages": words }), "image"),
    ] {
        let url = format!("{}/pool/explain?as={shape}", house.address);
        let told = asker.post(&url, body.to_string()).await.json();
        assert_eq!(told["requirements"]["output"], json!([output]), "{told}");
        assert_eq!(told["excluded"][0]["reason"], "lacks_output", "{told}");
    }
    let url = format!("{}/pool/explain?as=morse", house.address);
    let refused = asker.post(&url, chat("m").to_string()).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("ollama-generate"), "{}", refused.body);
}

/// How many requests the journal's desk has room for, as `docs/explaining.md` says.
const ROOM: u64 = 1024;

async fn kept_is(asker: &Asker, house: &House, wanted: &[(&str, u64)]) -> Value {
    let mut told = Value::Null;
    for _ in 0..200 {
        told = asker.get(&format!("{}/pool", house.address)).await.json()["journal"].clone();
        if wanted.iter().all(|(name, count)| told[*name] == *count) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{wanted:?} is not so: {told}")
}

/// The figures of `/metrics`: what waits for the journal, and what is not in it.
async fn measured(asker: &Asker, house: &House) -> [String; 2] {
    let text = asker.get(&format!("{}/metrics", house.address)).await.body;
    ["potluck_journal_queue_length ", "potluck_journal_dropped_total "].map(|name| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_owned()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_cannot_be_written_holds_nobody_up_and_counts_what_it_lost() {
    const LOST: u64 = 60;
    let pool = pool().await;
    let folder = fresh_folder();
    let state = folder.join("state.db");
    let house = kept(&pool, &state);
    let asker = Asker::new();
    // Somebody else holds the file: SQLite lets one write at a time.
    let other = rusqlite::Connection::open(state.with_extension("journal.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = chat("sound/m").to_string();
    let url = format!("{}/v1/chat/completions", house.address);
    let asks = (0..12).map(|_| {
        let (asker, url, body) = (asker.clone(), url.clone(), body.clone());
        async move {
            for _ in 0..(ROOM + LOST) / 12 {
                let reply = asker.post(&url, body.clone()).await;
                assert_eq!(reply.status, 200, "{}", reply.body);
            }
            let last = asker.post(&url, body).await;
            assert_eq!(last.status, 200, "{}", last.body);
            last.header("x-potluck-request-id").to_owned()
        }
    });
    let ids = futures_util::future::join_all(asks).await;
    let asked = ((ROOM + LOST) / 12 + 1) * 12;
    let told = kept_is(&asker, &house, &[("waiting", ROOM), ("dropped", asked - ROOM)]).await;
    assert_eq!((&told["where"], &told["rows"]), (&json!("disk"), &json!(10_000)));
    let counted = [ROOM, asked - ROOM].map(|count| count.to_string());
    assert_eq!(measured(&asker, &house).await.map(|figure| figure.replace(".0", "")), counted);
    // What is remembered is told all the same, and what was written before is.
    assert_eq!(self::told(&asker, &house, &ids[0]).await["attempts"][0]["outcome"], "served");
    assert_eq!(page(&asker, &house, "limit=5").await["kept"], told);

    other.execute_batch("COMMIT").unwrap();
    kept_is(&asker, &house, &[("waiting", 0), ("dropped", asked - ROOM)]).await;
    let reply = asker.post(&url, body).await;
    let id = reply.header("x-potluck-request-id");
    self::told(&asker, &house, id).await;
    let rows = page(&asker, &house, "limit=1000").await;
    assert_eq!((&rows["requests"][0]["id"], array(&rows["requests"]).len()), (&json!(id), 1000));
    let next = rows["next"].as_u64().unwrap();
    let rest = page(&asker, &house, &format!("limit=1000&before={next}")).await;
    assert_eq!(array(&rest["requests"]).len(), 25, "all that had room, and one more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_files_are_set_aside_and_the_router_starts() {
    let pool = pool().await;
    let folder = fresh_folder();
    let state = folder.join("state.db");
    let garbage = b"this was once a database ".repeat(400);
    for file in [state.clone(), state.with_extension("journal.db")] {
        std::fs::write(file, &garbage).unwrap();
    }
    let house = kept(&pool, &state);
    let asker = Asker::new();
    let reply = ask(&asker, &house, &chat("sound/m"), &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    told(&asker, &house, reply.header("x-potluck-request-id")).await;
    assert_eq!(array(&page(&asker, &house, "limit=10").await["requests"]).len(), 1);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = files.filter(|path| path.to_string_lossy().contains(".damaged-")).collect();
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert!(aside.iter().all(|path| std::fs::read(path).unwrap() == garbage), "nothing is lost");
}
