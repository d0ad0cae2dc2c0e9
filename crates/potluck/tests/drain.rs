//! A signal to stop cuts no stream within the grace period.

mod house;

use std::time::Duration;

use house::{Asker, House};
use potluck_testkit::{Model, Pool, SimulatedProvider};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_streams_end_whole_and_new_requests_are_not_taken() {
    let slow = Model::new("slow").pace(30, Duration::from_millis(50));
    let pool = Pool::start(vec![SimulatedProvider::build("one").model(slow)]).await.unwrap();
    let mut house = House::over(&pool, "[server]\ngrace_seconds = 20\n");
    let url = format!("{}/v1/chat/completions", house.address);
    let body = json!({ "model": "free", "stream": true, "messages": [{ "role": "user", "content": "tell me" }] });
    let asked = {
        let (url, body) = (url.clone(), body.to_string());
        async move { Asker::new().post(&url, body).await }
    };
    let signalled = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        terminate(house.pid());
    };
    let (reply, ()) = tokio::join!(asked, signalled);
    assert_eq!(reply.status, 200);
    let text = reply.streamed_text().expect("the stream is whole");
    assert!(text.contains("simulated by one"), "{text}");
    let status = tokio::task::spawn_blocking(move || house.wait()).await.unwrap();
    assert!(status.success(), "{status}");
}

#[expect(clippy::disallowed_methods, reason = "the test signals the program under test")]
fn terminate(pid: u32) {
    let sent = std::process::Command::new("kill").arg("-TERM").arg(pid.to_string()).status();
    assert!(sent.is_ok_and(|status| status.success()));
}
