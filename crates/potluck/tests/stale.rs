//! Servers close connections that were kept open, also at the moment when the next request is on its way (llama.cpp's
//! does so after each stream). No client may notice, no provider is blamed, and no limit is passed by asking again.

mod house;

use house::{Asker, House, QUICK, Reply};
use potluck_testkit::{Fault, Limit, Model, Plan, Pool, SimulatedProvider, Span};

async fn ask(asker: &Asker, house: &House, stream: bool) -> Reply {
    let body = format!(
        r#"{{"model": "free", "stream": {stream}, "messages": [{{"role": "user", "content": "hello"}}]}}"#
    );
    asker.post(&format!("{}/v1/chat/completions", house.address), body).await
}

/// Every connection that was kept open is closed when it is used again.
fn forgetful() -> potluck_testkit::Builder {
    SimulatedProvider::build("one").model(Model::new("tiny")).faults(Plan::always(Fault::Stale))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_connection_is_replaced_unnoticed() {
    let pool = Pool::start(vec![forgetful()]).await.unwrap();
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let mut replaced = 0;
    for turn in 0..20 {
        let stream = turn % 4 > 1;
        let reply = ask(&asker, &house, stream).await;
        assert_eq!(reply.status, 200, "turn {turn}: {}", reply.body);
        let text = if stream { reply.streamed_text() } else { reply.whole_text() };
        assert!(text.unwrap().contains("simulated by one"));
        // how many depends on how many connections are back when the request goes out: none, one or two
        replaced += reply.attempts() - 1;
    }
    assert!(replaced > 0, "no connection was used twice");
    let shown = asker.get(&format!("{}/pool", house.address)).await.json();
    assert_eq!(shown["offers"][0]["state"], "available", "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_again_takes_from_the_limit_again() {
    let five = Limit::requests(5, Span::Day).calendar();
    let pool = Pool::start(vec![forgetful().limit(five)]).await.unwrap();
    let house = House::over(&pool, QUICK);
    let asker = Asker::new();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(ask(&asker, &house, false).await.status);
    }
    let served = statuses.iter().take_while(|status| **status == 200).count();
    assert!((1..6).contains(&served), "{statuses:?}");
    assert!(statuses.iter().skip(served).all(|status| *status == 429), "{statuses:?}");
    let seen = pool.providers()[0].counts();
    assert_eq!((seen.accepted, seen.over_limit), (5, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_connection_that_breaks_is_the_provider_s_fault() {
    let broken = SimulatedProvider::build("one")
        .model(Model::new("tiny"))
        .faults(Plan::always(Fault::Reset));
    let pool = Pool::start(vec![broken]).await.unwrap();
    let house = House::over(&pool, QUICK);
    let reply = ask(&Asker::new(), &house, false).await;
    assert_eq!(reply.status, 502, "{}", reply.body);
    assert_eq!(pool.providers()[0].counts().accepted, 1);
}
