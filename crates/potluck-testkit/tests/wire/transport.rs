//! Faults of transport: resets, stalls, cuts and trickles.

use std::time::Duration;

use potluck_testkit::{CutBefore, Fault, Plan, WallClock};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::raw::{Ending, Got, ask, exchange, kept_open, post, read_all, watch};
use crate::{PATIENCE, STALL, failing, suffer};

async fn stalled(fault: Fault, stream: bool) -> Got {
    let got = suffer(fault, stream, STALL).await;
    assert_eq!(got.ending, Ending::Silent);
    got
}

async fn cut(fault: Fault, stream: bool) -> Got {
    let got = suffer(fault, stream, PATIENCE).await;
    assert_eq!(got.ending, Ending::Closed);
    assert!(!got.body().1, "HTTP says that it is whole");
    got
}

#[tokio::test]
async fn a_reset_brings_no_byte() {
    for stream in [false, true] {
        let got = suffer(Fault::Reset, stream, PATIENCE).await;
        assert_eq!((got.bytes.len(), got.ending), (0, Ending::Reset));
    }
    // a refusal that comes too late for the port is a reset
    let provider = failing(Fault::Reset).await;
    provider.set_faults(Plan::first(1, Fault::Refused)).await;
    let got = exchange(provider.address(), &post(&ask("m", false)), PATIENCE).await;
    assert_eq!((got.bytes.len(), got.ending), (0, Ending::Reset));
}

#[tokio::test]
async fn a_stale_connection_answers_once() {
    let provider = failing(Fault::Stale).await;
    let request = kept_open(&ask("m", false));
    for _ in 0..2 {
        let mut connection = TcpStream::connect(provider.address()).await.unwrap();
        connection.write_all(&request).await.unwrap();
        let first = read_all(&mut connection, STALL).await;
        assert_eq!((first.status(), first.ending), (200, Ending::Silent));
        connection.write_all(&request).await.unwrap();
        let second = read_all(&mut connection, PATIENCE).await;
        assert_eq!((second.bytes.len(), second.ending), (0, Ending::Reset));
    }
}

#[tokio::test]
async fn tls_where_http_was_expected_is_an_alert() {
    let got = suffer(Fault::Tls, false, PATIENCE).await;
    assert_eq!(got.bytes, [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);
}

#[tokio::test]
async fn stalls_keep_silent_at_three_places() {
    for stream in [false, true] {
        assert!(stalled(Fault::StallBeforeFirstByte, stream).await.bytes.is_empty());
        let headers = stalled(Fault::StallAfterHeaders, stream).await;
        assert_eq!((headers.status(), headers.body()), (200, (Vec::new(), false)));
        let middle = stalled(Fault::StallMidStream, stream).await;
        assert!(!middle.body().0.is_empty() && !middle.body().1);
    }
    let middle = stalled(Fault::StallMidStream, true).await;
    assert!(middle.content().starts_with("[simulated by sim-broken]"));
    assert!(!middle.data().contains(&"[DONE]".to_owned()));
}

#[tokio::test]
async fn cuts_before_content_show_no_content() {
    let got = cut(Fault::CutBeforeContent(CutBefore::Headers), true).await;
    assert!(got.body().0.is_empty());
    let got = cut(Fault::CutBeforeContent(CutBefore::RoleDelta), true).await;
    assert_eq!((got.chunks().len(), got.content().as_str()), (1, ""));
    let got = cut(Fault::CutBeforeContent(CutBefore::Comments), true).await;
    assert_eq!(got.chunks().len(), 0);
    assert!(got.text().contains(": simulated keep-alive\n"));
    for after in CutBefore::ALL {
        assert!(cut(Fault::CutBeforeContent(after), false).await.body().0.is_empty());
    }
}

#[tokio::test]
async fn cuts_in_the_middle_show_a_part() {
    let got = cut(Fault::CutMidStream, true).await;
    assert!(got.content().len() > 20 && got.text().ends_with("\n\n\r\n"));
    let got = cut(Fault::CutMidEvent, true).await;
    assert!(got.data().last().is_some_and(|data| data.starts_with('{') && !data.ends_with('}')));
    assert!(cut(Fault::CutMidStream, false).await.body().0.starts_with(b"{\"id\""));
}

#[tokio::test]
async fn an_early_end_is_in_good_order_for_http() {
    for (fault, stream) in
        [(Fault::EndedEarly, true), (Fault::EndedEarly, false), (Fault::CutMidEvent, false)]
    {
        let got = suffer(fault, stream, PATIENCE).await;
        let (body, whole) = got.body();
        assert!(whole && !body.is_empty());
        assert!(!got.text().contains("finish_reason\":\"stop") && !got.text().contains("[DONE]"));
    }
}

#[tokio::test]
async fn a_bad_chunk_size_is_no_number() {
    let got = suffer(Fault::BadChunking, true, PATIENCE).await;
    assert!(got.text().contains("\r\n\r\nzz\r\n"));
    assert!(!got.body().1);
}

#[tokio::test]
async fn comments_trickle_without_content() {
    let every = Duration::from_millis(20);
    let provider = failing(Fault::TrickleComments { every }).await;
    for (stream, nothing) in [(true, ": simulated keep-alive\n\n"), (false, " \n")] {
        let request = post(&ask("m", stream));
        let got = watch(provider.address(), &request, STALL).await;
        let comments = got.text().matches(nothing).count();
        assert!((2..=30).contains(&comments), "{comments} in {STALL:?}");
        assert_eq!(got.chunks().len(), 0);
    }
}

#[tokio::test]
async fn content_trickles_and_arrives() {
    let every = Duration::from_millis(15);
    for stream in [true, false] {
        let clock = WallClock::start();
        let started = clock.now_ms();
        let got = suffer(Fault::TrickleContent { every }, stream, PATIENCE).await;
        assert!(got.body().1);
        let taken = clock.now_ms() - started;
        assert!(taken >= 150, "{taken} ms");
        assert!(got.text().contains("[simulated"));
    }
}
