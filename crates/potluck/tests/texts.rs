//! Vectors and orders of texts, asked of a real potluck over simulated providers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{Empty, Fault, Limit, Model, Plan, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

/// Two families of vectors, one of them at two providers, and one model that puts texts in order.
async fn kitchen() -> Pool {
    Pool::start(vec![
        SimulatedProvider::build("sim-a")
            .model(Model::embedder("m3", 64, 3))
            .model(Model::ranker("order")),
        SimulatedProvider::build("sim-b")
            .model(Model::embedder("vendor/m3", 64, 100))
            .model(Model::new("talker")),
        SimulatedProvider::build("sim-c").model(Model::embedder("wide", 128, 100)),
    ])
    .await
    .unwrap()
}

async fn ask(house: &House, path: &str, body: Value) -> Reply {
    Asker::new().post(&format!("{}{path}", house.address), body.to_string()).await
}

/// What the provider itself says of a text, without potluck.
async fn vector_at(pool: &Pool, provider: &str, model: &str, text: &str) -> Vec<f32> {
    let url = format!("{}/embeddings", pool.provider(provider).unwrap().base_url());
    let body = json!({"model": model, "input": text}).to_string();
    floats(&Asker::new().post(&url, body).await.json()["data"][0]["embedding"])
}

#[expect(clippy::cast_possible_truncation, reason = "vectors are compared as they are sent")]
fn floats(list: &Value) -> Vec<f32> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

#[tokio::test]
async fn vectors_keep_the_order_of_their_texts_in_both_encodings() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    let texts = ["leek soup", "tax returns", "a soup of leek", "rain", "snow"];
    let body = json!({"model": "wide", "input": texts, "user": "somebody"});
    let reply = ask(&house, "/v1/embeddings", body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("x-potluck-offer"), "sim-c/wide");
    let answer = reply.json();
    assert_eq!(answer["object"], "list");
    assert_eq!(answer["model"], "sim-c/wide");
    assert_eq!(answer["usage"], json!({"prompt_tokens": 10, "total_tokens": 10}));
    let body = json!({"model": "wide", "input": texts, "encoding_format": "base64"});
    let packed = ask(&house, "/v1/embeddings", body).await.json();
    for (index, text) in texts.iter().enumerate() {
        let item = &answer["data"][index];
        assert_eq!((&item["object"], &item["index"]), (&json!("embedding"), &json!(index)));
        let expected = vector_at(&pool, "sim-c", "wide", text).await;
        assert_eq!(floats(&item["embedding"]), expected, "{text}");
        let bytes = STANDARD.decode(packed["data"][index]["embedding"].as_str().unwrap()).unwrap();
        let unpacked: Vec<f32> =
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        assert_eq!(unpacked, expected, "{text}");
    }
}

#[tokio::test]
async fn a_name_that_means_several_families_is_refused_with_the_list() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    for model in [json!("free"), json!("auto"), Value::Null] {
        let reply = ask(&house, "/v1/embeddings", json!({"model": model, "input": "x"})).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
        let error = &reply.json()["error"];
        assert_eq!(error["code"], "model_family_needed");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("m3 (64 numbers, 2 offers)"), "{message}");
        assert!(message.contains("wide (128 numbers, 1 offer)"), "{message}");
    }
    let reply = ask(&house, "/v1/embeddings", json!({"model": "ada-003", "input": "x"})).await;
    assert_eq!(reply.status, 404);
    assert!(reply.body.contains("Vectors are made by: m3"), "{}", reply.body);
    let sent: usize = pool.providers().iter().map(|provider| provider.seen().len()).sum();
    assert_eq!(sent, 0, "a refused request went out");
}

#[tokio::test]
async fn a_batch_goes_in_parts_to_one_offer_and_each_part_is_counted() {
    let pool = Pool::start(vec![
        SimulatedProvider::build("sim-a")
            .model(Model::embedder("m3", 64, 3))
            .limit(Limit::requests(4, Span::Minute)),
    ])
    .await
    .unwrap();
    let house = House::over(&pool, QUICK);
    let texts: Vec<String> = (0..8).map(|number| format!("text {number}")).collect();
    let reply = ask(&house, "/v1/embeddings", json!({"model": "free", "input": texts})).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = reply.json();
    assert_eq!(answer["data"].as_array().unwrap().len(), 8);
    assert_eq!(answer["usage"]["total_tokens"], 16);
    for (index, text) in texts.iter().enumerate() {
        let expected = vector_at_rest(text);
        assert_eq!(floats(&answer["data"][index]["embedding"]), expected, "{text}");
    }
    assert_eq!(pool.provider("sim-a").unwrap().seen().len(), 3, "three parts");
    // One request of four is left, and this batch takes two: nothing is sent.
    let reply = ask(&house, "/v1/embeddings", json!({"model": "m3", "input": &texts[..6]})).await;
    assert_eq!(reply.status, 429, "{}", reply.body);
    assert_eq!(pool.provider("sim-a").unwrap().seen().len(), 3);
    let reply = ask(&house, "/v1/embeddings", json!({"model": "m3", "input": &texts[..3]})).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// The simulated model's own rule, written a second time: each word adds one to the place that FNV-1a names, and
/// the vector then has length 1.
#[expect(clippy::cast_possible_truncation, reason = "vectors are compared as they are sent")]
fn vector_at_rest(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f64; 64];
    for word in text.split(' ') {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in word.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        vector[(hash % 64) as usize] += 1.0;
    }
    let norm = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
    vector.iter().map(|number| (number / norm) as f32).collect()
}

