//! Requests that are answered in one piece.

use anyhow::{Context, Result};

use super::{Stage, metered};
use crate::ask::{LARGE_PROMPT, PlainAsk, SMALL_PROMPT};
use crate::figures::{self, Figure};
use crate::gateway::{Column, Gateway};
use crate::load::Fleet;

/// Connections that keep a gateway's core busy.
const CROWD: usize = 64;

/// Requests a second at the fixed rate.
const RATE: u32 = 500;

/// Makes every plain measurement, each with all gateways in turn.
pub(super) async fn measure(stage: &mut Stage<'_>) -> Result<()> {
    for at in 0..stage.gateways.len() {
        alone(stage, at).await.with_context(|| name(stage, at, "one connection"))?;
    }
    for at in 0..stage.gateways.len() {
        at_rate(stage, at).await.with_context(|| name(stage, at, "a fixed rate"))?;
    }
    for (added, whole) in [
        (&figures::ADDED_P50, &figures::WHOLE_P50),
        (&figures::ADDED_P99, &figures::WHOLE_P99),
        (&figures::RATE_ADDED_P50, &figures::RATE_P50),
        (&figures::RATE_ADDED_P99, &figures::RATE_P99),
    ] {
        stage.results.note_added(added, whole);
    }
    for at in 0..stage.gateways.len() {
        let rows = (&figures::REQUESTS, &figures::REQUEST_CPU, Some(&figures::BUSY));
        crowd(stage, at, SMALL_PROMPT, rows).await.with_context(|| name(stage, at, "a crowd"))?;
    }
    for at in 0..stage.gateways.len() {
        let rows = (&figures::LARGE_REQUESTS, &figures::LARGE_CPU, None);
        crowd(stage, at, LARGE_PROMPT, rows)
            .await
            .with_context(|| name(stage, at, "long prompts"))?;
    }
    Ok(())
}

fn name(stage: &Stage<'_>, at: usize, load: &str) -> String {
    format!("{}, plain requests, {load}", stage.gateways[at].column.name())
}

async fn alone(stage: &mut Stage<'_>, at: usize) -> Result<()> {
    let Gateway { column, address, pids, .. } = &stage.gateways[at];
    let ask = PlainAsk::prove(*address, SMALL_PROMPT).await?;
    let mut fleet = Fleet::open(*address, 1).await?;
    fleet.plain(&ask, stage.plan.warm).await?;
    let load = fleet.plain(&ask, stage.plan.load);
    let (tally, spent) = metered(pids, stage.upstream, load).await?;
    stage.results.note(&figures::WHOLE_P50, *column, tally.whole.micros(0.5));
    stage.results.note(&figures::WHOLE_P99, *column, tally.whole.micros(0.99));
    stage.results.note(&figures::STALLED, *column, tally.whole.stalled_percent());
    stage.results.note_others(spent.others);
    Ok(())
}

async fn at_rate(stage: &mut Stage<'_>, at: usize) -> Result<()> {
    let Gateway { column, address, pids, .. } = &stage.gateways[at];
    let ask = PlainAsk::prove(*address, SMALL_PROMPT).await?;
    let mut fleet = Fleet::open(*address, CROWD).await?;
    fleet.plain_at(&ask, RATE, stage.plan.warm).await?;
    let load = fleet.plain_at(&ask, RATE, stage.plan.load);
    let (tally, spent) = metered(pids, stage.upstream, load).await?;
    stage.results.note(&figures::RATE_P50, *column, tally.whole.micros(0.5));
    stage.results.note(&figures::RATE_P99, *column, tally.whole.micros(0.99));
    stage.results.note_others(spent.others);
    Ok(())
}

type Rows = (&'static Figure, &'static Figure, Option<&'static Figure>);

async fn crowd(stage: &mut Stage<'_>, at: usize, prompt: usize, rows: Rows) -> Result<()> {
    let Gateway { column, address, pids, .. } = &stage.gateways[at];
    let ask = PlainAsk::prove(*address, prompt).await?;
    let mut fleet = Fleet::open(*address, CROWD).await?;
    fleet.plain(&ask, stage.plan.warm).await?;
    let load = fleet.plain(&ask, stage.plan.load);
    let (tally, spent) = metered(pids, stage.upstream, load).await?;
    let (requests, cpu, busy) = rows;
    stage.results.note(requests, *column, tally.answers as f64 / tally.wall.as_secs_f64());
    if *column != Column::Direct {
        stage.results.note(cpu, *column, spent.micros_each(tally.answers));
        if let Some(busy) = busy {
            stage.results.note(busy, *column, spent.busy_percent());
        }
    }
    stage.results.note_others(spent.others);
    Ok(())
}
