//! Waiting instead of failing: who is served when everybody wants the same, and what the others are told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use futures_util::future::join_all;
use house::{Asker, House, Reply};
use potluck::clock::Clock;
use potluck_testkit::{Fault, Limit, Model, Plan, Pool, ServerTrouble, SimulatedProvider, Span};

/// One request, with further headers.
fn request(
    house: &House,
    headers: &[(&str, &str)],
    stream: bool,
) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    let body = format!(
        r#"{{"model": "free", "stream": {stream}, "max_tokens": 20, "messages": [{{"role": "user", "content": "hello"}}]}}"#
    );
    let mut request = http::Request::post(format!("{}/v1/chat/completions", house.address))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(http_body_util::Full::from(body)).unwrap()
}

/// One plain request for a model by its name.
fn named(house: &House, model: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    let body =
        format!(r#"{{"model": "{model}", "messages": [{{"role": "user", "content": "hello"}}]}}"#);
    http::Request::post(format!("{}/v1/chat/completions", house.address))
        .header("content-type", "application/json")
        .body(http_body_util::Full::from(body))
        .unwrap()
}

async fn ask(house: &House, asker: &Asker, headers: &[(&str, &str)]) -> Reply {
    asker.send(request(house, headers, false)).await
}

async fn one(name: &str, model: Model, limit: Option<Limit>) -> Pool {
    let builder = SimulatedProvider::build(name).model(model);
    let builder = match limit {
        Some(limit) => builder.limit(limit),
        None => builder,
    };
    Pool::start(vec![builder]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_at_once_for_five_a_day_are_five_and_the_rest_is_told_when() {
    let limit = Limit::requests(5, Span::Day).calendar();
    let pool = one("daily", Model::capable("five"), Some(limit)).await;
    let house = House::over(&pool, "");
    let asker = Asker::new();
    let replies = join_all((0..40).map(|_| ask(&house, &asker, &[]))).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(served, 5);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(reply.status, 429, "{}", reply.body);
        assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1, "{}", reply.body);
    }
    let counts = pool.provider("daily").unwrap().counts();
    assert_eq!((counts.accepted, counts.over_limit), (5, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_turns_in_time_is_waited_for() {
    let pool = one("second", Model::capable("ten"), Some(Limit::requests(10, Span::Second))).await;
    let house = House::over(&pool, "[pool]\nconcurrency = 100\n");
    let asker = Asker::new();
    let begun = Clock.mark();
    let replies = join_all((0..40).map(|_| ask(&house, &asker, &[]))).await;
    assert!(replies.iter().all(|reply| reply.status == 200), "{}", replies.last().unwrap().body);
    assert!(begun.elapsed() >= Duration::from_secs(3), "forty at ten a second");
    assert_eq!(pool.provider("second").unwrap().counts().over_limit, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_offer_is_waited_for() {
    let slow = Model::capable("slow").first_byte(Duration::from_millis(40), Duration::ZERO);
    let pool = one("two", slow, Some(Limit::concurrent(2))).await;
    let house = House::over(&pool, "");
    let asker = Asker::new();
    let replies = join_all((0..30).map(|_| ask(&house, &asker, &[]))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    let counts = pool.provider("two").unwrap().counts();
    assert!(counts.over_limit == 0 && counts.in_flight_max <= 2, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_want_to_wait_is_told_at_once() {
    let pool = one("minute", Model::capable("one"), Some(Limit::requests(1, Span::Minute))).await;
    let house = House::over(&pool, "");
    let asker = Asker::new();
    assert_eq!(ask(&house, &asker, &[]).await.status, 200);
    let begun = Clock.mark();
    let refused = ask(&house, &asker, &[("x-potluck-wait-ms", "0")]).await;
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait} s");
    let refused = ask(&house, &asker, &[]).await;
    assert_eq!(refused.status, 429, "a minute is longer than the half that everybody waits");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_says_how_long_a_request_may_take_has_it_wait_so_long() {
    let pool = one("minute", Model::capable("one"), Some(Limit::requests(1, Span::Minute))).await;
    // The router lets nobody wait who says nothing.
    let house =
        House::over(&pool, "[pool]\nwait_seconds = 0\n[pools.patient]\ndeadline_seconds = 180\n");
    let asker = Asker::new();
    assert_eq!(ask(&house, &asker, &[]).await.status, 200);
    assert_eq!(ask(&house, &asker, &[]).await.status, 429);
    let short = ask(&house, &asker, &[("x-potluck-deadline-ms", "5000")]).await;
    assert_eq!(short.status, 429, "it is back in a minute: {}", short.body);
    let (seconds, millis) = (short.header("retry-after"), short.header("retry-after-ms"));
    let (seconds, millis): (u64, u64) = (seconds.parse().unwrap(), millis.parse().unwrap());
    assert_eq!(seconds, millis.div_ceil(1000), "the one is the other rounded up");
    let both = [("x-potluck-deadline-ms", "180000"), ("x-potluck-wait-ms", "0")];
    assert_eq!(ask(&house, &asker, &both).await.status, 429, "who says both means both");
    for (model, asked) in
        [("free", request(&house, &both[..1], false)), ("patient", named(&house, "patient"))]
    {
        let waits = asker.send(asked);
        let given_up = tokio::time::timeout(Duration::from_millis(700), waits).await;
        assert!(given_up.is_err(), "{model}: it waits");
    }
    assert_eq!(pool.provider("minute").unwrap().counts().requests, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_go_before_batches_and_keys_take_turns() {
    // so long that all have come, also on a busy machine, before the first is done
    let slow = Model::capable("slow").first_byte(Duration::from_millis(250), Duration::ZERO);
    let pool = one("single", slow, Some(Limit::concurrent(1))).await;
    let house = House::over(&pool, "[pool]\nconcurrency = 1\n");
    let asker = Asker::new();
    let order = std::sync::Mutex::new(Vec::new());
    let turn = |name: &'static str, after: u64, headers: [(&'static str, &'static str); 2]| {
        let (house, asker, order) = (&house, &asker, &order);
        async move {
            tokio::time::sleep(Duration::from_millis(after)).await;
            assert_eq!(ask(house, asker, &headers).await.status, 200);
            order.lock().unwrap().push(name);
        }
    };
    let key = |key| ("authorization", key);
    let first = [turn("first", 0, [key("Bearer z"), ("x-potluck-priority", "batch")])];
    let crowd = (0..10)
        .map(|_| turn("crowd", 10, [key("Bearer a"), ("x-potluck-priority", "interactive")]));
    let batch =
        (0..2).map(|_| turn("batch", 10, [key("Bearer a"), ("x-potluck-priority", "batch")]));
    let single = (0..2)
        .map(|_| turn("single", 14, [key("Bearer b"), ("x-potluck-priority", "interactive")]));
    let all = first.into_iter().chain(batch).chain(crowd).chain(single);
    join_all(all).await;
    let order = order.into_inner().unwrap();
    assert_eq!(order[order.len() - 2..], ["batch", "batch"], "{order:?}");
    let last_single = order.iter().rposition(|name| *name == "single").unwrap();
    assert!(last_single <= 6, "two of another key wait behind four at most: {order:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_was_given_up_is_not_given_to_another_while_the_provider_may_be_busy() {
    let length = Duration::from_millis(600);
    let slow = Model::capable("slow").first_byte(length, Duration::ZERO);
    let builder = SimulatedProvider::build("single").model(slow).limit(Limit::concurrent(1));
    let pool = Pool::start(vec![builder.goes_on(length)]).await.unwrap();
    let house = House::over(&pool, "");
    let asker = Asker::new();
    assert_eq!(ask(&house, &asker, &[]).await.status, 200, "how long it takes is known now");
    for _ in 0..3 {
        let gone = tokio::time::timeout(length / 4, ask(&house, &asker, &[])).await;
        assert!(gone.is_err(), "it was to leave");
        assert_eq!(ask(&house, &asker, &[]).await.status, 200);
    }
    let counts = pool.provider("single").unwrap().counts();
    assert_eq!((counts.over_limit, counts.requests), (0, 7), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_does_not_keep_a_request_from_waiting_for_another_offer() {
    let busy = Model::capable("busy").first_byte(Duration::from_millis(700), Duration::ZERO);
    let busy = SimulatedProvider::build("busy").model(busy).limit(Limit::concurrent(1));
    let broken = SimulatedProvider::build("broken").model(Model::capable("broken"));
    let plan = Plan::always(Fault::Trouble(ServerTrouble::Unavailable));
    let pool = Pool::start(vec![busy, broken.faults(plan)]).await.unwrap();
    let house = House::over(&pool, "");
    let asker = Asker::new();
    let first = asker.send(named(&house, "busy/busy"));
    let second = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        ask(&house, &asker, &[]).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.status, second.status), (200, 200), "{}", second.body);
    assert_eq!(pool.provider("broken").unwrap().counts().requests, 1);
    assert_eq!(pool.provider("busy").unwrap().counts().over_limit, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_the_only_one_that_failed() {
    let broken = SimulatedProvider::build("broken").model(Model::capable("broken"));
    let plan = Plan::always(Fault::Trouble(ServerTrouble::Unavailable));
    let pool = Pool::start(vec![broken.faults(plan)]).await.unwrap();
    let house = House::over(&pool, "");
    let reply = ask(&house, &Asker::new(), &[]).await;
    assert_eq!(reply.status, 502, "{}", reply.body);
    assert_eq!(pool.provider("broken").unwrap().counts().requests, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_the_line_takes_nothing() {
    let slow = Model::capable("slow").first_byte(Duration::from_millis(150), Duration::ZERO);
    let pool = one("single", slow, Some(Limit::concurrent(1))).await;
    let house = House::over(&pool, "[pool]\nconcurrency = 1\n");
    let asker = Asker::new();
    let served = ask(&house, &asker, &[]);
    let leaving = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let left = tokio::time::timeout(Duration::from_millis(40), ask(&house, &asker, &[])).await;
        assert!(left.is_err(), "it was to wait");
    };
    let (served, ()) = tokio::join!(served, leaving);
    assert_eq!(served.status, 200);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(pool.provider("single").unwrap().counts().requests, 1);
    assert_eq!(ask(&house, &asker, &[]).await.status, 200, "its place is free again");
}
