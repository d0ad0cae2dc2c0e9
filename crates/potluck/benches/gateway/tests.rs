//! Tests of the benchmark's own parts: a measurement is worth as much as what checks it. They measure
//! nothing; the upstream runs inside the test.

#![expect(clippy::disallowed_methods, reason = "the parts under test read the real clock")]
#![expect(clippy::print_stdout, reason = "the upstream tells its address on standard output")]
#![expect(clippy::unwrap_used, reason = "what a test sets up must work, its functions too")]
#![expect(dead_code, reason = "what starts gateways is used by the benchmark alone")]

mod ask;
mod chunked;
mod connection;
mod cross;
mod events;
mod figures;
mod gateway;
mod load;
mod results;
mod samples;
mod script;
mod system;
mod table;
mod upstream;
mod usage;

mod tests {
    //! Tests of one part each.

    mod chunked;
    #[cfg(target_os = "linux")]
    mod cross;
    mod events;
    mod potluck;
    mod results;
    mod samples;
    mod script;
    mod table;
    #[cfg(target_os = "linux")]
    mod usage;
}

use std::net::SocketAddr;
use std::time::Duration;

use ask::{LARGE_PROMPT, PlainAsk, SMALL_PROMPT, StreamAsk};
use load::Fleet;
use script::Script;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};

const WINDOW: Duration = Duration::from_millis(50);

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

async fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn_local(upstream::accept(listener));
    address
}

/// A server that gives each request the next of these answers and then closes.
async fn liar(answers: Vec<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn_local(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut inbox = [0; 8192];
            assert!(stream.read(&mut inbox).await.unwrap() > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

fn counted(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn plain_load_counts_every_answer() {
    run(async {
        let address = upstream().await;
        for prompt in [SMALL_PROMPT, LARGE_PROMPT] {
            let ask = PlainAsk::prove(address, prompt).await.unwrap();
            let mut fleet = Fleet::open(address, 4).await.unwrap();
            let tally = fleet.plain(&ask, WINDOW).await.unwrap();
            assert!(tally.answers >= 4, "{tally:?}");
        }
    });
}

#[test]
fn a_fixed_rate_is_kept() {
    run(async {
        let address = upstream().await;
        let ask = PlainAsk::prove(address, SMALL_PROMPT).await.unwrap();
        let mut fleet = Fleet::open(address, 8).await.unwrap();
        let tally = fleet.plain_at(&ask, 200, Duration::from_millis(400)).await.unwrap();
        assert_eq!(tally.answers, 80);
    });
}

#[test]
fn streams_are_read_to_their_end_at_once_and_at_a_pace() {
    run(async {
        let address = upstream().await;
        for (pause, usage) in [(0, true), (0, false), (2, true), (2, false)] {
            for chunks in [1, 2, 40] {
                let ask = StreamAsk::prove(address, Script { chunks, pause, usage }).await.unwrap();
                assert_eq!(ask.events(), chunks + 3 + u64::from(usage));
                let mut fleet = Fleet::open(address, 3).await.unwrap();
                let tally = fleet.streams(&ask, Duration::ZERO).await.unwrap();
                assert_eq!(tally.answers, 3);
                let paced = Duration::from_millis(pause) * u32::try_from(chunks - 1).unwrap();
                assert!(tally.whole.micros(0.0) >= paced.as_secs_f64() * 1e6, "{tally:?}");
                assert!(tally.first_text.micros(1.0) > 0.0, "{tally:?}");
            }
        }
    });
}

#[test]
fn a_wrong_answer_is_no_answer() {
    run(async {
        let right = script::plain_body();
        let other = right.replace("free", "paid");
        let bare = r#"HTTP/1.1 200 OK"#.to_owned() + "\r\n\r\n" + &right;
        let refused = counted(&right).replace("200 OK", "503 No");
        for answer in [counted(&other), counted("{}"), counted("no JSON"), bare, refused] {
            let address = liar(vec![answer.clone()]).await;
            assert!(PlainAsk::prove(address, SMALL_PROMPT).await.is_err(), "{answer}");
        }
        let longer = counted(&format!("{right} "));
        let address = liar(vec![counted(&right), longer]).await;
        let ask = PlainAsk::prove(address, SMALL_PROMPT).await.unwrap();
        let error = Fleet::open(address, 1).await.unwrap().plain(&ask, WINDOW).await.unwrap_err();
        assert!(error.to_string().contains("bytes, not of"), "{error}");
    });
}

#[test]
fn a_stream_without_its_end_is_no_answer() {
    run(async {
        let script = Script { chunks: 2, pause: 0, usage: false };
        let events = |bodies: &[String]| {
            bodies.iter().map(|body| format!("data: {body}\n\n")).collect::<String>()
        };
        let whole = events(&script.bodies());
        let doubled = whole.clone() + "data: {}\n\ndata: [DONE]\n\n";
        for stream in [whole.clone(), doubled, "data: [DONE]\n\n".to_owned() + &whole] {
            let address = liar(vec![counted(&stream)]).await;
            assert!(StreamAsk::prove(address, script).await.is_err(), "{stream}");
        }
        let address = liar(vec![counted(&(whole + "data: [DONE]\n\n"))]).await;
        StreamAsk::prove(address, script).await.unwrap();
    });
}
