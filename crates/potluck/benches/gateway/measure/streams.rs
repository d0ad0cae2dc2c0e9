//! Streams: one at a time, in bursts, at a pace, and many short ones.

use std::time::Duration;

use anyhow::{Context, Result};

use super::{Stage, metered};
use crate::ask::StreamAsk;
use crate::figures;
use crate::gateway::{Column, Gateway};
use crate::load::{Fleet, Tally};
use crate::script::Script;
use crate::usage::Spent;

/// A stream with no pause in it.
const SHORT: Script = Script { chunks: 20, pause: 0, usage: true };
const BURST: Script = Script { chunks: 500, pause: 0, usage: true };

const BURSTS_AT_ONCE: usize = 8;
const PACED_AT_ONCE: usize = 10;
const SHORT_AT_ONCE: usize = 64;

/// Milliseconds between the events of a paced stream.
const PACE: u64 = 20;

/// Makes every measurement of streams, each with all gateways in turn.
pub(super) async fn measure(stage: &mut Stage<'_>) -> Result<()> {
    let (load, chunks) = (stage.plan.load, stage.plan.paced_chunks);
    let paced = Script { chunks, pause: PACE, usage: true };
    for at in 0..stage.gateways.len() {
        let found = run(stage, at, SHORT, 1, load).await;
        note_first(stage, at, &found.with_context(|| name(stage, at, "one at a time"))?);
    }
    stage.results.note_added(&figures::FIRST_ADDED_P50, &figures::FIRST_P50);
    stage.results.note_added(&figures::FIRST_ADDED_P99, &figures::FIRST_P99);
    for at in 0..stage.gateways.len() {
        let found = run(stage, at, BURST, BURSTS_AT_ONCE, load).await;
        note_bursts(stage, at, &found.with_context(|| name(stage, at, "bursts"))?);
    }
    for at in 0..stage.gateways.len() {
        let found = run(stage, at, paced, PACED_AT_ONCE, Duration::ZERO).await;
        note_paced(stage, at, &found.with_context(|| name(stage, at, "at a pace"))?);
    }
    for at in 0..stage.gateways.len() {
        let found = run(stage, at, SHORT, SHORT_AT_ONCE, load).await;
        note_short(stage, at, &found.with_context(|| name(stage, at, "short ones"))?);
    }
    Ok(())
}

fn name(stage: &Stage<'_>, at: usize, load: &str) -> String {
    format!("{}, streams, {load}", stage.gateways[at].column.name())
}

/// A load and what it cost the gateway.
struct Found {
    tally: Tally,
    spent: Spent,
    events: u64,
}

async fn run(
    stage: &mut Stage<'_>,
    at: usize,
    script: Script,
    at_once: usize,
    length: Duration,
) -> Result<Found> {
    let Gateway { address, pids, .. } = &stage.gateways[at];
    let ask = StreamAsk::prove(*address, script).await?;
    let mut fleet = Fleet::open(*address, at_once).await?;
    if script.pause == 0 {
        fleet.streams(&ask, stage.plan.warm).await?;
    }
    let (tally, spent) = metered(pids, stage.upstream, fleet.streams(&ask, length)).await?;
    stage.results.note_others(spent.others);
    let events = tally.answers * ask.events();
    Ok(Found { tally, spent, events })
}

fn note_first(stage: &mut Stage<'_>, at: usize, found: &Found) {
    let column = stage.gateways[at].column;
    stage.results.note(&figures::FIRST_P50, column, found.tally.first_text.micros(0.5));
    stage.results.note(&figures::FIRST_P99, column, found.tally.first_text.micros(0.99));
    stage.results.note(&figures::STREAM_STALLED, column, found.tally.whole.stalled_percent());
}

fn note_bursts(stage: &mut Stage<'_>, at: usize, found: &Found) {
    let column = stage.gateways[at].column;
    let rate = found.events as f64 / found.tally.wall.as_secs_f64();
    stage.results.note(&figures::BURST_EVENTS, column, rate);
    if column != Column::Direct {
        stage.results.note(&figures::BURST_CPU, column, found.spent.micros_each(found.events));
    }
}

fn note_paced(stage: &mut Stage<'_>, at: usize, found: &Found) {
    let column = stage.gateways[at].column;
    if column != Column::Direct {
        stage.results.note(&figures::PACED_CPU, column, found.spent.micros_each(found.events));
    }
}

fn note_short(stage: &mut Stage<'_>, at: usize, found: &Found) {
    let column = stage.gateways[at].column;
    let rate = found.tally.answers as f64 / found.tally.wall.as_secs_f64();
    stage.results.note(&figures::SHORT_STREAMS, column, rate);
    if column != Column::Direct {
        let each = found.spent.micros_each(found.tally.answers);
        stage.results.note(&figures::SHORT_CPU, column, each);
    }
}
