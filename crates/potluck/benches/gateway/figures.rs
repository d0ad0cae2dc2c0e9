//! The figures of the benchmark: what each is called, its unit, and the aim it is held against.
//!
//! An aim is a wish, not a test: a figure beside its aim never makes the run fail.

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    /// Its name in the JSON file.
    pub(crate) key: &'static str,
    pub(crate) section: Section,
    pub(crate) label: &'static str,
    pub(crate) unit: &'static str,
    /// Digits after the point.
    pub(crate) digits: usize,
    pub(crate) aim: Option<Aim>,
}

/// A part of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Section {
    Plain,
    Streams,
    Footprint,
}

/// What potluck's figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// At most so many times nginx's.
    TimesNginx(f64),
    /// At most this, in the figure's unit.
    AtMost(f64),
}

// === impl Section ===

impl Section {
    /// Every section, in the order of the table.
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Streams, Self::Footprint];

    /// The line above its rows.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN REQUESTS",
            Self::Streams => "STREAMS",
            Self::Footprint => "MEMORY AND START",
        }
    }
}

const fn row(
    section: Section,
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    digits: usize,
) -> Figure {
    Figure { key, section, label, unit, digits, aim: None }
}

const fn aimed(aim: Aim, figure: Figure) -> Figure {
    Figure { aim: Some(aim), ..figure }
}

use Section::{Footprint, Plain, Streams};

pub(crate) static WHOLE_P50: Figure = row(Plain, "whole_p50", "whole p50, 1 connection", "µs", 0);
pub(crate) static WHOLE_P99: Figure = row(Plain, "whole_p99", "whole p99, 1 connection", "µs", 0);
pub(crate) static ADDED_P50: Figure =
    aimed(Aim::TimesNginx(1.5), row(Plain, "added_p50", "added p50, 1 connection", "µs", 0));
pub(crate) static ADDED_P99: Figure = row(Plain, "added_p99", "added p99, 1 connection", "µs", 0);
pub(crate) static STALLED: Figure =
    aimed(Aim::AtMost(1.0), row(Plain, "stalled", "took 35 to 48 ms, 1 connection", "%", 2));
pub(crate) static RATE_P50: Figure =
    row(Plain, "rate_whole_p50", "whole p50 at 500 a second", "µs", 0);
pub(crate) static RATE_P99: Figure =
    row(Plain, "rate_whole_p99", "whole p99 at 500 a second", "µs", 0);
pub(crate) static RATE_ADDED_P50: Figure =
    row(Plain, "rate_added_p50", "added p50 at 500 a second", "µs", 0);
pub(crate) static RATE_ADDED_P99: Figure =
    row(Plain, "rate_added_p99", "added p99 at 500 a second", "µs", 0);
pub(crate) static REQUESTS: Figure =
    row(Plain, "requests", "requests a second, 64 connections", "/s", 0);
pub(crate) static REQUEST_CPU: Figure = aimed(
    Aim::TimesNginx(3.0),
    row(Plain, "request_cpu", "CPU a request, 64 connections", "µs", 1),
);
pub(crate) static BUSY: Figure = row(Plain, "busy", "its core busy, 64 connections", "%", 0);
pub(crate) static LARGE_REQUESTS: Figure =
    row(Plain, "large_requests", "requests a second, 64 KiB prompt", "/s", 0);
pub(crate) static LARGE_CPU: Figure =
    aimed(Aim::TimesNginx(2.5), row(Plain, "large_cpu", "CPU a request, 64 KiB prompt", "µs", 1));

pub(crate) static FIRST_P50: Figure = row(Streams, "first_whole_p50", "first text p50", "µs", 0);
pub(crate) static FIRST_P99: Figure = row(Streams, "first_whole_p99", "first text p99", "µs", 0);
pub(crate) static FIRST_ADDED_P50: Figure =
    row(Streams, "first_added_p50", "added to first text p50", "µs", 0);
pub(crate) static FIRST_ADDED_P99: Figure =
    row(Streams, "first_added_p99", "added to first text p99", "µs", 0);
pub(crate) static STREAM_STALLED: Figure = aimed(
    Aim::AtMost(1.0),
    row(Streams, "stream_stalled", "took 35 to 48 ms, whole stream", "%", 2),
);
pub(crate) static BURST_CPU: Figure =
    aimed(Aim::AtMost(3.0), row(Streams, "burst_cpu", "CPU an event, bursts", "µs", 2));
pub(crate) static BURST_EVENTS: Figure =
    row(Streams, "burst_events", "events a second, bursts", "/s", 0);
pub(crate) static PACED_CPU: Figure =
    row(Streams, "paced_cpu", "CPU an event, 20 ms apart", "µs", 1);
pub(crate) static SHORT_STREAMS: Figure =
    row(Streams, "short_streams", "short streams a second, 64 at once", "/s", 0);
pub(crate) static SHORT_CPU: Figure =
    row(Streams, "short_cpu", "CPU a short stream, 64 at once", "µs", 1);

pub(crate) static IDLE_MIB: Figure =
    aimed(Aim::AtMost(20.0), row(Footprint, "idle_mib", "memory, idle", "MiB", 1));
pub(crate) static OPEN_MIB: Figure =
    aimed(Aim::AtMost(60.0), row(Footprint, "open_mib", "memory, 512 open streams", "MiB", 1));
pub(crate) static AFTER_MIB: Figure =
    row(Footprint, "after_mib", "memory, after they ended", "MiB", 1);
pub(crate) static START: Figure =
    aimed(Aim::AtMost(0.15), row(Footprint, "start", "start to first answer", "s", 3));

/// Every figure, in the order of the table.
pub(crate) static ALL: [&Figure; 28] = [
    &WHOLE_P50,
    &WHOLE_P99,
    &ADDED_P50,
    &ADDED_P99,
    &STALLED,
    &RATE_P50,
    &RATE_P99,
    &RATE_ADDED_P50,
    &RATE_ADDED_P99,
    &REQUESTS,
    &REQUEST_CPU,
    &BUSY,
    &LARGE_REQUESTS,
    &LARGE_CPU,
    &FIRST_P50,
    &FIRST_P99,
    &FIRST_ADDED_P50,
    &FIRST_ADDED_P99,
    &STREAM_STALLED,
    &BURST_CPU,
    &BURST_EVENTS,
    &PACED_CPU,
    &SHORT_STREAMS,
    &SHORT_CPU,
    &IDLE_MIB,
    &OPEN_MIB,
    &AFTER_MIB,
    &START,
];
