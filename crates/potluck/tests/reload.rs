//! Settings and provider files are read again while the router serves: no stream is cut, and what is wrong changes nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::PathBuf;
use std::time::Duration;

use house::{Asker, House, Reply};
use potluck_testkit::{Limit, Model, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

/// Long enough for any machine; a test that waits this long has failed.
const PATIENCE: usize = 600;
const STEP: Duration = Duration::from_millis(100);

fn file(house: &House, provider: &str) -> PathBuf {
    house.folder().join("providers").join(format!("{provider}.toml"))
}

async fn two() -> Pool {
    let slow = Model::new("slow").words(60).pace(30, Duration::from_millis(100));
    let daily = Limit::requests(50, Span::Day).calendar();
    let one = SimulatedProvider::build("one").model(slow).limit(daily);
    let two = SimulatedProvider::build("two").model(Model::new("quick"));
    Pool::start(vec![one, two]).await.unwrap()
}

async fn reload(house: &House, asker: &Asker) -> Reply {
    let request = http::Request::post(format!("{}/pool/reload", house.address))
        .header("x-potluck-csrf", "open")
        .body(http_body_util::Full::default())
        .unwrap();
    asker.send(request).await
}

async fn models(house: &House, asker: &Asker) -> Vec<String> {
    let listed = asker.get(&format!("{}/v1/models", house.address)).await.json();
    let ids = listed["data"].as_array().unwrap().iter();
    ids.filter_map(|model| model["id"].as_str().map(str::to_owned)).collect()
}

async fn configuration(house: &House, asker: &Asker) -> Value {
    let pool = asker.get(&format!("{}/pool", house.address)).await.json();
    pool["configuration"].clone()
}

/// Waits until the models are these.
async fn see(house: &House, asker: &Asker, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
    for _ in 0..PATIENCE {
        let seen = models(house, asker).await;
        if wanted(&seen) {
            return seen;
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("the change was never seen: {:?}", models(house, asker).await)
}

fn has(models: &[String], name: &str) -> bool {
    models.iter().any(|model| model == name)
}

fn ask(house: &House, asker: &Asker, model: &str, stream: bool) -> impl Future<Output = Reply> {
    let (asker, url) = (asker.clone(), format!("{}/v1/chat/completions", house.address));
    let body = json!({ "model": model, "stream": stream, "messages": [{ "role": "user", "content": "tell me" }] });
    async move { asker.post(&url, body.to_string()).await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_runs_on_across_a_reload_that_removes_its_provider() {
    let pool = two().await;
    let (house, asker) = (House::over(&pool, ""), Asker::new());
    let streaming = ask(&house, &asker, "one/slow", true);
    let removing = async {
        while pool.providers()[0].counts().accepted == 0 {
            tokio::time::sleep(STEP).await;
        }
        std::fs::remove_file(file(&house, "one")).unwrap();
        let reloaded = reload(&house, &asker).await;
        assert_eq!(reloaded.status, 200, "{}", reloaded.body);
        let seen = models(&house, &asker).await;
        let gone = ask(&house, &asker, "one/slow", false).await;
        (seen, gone)
    };
    let (streamed, (seen, gone)) = tokio::join!(streaming, removing);
    assert_eq!(streamed.status, 200);
    assert!(streamed.streamed_text().unwrap().contains("simulated by one"));
    assert!(has(&seen, "two/quick") && !has(&seen, "one/slow"), "{seen:?}");
    assert_eq!(gone.status, 404, "{}", gone.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_used_of_a_limit_survives_a_reload() {
    let pool = two().await;
    let (house, asker) = (House::over(&pool, ""), Asker::new());
    assert_eq!(ask(&house, &asker, "one/slow", false).await.status, 200);
    assert_eq!(reload(&house, &asker).await.status, 200);
    let pool = asker.get(&format!("{}/pool", house.address)).await.json();
    let offers = pool["offers"].as_array().unwrap();
    let slow = offers.iter().find(|offer| offer["offer"] == "one/slow").unwrap();
    assert_eq!((&slow["limits"][0]["used"], &slow["served"]), (&json!(1), &json!(1)), "{slow}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_is_seen_by_itself_and_so_is_a_changed_setting() {
    let pool = two().await;
    let (house, asker) = (House::over(&pool, ""), Asker::new());
    let text = std::fs::read_to_string(file(&house, "two")).unwrap();
    std::fs::remove_file(file(&house, "two")).unwrap();
    see(&house, &asker, |seen| !has(seen, "two/quick")).await;
    std::fs::write(file(&house, "two"), text).unwrap();
    see(&house, &asker, |seen| has(seen, "two/quick")).await;
    let settings = house.folder().join("potluck.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let text = text.replace("[catalog]\n", "[catalog]\ndisable = [\"two\"]\n");
    std::fs::write(&settings, text).unwrap();
    let seen = see(&house, &asker, |seen| !has(seen, "two/quick")).await;
    assert!(has(&seen, "one/slow"), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_changes_nothing_and_all_that_is_wrong_is_told() {
    let pool = two().await;
    let (house, asker) = (House::over(&pool, ""), Asker::new());
    let before = models(&house, &asker).await;
    std::fs::remove_file(file(&house, "two")).unwrap();
    std::fs::write(file(&house, "one"), "dialect = \"openia\"\nbase_url = \"ftp://x\"\n").unwrap();
    let refused = reload(&house, &asker).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let message = refused.json()["error"]["message"].to_string();
    assert!(message.contains("one.toml:1") && message.contains("one.toml:2"), "{message}");
    assert_eq!(models(&house, &asker).await, before, "whole or not at all");
    assert_eq!(ask(&house, &asker, "two/quick", false).await.status, 200);
    let told = configuration(&house, &asker).await;
    assert!(told["refused"]["errors"].to_string().contains("one.toml:2"), "{told}");
    pool.write_files(&house.folder().join("providers")).unwrap();
    assert_eq!(reload(&house, &asker).await.status, 200);
    assert_eq!(configuration(&house, &asker).await["refused"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_keys_hold_from_the_reload_on_and_what_needs_a_restart_is_named() {
    let pool = two().await;
    let (house, asker) = (House::over(&pool, ""), Asker::new());
    let settings = house.folder().join("potluck.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let more = "[server]\nkeys = [\"0123456789abcdef0123\"]\ngrace_seconds = 3\n[timeouts]\nconnect_ms = 777\n";
    std::fs::write(&settings, format!("{text}{more}")).unwrap();
    let told = reload(&house, &asker).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let waiting = ["server.grace_seconds", "timeouts.connect_ms"];
    assert_eq!(told.json()["needs_restart"], json!(waiting));
    let url = format!("{}/v1/models", house.address);
    assert_eq!(asker.get(&url).await.status, 401, "the key is asked for");
    let request = http::Request::get(url).header("x-api-key", "0123456789abcdef0123");
    let reply = asker.send(request.body(http_body_util::Full::default()).unwrap()).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_signal_reads_again() {
    let pool = two().await;
    let (house, asker) = (House::over(&pool, ""), Asker::new());
    let before = configuration(&house, &asker).await["read_at"].clone();
    tokio::time::sleep(STEP).await;
    hang_up(house.pid());
    for _ in 0..PATIENCE {
        if configuration(&house, &asker).await["read_at"] != before {
            return;
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("the signal was not heard");
}

#[expect(clippy::disallowed_methods, reason = "the test signals the program under test")]
fn hang_up(pid: u32) {
    let sent = std::process::Command::new("kill").arg("-HUP").arg(pid.to_string()).status();
    assert!(sent.is_ok_and(|status| status.success()));
}
