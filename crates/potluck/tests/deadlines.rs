//! More is asked than can be served in time: whoever is let in is served by its deadline, or told.
//!
//! `POTLUCK_DEADLINES` sets how many ask (400 without it). How many were served late is printed: it is a figure of the
//! machine too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use futures_util::future::join_all;
use house::{Asker, House};
use potluck::clock::Clock;
use potluck_testkit::{Limit, Model, Pool, SimulatedProvider, Span};

/// How long everybody waits until the answer begins.
const DEADLINE: Duration = Duration::from_secs(3);
/// What the rest of an answer and its way back take.
const REST: Duration = Duration::from_millis(100);
/// How many come in a second: about three times what there is.
const A_SECOND: u64 = 100;

/// What became of one request.
enum Fate {
    Served(Duration),
    Told,
}

async fn ask(house: &House, asker: &Asker, number: u64) -> Fate {
    tokio::time::sleep(Duration::from_millis(number * 1000 / A_SECOND)).await;
    let stream = number.is_multiple_of(3);
    let body = format!(
        r#"{{"model": "free", "stream": {stream}, "max_tokens": 20, "messages": [{{"role": "user", "content": "hello"}}]}}"#
    );
    let request = http::Request::post(format!("{}/v1/chat/completions", house.address))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer key-{}", number % 4))
        .header("x-potluck-deadline-ms", DEADLINE.as_millis().to_string())
        .body(http_body_util::Full::from(body))
        .unwrap();
    let begun = Clock.mark();
    let reply = asker.send(request).await;
    let took = begun.elapsed();
    match reply.status {
        200 if stream && reply.streamed_text().is_err() => Fate::Told,
        200 => Fate::Served(took),
        429 => {
            assert!(reply.header("retry-after").parse::<u64>().is_ok(), "{}", reply.body);
            Fate::Told
        }
        // its turn came so late that the provider could not answer in time
        502 if reply.body.contains("\"too_slow\"") => Fate::Told,
        other => panic!("{other}: {}", reply.body),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_let_in_is_served_in_time_or_told() {
    #[expect(clippy::disallowed_methods, reason = "how many is set from outside")]
    let count = std::env::var("POTLUCK_DEADLINES").map_or(400, |text| text.parse().unwrap());
    let provider = |name: &str, limit| {
        let model =
            Model::capable(name).first_byte(Duration::from_millis(20), Duration::from_millis(60));
        SimulatedProvider::build(name).model(model).limit(limit)
    };
    let builders = vec![
        provider("seconds", Limit::requests(20, Span::Second)),
        provider("halves", Limit::requests(10, Span::Second)),
    ];
    let pool = Pool::start(builders).await.unwrap();
    let house = House::over(&pool, "[pool]\nconcurrency = 100\n");
    let asker = Asker::new();
    let fates = join_all((0..count).map(|number| ask(&house, &asker, number))).await;
    let served: Vec<Duration> = fates
        .iter()
        .filter_map(|fate| match fate {
            Fate::Served(took) => Some(*took),
            Fate::Told => None,
        })
        .collect();
    let late = served.iter().filter(|took| **took > DEADLINE + REST).count();
    let longest = served.iter().max().copied().unwrap_or_default();
    println!(
        "{count} asked: {} served, {late} of them late (the longest after {longest:?}), {} told",
        served.len(),
        fates.len() - served.len()
    );
    for provider in pool.providers() {
        assert_eq!(provider.counts().over_limit, 0, "{}", provider.name());
    }
    assert!(served.len() >= 60, "too few were served to say anything");
}
