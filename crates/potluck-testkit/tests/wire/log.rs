//! What a provider says it saw, its clock, and its file.

use std::time::Duration;

use potluck_testkit::{
    End, Fault, Limit, Model, Plan, Pool, SimulatedClock, SimulatedProvider, Span, Verdict,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw::{ask, exchange, post};
use crate::{PATIENCE, failing, until};

#[tokio::test]
async fn a_client_that_leaves_is_seen() {
    for fault in [
        Fault::StallBeforeFirstByte,
        Fault::StallMidStream,
        Fault::TrickleComments { every: Duration::from_millis(5) },
        Fault::TrickleContent { every: Duration::from_millis(100) },
    ] {
        let provider = failing(fault).await;
        let mut socket = TcpStream::connect(provider.address()).await.unwrap();
        socket.write_all(&post(&ask("m", true))).await.unwrap();
        until(|| provider.counts().in_flight == 1).await;
        drop(socket);
        until(|| provider.counts().in_flight == 0).await;
        let seen = &provider.seen()[0];
        assert_eq!((seen.end, seen.verdict.clone()), (End::ClientLeft, Verdict::Accepted));
        assert!(seen.ended_at_ms.unwrap() >= seen.at_ms);
        assert_eq!(provider.counts().client_left, 1);
    }
}

#[tokio::test]
async fn requests_are_kept_with_their_bodies_and_the_most_at_once_is_known() {
    let model = Model::new("m").first_byte(Duration::from_millis(900), Duration::ZERO);
    let limit = Limit::concurrent(3);
    let provider =
        SimulatedProvider::build("sim-busy").model(model).limit(limit).start().await.unwrap();
    let body = ask("m", true);
    let bytes = post(&body);
    let one = || exchange(provider.address(), &bytes, PATIENCE);
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    let mut statuses = [a, b, c, d].map(|got| got.status());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert!(provider.counts().in_flight_max >= 3);
    let seen = provider.seen();
    assert_eq!(seen[0].body, body.to_string().as_bytes());
    assert!(seen[0].headers.iter().any(|(name, value)| name == "host" && value == "x"));
    until(|| provider.counts().in_flight == 0).await;
    assert!(provider.seen().iter().all(|seen| seen.end == End::Complete));
    provider.forget();
    assert_eq!((provider.seen().len(), provider.counts().requests), (0, 0));
}

#[tokio::test]
async fn the_quota_follows_a_simulated_clock() {
    let clock = SimulatedClock::at(1_700_000_000_000);
    let provider = SimulatedProvider::build("sim-day")
        .model(Model::new("m"))
        .limit(Limit::requests(1, Span::Day).calendar())
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let request = post(&ask("m", false));
    let status = async || exchange(provider.address(), &request, PATIENCE).await.status();
    assert_eq!((status().await, status().await), (200, 429));
    clock.advance(Duration::from_secs(86_400));
    assert_eq!((status().await, status().await), (200, 429));
    assert_eq!(provider.counts().over_limit, 2);
}

#[tokio::test]
async fn faults_of_a_model_do_not_meet_another() {
    let provider = SimulatedProvider::build("sim-two")
        .model(Model::new("good"))
        .model(Model::new("bad"))
        .model_faults("bad", Plan::first(1, Fault::Unauthorized))
        .start()
        .await
        .unwrap();
    let mut statuses = Vec::new();
    for model in ["good", "bad", "bad", "good"] {
        let got = exchange(provider.address(), &post(&ask(model, false)), PATIENCE).await;
        statuses.push(got.status());
    }
    assert_eq!(statuses, [200, 401, 200, 200]);
    assert_eq!((provider.counts_of("bad").faulted, provider.counts_of("good").faulted), (1, 0));
}

#[tokio::test]
async fn provider_files_are_toml_and_name_their_address() {
    let pool = Pool::demo().await.unwrap();
    assert_eq!(pool.files().len(), 6);
    for (name, file) in pool.files() {
        let table: toml::Table = file.parse().unwrap();
        let provider = pool.provider(&name).unwrap();
        assert_eq!(table["base_url"].as_str(), Some(provider.base_url().as_str()));
        assert_eq!(table["models"].as_array().unwrap().len(), provider.models().len());
        assert_eq!(table["limits"].as_array().unwrap().len(), provider.limits().len());
        assert!(table["auth"].is_table());
    }
    let lie = Limit::requests(99, Span::Day).calendar().each_model();
    let file = pool.providers()[0].provider_file_saying(&[lie]);
    assert!(file.contains(
        "counts = \"requests\"\namount = 99\nper = \"day\"\nresets = \"UTC\"\nscope = \"account_model\""
    ));
}

#[tokio::test]
async fn the_demo_answers_and_is_labelled() {
    let pool = Pool::demo().await.unwrap();
    let thinker = pool.provider("sim-thinker").unwrap();
    let mut socket = TcpStream::connect(thinker.address()).await.unwrap();
    socket.write_all(&post(&ask("ponder-120b", true))).await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("x-simulated: 1") && text.contains("\"reasoning\":\"[sim"));
}
