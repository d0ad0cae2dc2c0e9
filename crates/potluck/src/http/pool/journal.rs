//! `GET /pool/journal`: what became of requests and how each was decided, a page at a time, the newest first.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use potluck_core::Moment;
use potluck_core::verdict::Refusal;
use potluck_dialect::Client;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::caller::Caller;
use crate::http::{answer, kept, reach};
use crate::recent::{Ending, KEPT, Wanted};

/// The most requests of a page.
const MOST: usize = 1000;

/// What may be asked for.
const WORDS: [&str; 6] = ["limit", "before", "since", "ending", "offer", "decisions"];

/// A page, for whoever may see everybody's requests.
pub(in crate::http) async fn list(
    State(house): State<Arc<House>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    match page(&house, &caller, &query).await {
        Ok(page) => answer::value(StatusCode::OK, &page),
        Err(refusal) => answer::refuse(Client::Chat, &refusal, None),
    }
}

/// One request with its decision.
pub(in crate::http) async fn one(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
) -> Response {
    match house.recall(&id).await {
        Some(fact) => {
            let mut told = kept::summary(&fact);
            told["decision"] = json!(kept::Decision::of(&fact, &house.recent.roster));
            answer::value(StatusCode::OK, &told)
        }
        None => answer::refuse(Client::Chat, &kept::forgotten(&id), None),
    }
}

async fn page(
    house: &House,
    caller: &Caller,
    query: &BTreeMap<String, String>,
) -> Result<Value, Refusal> {
    reach::check_whole(caller)?;
    let wanted = wanted(query)?;
    let decisions = read::<u8>(query, "decisions", "0 or 1")?.is_some_and(|word| word > 0);
    let listed = house.list(&wanted).await.ok_or_else(busy)?;
    let told = listed.iter().map(|one| {
        let mut told = kept::listed(one);
        if decisions {
            told["decision"] = json!(kept::Decision::of(&one.fact, &house.recent.roster));
        }
        told
    });
    let next = listed.last().filter(|_| listed.len() == wanted.limit).map(|last| last.number);
    let requests: Vec<Value> = told.collect();
    Ok(json!({ "kept": retention(house), "requests": requests, "next": next }))
}

/// How much is kept, where, how much waits to be written, and how much of it could not be.
pub(super) fn retention(house: &House) -> Value {
    match house.journal.kept() {
        Some(kept) => json!({
            "where": "disk",
            "rows": kept.rows,
            "days": kept.age.as_secs() / 86_400,
            "waiting": house.journal.waiting(),
            "dropped": house.journal.dropped(),
        }),
        None => {
            json!({ "where": "memory", "rows": KEPT, "days": null, "waiting": 0, "dropped": 0 })
        }
    }
}

fn wanted(query: &BTreeMap<String, String>) -> Result<Wanted, Refusal> {
    if let Some(stray) = query.keys().find(|word| !WORDS.contains(&word.as_str())) {
        return Err(wrong(stray, "none of what can be asked for", &WORDS.join(", ")));
    }
    let ending = query.get("ending").cloned();
    if let Some(word) = ending.as_deref().filter(|word| !Ending::WORDS.contains(word)) {
        return Err(wrong("ending", word, &Ending::WORDS.join(", ")));
    }
    let limit = read::<usize>(query, "limit", "a number from 1 to 1000")?;
    if let Some(wrong_limit) = limit.filter(|limit| !(1..=MOST).contains(limit)) {
        return Err(wrong("limit", &wrong_limit.to_string(), "a number from 1 to 1000"));
    }
    let since = read::<jiff::Timestamp>(query, "since", "a time such as 2026-11-22T12:00:00Z")?;
    Ok(Wanted {
        before: read(query, "before", "the `next` of a page")?,
        since: since.map(|since| Moment::from_millis(since.as_millisecond())),
        ending,
        offer: query.get("offer").cloned(),
        limit: limit.unwrap_or(Wanted::default().limit),
    })
}

fn read<T: FromStr>(
    query: &BTreeMap<String, String>,
    word: &'static str,
    want: &str,
) -> Result<Option<T>, Refusal> {
    let Some(text) = query.get(word) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| wrong(word, text, want))
}

fn wrong(word: &str, have: &str, want: &str) -> Refusal {
    let (word, have): (String, String) =
        (word.chars().take(40).collect(), have.chars().take(80).collect());
    let message = format!("`{word}` is {have:?}, and has to be {want}.");
    Refusal::bad_request("invalid_parameter", message, Some(word))
}

fn busy() -> Refusal {
    let message = "the journal is being asked too much at once, or the router is about to end. Ask again in a second.";
    Refusal::new(503, "api_error", "journal_busy", message)
}
