//! `potluck explain` with an id, and `potluck replay`, over simulated providers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::Path;
use std::process::{Command, Stdio};

use house::{Asker, House, fresh_folder};
use potluck_testkit::{Limit, Model, Pool, SimulatedProvider, Span};
use serde_json::Value;

/// How many requests are sent.
const REQUESTS: u64 = 120;

fn provider(name: &str, family: &str, amount: u64) -> potluck_testkit::Builder {
    SimulatedProvider::build(name)
        .model(Model::capable(family).family(family).words(3))
        .limit(Limit::requests(amount, Span::Day))
}

/// Two families at three providers, of which one has by far the largest quota.
async fn pool() -> Pool {
    let rich = provider("rich", "both", 200_000);
    let all = vec![rich, provider("poor", "both", 2_000), provider("other", "own", 2_000)];
    Pool::start(all).await.unwrap()
}

fn open(pool: &Pool, state: &Path) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open(folder, "", state.to_str().unwrap())
}

/// Sends requests; gives the offers that served and the last one's id.
async fn send(house: &House) -> (Vec<String>, String) {
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let body = r#"{"model": "free", "messages": [{"role": "user", "content": "hello"}]}"#;
    let (mut served, mut id) = (Vec::new(), String::new());
    for _ in 0..REQUESTS {
        let reply = asker.post(&url, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        served.push(reply.header("x-potluck-offer").to_owned());
        reply.header("x-potluck-request-id").clone_into(&mut id);
    }
    (served, id)
}

/// Runs a command to its end; gives what it printed.
#[expect(clippy::disallowed_methods, reason = "the test runs the program under test")]
fn run(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_potluck"));
    command.args(args).env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&run(args)).unwrap()
}

fn count(served: &[String], offer: &str) -> usize {
    served.iter().filter(|served| *served == offer).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_drawn_again_as_it_was_and_under_another_strategy() {
    let pool = pool().await;
    let house = open(&pool, Path::new(":memory:"));
    let (served, _) = send(&house).await;
    let at = ["--url", house.address.as_str(), "--json"];

    let same = json(&[&["replay", "--strategy", "balanced"], &at[..]].concat());
    assert_eq!((&same["redrawn"], &same["nobody_now"]), (&REQUESTS.into(), &0.into()), "{same}");
    assert_eq!(same["changed"], Value::Array(Vec::new()), "{same}");
    for offer in ["rich/both", "poor/both", "other/own"] {
        let share = &same["offers"][offer];
        assert_eq!(share["picked_then"], count(&served, offer), "{offer}: {same}");
    }

    let uniform = json(&[&["replay", "--strategy", "uniform"], &at[..]].concat());
    let own = &uniform["offers"]["other/own"];
    let half = own["chance_now"].as_f64().unwrap() / f64::from(u32::try_from(REQUESTS).unwrap());
    assert!((half - 0.5).abs() < 1e-6, "one of two families: {uniform}");
    assert!(own["chance_then"].as_f64() < own["chance_now"].as_f64(), "{uniform}");
    assert!(!uniform["changed"].as_array().unwrap().is_empty(), "{uniform}");
    let told = run(&["replay", "--strategy", "uniform", "--url", &house.address]);
    assert!(told.contains(&format!("{REQUESTS} requests from ")), "{told}");
    assert!(told.contains("other/own") && told.contains("50.0 %"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_drawn_again_over_other_files_after_the_router_has_ended() {
    let pool = pool().await;
    let folder = fresh_folder();
    let state = folder.join("state.db");
    let house = open(&pool, &state);
    let (served, id) = send(&house).await;
    // A question finds what was handed over before it on the disk.
    let journal = format!("{}/pool/journal?limit=1", house.address);
    assert_eq!(Asker::new().get(&journal).await.status, 200);
    drop(house);

    // The richest is gone, and somebody new is there.
    let others = vec![
        provider("poor", "both", 2_000),
        provider("other", "own", 2_000),
        provider("new", "own", 2_000),
    ];
    let others = Pool::start(others).await.unwrap();
    let files = folder.join("others");
    std::fs::create_dir(&files).unwrap();
    others.write_files(&files).unwrap();
    let own = [
        "--state",
        state.to_str().unwrap(),
        "--set",
        "catalog.builtin=false",
        "--set",
        "catalog.local=false",
        "--bind",
        // Nobody listens there: the command opens a router of its own over the state.
        "127.0.0.1:1",
    ];
    let given = ["replay", "--json", "--providers", files.to_str().unwrap()];
    let told = json(&[&given[..], &own[..]].concat());
    assert_eq!((&told["redrawn"], &told["files"]), (&REQUESTS.into(), &true.into()), "{told}");
    let gone = &told["offers"]["rich/both"];
    assert_eq!(gone["picked_then"], count(&served, "rich/both"), "{told}");
    assert_eq!(
        (&gone["picked_now"], gone["chance_now"].as_f64()),
        (&0.into(), Some(0.0)),
        "{told}"
    );
    assert!(told["offers"]["new/own"]["picked_now"].as_u64() > Some(0), "{told}");
    let changed = told["changed"].as_array().unwrap().len();
    assert!(changed >= count(&served, "rich/both"), "{told}");

    let shown = run(&[&["explain", id.as_str()], &own[..]].concat());
    assert!(shown.contains(&id) && shown.contains(served.last().unwrap()), "{shown}");
    assert!(shown.contains("drawn by balanced with the seed ") && shown.contains("COULD SERVE"));
    drop(std::fs::remove_dir_all(folder));
}
