//! What a streamed event, a whole answer and a request cost, without sockets.
//!
//! `cargo bench -p potluck-dialect --bench stream`. A chunk is the usual one, about 180 bytes with its
//! framing; "a read" is what one network read brings: 1 or 40 chunks.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use potluck_core::request::ChatRequest;
use potluck_dialect::bridge::{self, StreamBridge};
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Asked, Client, Contract, Dialect, Echo, Recipient, Stamp, Target};

const DIALECT: Dialect = Dialect::OpenAi;

fn stamp() -> Stamp {
    Stamp { id: "gen-0123456789abcdef".into(), created: 1_700_000_000, model: "groq/llama".into() }
}

fn chunk(delta: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-0123456789\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"llama\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n"
    )
}

fn recipient(request: &ChatRequest) -> Recipient<'_> {
    Recipient { client: Client::Chat, stamp: stamp(), request, echo: &Echo::Nothing }
}

/// A bridge past its commit point.
fn begun() -> StreamBridge {
    let mut bridge =
        StreamBridge::new(DIALECT, Quirks::empty(), &recipient(&ChatRequest::default()));
    let mut out = Vec::new();
    bridge.push(chunk("{\"content\":\"begun\"}").as_bytes(), &mut out).unwrap_or_default();
    bridge
}

fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    for (name, delta) in [
        ("words", "{\"content\":\" another\"}"),
        ("escapes", "{\"content\":\"\\n\\n```\\\"x\\\"\"}"),
        ("thoughts", "{\"reasoning\":\" perhaps\"}"),
        ("arguments", "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"a\\\":1\"}}]}"),
    ] {
        for chunks in [1, 40] {
            let read = chunk(delta).repeat(chunks);
            let (mut bridge, mut out) = (begun(), Vec::with_capacity(1 << 16));
            group.throughput(Throughput::Elements(chunks as u64));
            group.bench_function(format!("{name}, {chunks} a read"), |bencher| {
                bencher.iter(|| {
                    out.clear();
                    black_box(bridge.push(black_box(read.as_bytes()), &mut out).is_ok())
                });
            });
        }
    }
    group.finish();
}

fn wholes(criterion: &mut Criterion) {
    let body = br#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"llama","choices":[{"index":0,"message":{"role":"assistant","content":"The capital of France is Paris.\nIt has been so for a long time, with few breaks."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":20,"total_tokens":32}}"#;
    let (requested, contract) = (ChatRequest::default(), Contract::default());
    criterion.bench_function("whole answer", |bencher| {
        bencher.iter(|| {
            let recipient = recipient(&requested);
            bridge::whole(DIALECT, Quirks::empty(), &recipient, &contract, black_box(body)).is_ok()
        });
    });
}

/// A request with a prompt of so many bytes, in lines of code.
fn request(bytes: usize) -> Vec<u8> {
    let line = "    let \\\"value\\\" = compute(&input, 42).unwrap_or_default();\\n";
    let prompt = line.repeat(bytes.div_ceil(line.len()));
    format!(r#"{{"model":"free","messages":[{{"role":"system","content":"Be brief."}},{{"role":"user","content":"{prompt}"}}],"temperature":0.7,"stream":true}}"#).into_bytes()
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    for (name, bytes) in [("short", 100), ("64 KiB", 65_536)] {
        let body = request(bytes);
        let Ok(Asked { request: read, .. }) = Client::Chat.read_request(&body) else { continue };
        let target = |quirks| Target {
            model: "llama",
            quirks,
            stream: true,
            max_output: None,
            context: 100_000,
        };
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(format!("read, {name}"), |bencher| {
            bencher.iter(|| Client::Chat.read_request(black_box(&body)).is_ok());
        });
        let quirks = Quirk::DeveloperToSystem | Quirk::MaxTokensOnly | Quirk::NoStoreMetadata;
        group.bench_function(format!("forward, {name}"), |bencher| {
            bencher.iter(|| {
                DIALECT.forward_request(black_box(&body), &read, &target(quirks)).is_some()
            });
        });
        group.bench_function(format!("write, {name}"), |bencher| {
            bencher.iter(|| DIALECT.write_request(black_box(&read), &target(quirks)));
        });
        group.bench_function(format!("estimate, {name}"), |bencher| {
            bencher.iter(|| potluck_dialect::estimate::prompt_tokens(black_box(&read)));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500)).sample_size(30);
    targets = streams, wholes, requests
}
criterion_main!(benches);
