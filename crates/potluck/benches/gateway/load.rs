//! Load over a fleet of kept-alive connections: closed loops, a fixed rate, streams.
//!
//! Every answer is checked; the first wrong one ends the run. Bounded in connections and in time.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::future::try_join_all;

use super::ask::{PlainAsk, StreamAsk};
use super::connection::Connection;
use super::samples::Samples;

/// How much longer than planned a load may last before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections that load goes over.
#[derive(Debug)]
pub(crate) struct Fleet(Vec<Connection>);

/// What a load brought.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Answers, all of them right.
    pub(crate) answers: u64,
    /// From sending to the end of the answer.
    pub(crate) whole: Samples,
    /// From sending to the first event with text; of plain answers, none.
    pub(crate) first_text: Samples,
    /// From the start of the load until all answers were in.
    pub(crate) wall: Duration,
}

/// The durations that one connection saw.
#[derive(Debug, Default)]
struct Seen {
    whole: Vec<Duration>,
    first_text: Vec<Duration>,
}

// === impl Fleet ===

impl Fleet {
    /// Opens `size` connections.
    pub(crate) async fn open(address: SocketAddr, size: usize) -> Result<Self> {
        Ok(Self(try_join_all((0..size).map(|_| Connection::open(address))).await?))
    }

    /// Every connection asks again as soon as it has its answer, for `length`.
    pub(crate) async fn plain(&mut self, ask: &PlainAsk, length: Duration) -> Result<Tally> {
        let start = Instant::now();
        let workers = self.0.iter_mut().map(|connection| async move {
            let mut seen = Seen::default();
            while start.elapsed() < length {
                let sent = Instant::now();
                ask.ask(connection).await?;
                seen.whole.push(sent.elapsed());
            }
            anyhow::Ok(seen)
        });
        gather(start, length, workers).await
    }

    /// The connections ask in turn, `rate` times a second together, for `length`.
    pub(crate) async fn plain_at(
        &mut self,
        ask: &PlainAsk,
        rate: u32,
        length: Duration,
    ) -> Result<Tally> {
        let start = Instant::now();
        let step = Duration::from_secs(1) / rate;
        let period = step * u32::try_from(self.0.len())?;
        let workers = (0..).zip(self.0.iter_mut()).map(|(turn, connection)| async move {
            let (mut seen, mut due) = (Seen::default(), step * turn);
            while due < length {
                tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
                let sent = Instant::now();
                ask.ask(connection).await?;
                seen.whole.push(sent.elapsed());
                due += period;
            }
            anyhow::Ok(seen)
        });
        gather(start, length, workers).await
    }

    /// Every connection asks for the next stream as soon as one has ended, for `length`; at least one each.
    pub(crate) async fn streams(&mut self, ask: &StreamAsk, length: Duration) -> Result<Tally> {
        let start = Instant::now();
        let workers = self.0.iter_mut().map(|connection| async move {
            let mut seen = Seen::default();
            loop {
                stream(ask, connection, &mut seen).await?;
                if start.elapsed() >= length {
                    return anyhow::Ok(seen);
                }
            }
        });
        gather(start, length, workers).await
    }
}

async fn stream(ask: &StreamAsk, connection: &mut Connection, seen: &mut Seen) -> Result<()> {
    let sent = Instant::now();
    let first = Cell::new(Duration::ZERO);
    ask.ask(connection, || first.set(sent.elapsed())).await?;
    seen.whole.push(sent.elapsed());
    seen.first_text.push(first.get());
    Ok(())
}

async fn gather(
    start: Instant,
    length: Duration,
    workers: impl Iterator<Item = impl Future<Output = Result<Seen>>>,
) -> Result<Tally> {
    let seen = tokio::time::timeout(length + PATIENCE, try_join_all(workers))
        .await
        .with_context(|| format!("no answer for {} s", PATIENCE.as_secs()))??;
    let wall = start.elapsed();
    let (whole, first_text): (Vec<_>, Vec<_>) =
        seen.into_iter().map(|one| (one.whole, one.first_text)).unzip();
    let whole = whole.concat();
    Ok(Tally {
        answers: whole.len() as u64,
        whole: Samples::new(whole),
        first_text: Samples::new(first_text.concat()),
        wall,
    })
}
