//! Traces and metrics by OTLP, against a collector of this test's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::routing::any;
use potluck_testkit::{Fault, Model, Plan, Pool, ServerTrouble, SimulatedProvider};
use serde_json::{Value, json};

use crate::house::{Asker, House, QUICK};

/// What a collector was sent.
type Sent = Arc<Mutex<Vec<(String, Vec<u8>, http::HeaderMap)>>>;

/// A collector on loopback that keeps what it is sent; its address, and that.
#[expect(clippy::disallowed_methods, reason = "the test's own server")]
async fn collector() -> (String, Sent) {
    let sent = Sent::default();
    let keep = |State(sent): State<Sent>,
                uri: OriginalUri,
                headers: http::HeaderMap,
                body: Bytes| async move {
        sent.lock().unwrap().push((uri.path().to_owned(), body.to_vec(), headers));
    };
    let router = Router::new().fallback(any(keep)).with_state(Arc::clone(&sent));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, sent)
}

/// What was sent to a path, one value each time.
fn read(sent: &Sent, path: &str) -> Vec<Value> {
    let sent = sent.lock().unwrap();
    let own = sent.iter().filter(|(to, ..)| to == path);
    own.map(|(_, body, _)| serde_json::from_slice(body).unwrap()).collect()
}

/// What stands inside, two lists deep.
fn inside<'a>(value: &'a Value, outer: &str, inner: &str, own: &str) -> Vec<&'a Value> {
    let list = |value: &'a Value, name: &str| {
        value[name].as_array().into_iter().flatten().collect::<Vec<_>>()
    };
    let scopes = list(value, outer).into_iter().flat_map(|resource| list(resource, inner));
    scopes.flat_map(|scope| list(scope, own)).collect()
}

fn spans(sent: &Sent) -> Vec<Value> {
    let all = read(sent, "/v1/traces");
    let each = all.iter().flat_map(|traces| inside(traces, "resourceSpans", "scopeSpans", "spans"));
    each.cloned().collect()
}

fn metrics(sent: &Sent) -> Vec<String> {
    let all = read(sent, "/v1/metrics");
    let each =
        all.iter().flat_map(|told| inside(told, "resourceMetrics", "scopeMetrics", "metrics"));
    each.map(|metric| metric["name"].as_str().unwrap().to_owned()).collect()
}

fn attribute(span: &Value, name: &str) -> Option<String> {
    let all = span["attributes"].as_array()?;
    let value = &all.iter().find(|attribute| attribute["key"] == name)?["value"];
    let text = value["stringValue"].as_str().or_else(|| value["intValue"].as_str());
    Some(text.map_or_else(|| value.to_string(), str::to_owned))
}

fn nanos(span: &Value, name: &str) -> u128 {
    span[name].as_str().unwrap().parse().unwrap()
}

/// Waits until enough has come.
async fn until(what: &str, enough: impl Fn() -> bool) {
    for _ in 0..300 {
        if enough() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} never came")
}

