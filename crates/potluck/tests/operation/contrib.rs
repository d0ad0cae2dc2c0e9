//! The files in `contrib/`: what they name is there.

use std::collections::BTreeSet;

use potluck::meters::names::{ALL, Kind};
use potluck::settings::KEYS;
use serde_json::Value;

const DASHBOARD: &str = include_str!("../../../../contrib/grafana/potluck.json");
const DOCKERFILE: &str = include_str!("../../../../contrib/docker/Dockerfile");
const COMPOSE: &str = include_str!("../../../../contrib/docker/compose.yaml");
const UNIT: &str = include_str!("../../../../contrib/systemd/potluck.service");

/// The names of all samples that a scrape can have.
fn samples() -> BTreeSet<String> {
    let each = ALL.iter().flat_map(|named| match named.kind {
        Kind::Counter | Kind::Gauge => vec![named.name.to_owned()],
        Kind::Histogram => {
            ["_bucket", "_sum", "_count"].map(|ending| format!("{}{ending}", named.name)).to_vec()
        }
    });
    each.collect()
}

/// The words of a query that are names of metrics.
fn metrics(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("potluck_") || word.starts_with("process_"))
}

fn queries(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "expr" || name == "query" => {
                        found.push(text.clone());
                    }
                    _ => queries(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

#[test]
fn every_query_of_the_dashboard_names_a_metric_that_there_is_and_labels_that_it_has() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut found = Vec::new();
    queries(&dashboard, &mut found);
    let samples = samples();
    let mut used = BTreeSet::new();
    for query in &found {
        for name in metrics(query) {
            assert!(samples.contains(name), "{name} of {query}");
            used.insert(name.trim_end_matches("_bucket").to_owned());
        }
        for by in query.split("by (").skip(1).filter_map(|rest| rest.split(')').next()) {
            let name = metrics(query).next().unwrap().trim_end_matches("_bucket");
            let labels = ALL.iter().find(|named| named.name == name).unwrap().labels;
            for label in by.split(',').map(str::trim).filter(|label| *label != "le") {
                assert!(labels.contains(&label), "{label} is no label of {name}: {query}");
            }
        }
    }
    let unused: Vec<&str> =
        ALL.iter().map(|named| named.name).filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "the dashboard shows nothing of {unused:?}");
}

#[test]
fn every_variable_that_is_set_is_a_setting() {
    let known: BTreeSet<String> = KEYS.iter().map(|key| key.variable()).collect();
    let mut found = 0;
    for file in [DOCKERFILE, COMPOSE, UNIT] {
        let words = file.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        for word in words.filter(|word| word.starts_with("POTLUCK_") && *word != "POTLUCK_KEY") {
            assert!(known.contains(word), "{word} is no setting");
            found += 1;
        }
    }
    assert!(found >= 6, "{found}");
}

#[test]
fn the_image_asks_by_a_command_that_there_is() {
    assert!(DOCKERFILE.contains(r#"CMD ["/potluck", "health"]"#));
    assert!(DOCKERFILE.contains("USER 65532:65532") && DOCKERFILE.contains("FROM scratch"));
}