#[tokio::test]
async fn a_length_is_kept_or_refused() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    let body = |length: u32| json!({"model": "m3", "input": "x", "dimensions": length});
    let reply = ask(&house, "/v1/embeddings", body(64)).await;
    assert_eq!(reply.json()["data"][0]["embedding"].as_array().unwrap().len(), 64);
    let reply = ask(&house, "/v1/embeddings", body(32)).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert!(reply.body.contains("lacks_dimensions:32"), "{}", reply.body);
}

#[tokio::test]
async fn another_provider_of_the_family_steps_in() {
    let pool = kitchen().await;
    pool.provider("sim-a").unwrap().set_faults(Plan::always(Fault::Reset)).await;
    let empty = Fault::Empty(Empty::Body);
    pool.provider("sim-c").unwrap().set_faults(Plan::always(empty)).await;
    let house = House::over(&pool, QUICK);
    for _ in 0..8 {
        let reply = ask(&house, "/v1/embeddings", json!({"model": "m3", "input": "x"})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("x-potluck-offer"), "sim-b/vendor/m3");
    }
    let reply = ask(&house, "/v1/embeddings", json!({"model": "wide", "input": "x"})).await;
    assert_eq!(reply.status, 502, "{}", reply.body);
}

#[tokio::test]
async fn what_cannot_be_made_a_vector_is_refused_with_the_field() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    let rows = [
        (json!({"model": "m3"}), "input"),
        (json!({"model": "m3", "input": []}), "input"),
        (json!({"model": "m3", "input": ["a", ""]}), "input[1]"),
        (json!({"model": "m3", "input": [1, 2, 3]}), "input[0]"),
        (json!({"model": "m3", "input": [[1, 2], [3]]}), "input[0]"),
        (json!({"model": "m3", "input": "a", "dimensions": 0}), "dimensions"),
        (json!({"model": "m3", "input": "a", "encoding_format": "int8"}), "encoding_format"),
        (json!({"model": "m3", "input": "a", "output_dtype": "binary"}), "output_dtype"),
        (json!({"model": "m3", "input": "a", "input_type": "poem"}), "input_type"),
    ];
    for (body, field) in rows {
        let reply = ask(&house, "/v1/embeddings", body.clone()).await;
        assert_eq!((reply.status, &reply.json()["error"]["param"]), (400, &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn ollamas_doors_answer_in_its_shapes() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    let expected = vector_at(&pool, "sim-c", "wide", "leek soup").await;
    let body = json!({"model": "wide:latest", "input": ["leek soup"], "keep_alive": "5m"});
    let reply = ask(&house, "/api/embed", body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = reply.json();
    assert_eq!(floats(&answer["embeddings"][0]), expected);
    assert_eq!((&answer["model"], &answer["prompt_eval_count"]), (&json!("sim-c/wide"), &json!(2)));
    let body = json!({"model": "wide", "prompt": "leek soup", "options": {"num_ctx": 10}});
    let reply = ask(&house, "/api/embeddings", body).await;
    assert_eq!(floats(&reply.json()["embedding"]), expected);
    assert_eq!(reply.header("x-potluck-dropped"), "options");
    let reply = ask(&house, "/api/embed", json!({"model": "free", "input": "x"})).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["error"].as_str().unwrap().contains("Name one of them"), "{}", reply.body);
}

#[tokio::test]
async fn texts_are_put_in_order() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    let documents =
        json!(["tax returns", {"text": "a soup of leek", "page": 3}, "leek and potato"]);
    let body = json!({"model": "free", "query": "leek soup", "documents": documents, "top_n": 2});
    let reply = ask(&house, "/v1/rerank", body.clone()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("x-potluck-offer"), "sim-a/order");
    let answer = reply.json();
    let plain = json!([
        {"index": 1, "relevance_score": 1},
        {"index": 2, "relevance_score": 0.5},
    ]);
    assert_eq!(answer["results"], plain);
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
    // OpenRouter's door repeats the texts.
    let answer = ask(&house, "/api/v1/rerank", body).await.json();
    assert_eq!(answer["results"][0]["document"], json!({"text": "a soup of leek", "page": 3}));
    assert_eq!(answer["results"][1]["document"], json!({"text": "leek and potato"}));
    assert_eq!((&answer["provider"], &answer["model"]), (&json!("sim-a"), &json!("sim-a/order")));
}

#[tokio::test]
async fn who_cannot_do_such_work_is_never_asked() {
    let pool = kitchen().await;
    let house = House::over(&pool, QUICK);
    let chat = json!({"model": "free", "messages": [{"role": "user", "content": "hello"}]});
    for _ in 0..8 {
        let reply = ask(&house, "/v1/chat/completions", chat.clone()).await;
        assert_eq!(reply.header("x-potluck-offer"), "sim-b/talker", "{}", reply.body);
    }
    let body = json!({"model": "talker", "input": "x"});
    let reply = ask(&house, "/v1/embeddings", body).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert!(reply.body.contains("lacks_output:embedding"), "{}", reply.body);
    let body = json!({"model": "m3", "query": "q", "documents": ["a"]});
    let reply = ask(&house, "/v1/rerank", body).await;
    assert!(reply.body.contains("lacks_output:score"), "{}", reply.body);
}
