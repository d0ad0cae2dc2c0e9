//! Oddities: strange, and still the right answer.

use potluck_testkit::{Fault, Oddity};
use serde_json::Value;

use crate::raw::{Got, ask, exchange, post};
use crate::{PATIENCE, failing};

async fn odd(oddity: Oddity, stream: bool) -> Got {
    let provider = failing(Fault::Odd(oddity)).await;
    let mut body = ask("m", stream);
    body["stream_options"] = serde_json::json!({"include_usage": true});
    let got = exchange(provider.address(), &post(&body), PATIENCE).await;
    assert_eq!((got.status(), got.body().1), (200, true), "{oddity:?}");
    got
}

fn usages(got: &Got) -> usize {
    got.chunks().iter().filter(|chunk| chunk["usage"].is_object()).count()
}

#[tokio::test]
async fn every_oddity_still_says_the_whole_text() {
    let usual = odd(Oddity::WrongContentType, true).await.content();
    assert!(usual.len() > 100);
    for oddity in Oddity::ALL {
        for stream in [false, true] {
            let got = odd(oddity, stream).await;
            let streamed = got.body().0.starts_with(b"data:") || got.body().0.starts_with(b":");
            let swapped = matches!(oddity, Oddity::PlainForStream | Oddity::StreamForPlain);
            let expected = if swapped { oddity == Oddity::StreamForPlain } else { stream };
            assert_eq!(streamed, expected, "{oddity:?}");
            let content = if streamed {
                got.content()
            } else {
                let body = String::from_utf8(got.body().0).unwrap();
                let body: Value = serde_json::from_str(&body).unwrap();
                body["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
            };
            assert_eq!(content, usual, "{oddity:?} stream {stream}");
        }
    }
}

#[tokio::test]
async fn each_oddity_of_a_stream_is_there() {
    let got = odd(Oddity::WrongContentType, true).await;
    assert!(got.header("content-type").unwrap().starts_with("text/plain"));
    assert!(!odd(Oddity::NoDone, true).await.text().contains("[DONE]"));
    let got = odd(Oddity::NoFinishReason, true).await;
    assert!(got.chunks().iter().all(|chunk| chunk["choices"][0]["finish_reason"].is_null()));
    let got = odd(Oddity::Crlf, true).await;
    let body = String::from_utf8(got.body().0).unwrap();
    assert_eq!(body.matches('\n').count(), body.matches("\r\n").count());
    assert!(!odd(Oddity::NoSpaceAfterData, true).await.text().contains("data: "));
    assert!(odd(Oddity::Comments, true).await.text().contains("\n: SIMULATED PROCESSING\n\n"));
    assert!(odd(Oddity::SingleByteWrites, true).await.text().contains("\r\n1\r\nd\r\n1\r\na\r\n"));
    let got = odd(Oddity::OneWrite, true).await;
    let (_, rest) =
        got.text().split_once("\r\n\r\n").map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    assert_eq!(rest.matches("\r\n").count(), 4, "one chunk and the last one");
}

#[tokio::test]
async fn usage_and_numbers_are_odd_where_asked() {
    let got = odd(Oddity::UsageEveryChunk, true).await;
    assert_eq!(usages(&got), got.chunks().len());
    assert_eq!(usages(&odd(Oddity::UsageAfterFinish, true).await), 1);
    assert_eq!(usages(&odd(Oddity::NoUsage, true).await), 0);
    assert!(!odd(Oddity::NoUsage, false).await.text().contains("usage"));
    for stream in [false, true] {
        let got = odd(Oddity::HugeNumbers, stream).await;
        assert!(got.text().contains("\"created\":340282366920938463463374607431768211456"));
        let got = odd(Oddity::WrongModelEchoed, stream).await;
        assert!(got.text().contains("\"model\":\"another-model\""));
    }
}
