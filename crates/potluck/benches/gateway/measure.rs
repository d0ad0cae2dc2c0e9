//! The measurements, and the order they are made in.
//!
//! In every round each load goes to every column in turn before the next load begins, so that a machine that
//! grows slower slows all of them alike.

mod footprint;
mod plain;
mod streams;

use anyhow::{Context, Result};

use super::figures;
use super::gateway::{Column, Gateway, Setup};
use super::load::Tally;
use super::options::{Options, Part, Plan};
use super::results::Results;
use super::samples::median;
use super::usage::{Meter, Spent};

/// Everything that measurements share within one round.
#[derive(Debug)]
struct Stage<'a> {
    gateways: Vec<Gateway>,
    upstream: u32,
    plan: Plan,
    results: &'a mut Results,
}

/// Makes one round of all measurements that the options want.
pub(crate) async fn round(
    options: &Options,
    setup: &Setup,
    columns: &[Column],
    upstream: u32,
    results: &mut Results,
) -> Result<()> {
    let plan = options.plan();
    let starts = if options.wants(Part::Start) { plan.starts } else { 1 };
    let mut gateways = Vec::new();
    for column in columns {
        let gateway = start(*column, setup, starts, results).await;
        gateways.push(gateway.with_context(|| format!("{}, starting", column.name()))?);
    }
    let mut stage = Stage { gateways, upstream, plan, results };
    if options.wants(Part::Memory) {
        footprint::measure(&mut stage).await?;
    }
    if options.wants(Part::Plain) {
        plain::measure(&mut stage).await?;
    }
    if options.wants(Part::Stream) {
        streams::measure(&mut stage).await?;
    }
    Ok(())
}

/// Starts a gateway so many times, notes the median time and keeps the last.
async fn start(
    column: Column,
    setup: &Setup,
    times: usize,
    results: &mut Results,
) -> Result<Gateway> {
    let mut took = Vec::new();
    for _ in 1..times {
        if column != Column::Direct {
            took.push(Gateway::start(column, setup).await?.started_in.as_secs_f64());
        }
    }
    let gateway = Gateway::start(column, setup).await?;
    took.push(gateway.started_in.as_secs_f64());
    if column != Column::Direct && times > 1 {
        results.note(&figures::START, column, median(&took));
    }
    Ok(gateway)
}

/// Runs a load while the gateway's CPU time is measured.
async fn metered(
    pids: &[u32],
    upstream: u32,
    load: impl Future<Output = Result<Tally>>,
) -> Result<(Tally, Spent)> {
    let meter = Meter::start(pids, upstream)?;
    let tally = load.await?;
    Ok((tally, meter.stop()?))
}
