//! A committed stream on its way to the client.
//!
//! The client's connection polls this body: a slow client pushes back on the provider, and a client
//! that leaves drops it, which cancels the provider and settles the attempt.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use potluck_core::outcome::{Failure, Stage};
use potluck_core::verdict::Refusal;
use potluck_dialect::BadAnswer;
use potluck_dialect::fault::{self, Transport};
use tokio::time::Sleep;

use crate::clock::Mark;
use crate::house::House;
use crate::relay::attempt::{Committed, transport};
use crate::relay::flight::Flight;
use crate::relay::record::Record;
use crate::upstream::fault_of;

/// The most that is gathered into one write.
const BATCH: usize = 32 << 10;

/// How often the provider's connection is asked before what there is goes out. The server polls a body
/// that is pending twice in one turn of its task; only the third time has the connection had a turn of
/// its own.
const ASKED: u8 = 2;

/// How often a silent stream says that it still lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The rest of a stream, translated as it comes.
pub struct Pour {
    house: Arc<House>,
    flight: Option<(Flight, Record)>,
    stream: Committed,
    tick: Pin<Box<Sleep>>,
    /// Events with content so far: only these reset the idle clock.
    heard: u64,
    last: Mark,
    /// How often in a row the provider's connection had nothing more.
    asked: u8,
    /// A keep-alive is to go out now.
    rang: bool,
    done: bool,
}

impl std::fmt::Debug for Pour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pour").field("flight", &self.flight).field("done", &self.done).finish()
    }
}

impl Pour {
    pub(super) fn new(
        house: &Arc<House>,
        flight: Flight,
        record: Record,
        stream: Committed,
    ) -> Self {
        let last = house.clock.mark();
        let mut pour = Self {
            house: Arc::clone(house),
            flight: Some((flight, record)),
            tick: Box::pin(tokio::time::sleep(KEEP_ALIVE.min(house.terms().deadlines.idle))),
            heard: stream.bridge.progress().content_events,
            stream,
            last,
            asked: 0,
            rang: false,
            done: false,
        };
        if pour.stream.ended {
            pour.succeed();
        }
        pour
    }

    /// Takes in what the provider sent; what the client is to see gathers in the held bytes.
    fn take(&mut self, data: &[u8]) {
        self.asked = 0;
        let arrived = self.house.clock.mark();
        if let Err(bad) = self.stream.bridge.push(data, &mut self.stream.held) {
            self.break_bad(&bad);
            return;
        }
        let read = self.house.clock.mark();
        if let Some((flight, _)) = &mut self.flight {
            flight.spend(arrived.until(read));
        }
        let heard = self.stream.bridge.progress().content_events;
        if heard != self.heard {
            self.heard = heard;
            self.last = read;
        }
    }

    fn end(&mut self) {
        match self.stream.bridge.finish(&mut self.stream.held) {
            Ok(()) => self.succeed(),
            Err(bad) => self.break_bad(&bad),
        }
    }

    fn succeed(&mut self) {
        self.done = true;
        if let Some((mut flight, record)) = self.flight.take() {
            let progress = self.stream.bridge.progress();
            flight.used(progress.usage.cloned());
            record.served(&flight, progress.finish, progress.usage.cloned());
            flight.succeed();
        }
    }

    fn break_bad(&mut self, bad: &BadAnswer) {
        let rules = self.flight().map_or(&[][..], |flight| flight.wire().rules.as_slice());
        let now = self.house.clock.now();
        self.break_off(fault::from_bad_answer(bad, rules, Stage::AfterCommit, now));
    }

    /// Tells the client inside the stream, since its status is long gone.
    fn break_off(&mut self, failure: Failure) {
        self.done = true;
        let Some((mut flight, record)) = self.flight.take() else { return };
        let refusal = broken(flight.offer().name.as_str(), &failure);
        self.stream.bridge.fail(&refusal, &mut self.stream.held);
        let usage = self.stream.bridge.progress().usage.cloned();
        flight.used(usage.clone());
        record.broke(&flight, &failure, usage);
        tracing::info!(offer = %flight.offer().name, class = failure.class.word(), detail = %failure.detail, "stream broke");
        flight.fail(failure);
    }

    /// The clock rang: too long without content, too long in all, or merely time to say so.
    fn ring(&mut self) {
        let deadlines = self.house.terms().deadlines;
        let idle = if self.thinks() { deadlines.thinking } else { deadlines.idle };
        if self.last.elapsed() >= idle && self.stream.bridge.progress().finished {
            return self.end();
        }
        if self.last.elapsed() >= idle {
            return self
                .break_off(fault::from_transport(Transport::IdleTimeout, Stage::AfterCommit));
        }
        if self.flight().is_some_and(|flight| flight.age() >= deadlines.total) {
            return self
                .break_off(fault::from_transport(Transport::TotalTimeout, Stage::AfterCommit));
        }
        // An empty frame would be the end of the body.
        self.rang = !self.stream.bridge.keep_alive().is_empty();
        self.stream.held.extend_from_slice(self.stream.bridge.keep_alive());
        let left = idle.saturating_sub(self.last.elapsed());
        let next = self.house.clock.mark().plus(KEEP_ALIVE.min(left));
        self.tick.as_mut().reset(next);
    }

    fn flight(&self) -> Option<&Flight> {
        self.flight.as_ref().map(|(flight, _)| flight)
    }

    /// Models that think may fall silent for long, also after their first words.
    fn thinks(&self) -> bool {
        self.flight().is_some_and(Flight::thinks)
    }

    /// Lets the provider's connection have one more turn before what there is goes out: it hands over a
    /// chunk at a time, and a write a chunk would cost more than all the rest.
    fn gather(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.asked >= ASKED {
            self.asked = 0;
            return Poll::Ready(self.emit().map(|bytes| Ok(Frame::data(bytes))));
        }
        self.asked += 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn emit(&mut self) -> Option<Bytes> {
        let held = std::mem::take(&mut self.stream.held);
        (!held.is_empty()).then(|| Bytes::from(held))
    }
}

impl Body for Pour {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        loop {
            if this.done || this.stream.held.len() >= BATCH || this.rang {
                this.rang = false;
                return Poll::Ready(this.emit().map(|bytes| Ok(Frame::data(bytes))));
            }
            match Pin::new(&mut this.stream.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Some(data) = frame.data_ref() {
                        this.take(data);
                    }
                }
                // The answer was whole: how its connection ended is nobody's concern.
                Poll::Ready(Some(Err(_))) if this.stream.bridge.progress().finished => this.end(),
                Poll::Ready(Some(Err(error))) => {
                    this.break_off(transport(&fault_of(&error), Stage::AfterCommit));
                }
                Poll::Ready(None) => this.end(),
                Poll::Pending if !this.stream.held.is_empty() => return this.gather(cx),
                Poll::Pending => match this.tick.as_mut().poll(cx) {
                    Poll::Ready(()) => this.ring(),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }
}

fn broken(offer: &str, failure: &Failure) -> Refusal {
    Refusal::new(
        502,
        "api_error",
        "stream_interrupted",
        format!(
            "{offer} broke off in the middle of its answer ({}). What came before is incomplete; send the request again to have another model answer it.",
            failure.detail
        ),
    )
}
