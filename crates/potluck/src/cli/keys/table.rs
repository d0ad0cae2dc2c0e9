//! Keys as a table: a gauge for each limit, and what each key may do.

use serde::Deserialize;
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::gauge;
use crate::cli::screen::{Cell, Look, Screen};
use crate::cli::view::{self, Limit};

/// A key as the router tells of it. Unknown fields are left alone: a command may be older than the router.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    prefix: String,
    state: String,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    deadline_seconds: Option<u64>,
    #[serde(default)]
    pools: Vec<String>,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    privacy: Option<String>,
    #[serde(default)]
    expires: Option<String>,
    #[serde(default)]
    revoked: Option<String>,
    #[serde(default)]
    last_used: Option<String>,
    #[serde(default)]
    gauges: Vec<Limit>,
    used: Used,
}

#[derive(Debug, Deserialize)]
struct Used {
    requests_today: u64,
    tokens_today: u64,
}

const HEAD: [&str; 10] =
    ["NAME", "KEY", "STATE", "", "LEFT", "RESETS IN", "TODAY", "MAY USE", "LAST USED", "ID"];

/// Shows the keys; those that were revoked only where `all` are wanted.
pub(super) fn show(mut list: Value, all: bool, screen: &mut Screen) -> Result<(), Failure> {
    let mut keys: Vec<Row> = view::read(list["data"].take())?;
    if keys.is_empty() {
        screen.say("no key was ever made; `potluck keys create NAME --admin` makes the first")?;
        return Ok(());
    }
    let made = keys.len();
    keys.retain(|key| all || key.revoked.is_none());
    screen.table(&HEAD, keys.iter().flat_map(rows))?;
    match made - keys.len() {
        0 => Ok(()),
        gone => Ok(screen.aside(&format!("revoked keys left out: {gone}; --all shows them"))?),
    }
}

/// A row for each limit; the first says the rest.
fn rows(key: &Row) -> Vec<Vec<Cell>> {
    let mut limits = key.gauges.iter();
    let [bar, left, resets] = gauge(limits.next());
    let mut rows = vec![vec![
        key.name.as_str().into(),
        format!("{}…", key.prefix).into(),
        state(key),
        bar,
        left,
        resets,
        today(&key.used).into(),
        rights(key).into(),
        minute(key.last_used.as_deref()).into(),
        Look::Faint.on(key.id.as_str()),
    ]];
    rows.extend(limits.map(|limit| {
        let mut row: Vec<Cell> = vec!["".into(), "".into(), "".into()];
        row.extend(gauge(Some(limit)));
        row
    }));
    rows
}

fn gauge(limit: Option<&Limit>) -> [Cell; 3] {
    match limit {
        None => ["".into(), "no limit".into(), "".into()],
        Some(limit) => [
            gauge::bar(limit).into(),
            gauge::limit_words(limit).into(),
            gauge::countdown(limit).into(),
        ],
    }
}

fn state(key: &Row) -> Cell {
    match (key.state.as_str(), key.expires.as_deref()) {
        ("active", None) => Look::Good.on("active"),
        ("active", end) => Look::Good.on(format!("until {}", minute(end))),
        ("expired", end) => Look::Bad.on(format!("expired {}", minute(end))),
        ("revoked", _) => Look::Bad.on(format!("revoked {}", minute(key.revoked.as_deref()))),
        (other, _) => Look::Wait.on(other),
    }
}

fn today(used: &Used) -> String {
    let Used { requests_today, tokens_today } = used;
    format!("{requests_today} requests, {} tokens", gauge::tokens(*tokens_today))
}

fn rights(key: &Row) -> String {
    let names: Vec<&str> = key.pools.iter().chain(&key.models).map(String::as_str).collect();
    let mut words = vec![if names.is_empty() { "all".to_owned() } else { names.join(", ") }];
    words.extend(key.privacy.clone());
    words.extend((key.priority == "batch").then(|| "batch".to_owned()));
    words.extend(key.deadline_seconds.map(|seconds| format!("{seconds} s a request")));
    words.extend(key.admin.then(|| "manages keys".to_owned()));
    words.join("; ")
}

/// A moment to the minute, in UTC; `never` where there is none.
fn minute(moment: Option<&str>) -> String {
    let Some(text) = moment else { return "never".to_owned() };
    let stamp: Result<jiff::Timestamp, _> = text.parse();
    stamp.map_or_else(|_| text.to_owned(), |stamp| stamp.strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(told: Value) -> Vec<String> {
        let key: Row = view::read(told).expect("the shape of the router");
        let text = |row: &Vec<Cell>| {
            row.iter().map(|cell| cell.clone().into_parts().1).collect::<Vec<_>>().join("|")
        };
        rows(&key).iter().map(text).collect()
    }

    #[test]
    fn a_key_is_a_row_for_each_of_its_limits() {
        let told = json!({
            "id": "key-1", "name": "app", "prefix": "pk-00", "state": "active", "priority": "batch",
            "deadline_seconds": 20,
            "models": ["groq/*"], "privacy": "no-training", "last_used": "2026-11-22T12:30:10Z",
            "gauges": [
                { "counts": "requests", "amount": 5, "per": "minute", "remaining": 2, "resets_in_s": 41.0 },
                { "counts": "tokens", "amount": 1000, "per": "day", "remaining": 1000 },
            ],
            "used": { "requests_today": 3, "tokens_today": 5120 },
        });
        let first = "app|pk-00…|active|████░░░░|2/5 requests a minute|41 s|3 requests, 5k tokens|\
                     groq/*; no-training; batch; 20 s a request|2026-11-22 12:30|key-1";
        assert_eq!(shown(told), [first, "|||████████|1000/1000 tokens a day|"]);
    }

    #[test]
    fn what_a_key_is_worth_is_told_with_its_moment() {
        let told = |more: Value| {
            let mut key = json!({
                "id": "key-1", "name": "me", "prefix": "pk-00", "state": "active", "admin": true,
                "used": { "requests_today": 0, "tokens_today": 0 },
            });
            for (name, value) in more.as_object().expect("an object") {
                key[name] = value.clone();
            }
            shown(key).remove(0)
        };
        let end = "2026-11-22T12:30:10Z";
        let rest = "||no limit||0 requests, 0 tokens|all; manages keys|never|key-1";
        assert_eq!(told(json!({})), format!("me|pk-00…|active{rest}"));
        let cases = [
            ("until", json!({ "expires": end })),
            ("expired", json!({ "state": "expired", "expires": end })),
            ("revoked", json!({ "state": "revoked", "revoked": end })),
        ];
        for (word, more) in cases {
            assert_eq!(told(more), format!("me|pk-00…|{word} 2026-11-22 12:30{rest}"));
        }
    }
}
