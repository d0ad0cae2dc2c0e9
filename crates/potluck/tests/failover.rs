//! Half of the pool fails, in each way in turn; no client may notice.
//!
//! Twelve offers at six simulated providers over real loopback HTTP, three providers failing. Every
//! request, streamed or not, has to be answered whole; once the pool has learnt, it hardly tries the
//! broken ones any more. `POTLUCK_FAILOVER_REQUESTS` sets how many requests each row gets.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod house;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use house::{Asker, House, QUICK};
use potluck_testkit::{
    CutBefore, Empty, ErrorPlace, Fault, Garbage, NotFree, Pool, RefusalStyle, ServerTrouble,
};

/// Requests in flight at once.
const AT_ONCE: usize = 16;

/// The share of a row's requests after which the pool counts as having learnt.
const LEARNING: usize = 4;

struct Row {
    fault: String,
    streamed: bool,
    requests: usize,
    failures: Vec<String>,
    extra_learning: u32,
    extra_learnt: u32,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_notices_a_failing_half() {
    let requests = requests();
    let mut rows = Vec::new();
    for fault in faults() {
        for streamed in [false, true] {
            rows.push(run(&fault, streamed, requests).await);
        }
    }
    println!("{}", table(&rows));
    for row in &rows {
        assert!(row.failures.is_empty(), "{}: {:?}", row.fault, row.failures.first());
    }
    let after_learning: f64 = rows.iter().map(|row| f64::from(row.extra_learnt)).sum();
    let learnt: usize = rows.iter().map(|row| row.requests - row.requests / LEARNING).sum();
    let share = after_learning / learnt as f64;
    assert!(share < 0.05, "{share:.4} extra attempts per request after learning");
}

#[expect(clippy::disallowed_methods, reason = "how long the test may take is the runner's choice")]
fn requests() -> usize {
    std::env::var("POTLUCK_FAILOVER_REQUESTS")
        .map_or(1000, |text| text.parse().expect("a number of requests"))
}

/// The ways of section 4 of the design that come before the first content.
fn faults() -> Vec<Fault> {
    let minute = Some(Duration::from_secs(60));
    let mut faults = vec![Fault::Refused, Fault::Reset, Fault::Tls];
    for style in [RefusalStyle::OpenAi, RefusalStyle::OpenRouter, RefusalStyle::Gemini] {
        faults.push(Fault::RateLimited { style, wait: minute });
    }
    faults.push(Fault::RateLimited { style: RefusalStyle::Silent, wait: None });
    faults.push(Fault::QuotaSpent(RefusalStyle::OpenAi));
    faults.extend([NotFree::Unknown, NotFree::Gone, NotFree::Subscription].map(Fault::NotFree));
    faults.push(Fault::Unauthorized);
    faults.extend(
        [
            ServerTrouble::Internal,
            ServerTrouble::BadGateway,
            ServerTrouble::Unavailable,
            ServerTrouble::Overloaded,
            ServerTrouble::Degraded,
        ]
        .map(Fault::Trouble),
    );
    faults.extend([
        Fault::ContextTooLong,
        Fault::Redirect { to: "http://elsewhere.invalid/v1/chat/completions".to_owned() },
        Fault::StallBeforeFirstByte,
        Fault::StallAfterHeaders,
        Fault::TrickleComments { every: Duration::from_millis(200) },
    ]);
    faults.extend(
        [CutBefore::Headers, CutBefore::RoleDelta, CutBefore::Comments]
            .map(Fault::CutBeforeContent),
    );
    faults.push(Fault::BadChunking);
    faults.extend(
        [Empty::Body, Empty::NoChoices, Empty::Content, Empty::Whitespace, Empty::FinishOnly]
            .map(Fault::Empty),
    );
    faults.extend(
        [ErrorPlace::Body, ErrorPlace::FirstEvent, ErrorPlace::AfterComments]
            .map(Fault::ErrorIn200),
    );
    faults.extend(
        [Garbage::Html, Garbage::InvalidJson, Garbage::InvalidUtf8, Garbage::Binary]
            .map(Fault::Garbage),
    );
    faults.push(Fault::EndlessLine { bytes: 8 << 20 });
    faults.push(Fault::GzipBomb { bytes: 8 << 20 });
    faults
}

async fn run(fault: &Fault, streamed: bool, requests: usize) -> Row {
    let pool = Pool::twelve_half_failing(fault.clone()).await.unwrap();
    let house = Arc::new(House::over(&pool, QUICK));
    let asker = Asker::new();
    let url = format!("{}/v1/chat/completions", house.address);
    let replies: Vec<(usize, Result<u32, String>)> =
        futures_util::stream::iter((0..requests).map(|number| {
            let (asker, url) = (asker.clone(), url.clone());
            async move { (number, ask(&asker, &url, number, streamed).await) }
        }))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut row = Row {
        fault: fault.name(),
        streamed,
        requests,
        failures: Vec::new(),
        extra_learning: 0,
        extra_learnt: 0,
    };
    for (number, reply) in replies {
        match reply {
            Ok(attempts) if number < requests / LEARNING => row.extra_learning += attempts - 1,
            Ok(attempts) => row.extra_learnt += attempts - 1,
            Err(why) => row.failures.push(why),
        }
    }
    pool.stop().await;
    row
}

/// One request; how many attempts it took, or what the client had to see.
async fn ask(asker: &Asker, url: &str, number: usize, streamed: bool) -> Result<u32, String> {
    let body = serde_json::json!({
        "model": "free",
        "stream": streamed,
        "messages": [{ "role": "user", "content": format!("request number {number}") }],
    });
    let reply = asker.post(url, body.to_string()).await;
    if reply.status != 200 {
        return Err(format!("status {}: {}", reply.status, reply.body));
    }
    let text = if streamed { reply.streamed_text()? } else { reply.whole_text()? };
    if !text.contains("simulated by sim-") {
        return Err(format!("not the answer of a provider: {text}"));
    }
    Ok(reply.attempts())
}

fn table(rows: &[Row]) -> String {
    let mut table = format!(
        "{:<44} {:>7} {:>9} {:>9} {:>15} {:>13}\n",
        "fault", "stream", "requests", "failures", "extra, learning", "extra, learnt"
    );
    for row in rows {
        let learnt = row.requests - row.requests / LEARNING;
        let _ = writeln!(
            table,
            "{:<44} {:>7} {:>9} {:>9} {:>15} {:>13.4}",
            row.fault,
            if row.streamed { "yes" } else { "no" },
            row.requests,
            row.failures.len(),
            row.extra_learning,
            f64::from(row.extra_learnt) / learnt as f64,
        );
    }
    table
}
