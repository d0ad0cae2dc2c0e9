//! A thousand at once over twenty offers with mixed limits, some leaving and some failing: no provider sees more
//! than its limits, and hardly anything of them is left.
//!
//! `POTLUCK_EXACT_RUNS` sets how often (once without it).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use futures_util::future::join_all;
use house::{Asker, House, Reply};
use potluck_testkit::{Fault, Limit, Model, Plan, Pool, ServerTrouble, SimulatedProvider, Span};

const ASKED: usize = 1000;

/// Twenty offers at ten providers: requests a day, tokens a day, both, and each model its own. They hold fewer
/// than a thousand requests.
async fn twenty(seed: u64) -> Pool {
    let builders = (0..10).map(|number| {
        let model = |end: &str| {
            Model::capable(&format!("m{number}-{end}"))
                .first_byte(Duration::from_millis(2), Duration::from_millis(20))
        };
        let builder = SimulatedProvider::build(&format!("p{number}"))
            .model(model("a"))
            .model(model("b"))
            .seed(seed + number)
            .faults(Plan::chance(0.05, seed ^ number, Fault::Trouble(ServerTrouble::Internal)));
        let day = Span::Day;
        match number % 4 {
            0 => builder.limit(Limit::requests(60 + number, day).calendar()),
            1 => builder.limit(Limit::requests(35, day).each_model()),
            2 => builder.limit(Limit::requests(70, day)).limit(Limit::tokens(900_000, day)),
            _ => builder.limit(Limit::requests(80, day)).limit(Limit::concurrent(6)),
        }
    });
    Pool::start(builders.collect()).await.unwrap()
}

async fn ask(house: &House, asker: &Asker, number: usize) -> bool {
    let stream = number.is_multiple_of(3);
    let body = format!(
        r#"{{"model": "free", "stream": {stream}, "max_tokens": 30, "messages": [{{"role": "user", "content": "number {number}"}}]}}"#
    );
    let request = http::Request::post(format!("{}/v1/chat/completions", house.address))
        .header("content-type", "application/json")
        .body(http_body_util::Full::from(body))
        .unwrap();
    let asking = asker.send(request);
    if number % 10 == 7 {
        // one in ten leaves early, some before they were sent on and some in the middle
        let patience = Duration::from_millis((number as u64 * 37) % 120);
        return tokio::time::timeout(patience, asking)
            .await
            .is_ok_and(|reply| is_served(&reply, stream));
    }
    is_served(&asking.await, stream)
}

/// A stream that waited tells inside itself that it came to nothing.
fn is_served(reply: &Reply, stream: bool) -> bool {
    reply.status == 200 && (!stream || reply.streamed_text().is_ok())
}

/// How much of all request limits was used, of how much.
fn used(pool: &Pool) -> (u64, u64) {
    let mut sums = (0, 0);
    for provider in pool.providers() {
        let counts = provider.counts();
        assert_eq!(counts.over_limit, 0, "{}: {counts:?}", provider.name());
        let models = provider.models();
        for (at, model) in models.iter().enumerate() {
            let requests = provider.standing(&model.id).into_iter().find(|standing| {
                standing.limit.meter == potluck_testkit::Meter::Requests
                    && (at == 0 || standing.limit.scope == potluck_testkit::Scope::Model)
            });
            if let Some(standing) = requests {
                sums.0 += standing.used;
                sums.1 += standing.limit.amount;
            }
        }
    }
    sums
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once_overrun_nothing_and_leave_nothing() {
    #[expect(clippy::disallowed_methods, reason = "how often is set from outside")]
    let runs = std::env::var("POTLUCK_EXACT_RUNS").map_or(1, |text| text.parse().unwrap());
    for run in 0..runs {
        let pool = twenty(run * 1000).await;
        let house = House::over(&pool, "[pool]\nconcurrency = 8\nattempts = 32\n");
        let asker = Asker::new();
        let served = join_all((0..ASKED).map(|number| ask(&house, &asker, number))).await;
        let served = served.into_iter().filter(|served| *served).count();
        let (used, all) = used(&pool);
        println!("run {run}: {served} of {ASKED} served, {used} of {all} used, 0 over a limit");
        assert!(used * 100 >= all * 98, "{used} of {all}");
    }
}
