//! From a good answer and a fault to what goes over the wire.

use std::time::Duration;

use serde_json::Value;

use super::kind::Fault;
use super::{broken, flood, odd, refusing, wrong};
use crate::server::{Event, Framing, Reply, Script, Step};

/// The answer that would have been given, in both forms.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    /// The client asked for a stream.
    pub(crate) streamed: bool,
    pub(crate) model: String,
    pub(crate) first_byte: Duration,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) events: Vec<(Duration, Event)>,
}

impl Good {
    /// In the form that was asked for.
    pub(super) fn reply(&self) -> Reply {
        if self.streamed { self.stream(self.events.clone()) } else { self.whole(self.body.clone()) }
    }

    /// Another body, with the same headers and latency.
    pub(super) fn whole(&self, body: Value) -> Reply {
        self.dress(Reply::json(200, body))
    }

    /// Other events, with the same headers and latency.
    pub(super) fn stream(&self, events: Vec<(Duration, Event)>) -> Reply {
        self.dress(Reply::events(events))
    }

    /// Gives a reply the same headers and latency.
    pub(super) fn dress(&self, mut reply: Reply) -> Reply {
        reply.headers.extend(self.headers.iter().cloned());
        reply.first_byte = self.first_byte;
        reply
    }

    /// How many events there are before the finish reason.
    pub(super) fn deltas(&self) -> usize {
        let finished = |(_, event): &(Duration, Event)| match event {
            Event::Data(value) => {
                value.pointer("/choices/0/finish_reason").is_some_and(|reason| !reason.is_null())
            }
            _ => false,
        };
        self.events.iter().position(finished).unwrap_or(self.events.len())
    }

    /// The events up to half of the content: the role and at least one piece.
    pub(super) fn first_half(&self) -> Vec<(Duration, Event)> {
        let deltas = self.deltas();
        let half = (1 + deltas.saturating_sub(1).div_ceil(2)).min(deltas);
        self.events[..half].to_vec()
    }
}

/// What the client gets instead of the good answer.
pub(crate) fn spoil(fault: &Fault, good: &Good, now_ms: u64) -> Script {
    let usual = Framing::default();
    match fault {
        Fault::Refused | Fault::Reset => Script::closing(vec![Step::Reset]),
        Fault::Stale => broken::stale(good),
        Fault::Tls => broken::tls_alert(),
        Fault::RateLimited { style, wait } => {
            refusing::rate_limited(*style, *wait, now_ms).script(&usual)
        }
        Fault::QuotaSpent(style) => refusing::quota_spent(*style, now_ms).script(&usual),
        Fault::NotFree(how) => refusing::not_free(*how, &good.model).script(&usual),
        Fault::Unauthorized => refusing::unauthorized().script(&usual),
        Fault::Trouble(what) => refusing::trouble(*what).script(&usual),
        Fault::ContextTooLong => refusing::context_too_long().script(&usual),
        Fault::PolicyRefused => refusing::policy().script(&usual),
        Fault::Redirect { to } => refusing::redirect(to).script(&usual),
        Fault::StallBeforeFirstByte => Script::closing(vec![Step::Hang]),
        Fault::StallAfterHeaders => broken::stall_after_headers(good),
        Fault::StallMidStream => broken::stall_mid_stream(good),
        Fault::TrickleComments { every } => broken::trickle_comments(good, *every),
        Fault::TrickleContent { every } => broken::trickle_content(good, *every),
        Fault::CutBeforeContent(after) => broken::cut_before_content(good, *after),
        Fault::CutMidStream => broken::cut_mid_stream(good),
        Fault::CutMidEvent => broken::cut_mid_event(good),
        Fault::EndedEarly => broken::ended_early(good),
        Fault::BadChunking => broken::bad_chunking(good),
        Fault::Empty(what) => wrong::empty(good, *what).script(&usual),
        Fault::ErrorIn200(place) => wrong::error_in_200(good, *place).script(&usual),
        Fault::Garbage(what) => wrong::garbage(good, *what).script(&usual),
        Fault::EndlessLine { bytes } => flood::endless_line(good, *bytes),
        Fault::Gigantic { bytes } => flood::gigantic(good, *bytes),
        Fault::GzipBomb { bytes } => flood::gzip_bomb(good, *bytes),
        Fault::ToolArgumentsBroken => odd::broken_arguments(good).script(&usual),
        Fault::Says { text } => wrong::says(good, text).script(&usual),
        Fault::Odd(oddity) => odd::odd(good, *oddity),
    }
}
