//! `GET /metrics`: every figure is there after some traffic, no client can add one, and the page names them all.

use std::collections::BTreeMap;

use potluck::meters::names::{ALL, Named};
use potluck_testkit::{Fault, Limit, Model, Plan, Pool, ServerTrouble, SimulatedProvider, Span};
use serde_json::json;

use crate::house::{Asker, House, QUICK, broken};

const PAGE: &str = include_str!("../../../../docs/operation.md");

async fn pool() -> Pool {
    let down = Fault::Trouble(ServerTrouble::Unavailable);
    Pool::start(vec![
        SimulatedProvider::build("down")
            .model(Model::new("m").family("m"))
            .faults(Plan::always(down)),
        SimulatedProvider::build("sound")
            .model(Model::new("m").family("m"))
            .limit(Limit::requests(40, Span::Day).calendar()),
        broken(),
    ])
    .await
    .unwrap()
}

fn chat(model: &str, stream: bool) -> String {
    let mut body = json!({ "model": model, "stream": stream, "my_own_field": 1, "messages": [{ "role": "user", "content": "a secret" }] });
    body["provider"] = json!({ "order": ["down", "sound"] });
    body.to_string()
}

/// The samples of a scrape by their names with labels, and the kinds by name.
fn read(text: &str) -> (BTreeMap<String, f64>, BTreeMap<String, String>) {
    let mut samples = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for line in text.lines() {
        if let Some(typed) = line.strip_prefix("# TYPE ") {
            let (name, kind) = typed.split_once(' ').unwrap();
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line}");
        }
    }
    (samples, kinds)
}

#[tokio::test]
async fn a_scrape_tells_what_happened_and_how_the_pool_stands() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    assert_eq!(asker.post(&url, chat("m", false)).await.status, 200);
    assert!(asker.post(&url, chat("m", true)).await.streamed_text().is_ok());
    assert!(asker.post(&url, chat("half", true)).await.streamed_text().is_err());
    assert_eq!(asker.post(&url, "{").await.status, 400);
    let messages = json!({ "model": "sound/m", "max_tokens": 9, "my_own_field": 1, "messages": [{ "role": "user", "content": "hello" }] });
    let url = format!("{}/v1/messages", house.address);
    assert_eq!(asker.post(&url, messages.to_string()).await.status, 200);
    assert_eq!(
        asker.get(&format!("{}/v1/models/a-client-s/invention", house.address)).await.status,
        404
    );
    assert_eq!(asker.get(&format!("{}/a-client-s/invention", house.address)).await.status, 404);
    let reply = asker.get(&format!("{}/metrics", house.address)).await;
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let (samples, kinds) = read(&reply.body);
    let is = |name: &str, value: f64| {
        assert_eq!(samples.get(name), Some(&value), "{name}\n{}", reply.body);
    };
    is("potluck_requests_total{door=\"chat\",status=\"200\",class=\"served\"}", 2.0);
    is("potluck_requests_open", 0.0);
    is("potluck_attempts_total{provider=\"sound\",outcome=\"served\"}", 3.0);
    is("potluck_http_requests_total{route=\"/v1/chat/completions\",status=\"400\"}", 1.0);
    is("potluck_http_requests_total{route=\"/v1/models/{*id}\",status=\"404\"}", 1.0);
    is("potluck_http_requests_total{route=\"other\",status=\"404\"}", 1.0);
    is(
        "potluck_limit_amount{provider=\"sound\",limit=\"sound/anonymous/requests/day@UTC\",counts=\"requests\"}",
        40.0,
    );
    is(
        "potluck_limit_remaining{provider=\"sound\",limit=\"sound/anonymous/requests/day@UTC\",counts=\"requests\"}",
        37.0,
    );
    is("potluck_time_to_first_token_seconds_count{provider=\"sound\"}", 1.0);
    is("potluck_overhead_seconds_count{part=\"request\"}", 4.0);
    is("potluck_overhead_seconds_count{part=\"answer\"}", 4.0);
    is("potluck_dropped_parameters_total{parameter=\"other\"}", 1.0);
    is("potluck_queue_length", 0.0);
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    for named in ALL {
        let kind = kinds.get(named.name).map(String::as_str);
        assert_eq!(kind, Some(named.kind.word()), "{}\n{}", named.name, reply.body);
    }
    assert_eq!(kinds.len(), ALL.len(), "{kinds:?}");
    for word in ["invention", "secret", "my_own_field", "gen-"] {
        assert!(!reply.body.contains(word), "{word} is told");
    }
    let open = http::Request::get(format!("{}/metrics", house.address))
        .header("accept", "application/openmetrics-text; version=1.0.0");
    let open = asker.send(open.body(http_body_util::Full::default()).unwrap()).await;
    assert!(open.header("content-type").starts_with("application/openmetrics-text"));
    assert!(
        open.body.ends_with("# EOF\n") && open.body.contains("# TYPE potluck_requests counter")
    );
}

fn row(named: &Named) -> String {
    let labels: Vec<String> = named.labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{}` | {} | {} | {} |", named.name, named.kind.word(), labels.join(", "), named.help)
}

#[test]
fn the_page_has_a_row_for_every_metric_and_no_other() {
    let expected: Vec<String> = ALL.iter().map(row).collect();
    let is_row = |line: &&str| line.starts_with("| `potluck_") || line.starts_with("| `process_");
    let found: Vec<&str> = PAGE.lines().filter(is_row).collect();
    assert_eq!(
        found,
        expected,
        "the table of docs/operation.md has to be\n{}",
        expected.join("\n")
    );
}
