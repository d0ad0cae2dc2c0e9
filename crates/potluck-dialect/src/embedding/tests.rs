//! Vectors over all doors and shapes.

use potluck_core::embedding::{Dimensions, EmbeddingRequest, Purpose};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::client::Stamp;
use crate::quirk::Quirk;

const SHAPES: [Shape; 4] = [Shape::OpenAi, Shape::Cohere, Shape::Gemini, Shape::Ollama];
const DOORS: [Door; 3] = [Door::OpenAi, Door::Ollama, Door::OllamaLegacy];

fn target(dimensions: &Dimensions) -> Target<'_> {
    Target { model: "m", quirks: Quirks::empty(), dimensions, max_texts: None }
}

fn stamp() -> Stamp {
    Stamp { id: "gen-1".to_owned(), created: 1, model: "p/m".to_owned() }
}

/// An answer with these vectors as each shape writes it.
fn answer(shape: Shape, vectors: &[Vec<f32>]) -> Vec<u8> {
    let body = match shape {
        Shape::OpenAi => {
            let item =
                |(index, vector): (usize, &Vec<f32>)| json!({"index": index, "embedding": vector});
            // Hosts were seen that do not keep the order.
            let mut data: Vec<Value> = vectors.iter().enumerate().map(item).collect();
            data.reverse();
            json!({"data": data, "usage": {"prompt_tokens": 7, "total_tokens": 7}})
        }
        Shape::Cohere => json!({
            "embeddings": {"float": vectors}, "meta": {"billed_units": {"input_tokens": 7}}
        }),
        Shape::Gemini => {
            let item = |vector: &Vec<f32>| json!({"values": vector});
            let items: Vec<Value> = vectors.iter().map(item).collect();
            json!({"embeddings": items, "usageMetadata": {"promptTokenCount": 7}})
        }
        Shape::Ollama => json!({"embeddings": vectors, "prompt_eval_count": 7}),
    };
    body.to_string().into_bytes()
}

fn asked(texts: usize, encoding: Encoding) -> Asked {
    let inputs = (0..texts).map(|number| format!("text {number}")).collect();
    let request = EmbeddingRequest { inputs, ..EmbeddingRequest::default() };
    Asked { door: Door::OpenAi, encoding, request }
}

#[test]
fn each_shape_says_what_it_can_and_names_what_it_cannot() {
    let known = Dimensions { known: vec![1024, 512], least: None };
    let request = EmbeddingRequest {
        inputs: vec!["one".to_owned(), "two \"quoted\"".to_owned()],
        dimensions: Some(512),
        purpose: Some(Purpose::Query),
        user: Some("somebody".to_owned()),
        extra: vec![("options".into(), potluck_core::Sealed::from_json("{}"))],
        ..EmbeddingRequest::default()
    };
    let written = SHAPES.map(|shape| {
        let written = shape.write(&request, &request.inputs, &target(&known));
        let body: Value = serde_json::from_slice(&written.body).unwrap();
        (body, written.dropped.join(" "))
    });
    let part = |text: &str| {
        json!({
            "model": "models/m", "content": {"parts": [{"text": text}]},
            "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 512,
        })
    };
    let texts = ["one", "two \"quoted\""];
    let expected = [
        (
            json!({"model": "m", "input": texts, "dimensions": 512, "user": "somebody"}),
            "options input_type",
        ),
        (
            json!({
                "model": "m", "input_type": "search_query", "texts": texts,
                "embedding_types": ["float"], "output_dimension": 512,
            }),
            "options user",
        ),
        (json!({"requests": texts.map(part)}), "options user"),
        (
            json!({"model": "m", "input": texts, "truncate": false, "dimensions": 512}),
            "options user input_type",
        ),
    ];
    assert_eq!(written, expected.map(|(body, dropped)| (body, dropped.to_owned())));
}

#[test]
fn the_usual_length_is_not_asked_for() {
    let known = Dimensions { known: vec![1024], least: None };
    let request = EmbeddingRequest {
        inputs: vec!["one".to_owned()],
        dimensions: Some(1024),
        ..EmbeddingRequest::default()
    };
    for shape in SHAPES {
        let body = shape.write(&request, &request.inputs, &target(&known)).body;
        assert!(!String::from_utf8(body).unwrap().contains("1024"), "{shape:?}");
    }
}

