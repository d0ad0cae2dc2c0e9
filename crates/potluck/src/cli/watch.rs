//! `potluck status --watch`: the pool as it changes, until Ctrl-C.
//!
//! On a terminal the gauges are drawn in place, once a second, for countdowns move even where nothing changes. Elsewhere
//! each change is a line, as the router tells it.

mod frame;
mod line;

use std::time::Duration;

use potluck_dialect::sse::Decoder;
use serde_json::{Value, json};

use self::frame::frame;
use super::call::{Caller, Reply};
use super::failure::Failure;
use super::screen::Screen;
use super::serve::Signals;
use super::view::{self, Pool};
use crate::clock::Clock;

/// How often the gauges are drawn.
const BEAT: Duration = Duration::from_secs(1);

/// Follows the pool until somebody ends it.
pub(super) async fn run(
    for_machines: bool,
    caller: &Caller,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    let drawn = screen.is_terminal() && !for_machines;
    if drawn {
        screen.open_page()?;
    }
    let followed = tokio::select! {
        () = signals.next() => Ok(()),
        ended = follow(drawn, for_machines, caller, screen) => ended,
    };
    if drawn {
        screen.close_page()?;
    }
    followed
}

async fn follow(
    drawn: bool,
    for_machines: bool,
    caller: &Caller,
    screen: &mut Screen,
) -> Result<(), Failure> {
    if drawn {
        return draw(caller, screen).await;
    }
    tell(for_machines, caller.follow("/pool/events").await?, screen).await
}

async fn draw(caller: &Caller, screen: &mut Screen) -> Result<(), Failure> {
    loop {
        let pool: Pool = view::read(caller.get::<Value>("/pool").await?)?;
        let (width, height) = screen.size();
        screen.page(&frame(&pool, width, height))?;
        tokio::time::sleep(BEAT).await;
    }
}

async fn tell(for_machines: bool, mut told: Reply, screen: &mut Screen) -> Result<(), Failure> {
    let mut decoder = Decoder::default();
    while let Some(bytes) = told.piece().await? {
        let mut lines = Vec::new();
        decoder.push(&bytes, |event| -> Result<(), Failure> {
            let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
                return Err(anyhow::anyhow!("the router sent an event that is no JSON").into());
            };
            let kind = event.name;
            lines.extend(if for_machines {
                Some(json!({ "event": kind, "data": data }).to_string())
            } else {
                line::of(kind, &data).map(|line| format!("{} {line}", time()))
            });
            Ok(())
        })?;
        for line in lines {
            screen.words(&format!("{line}\n"))?;
        }
    }
    Err(anyhow::anyhow!("the router has ended").into())
}

/// The time of day, by UTC as everywhere else.
fn time() -> String {
    let now = Clock.now().as_millis();
    let stamp = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    stamp.strftime("%H:%M:%SZ").to_string()
}
