//! Every shape in which providers make pictures, through the whole router, with everything that goes wrong in each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use house::{Asker, House, Reply, fresh_folder};
use potluck_testkit::{Flaw, Manner, SimulatedPainter};
use serde_json::json;

const IMAGES: &str = "[images]\ndeadline_seconds = 60\n[pool]\nattempts = 12\n";

fn over(painters: &[SimulatedPainter]) -> House {
    let folder = fresh_folder();
    for painter in painters {
        let file = folder.join(format!("providers/{}.toml", painter.name()));
        std::fs::write(file, painter.provider_file()).unwrap();
    }
    House::open(folder, IMAGES, ":memory:")
}

async fn ask(house: &House, body: serde_json::Value) -> Reply {
    let url = format!("{}/v1/images/generations", house.address);
    Asker::new().post(&url, body.to_string()).await
}

fn decode(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 200, "{what}: {}", reply.body);
    for item in reply.json()["data"].as_array().unwrap() {
        let bytes = STANDARD.decode(item["b64_json"].as_str().unwrap()).unwrap();
        image::load_from_memory(&bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_comes_from_every_shape() {
    for manner in Manner::ALL {
        let painter = SimulatedPainter::build("sim", manner).start().await.unwrap();
        let house = over(std::slice::from_ref(&painter));
        decode(&ask(&house, json!({"prompt": "a red fox"})).await, manner.word());
        assert_eq!(painter.painted().given, 1, "{}", manner.word());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_offer_steps_in_whatever_is_wrong_with_an_answer() {
    let flaws = [
        Flaw::QueueFull,
        Flaw::Broken,
        Flaw::Empty,
        Flaw::ErrorInside,
        Flaw::Truncated,
        Flaw::Bomb,
        Flaw::Garbage,
    ];
    for flaw in flaws {
        let bad = SimulatedPainter::build("bad", Manner::OpenAi).flaws([Some(flaw.clone())]);
        let good = SimulatedPainter::build("good", Manner::Text2Image);
        let painters = [bad.start().await.unwrap(), good.start().await.unwrap()];
        let house = over(&painters);
        let asked = (0..6).map(|_| ask(&house, json!({"prompt": "a red fox", "n": 2})));
        for reply in join_all(asked).await {
            decode(&reply, &format!("{flaw:?}"));
            assert_eq!(reply.header("x-potluck-offer").split('/').next(), Some("good"));
        }
        assert_eq!(painters[0].painted().given, 0, "{flaw:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_told_when_the_client_leaves() {
    let painter = SimulatedPainter::build("sim", Manner::Horde).start().await.unwrap();
    let house = over(std::slice::from_ref(&painter));
    let leaving = ask(&house, json!({"prompt": "a red fox"}));
    let left = tokio::time::timeout(Duration::from_millis(600), leaving).await;
    assert!(left.is_err(), "the picture came before the client could leave");
    for _ in 0..100 {
        if painter.painted().called_off == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody called the picture off: {:?}", painter.painted());
}