#[test]
fn quirks_name_the_purpose_and_the_length_as_the_host_does() {
    let known = Dimensions::default();
    let write = |purpose, quirks| {
        let inputs = vec!["one".to_owned()];
        let request = EmbeddingRequest {
            inputs,
            purpose,
            dimensions: Some(64),
            ..EmbeddingRequest::default()
        };
        let target = Target { quirks, ..target(&known) };
        let written = Shape::OpenAi.write(&request, &request.inputs, &target);
        let mut body: Value = serde_json::from_slice(&written.body).unwrap();
        let fields = body.as_object_mut().unwrap();
        fields.remove("model");
        fields.remove("input");
        (body, written.dropped)
    };
    let nobody: Vec<String> = Vec::new();
    let passage = Quirk::InputTypePassage | Quirk::OutputDimension;
    assert_eq!(
        write(None, passage),
        (json!({"output_dimension": 64, "input_type": "passage"}), nobody.clone())
    );
    assert_eq!(
        write(Some(Purpose::Query), Quirk::InputTypeDocument.into()),
        (json!({"dimensions": 64, "input_type": "query"}), nobody.clone())
    );
    assert_eq!(write(None, Quirk::InputTypeDocument.into()), (json!({"dimensions": 64}), nobody));
}

#[test]
fn vectors_are_judged_by_what_was_asked() {
    let known = Dimensions::default();
    let judged = |asked: &Asked, vectors: &[Vec<f32>]| {
        let body = answer(Shape::OpenAi, vectors);
        whole(Shape::OpenAi, &target(&known), asked, &stamp(), &[body])
    };
    let (one, two) = (vec![0.5, 1.0], vec![0.25, -1.0]);
    let pair = asked(2, Encoding::List);
    assert!(judged(&pair, &[one.clone(), two.clone()]).is_ok());
    let short = judged(&pair, std::slice::from_ref(&one)).unwrap_err();
    assert_eq!(short, BadAnswer::Garbage("1 vectors for 2 texts".to_owned()));
    assert!(judged(&pair, &[one.clone(), vec![1.0]]).is_err(), "two lengths");
    let mut exact = pair;
    exact.request.dimensions = Some(3);
    assert!(judged(&exact, &[one, two]).is_err(), "another length than was asked for");
}

#[test]
fn what_no_model_makes_is_no_vector() {
    let bodies = [
        r#"{"data":[{"index":0,"embedding":[]}]}"#,
        r#"{"data":[{"index":0,"embedding":[null]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1e999]}]}"#,
        r#"{"data":[{"index":0,"embedding":["1"]}]}"#,
        r#"{"data":[{"index":1,"embedding":[1]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
        r#"{"data":[{"index":0,"embedding":"AAAA"}]}"#,
        r#"{"data":[{"index":0,"embedding":"////fw=="}]}"#,
        r#"{"data":[{"index":0}]}"#,
        r#"{"data":[7]}"#,
        r#"{"data":{}}"#,
        "[]",
        "",
    ];
    for body in bodies {
        assert!(Shape::OpenAi.read(body.as_bytes()).is_err(), "{body}");
    }
    let inside = Shape::OpenAi.read(br#"{"error":{"message":"no"}}"#);
    assert!(matches!(inside, Err(BadAnswer::ErrorInside(_))), "{inside:?}");
    assert_eq!(Shape::OpenAi.read(br#"{"data":[{"embedding":[0.1,"#), Err(BadAnswer::Cut));
}

fn vectors() -> impl Strategy<Value = Vec<Vec<f32>>> {
    (1_usize..20, 1_usize..9).prop_flat_map(|(length, texts)| {
        let number = (-1e5_f32..1e5).prop_map(|number| number);
        proptest::collection::vec(proptest::collection::vec(number, length), texts)
    })
}

proptest! {
    /// From any shape, in any parts, to either encoding: every number stays the same and in its place.
    #[test]
    fn numbers_and_order_survive(
        vectors in vectors(),
        shape in 0_usize..4,
        most in 1_u32..10,
        packed in any::<bool>(),
    ) {
        let shape = SHAPES[shape];
        let encoding = if packed { Encoding::Base64 } else { Encoding::List };
        let asked = asked(vectors.len(), encoding);
        let known = Dimensions::default();
        let target = Target { max_texts: Some(most), ..target(&known) };
        let bodies: Vec<Vec<u8>> =
            vectors.chunks(most as usize).map(|part| answer(shape, part)).collect();
        prop_assert_eq!(parts(&asked.request, &target).len(), bodies.len());
        let whole = whole(shape, &target, &asked, &stamp(), &bodies).unwrap();
        prop_assert_eq!(whole.usage.unwrap().total, 7 * bodies.len() as u64);
        let read = Shape::OpenAi.read(&whole.body).unwrap();
        prop_assert_eq!(read.vectors, vectors);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
        for shape in SHAPES {
            let _ = shape.read(&bytes);
            let whole = answer(shape, &[vec![0.5, -0.25], vec![1.0, 2.0]]);
            let _ = shape.read(&whole[..cut.index(whole.len())]);
        }
        for door in DOORS {
            let _ = door.read_request(&bytes);
        }
    }
}
