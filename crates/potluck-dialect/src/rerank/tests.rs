//! Orders of texts: what is refused, what is judged, what no bytes do.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn ask(body: &Value) -> Asked {
    Door::Cohere.read_request(body.to_string().as_bytes()).unwrap()
}

fn answered(asked: &Asked, body: &Value) -> Result<Value, BadAnswer> {
    let stamp = Stamp { id: "gen-1".to_owned(), created: 1, model: "p/m".to_owned() };
    let whole = whole(asked, &stamp, body.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&whole.body).unwrap())
}

#[test]
fn the_best_come_first_and_no_more_than_asked_for() {
    let asked = ask(&json!({
        "model": "m", "query": "q", "documents": ["a", "b", "c"], "top_n": 2, "return_documents": true,
    }));
    let body = json!({"results": [
        {"index": 0, "relevance_score": 0.1},
        {"index": 2, "relevance_score": 0.9},
        {"index": 1, "relevance_score": 0.5},
    ], "meta": {"billed_units": {"search_units": 1}}});
    let answer = answered(&asked, &body).unwrap();
    assert_eq!(
        answer,
        json!({
            "id": "gen-1", "model": "p/m", "provider": "p",
            "results": [
                {"index": 2, "relevance_score": 0.9, "document": {"text": "c"}},
                {"index": 1, "relevance_score": 0.5, "document": {"text": "b"}},
            ],
            "usage": {"search_units": 1},
            "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
        })
    );
}

#[test]
fn an_order_that_is_none_is_a_failed_attempt() {
    let asked = ask(&json!({"query": "q", "documents": ["a", "b"]}));
    let rank = |index: i64| json!({"index": index, "relevance_score": 0.5});
    let rows = [
        json!({"results": []}),
        json!({"results": [rank(0)]}),
        json!({"results": [rank(0), rank(0)]}),
        json!({"results": [rank(0), rank(2)]}),
        json!({"results": [rank(0), rank(-1)]}),
        json!({"results": [rank(0), {"index": 1}]}),
        json!({"results": [rank(0), {"index": 1, "relevance_score": null}]}),
        json!({"error": "no"}),
        json!({}),
    ];
    for body in rows {
        assert!(answered(&asked, &body).is_err(), "{body}");
    }
}

#[test]
fn what_cannot_be_put_in_order_is_refused_with_the_field() {
    let rows = [
        (json!({"documents": ["a"]}), "query"),
        (json!({"query": "", "documents": ["a"]}), "query"),
        (json!({"query": "q"}), "documents"),
        (json!({"query": "q", "documents": []}), "documents"),
        (json!({"query": "q", "documents": "a"}), "documents"),
        (json!({"query": "q", "documents": ["a", 1]}), "documents[1]"),
        (json!({"query": "q", "documents": [{"image": "x"}]}), "documents[0]"),
        (json!({"query": "q", "documents": ["a"], "top_n": 0}), "top_n"),
    ];
    for (body, field) in rows {
        let refusal = Door::Cohere.read_request(body.to_string().as_bytes()).unwrap_err();
        assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some(field)), "{body}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = Door::OpenRouter.read_request(&bytes);
    }
}
