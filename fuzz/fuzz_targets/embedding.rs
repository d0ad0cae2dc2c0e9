//! Any bytes that are read as texts can be written for every shape, and any that are read as vectors can be
//! written for every door.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::embedding::{Dimensions, EmbeddingRequest};
use potluck_dialect::embedding::{self, Asked, Door, Encoding, Shape, Target};
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Dialect, Stamp, estimate};

const DOORS: [Door; 3] = [Door::OpenAi, Door::Ollama, Door::OllamaLegacy];

fuzz_target!(|data: &[u8]| {
    for door in DOORS {
        if let Ok(asked) = door.read_request(data) {
            assert!(!asked.request.inputs.is_empty());
            let _ = estimate::embedding_tokens(&asked.request);
            shapes().for_each(|shape| write(&asked, shape));
        }
    }
    shapes().for_each(|shape| answer(shape, data));
});

fn shapes() -> impl Iterator<Item = Shape> {
    Dialect::ALL.into_iter().filter_map(Dialect::embedding).chain([Shape::Cohere])
}

/// What is asked in parts is all of it, and each part is JSON.
fn write(asked: &Asked, shape: Shape) {
    for quirks in [Quirks::empty(), Quirk::all()] {
        let dimensions = Dimensions::default();
        let target = Target { model: "m", quirks, dimensions: &dimensions, max_texts: Some(3) };
        let mut sent = 0;
        for part in embedding::parts(&asked.request, &target) {
            let body = shape.write(&asked.request, part, &target).body;
            assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
            sent += part.len();
        }
        assert_eq!(sent, asked.request.inputs.len());
    }
}

/// What is taken for vectors is given on as JSON, in every encoding, to who asked for as many.
fn answer(shape: Shape, data: &[u8]) {
    let Ok(read) = shape.read(data) else { return };
    let inputs = vec!["text".to_owned(); read.vectors.len()];
    let dimensions = Dimensions::default();
    let target =
        Target { model: "m", quirks: Quirks::empty(), dimensions: &dimensions, max_texts: None };
    for (door, encoding) in
        DOORS.into_iter().zip([Encoding::List, Encoding::Base64].into_iter().cycle())
    {
        let request = EmbeddingRequest { inputs: inputs.clone(), ..EmbeddingRequest::default() };
        let asked = Asked { door, encoding, request };
        let stamp = Stamp { id: "gen-1".into(), created: 1, model: "p/m".into() };
        if let Ok(whole) = embedding::whole(shape, &target, &asked, &stamp, &[data]) {
            assert!(serde_json::from_slice::<serde_json::Value>(&whole.body).is_ok());
        }
    }
}