async fn pool() -> Pool {
    let down = Fault::Trouble(ServerTrouble::Unavailable);
    Pool::start(vec![
        SimulatedProvider::build("down")
            .model(Model::new("m").family("m"))
            .faults(Plan::always(down)),
        SimulatedProvider::build("sound")
            .model(Model::new("m").family("m"))
            .key("sk-of-a-provider", "SOUND_KEY"),
    ])
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_a_span_with_one_below_it_for_each_attempt() {
    let (address, sent) = collector().await;
    let pool = pool().await;
    let config = format!(
        "{QUICK}\n[telemetry]\nendpoint = \"{address}\"\nheaders = [\"x-collector-key=collectors-own-key\"]\nmetrics_seconds = 1\n"
    );
    let folder = crate::house::fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let house = House::open_with(folder, &config, ":memory:", &[("SOUND_KEY", "sk-of-a-provider")]);
    let asker = Asker::new();
    let body = json!({
        "model": "m", "stream": true, "provider": { "order": ["down", "sound"] },
        "messages": [{ "role": "user", "content": "a secret of mine" }],
    });
    let url = format!("{}/v1/chat/completions", house.address);
    let answer = asker.post(&url, body.to_string()).await.streamed_text().unwrap();
    until("three spans", || spans(&sent).len() >= 3).await;
    let spans = spans(&sent);
    let root = spans.iter().find(|span| span["parentSpanId"].is_null()).unwrap();
    assert_eq!((&root["name"], &root["kind"]), (&json!("chat m"), &json!(2)), "a server's span");
    assert_eq!(root["traceId"].as_str().unwrap().len(), 32);
    assert_eq!(root["spanId"].as_str().unwrap().len(), 16);
    let is = |span: &Value, name: &str, value: &str| {
        assert_eq!(attribute(span, name).as_deref(), Some(value), "{name} of {span}");
    };
    is(root, "gen_ai.operation.name", "chat");
    is(root, "gen_ai.request.model", "m");
    is(root, "gen_ai.response.model", "sound/m");
    is(root, "potluck.door", "chat");
    is(root, "potluck.attempts", "2");
    assert!(attribute(root, "gen_ai.usage.output_tokens").unwrap().parse::<u64>().unwrap() > 0);
    assert!(attribute(root, "gen_ai.response.id").unwrap().starts_with("gen-"));
    let mut below: Vec<&Value> =
        spans.iter().filter(|span| span["parentSpanId"] == root["spanId"]).collect();
    below.sort_by_key(|span| nanos(span, "startTimeUnixNano"));
    let [failed, served] = below[..] else { panic!("two attempts: {below:?}") };
    is(failed, "gen_ai.provider.name", "down");
    is(failed, "error.type", "overloaded");
    is(failed, "http.response.status_code", "503");
    assert_eq!(failed["status"]["code"], 2);
    is(served, "gen_ai.provider.name", "sound");
    assert_eq!(attribute(served, "error.type"), None);
    for span in below {
        assert_eq!(
            (&span["kind"], &span["traceId"]),
            (&json!(3), &root["traceId"]),
            "a client's span"
        );
        assert!(nanos(span, "startTimeUnixNano") >= nanos(root, "startTimeUnixNano"));
        assert!(nanos(span, "endTimeUnixNano") >= nanos(span, "startTimeUnixNano"));
    }
    until("the metrics", || metrics(&sent).iter().any(|name| name == "gen_ai.client.token.usage"))
        .await;
    let names = metrics(&sent);
    for name in [
        "gen_ai.client.operation.duration",
        "gen_ai.server.request.duration",
        "gen_ai.server.time_to_first_token",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
    }
    let sent = sent.lock().unwrap();
    assert!(sent.iter().all(|(_, _, headers)| headers["x-collector-key"] == "collectors-own-key"));
    for (path, body, _) in sent.iter() {
        for secret in
            ["a secret of mine", answer.as_str(), "sk-of-a-provider", "collectors-own-key"]
        {
            let found = memchr::memmem::find(body, secret.as_bytes());
            assert!(found.is_none(), "{secret:?} was sent to {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_gone_holds_nobody_up() {
    let pool = pool().await;
    let config = format!("{QUICK}\n[telemetry]\nendpoint = \"http://127.0.0.1:9\"\n");
    let folder = crate::house::fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let house = House::open_with(folder, &config, ":memory:", &[("SOUND_KEY", "sk-of-a-provider")]);
    let asker = Asker::new();
    let body = json!({ "model": "sound/m", "messages": [{ "role": "user", "content": "hello" }] });
    let url = format!("{}/v1/chat/completions", house.address);
    for _ in 0..20 {
        assert_eq!(asker.post(&url, body.to_string()).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_joins_the_trace_of_its_client_and_providers_hear_nothing_of_it() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let (address, sent) = collector().await;
    let pool = pool().await;
    let config = format!("{QUICK}\n[telemetry]\nendpoint = \"{address}\"\nmetrics_seconds = 1\n");
    let folder = crate::house::fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let house = House::open_with(folder, &config, ":memory:", &[("SOUND_KEY", "sk-of-a-provider")]);
    let asker = Asker::new();
    let ask = async |flags: &str| {
        let body = json!({
            "model": "m", "provider": { "order": ["down", "sound"] },
            "messages": [{ "role": "user", "content": "hello" }],
        });
        let request = http::Request::post(format!("{}/v1/chat/completions", house.address))
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-{flags}"))
            .header("tracestate", "vendor=1");
        let body = http_body_util::Full::from(body.to_string());
        assert_eq!(asker.send(request.body(body).unwrap()).await.status, 200);
    };
    // Not recorded there, so not here; what comes after it is told after it. The one that is down then rests.
    ask("00").await;
    ask("01").await;
    until("two spans", || spans(&sent).len() >= 2).await;
    let spans = spans(&sent);
    assert_eq!(spans.len(), 2, "a request that its client does not record is not told of");
    let root = spans.iter().find(|span| span["parentSpanId"] == "00f067aa0ba902b7").unwrap();
    assert_eq!(root["name"], "chat m");
    let below = spans.iter().filter(|span| span["parentSpanId"] == root["spanId"]);
    assert_eq!(below.count(), 1);
    for span in &spans {
        assert_eq!((&span["traceId"], &span["traceState"]), (&json!(TRACE), &json!("vendor=1")));
    }
    let measured = || metrics(&sent).iter().any(|name| name == "gen_ai.server.request.duration");
    until("the metrics", measured).await;
    for name in ["down", "sound"] {
        let seen = pool.provider(name).unwrap().seen();
        assert!(!seen.is_empty());
        let mut headers = seen.iter().flat_map(|seen| &seen.headers);
        assert!(!headers.any(|(name, _)| name.to_lowercase().starts_with("trace")), "{seen:?}");
    }
}
