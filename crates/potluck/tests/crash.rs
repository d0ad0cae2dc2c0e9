//! Killed at random moments and started again on the same state: no provider ever sees more than its limits.
//!
//! `POTLUCK_KILLS` sets how often (12 without it).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::Path;
use std::time::Duration;

use house::{Asker, House, brisk, drained, fresh_folder};
use potluck_testkit::{Counts, Limit, Pool, SimulatedProvider, Span};

/// How many clients ask at once.
const CLIENTS: usize = 8;

async fn scarce() -> Pool {
    let mut builders = drained();
    builders.push(
        SimulatedProvider::build("models")
            .model(brisk("one"))
            .model(brisk("two"))
            .limit(Limit::requests(12, Span::Minute).each_model())
            .limit(Limit::requests(400, Span::Day)),
    );
    Pool::start(builders).await.unwrap()
}

fn start(pool: &Pool, state: &Path) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open(folder, "", state.to_str().unwrap())
}

/// Asks until the router is gone.
async fn ask_on(asker: Asker, address: String, stream: bool) -> u32 {
    let url = format!("{address}/v1/chat/completions");
    let body = format!(
        r#"{{"model": "free", "stream": {stream}, "max_tokens": 40, "messages": [{{"role": "user", "content": "hello"}}]}}"#
    );
    let mut served = 0;
    loop {
        let request = http::Request::post(&url).header("content-type", "application/json");
        let request = request.body(http_body_util::Full::from(body.clone())).unwrap();
        match asker.try_send(request).await {
            Ok(reply) if reply.status == 200 => served += 1,
            Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(_) => return served,
        }
    }
}

/// A life of the router: started, asked by many, killed after `life`.
async fn live(pool: &Pool, state: &Path, life: Duration) -> u32 {
    let house = start(pool, state);
    let asker = Asker::new();
    let address = house.address.clone();
    let asking =
        (0..CLIENTS).map(|client| ask_on(asker.clone(), address.clone(), client.is_multiple_of(2)));
    let killing = async {
        tokio::time::sleep(life).await;
        // dropping it kills it, as `kill -9` does
        drop(house);
    };
    let (served, ()) = tokio::join!(futures_util::future::join_all(asking), killing);
    served.iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_limit_is_exceeded_however_often_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how often is set from outside")]
    let kills = std::env::var("POTLUCK_KILLS").map_or(12, |text| text.parse().unwrap());
    let pool = scarce().await;
    let folder = fresh_folder();
    let state = folder.join("state.db");
    let mut served = 0;
    for kill in 0..kills {
        // Spread over what matters: before the first record, amid many, and with limits used up.
        let life = Duration::from_millis(1 + (kill * 7919) % 331);
        served += live(&pool, &state, life).await;
    }
    let all: Vec<(&str, Counts)> =
        pool.providers().iter().map(|each| (each.name(), each.counts())).collect();
    for (name, counts) in &all {
        println!("{name}: {} accepted, {} over a limit", counts.accepted, counts.over_limit);
    }
    println!("{kills} kills, {served} served");
    assert!(served >= 20, "too little was asked to say anything: {served}");
    assert!(all.iter().all(|(_, counts)| counts.over_limit == 0), "{all:?}");
    let _ = std::fs::remove_dir_all(folder);
}
