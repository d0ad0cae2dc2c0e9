//! What it costs a request to be counted for `GET /metrics`: a whole answer, a stream, and one that three offers failed before.
//!
//! Aim: below 1 µs a request. Run: `cargo bench -p potluck --bench meters`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use potluck::meters::{Meters, Own};
use potluck::recent::{Ending, Fact, Server};
use potluck_core::Moment;
use potluck_core::requirements::Requirements;
use potluck_core::verdict::AttemptNote;

const ROUTE: &str = "/v1/chat/completions";

/// A whole answer that was served at once.
fn whole() -> Fact {
    let offer = "provider/vendor/model".to_owned();
    Fact {
        id: "gen-1".to_owned(),
        came: Moment::from_millis(1_795_348_800_000),
        asked: Vec::new(),
        streamed: false,
        session: None,
        needs: Requirements::plain(),
        draw: None,
        waited: Duration::ZERO,
        tries: Vec::new(),
        server: Some(Server { offer, provider: "Provider".into(), simulated: true }),
        failed: Vec::new(),
        ending: Ending::Served,
        finish: None,
        usage: None,
        first_content: Some(Duration::from_millis(300)),
        serving: Some(Duration::from_secs(2)),
        total: Duration::from_secs(2),
        dropped: Vec::new(),
    }
}

/// The same as a stream, after so many failed attempts.
fn stream(failed: usize) -> Fact {
    let note = |at| AttemptNote {
        offer: format!("provider-{at}/model"),
        class: "overloaded",
        cause: None,
        status: Some(503),
        detail: String::new(),
        took: Duration::from_millis(50),
    };
    Fact { streamed: true, failed: (0..failed).map(note).collect(), ..whole() }
}

fn count(criterion: &mut Criterion) {
    let meters = Meters::default();
    let traffic = meters.traffic(|| vec![ROUTE.to_owned(), "/pool".to_owned()]);
    let (asking, answering) = (Duration::from_micros(42), Duration::from_micros(18));
    let own = Own { asking: Some(asking), answering: Some(answering) };
    let cases = [
        ("count a whole answer", whole()),
        ("count a stream", stream(0)),
        ("count a stream after three failed attempts", stream(3)),
    ];
    for (name, fact) in cases {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                meters.opens();
                meters.closes("chat", black_box(&fact), own);
                traffic.count(black_box(Some(ROUTE)), 200);
            });
        });
    }
}

criterion_group!(benches, count);
criterion_main!(benches);
