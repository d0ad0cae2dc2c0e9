//! Faults of size. Each is bounded by the number of bytes that the test names.

use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::spoil::Good;
use crate::server::{Event, Framing, Reply, Script, Step, chunk};

/// How much is written at once.
const PIECE: usize = 64 * 1024;
/// What one member of a gzip bomb unpacks to.
const MEMBER: usize = 1024 * 1024;
/// Stands for the flood in a JSON text that is cut in two around it.
const PLACE: &str = "@flood@";

pub(super) fn endless_line(good: &Good, bytes: u64) -> Script {
    let begin = if good.streamed { "data: {\"id\":\"simulated" } else { "{\"id\":\"simulated" };
    let steps = vec![
        Step::Send(good.reply().chunked_head()),
        Step::Send(chunk(begin.as_bytes())),
        flood(&chunk(&[b'a'; PIECE]), bytes),
        Step::Send(chunk(b"")),
    ];
    Script::closing(steps)
}

pub(super) fn gigantic(good: &Good, bytes: u64) -> Script {
    let mut steps = vec![Step::Send(good.reply().chunked_head())];
    let letters = "simulated ".repeat(PIECE / 10);
    if good.streamed {
        let framing = Framing::default();
        let send = |(_, event): &(Duration, Event)| Step::Send(chunk(&framing.event(event)));
        let deltas = good.deltas();
        let delta = json!({
            "id": good.body["id"], "object": "chat.completion.chunk", "model": good.model,
            "choices": [{"index": 0, "delta": {"content": letters}, "finish_reason": null}],
        });
        steps.extend(good.events[..deltas].iter().map(send));
        steps.push(flood(&chunk(&framing.event(&Event::Data(delta))), bytes));
        steps.extend(good.events[deltas..].iter().map(send));
    } else {
        let mut body = good.body.clone();
        match body.pointer_mut("/choices/0/message/content") {
            Some(content) => *content = PLACE.into(),
            None => body["simulated"] = PLACE.into(),
        }
        let text = body.to_string();
        let (before, after) = text.split_once(PLACE).unwrap_or((&text, ""));
        steps.push(Step::Send(chunk(before.as_bytes())));
        steps.push(flood(&chunk(letters.as_bytes()), bytes));
        steps.push(Step::Send(chunk(after.as_bytes())));
    }
    steps.push(Step::Send(chunk(b"")));
    Script { steps, keep_alive: true }
}

pub(super) fn gzip_bomb(good: &Good, bytes: u64) -> Script {
    // gzip members may follow one another, so one small member is packed once and repeated
    let member = packed_blanks().unwrap_or_default();
    let times = bytes.div_ceil(MEMBER as u64);
    let total = usize::try_from(times).unwrap_or(usize::MAX).saturating_mul(member.len());
    let kind = if good.streamed { "text/event-stream" } else { "application/json" };
    let reply = good.dress(Reply::text(200, kind, "")).header("content-encoding", "gzip");
    let steps = vec![
        Step::Send(reply.sized_head(total)),
        Step::Again { bytes: member, every: Duration::ZERO, times },
    ];
    Script::closing(steps)
}

fn flood(bytes: &Bytes, total: u64) -> Step {
    Step::Again { bytes: bytes.clone(), every: Duration::ZERO, times: total.div_ceil(PIECE as u64) }
}

fn packed_blanks() -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[b' '; MEMBER])?;
    Ok(encoder.finish()?.into())
}
