//! `potluck status`: the pool in a line, and the gauges of every offer, once or as they change.

use serde_json::Value;

use super::failure::Failure;
use super::gauge;
use super::router::{self, At};
use super::screen::{Cell, Screen};
use super::view::{self, Limit, Offer, Pool};
use super::watch;
use crate::settings::Settings;

/// Show what each offer has left of its limits, how fast it is and how well it does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What the columns say:
  LEFT, RESETS IN       of each limit, how much is left, and when something of it is back
  SOURCE                whose word that is: table (nothing used yet), ledger (our own count),
                        header (the provider's), learnt (from refusals); +2: it counts 2 more
  FIRST WORD, TOKENS/S  of its last streams, as half of them and as 95 of 100 were
  WAIT                  until it can serve

Examples:
  potluck status
  potluck status --watch
  potluck status --json | jq .summary
  potluck status --url http://127.0.0.1:7685")]
pub struct Status {
    /// Follow it: in place on a terminal, else a line for each change; Ctrl-C ends it
    #[arg(long)]
    pub watch: bool,
    /// For machines: the pool as the router gives it, or with --watch each event in a line
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
    if status.watch {
        let watched = watch::run(status.json, &router.caller, screen).await;
        router.close().await;
        return watched;
    }
    let pool = router.caller.get::<Value>("/pool").await;
    router.close().await;
    let pool = pool?;
    if status.json {
        return Ok(screen.json(&pool)?);
    }
    let pool = view::read(pool)?;
    show(&pool, screen)?;
    if pool.journal.dropped > 0 {
        screen.aside(&format!(
            "{} requests are not in the journal, since it could not be written in time; the router's log says why",
            pool.journal.dropped
        ))?;
    }
    if pool.offers.iter().any(Offer::is_let_alone) {
        screen
            .aside("`potluck check` asks those that rest or are out, and says how to mend each")?;
    }
    Ok(())
}

/// The pool for people.
pub(super) fn show(pool: &Pool, screen: &mut Screen) -> Result<(), Failure> {
    screen.say(&in_a_line(pool))?;
    let rows = pool.offers.iter().flat_map(rows);
    screen.table(
        &[
            "OFFER",
            "STATE",
            "",
            "LEFT",
            "RESETS IN",
            "SOURCE",
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

/// `3 of 5 offers at 2 providers can serve now; the draw is balanced`, and who shares the counters.
pub(super) fn in_a_line(pool: &Pool) -> String {
    let summary = &pool.summary;
    let shared = match summary.shared_with {
        0 => String::new(),
        1 => "; another router shares the counters".to_owned(),
        others => format!("; {others} other routers share the counters"),
    };
    format!(
        "{} of {} at {} can serve now; the draw is {}{shared}",
        summary.available,
        gauge::several(summary.offers, "offer"),
        gauge::several(summary.providers, "provider"),
        pool.strategy
    )
}

/// A row for each limit; the first says the rest.
fn rows(offer: &Offer) -> Vec<Vec<Cell>> {
    let mut limits = offer.limits.iter();
    let mut rows = vec![first_row(offer, limits.next())];
    rows.extend(limits.map(|limit| {
        let mut row: Vec<Cell> = vec![Cell::from(""), Cell::from("")];
        row.extend(gauge(Some(limit)));
        row
    }));
    rows
}

fn first_row(offer: &Offer, limit: Option<&Limit>) -> Vec<Cell> {
    let mut row = vec![offer.label().into(), gauge::state(offer)];
    row.extend(gauge(limit));
    row.extend([
        Cell::from(offer.in_flight.to_string()),
        served(offer).into(),
        success(offer).into(),
        offer.first_word().into(),
        offer.pace().into(),
        gauge::until_ready(offer).into(),
    ]);
    row
}

fn gauge(limit: Option<&Limit>) -> [Cell; 4] {
    match limit {
        None => ["".into(), "no limit known".into(), "".into(), "".into()],
        Some(limit) => [
            gauge::bar(limit).into(),
            gauge::limit_words(limit).into(),
            gauge::countdown(limit).into(),
            limit.said_by().into(),
        ],
    }
}

/// How well it did of late; nothing while nobody tried.
fn success(offer: &Offer) -> String {
    let tried = offer.success.filter(|_| offer.attempts > 0);
    tried.map_or_else(String::new, |part| format!("{:.0} %", part * 100.0))
}

/// How many of how many attempts served.
pub(super) fn served(offer: &Offer) -> String {
    match offer.attempts {
        0 => String::new(),
        all => format!("{}/{all}", offer.served),
    }
}
