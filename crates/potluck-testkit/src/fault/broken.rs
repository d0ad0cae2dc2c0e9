//! Faults of transport: stalls, cuts and trickles.

use std::time::Duration;

use bytes::Bytes;

use super::kind::CutBefore;
use super::spoil::Good;
use crate::server::{Event, Framing, Script, Step, chunk};

/// No trickle goes on longer than this.
const LONGEST_TRICKLE: Duration = Duration::from_secs(600);
/// Into how many pieces a whole body is cut for a trickle.
const BODY_PIECES: usize = 16;

/// A fatal `handshake_failure` alert of TLS 1.2, which begins every handshake that goes wrong.
pub(super) fn tls_alert() -> Script {
    let alert = Bytes::from_static(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);
    Script::closing(vec![Step::Send(alert)])
}

/// The good answer, on a connection that has not answered before.
pub(super) fn stale(good: &Good) -> Script {
    let mut script = good.reply().script(&Framing::default());
    script.steps.insert(0, Step::ResetUsed);
    script
}

pub(super) fn stall_after_headers(good: &Good) -> Script {
    then(headers_only(good), Step::Hang)
}

pub(super) fn stall_mid_stream(good: &Good) -> Script {
    then(half(good), Step::Hang)
}

pub(super) fn trickle_comments(good: &Good, every: Duration) -> Script {
    let nothing: &[u8] = if good.streamed { b": simulated keep-alive\n\n" } else { b" \n" };
    let times = LONGEST_TRICKLE.as_millis() / every.as_millis().max(1);
    let times = u64::try_from(times).unwrap_or(u64::MAX);
    let head = Step::Send(good.reply().chunked_head());
    Script::closing(vec![head, Step::Again { bytes: chunk(nothing), every, times }])
}

pub(super) fn trickle_content(good: &Good, every: Duration) -> Script {
    if good.streamed {
        let events = good.events.iter().map(|(_, event)| (every, event.clone())).collect();
        return good.stream(events).script(&Framing::default());
    }
    let reply = good.reply();
    let body = reply.whole(&Framing::default());
    let mut steps = vec![Step::Send(reply.chunked_head())];
    for piece in body.chunks(body.len().div_ceil(BODY_PIECES).max(1)) {
        steps.push(Step::Pause(every));
        steps.push(Step::Send(chunk(piece)));
    }
    steps.push(Step::Send(chunk(b"")));
    Script { steps, keep_alive: true }
}

pub(super) fn cut_before_content(good: &Good, after: CutBefore) -> Script {
    if !good.streamed {
        return headers_only(good);
    }
    let comment = || (Duration::ZERO, Event::Comment("simulated keep-alive"));
    let events = match after {
        CutBefore::Headers => return headers_only(good),
        CutBefore::RoleDelta => good.events.iter().take(1).cloned().collect(),
        CutBefore::Comments => vec![comment(), comment()],
    };
    good.stream(events).opening(&Framing::default())
}

pub(super) fn cut_mid_stream(good: &Good) -> Script {
    half(good)
}

pub(super) fn cut_mid_event(good: &Good) -> Script {
    if !good.streamed {
        return short_body(good);
    }
    let mut script = half(good);
    let next = good.events.get(good.first_half().len()).map(|(_, event)| event);
    let bytes = Framing::default().event(next.unwrap_or(&Event::Done));
    script.steps.push(Step::Send(chunk(&bytes[..bytes.len() / 2])));
    script
}

pub(super) fn ended_early(good: &Good) -> Script {
    if !good.streamed {
        return short_body(good);
    }
    good.stream(good.first_half()).script(&Framing::default())
}

pub(super) fn bad_chunking(good: &Good) -> Script {
    let mut script = Script::closing(vec![Step::Send(good.reply().chunked_head())]);
    script.steps.push(Step::Send(Bytes::from_static(b"zz\r\nsimulated\r\n0\r\n\r\n")));
    script
}

// === parts ===

fn then(mut script: Script, step: Step) -> Script {
    script.steps.push(step);
    script
}

fn headers_only(good: &Good) -> Script {
    let reply = good.reply();
    let head = if good.streamed {
        reply.chunked_head()
    } else {
        reply.sized_head(reply.whole(&Framing::default()).len())
    };
    Script::closing(vec![Step::Pause(good.first_byte), Step::Send(head)])
}

/// Half of the answer, under headers that promise all of it.
fn half(good: &Good) -> Script {
    if good.streamed {
        return good.stream(good.first_half()).opening(&Framing::default());
    }
    let body = good.reply().whole(&Framing::default());
    then(headers_only(good), Step::Send(body.slice(..body.len() / 2)))
}

/// Half of a JSON body, under headers that promise just that half.
fn short_body(good: &Good) -> Script {
    let reply = good.reply();
    let body = reply.whole(&Framing::default());
    let short = body.slice(..body.len() / 2);
    let steps = vec![
        Step::Pause(good.first_byte),
        Step::Send([reply.sized_head(short.len()), short].concat().into()),
    ];
    Script { steps, keep_alive: true }
}
