//! `potluck demo --once`: exit code 0, and what it shows is what happened.

use crate::program::{Folder, run};

#[test]
fn the_demo_serves_all_its_requests_and_says_that_it_is_simulated() {
    let folder = Folder::new("demo");
    let shown = run(&folder, &["demo", "--once", "--json", "--bind", "127.0.0.1:0"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let report = shown.json();
    assert_eq!(report["simulated"], true);
    let requests = report["requests"].as_array().expect("requests");
    assert_eq!(requests.len(), 7);
    for request in requests {
        assert_eq!(request["served"], true, "{request}");
        assert!(request["model"].as_str().is_some_and(|model| model.starts_with("sim-")));
    }
    let over: usize =
        requests.iter().filter(|request| request["attempts"].as_u64() > Some(1)).count();
    assert!(over >= 1, "at least one request has to be served by another than the first");
    let failed = |provider: &serde_json::Value| provider["failed"].as_u64().unwrap_or(0);
    let providers = report["providers"].as_array().expect("providers");
    assert!(providers.iter().map(failed).sum::<u64>() >= 1, "the providers have to have seen it");
    assert!(report["pool"]["offers"].as_array().is_some_and(|offers| offers.len() >= 6));
}

#[test]
fn the_demo_for_people_gives_a_curl_line_and_leaves_nothing_behind() {
    let folder = Folder::new("demo-people");
    let shown = run(&folder, &["demo", "--once", "--bind", "127.0.0.1:0"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.starts_with("listening on http://127.0.0.1:"), "{}", shown.out);
    for expected in ["SIMULATED", "curl -N http://127.0.0.1:", "The pool now", "Who failed"] {
        assert!(shown.out.contains(expected), "{expected} in {}", shown.out);
    }
    assert!(!shown.out.contains('\u{1b}'), "no colours where there is no terminal");
    let left = std::fs::read_dir(folder.path()).expect("the folder is there").count();
    assert_eq!(left, 0, "a demo leaves no file");
}
