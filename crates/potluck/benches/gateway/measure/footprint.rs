//! Resident memory: idle, under many open streams, and after they ended.
//!
//! It comes first in a round, while a gateway has answered no more than its first request.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Stage;
use crate::ask::StreamAsk;
use crate::figures;
use crate::gateway::{Column, Gateway};
use crate::load::Fleet;
use crate::script::Script;
use crate::usage::resident_mib;

const OPEN: usize = 512;

/// 3 seconds, slow enough that all streams are open at once on two cores.
const LONG: Script = Script { chunks: 31, pause: 100, usage: true };

/// When all streams have begun, and for how long memory is then watched.
const BEGUN: Duration = Duration::from_millis(1500);
const GLANCES: u32 = 10;
const BETWEEN_GLANCES: Duration = Duration::from_millis(100);

/// Measures each gateway's memory.
pub(super) async fn measure(stage: &mut Stage<'_>) -> Result<()> {
    for at in 0..stage.gateways.len() {
        if stage.gateways[at].column != Column::Direct {
            let name = stage.gateways[at].column.name();
            watch(stage, at).await.with_context(|| format!("{name}, {OPEN} open streams"))?;
        }
    }
    Ok(())
}

async fn watch(stage: &mut Stage<'_>, at: usize) -> Result<()> {
    let Gateway { column, address, pids, .. } = &stage.gateways[at];
    tokio::time::sleep(stage.plan.settle).await;
    stage.results.note(&figures::IDLE_MIB, *column, resident_mib(pids)?);
    let ask = StreamAsk::prove(*address, LONG).await?;
    let mut fleet = Fleet::open(*address, OPEN).await?;
    let load = fleet.streams(&ask, Duration::ZERO);
    let (tally, most) = tokio::try_join!(load, most_resident(pids))?;
    anyhow::ensure!(tally.answers == OPEN as u64, "only {} streams were answered", tally.answers);
    stage.results.note(&figures::OPEN_MIB, *column, most);
    drop(fleet);
    tokio::time::sleep(stage.plan.settle).await;
    stage.results.note(&figures::AFTER_MIB, *column, resident_mib(pids)?);
    Ok(())
}

async fn most_resident(pids: &[u32]) -> Result<f64> {
    tokio::time::sleep(BEGUN).await;
    let mut most = 0.0_f64;
    for _ in 0..GLANCES {
        most = most.max(resident_mib(pids)?);
        tokio::time::sleep(BETWEEN_GLANCES).await;
    }
    Ok(most)
}
