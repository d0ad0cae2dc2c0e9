//! Faults of size, each bounded.

use std::io::Read;

use potluck_testkit::Fault;

use crate::{PATIENCE, suffer};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn an_endless_line_has_no_end() {
    for stream in [false, true] {
        let got = suffer(Fault::EndlessLine { bytes: 2 * MIB }, stream, PATIENCE).await;
        let (body, _) = got.body();
        assert!(body.len() as u64 >= 2 * MIB);
        assert!(!body.contains(&b'\n'));
    }
}

#[tokio::test]
async fn a_gigantic_answer_is_right_and_large() {
    let got = suffer(Fault::Gigantic { bytes: 3 * MIB }, false, PATIENCE).await;
    let body = got.json();
    assert!(body["choices"][0]["message"]["content"].as_str().unwrap().len() as u64 > 2 * MIB);
    let got = suffer(Fault::Gigantic { bytes: 3 * MIB }, true, PATIENCE).await;
    assert!(got.content().len() as u64 > 2 * MIB);
    assert_eq!(got.data().last().unwrap(), "[DONE]");
}

#[tokio::test]
async fn a_gzip_bomb_unpacks_to_its_size() {
    for stream in [false, true] {
        let got = suffer(Fault::GzipBomb { bytes: 16 * MIB }, stream, PATIENCE).await;
        assert_eq!(got.header("content-encoding").as_deref(), Some("gzip"));
        let (body, whole) = got.body();
        assert!(whole && (body.len() as u64) < MIB / 8);
        let mut unpacked = Vec::new();
        flate2::read::MultiGzDecoder::new(&body[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked.len() as u64, 16 * MIB);
    }
}
