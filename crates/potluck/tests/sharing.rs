//! Several routers on one state file: together they never exceed a limit, whoever is killed when, and what one leaves
//! the others can use.
//!
//! `POTLUCK_KILLS` sets how often one of them is killed (12 without it).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use house::{Asker, House, Reply, brisk, drained, fresh_folder};
use http_body_util::Full;
use potluck_testkit::{Counts, Limit, Pool, SimulatedProvider, Span};
use serde_json::{Value, json};

/// How many routers share a count.
const ROUTERS: usize = 3;

/// How many clients ask each at once.
const CLIENTS: usize = 4;

fn start(pool: &Pool, state: &Path) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open(folder, "", state.to_str().unwrap())
}

/// A state file in a folder that goes with it.
struct State(PathBuf);

impl State {
    fn new() -> Self {
        Self(fresh_folder())
    }

    fn file(&self) -> PathBuf {
        self.0.join("state.db")
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn request(address: &str, key: &str, stream: bool) -> http::Request<Full<Bytes>> {
    let body = json!({
        "model": "free", "stream": stream, "max_tokens": 40,
        "messages": [{ "role": "user", "content": "hello" }],
    });
    http::Request::post(format!("{address}/v1/chat/completions"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {key}"))
        .body(Full::from(body.to_string()))
        .unwrap()
}

async fn ask(asker: &Asker, house: &House) -> Reply {
    asker.send(request(&house.address, "any", false)).await
}

/// Asks until the router is gone.
async fn ask_on(address: String, stream: bool, served: Arc<AtomicU32>) {
    let asker = Asker::new();
    loop {
        match asker.try_send(request(&address, "any", stream)).await {
            Ok(reply) if reply.status == 200 => {
                served.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(_) => return,
        }
    }
}

#[expect(clippy::print_stdout, reason = "what the providers counted is the result")]
fn counts(pool: &Pool) -> Vec<(&str, Counts)> {
    let all: Vec<_> = pool.providers().iter().map(|each| (each.name(), each.counts())).collect();
    for (name, counts) in &all {
        println!("{name}: {} accepted, {} over a limit", counts.accepted, counts.over_limit);
    }
    all
}

async fn scarce() -> Pool {
    let mut builders = drained();
    builders.push(
        SimulatedProvider::build("places")
            .model(brisk("one"))
            .model(brisk("two"))
            .limit(Limit::concurrent(3))
            .limit(Limit::requests(400, Span::Day)),
    );
    Pool::start(builders).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_limit_is_exceeded_by_three_however_often_one_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how often is set from outside")]
    let kills = std::env::var("POTLUCK_KILLS").map_or(12, |text| text.parse().unwrap());
    let (pool, state) = (scarce().await, State::new());
    let served = Arc::new(AtomicU32::new(0));
    let begin = || {
        let house = start(&pool, &state.file());
        for client in 0..CLIENTS {
            let asking = ask_on(house.address.clone(), client % 2 == 0, Arc::clone(&served));
            #[expect(clippy::disallowed_methods, reason = "it ends with the router that it asks")]
            tokio::spawn(asking);
        }
        house
    };
    let mut houses: Vec<House> = (0..ROUTERS).map(|_| begin()).collect();
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(1 + (kill * 7919) % 331)).await;
        // dropping it kills it, as `kill -9` does
        let at = usize::try_from(kill * 31 / 7).unwrap() % ROUTERS;
        drop(houses.swap_remove(at));
        houses.push(begin());
    }
    drop(houses);
    let (all, served) = (counts(&pool), served.load(Ordering::Relaxed));
    println!("{kills} kills, {served} served");
    assert!(served >= 20, "too little was asked to say anything: {served}");
    assert!(all.iter().all(|(_, counts)| counts.over_limit == 0), "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_a_day_are_five_for_three() {
    let limit = Limit::requests(5, Span::Day);
    let builder = SimulatedProvider::build("five").model(brisk("m")).limit(limit);
    let (pool, state) = (Pool::start(vec![builder]).await.unwrap(), State::new());
    let houses: Vec<House> = (0..ROUTERS).map(|_| start(&pool, &state.file())).collect();
    let asker = Asker::new();
    let replies = join_all((0..40).map(|at| ask(&asker, &houses[at % ROUTERS]))).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    let refused: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert_eq!((served, refused.len()), (5, 35), "{:?}", counts(&pool));
    for reply in refused {
        let wait: u64 = reply.header("retry-after").parse().unwrap();
        assert!((80_000..=86_460).contains(&wait), "{wait}: {}", reply.body);
    }
    assert!(counts(&pool).iter().all(|(_, all)| all.accepted == 5 && all.over_limit == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_that_one_of_three_could_have_used() {
    let day = Span::Day;
    let builders = (0..6).map(|at| {
        let builder = SimulatedProvider::build(&format!("p{at}")).model(brisk(&format!("m{at}")));
        match at % 3 {
            0 => builder.limit(Limit::requests(30 + at, day)),
            1 => builder.limit(Limit::requests(30, day)).limit(Limit::tokens(900_000, day)),
            _ => builder.limit(Limit::requests(30, day)).limit(Limit::concurrent(4)),
        }
    });
    let (pool, state) = (Pool::start(builders.collect()).await.unwrap(), State::new());
    let houses: Vec<House> = (0..ROUTERS).map(|_| start(&pool, &state.file())).collect();
    let asker = Asker::new();
    // one is asked more than the others together, and an idle one holds nothing back
    let whom = |at: usize| if at.is_multiple_of(5) { &houses[1] } else { &houses[0] };
    let replies = join_all((0..300).map(|at| ask(&asker, whom(at)))).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    let all: u64 = pool
        .providers()
        .iter()
        .flat_map(|each| each.limits())
        .map(|limit| if limit.meter == potluck_testkit::Meter::Requests { limit.amount } else { 0 })
        .sum();
    let counts = counts(&pool);
    let used: u64 = counts.iter().map(|(_, counts)| counts.accepted).sum();
    println!("{served} of 300 served, {used} of {all} used");
    assert!(counts.iter().all(|(_, counts)| counts.over_limit == 0), "{counts:?}");
    assert!(used * 100 >= all * 98, "{used} of {all}");
}

async fn manage(
    asker: &Asker,
    house: &House,
    method: &str,
    path: &str,
    key: &str,
    wish: Value,
) -> Reply {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", house.address))
        .header("content-type", "application/json")
        .header("x-potluck-csrf", "1")
        .header("authorization", format!("Bearer {key}"));
    let body = if wish.is_null() { Bytes::new() } else { wish.to_string().into() };
    asker.send(request.body(Full::from(body)).unwrap()).await
}

/// Asks until the answer has that status; others notice a change of keys in a moment.
async fn until(asker: &Asker, house: &House, path: &str, key: &str, status: u16) -> Reply {
    loop {
        let reply = manage(asker, house, "GET", path, key, Value::Null).await;
        if reply.status == status {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_one_is_a_key_of_all_and_has_one_day() {
    let builder = SimulatedProvider::build("ample").model(brisk("m"));
    let (pool, state) = (Pool::start(vec![builder]).await.unwrap(), State::new());
    let houses: Vec<House> = (0..ROUTERS).map(|_| start(&pool, &state.file())).collect();
    let asker = Asker::new();
    let wish = json!({ "name": "me", "admin": true });
    let made = manage(&asker, &houses[0], "POST", "/keys", "", wish).await;
    let admin = made.json()["key"].as_str().unwrap().to_owned();
    until(&asker, &houses[1], "/keys", &admin, 200).await;
    let wish = json!({ "name": "app", "limits": { "requests_per_day": 7 } });
    let made = manage(&asker, &houses[1], "POST", "/keys", &admin, wish.clone()).await.json();
    let app = made["key"].as_str().unwrap();
    let again = manage(&asker, &houses[2], "POST", "/keys", &admin, wish).await;
    assert_eq!(again.status, 409, "two keys of one name: {}", again.body);
    for house in &houses {
        until(&asker, house, "/v1/models", app, 200).await;
    }
    let asked = (0..30).map(|at| asker.send(request(&houses[at % ROUTERS].address, app, false)));
    let replies = join_all(asked).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(served, 7, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    let id = made["id"].as_str().unwrap();
    let path = format!("/keys/{id}");
    let revoked = manage(&asker, &houses[0], "DELETE", &path, &admin, Value::Null).await;
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    for house in &houses {
        until(&asker, house, "/v1/models", app, 401).await;
    }
    assert_eq!(counts(&pool)[0].1.accepted, 7);
}
