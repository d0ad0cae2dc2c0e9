//! `potluck status`: the pool in a line, and the gauges of every offer.

use serde_json::Value;

use super::failure::Failure;
use super::gauge;
use super::router::{self, At};
use super::screen::{Cell, Screen};
use super::view::{self, Offer, Pool};
use crate::settings::Settings;

/// Show the pool: what each offer has left, how fast it is and how well it does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  potluck status
  potluck status --json | jq .summary
  potluck status --url http://127.0.0.1:7685")]
pub struct Status {
    /// For machines: the pool as the router gives it
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// Runs it.
pub(super) async fn run(
    status: &Status,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let router = router::reach(&status.at, settings, screen).await?;
    let pool = router.caller.get::<Value>("/pool").await;
    router.close().await;
    let pool = pool?;
    if status.json { Ok(screen.json(&pool)?) } else { show(&view::read(pool)?, screen) }
}

/// The pool for people.
pub(super) fn show(pool: &Pool, screen: &mut Screen) -> Result<(), Failure> {
    let summary = &pool.summary;
    screen.say(&format!(
        "{} of {} offers at {} providers can serve now; the draw is {}",
        summary.available, summary.offers, summary.providers, pool.strategy
    ))?;
    let rows = pool.offers.iter().map(row);
    screen.table(
        &[
            "OFFER",
            "STATE",
            "LEFT",
            "",
            "BUSY",
            "SERVED",
            "SUCCESS",
            "FIRST WORD",
            "TOKENS/S",
            "WAIT",
        ],
        rows,
    )?;
    Ok(())
}

fn row(offer: &Offer) -> Vec<Cell> {
    vec![
        offer.label().into(),
        gauge::state(offer),
        offer.tightest().map(gauge::bar).unwrap_or_default().into(),
        gauge::remaining(offer).into(),
        offer.in_flight.to_string().into(),
        if offer.attempts == 0 {
            String::new()
        } else {
            format!("{}/{}", offer.served, offer.attempts)
        }
        .into(),
        offer.success.map_or_else(String::new, |part| format!("{:.0} %", part * 100.0)).into(),
        first_word(offer).into(),
        offer.tokens_per_s.map_or_else(String::new, |rate| format!("{rate:.0}")).into(),
        wait(offer).into(),
    ]
}

fn first_word(offer: &Offer) -> String {
    let Some(spread) = &offer.first_event_ms else { return String::new() };
    match (spread.p50, spread.p95) {
        (Some(half), Some(most)) => format!("{half:.0}/{most:.0} ms"),
        (Some(half), None) => format!("{half:.0} ms"),
        (None, _) => String::new(),
    }
}

fn wait(offer: &Offer) -> String {
    match offer.estimated_wait_s {
        _ if offer.is_available() => String::new(),
        Some(seconds) => gauge::wait(seconds),
        None => "unknown".to_owned(),
    }
}
