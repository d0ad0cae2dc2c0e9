//! Any bytes that are read as texts to put in order can be written for a provider, and any that are read as an
//! order can be written for every door.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::rerank::{Document, RerankRequest};
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::rerank::{self, Asked, Door};
use potluck_dialect::{Stamp, estimate};

fuzz_target!(|data: &[u8]| {
    for door in [Door::Cohere, Door::OpenRouter] {
        if let Ok(asked) = door.read_request(data) {
            assert!(!asked.request.documents.is_empty());
            let _ = estimate::rerank_tokens(&asked.request);
            for quirks in [Quirks::empty(), Quirk::all()] {
                is_json(&rerank::write(&asked.request, "m", quirks).body);
            }
        }
        answer(door, data);
    }
});

fn answer(door: Door, data: &[u8]) {
    let Ok(read) = rerank::read(data) else { return };
    let document = Document { text: "text".into(), object: None };
    let documents = vec![document; read.ranking.len()];
    let request = RerankRequest { query: "which".into(), documents, ..RerankRequest::default() };
    let stamp = Stamp { id: "gen-1".into(), created: 1, model: "p/m".into() };
    if let Ok(whole) = rerank::whole(&Asked { door, request }, &stamp, data) {
        is_json(&whole.body);
    }
}

fn is_json(body: &[u8]) {
    assert!(serde_json::from_slice::<serde_json::Value>(body).is_ok());
}
