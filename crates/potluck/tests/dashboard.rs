//! The dashboard's files: who gets them, with which headers, and what they do not open.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use bytes::Bytes;
use house::{Asker, House, QUICK, Reply};
use http_body_util::Full;
use potluck_testkit::{Model, Pool, SimulatedProvider};

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// Wants a key that nobody set.
const ASLEEP: &str = r#"
dialect = "openai"
base_url = "http://127.0.0.1:9/v1"
signup = "https://asleep.example/keys"
[auth]
env = ["ASLEEP_API_KEY"]
[[limits]]
counts = "requests"
amount = 20
per = "day"
resets = "America/Los_Angeles"
source = ["https://asleep.example/limits"]
checked = "2026-11"
[[models]]
id = "doze"
context = 4096
"#;

async fn pool() -> Pool {
    Pool::start(vec![SimulatedProvider::build("only").model(Model::new("plain"))]).await.unwrap()
}

async fn ask(url: &str, headers: &[(&str, &str)]) -> Reply {
    let start = http::Request::get(url);
    let request =
        headers.iter().fold(start, |request, (name, value)| request.header(*name, *value));
    Asker::new().send(request.body(Full::<Bytes>::default()).unwrap()).await
}

#[tokio::test]
async fn a_browser_gets_the_page_and_others_the_sign_of_life() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let root = format!("{}/", house.address);
    let page = ask(&root, &[BROWSER]).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("vary"), "accept");
    assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    assert_eq!(ask(&root, &[]).await.body, "Ollama is running");
}

#[tokio::test]
async fn files_have_their_type_and_a_policy() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let files = [
        ("main.js", "text/javascript; charset=utf-8"),
        ("style/tokens.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("vendor/uplot/uPlot.iife.min.js", "text/javascript; charset=utf-8"),
        ("vendor/uplot/LICENSE", "text/plain; charset=utf-8"),
    ];
    for (path, kind) in files {
        let file = ask(&format!("{}/dashboard/{path}", house.address), &[]).await;
        assert_eq!((file.status, file.header("content-type")), (200, kind), "{path}");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        let policy = file.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    }
    let odd = ["nowhere.js", "", "../Cargo.toml", "..%2fCargo.toml", "%00", "style"];
    for path in odd {
        let file = ask(&format!("{}/dashboard/{path}", house.address), &[]).await;
        assert_eq!((file.status, file.header("content-type")), (404, "application/json"), "{path}");
    }
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    let url = format!("{}/dashboard/main.js", house.address);
    let first = ask(&url, &[]).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 10 && first.header("cache-control") == "no-cache", "{tag}");
    let again = ask(&url, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag.as_str()));
    assert_eq!(ask(&url, &[("if-none-match", "\"other\"")]).await.status, 200);
}

#[tokio::test]
async fn rebound_names_and_other_pages_are_refused() {
    let pool = pool().await;
    let house = House::over(&pool, QUICK);
    for path in ["/", "/dashboard/main.js"] {
        let url = format!("{}{path}", house.address);
        for outside in [("host", "evil.test"), ("origin", "https://evil.test")] {
            assert_eq!(ask(&url, &[BROWSER, outside]).await.status, 403, "{path} {outside:?}");
        }
    }
}

#[tokio::test]
async fn the_files_need_no_key_and_the_pool_does() {
    let pool = pool().await;
    let house =
        House::over(&pool, &format!("{QUICK}\n[server]\nkeys = [\"a-key-of-the-house\"]\n"));
    let at = |path: &str| format!("{}{path}", house.address);
    assert_eq!(ask(&at("/"), &[BROWSER]).await.status, 200);
    assert_eq!(ask(&at("/dashboard/main.js"), &[]).await.status, 200);
    for path in ["/pool", "/v1/models", "/dashboard"] {
        assert_eq!(ask(&at(path), &[]).await.status, 401, "{path}");
    }
    let key = [("authorization", "Bearer a-key-of-the-house")];
    assert_eq!(ask(&at("/pool"), &key).await.status, 200);
}

#[tokio::test]
async fn every_file_s_provider_is_told_with_its_variables_and_no_key() {
    let pool = pool().await;
    let folder = house::fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    std::fs::write(folder.join("providers/asleep.toml"), ASLEEP).unwrap();
    let house = House::open(folder, QUICK, ":memory:");
    let told = ask(&format!("{}/pool/providers", house.address), &[]).await.json();
    let providers = told["providers"].as_array().unwrap();
    let ids: Vec<&str> = providers.iter().map(|p| p["provider"].as_str().unwrap()).collect();
    assert_eq!(ids, ["only", "asleep"], "those that are drawn from come first");
    let (only, asleep) = (&providers[0], &providers[1]);
    assert_eq!((only["offers"].as_u64(), &only["why_not"]), (Some(1), &serde_json::Value::Null));
    assert!(asleep["why_not"].as_str().unwrap().contains("ASLEEP_API_KEY"), "{asleep}");
    assert_eq!(asleep["signup"], "https://asleep.example/keys");
    let limit = &asleep["limits"][0];
    assert_eq!(
        (&limit["resets"], &limit["checked"]),
        (&"America/Los_Angeles".into(), &"2026-11".into())
    );
    assert_eq!(limit["sources"][0]["where"], "https://asleep.example/limits");
}
