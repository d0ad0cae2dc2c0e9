//! `potluck replay`: the requests of the journal, drawn again under other settings. Sends nothing to any provider.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::call::Caller;
use super::failure::Failure;
use super::router::{self, At};
use super::screen::{Cell, Look, Screen};
use super::view;
use crate::http::kept::Decision;
use crate::settings::{self, Flags, Settings};
use layout::Layout;
use tally::{Share, Tally};

mod layout;
mod tally;

/// How many requests of the journal are asked for at once.
const PAGE: usize = 500;

/// How many offers are shown.
const SHOWN: usize = 30;

/// Try other settings on the requests that were served before, and show what would differ
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is replayed is what each draw knew: who could serve at that moment, by what weight, and the
seed. --strategy (or pool.strategy) changes how chances are given. With --config, --providers or
--set catalog.… the provider files are laid out anew: who is not in them, or cannot do what a
request needs, is left out, and who is new in them is added as if unused. What the answers would
have been, nobody can know.

Examples:
  potluck replay --strategy uniform
  potluck replay --providers ./other --since 2026-11-22T00:00:00Z
  potluck replay --set catalog.disable=groq --json | jq .changed")]
pub struct Replay {
    /// How to draw [default: pool.strategy]
    #[arg(long, value_name = "WORD", value_parser = ["balanced", "uniform"])]
    pub strategy: Option<String>,
    /// The most requests, the newest first
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    pub limit: usize,
    /// Only requests that came then or later, such as 2026-11-22T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Show every offer, and every request whose pick differs
    #[arg(long)]
    pub all: bool,
    /// For machines
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// A request of the journal.
#[derive(Debug, Deserialize)]
struct Request {
    id: String,
    #[serde(deserialize_with = "moment")]
    came: jiff::Timestamp,
    #[serde(default)]
    asked: Vec<String>,
    #[serde(default)]
    decision: Option<Decision>,
}

#[derive(Debug, Deserialize)]
struct Page {
    requests: Vec<Request>,
    next: Option<i64>,
}

#[derive(Serialize)]
struct Report<'a> {
    strategy: &'a str,
    files: bool,
    from: Option<String>,
    to: Option<String>,
    #[serde(flatten)]
    tally: &'a Tally,
}

/// Runs it.
pub(super) async fn run(
    replay: &Replay,
    flags: &Flags,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let router = router::reach(&replay.at, settings, screen).await?;
    let requests = replay.read(&router.caller).await;
    router.close().await;
    let requests = requests?;
    let layout = if names_files(flags) { Some(Layout::new(settings, &requests)?) } else { None };
    let strategy = replay.strategy(settings);
    let mut tally = Tally::new(strategy);
    for request in &requests {
        tally.count(request, layout.as_ref());
    }
    let times = || requests.iter().map(|request| request.came);
    let report = Report {
        strategy: strategy.word(),
        files: layout.is_some(),
        from: times().min().map(|time| time.to_string()),
        to: times().max().map(|time| time.to_string()),
        tally: &tally,
    };
    if replay.json { Ok(screen.json(&report)?) } else { show(&report, replay.all, screen) }
}

/// Whether the flags say something of where offers come from.
fn names_files(flags: &Flags) -> bool {
    let catalog = |(_, key, _): &(&str, String, String)| key.starts_with("catalog.");
    flags.config.is_some() || !flags.dirs.is_empty() || flags.values.iter().any(catalog)
}

fn show(report: &Report<'_>, all: bool, screen: &mut Screen) -> Result<(), Failure> {
    let tally = report.tally;
    let (Some(from), Some(to)) = (&report.from, &report.to) else {
        return Ok(screen.say("the journal holds no request yet, or none that came so late")?);
    };
    screen.say(&format!(
        "{} requests from {from} to {to}, {} of them drawn again, by {}{}",
        tally.requests,
        tally.redrawn,
        report.strategy,
        if report.files { " over the provider files as they are now" } else { "" }
    ))?;
    screen.say(&format!(
        "{} would have been picked for differently; nobody could serve {} then, {} now",
        tally.changed.len(),
        tally.nobody_then,
        tally.nobody_now
    ))?;
    for (count, why) in tally.left_out() {
        screen.say(&format!("{count} left out: {why}"))?;
    }
    if tally.redrawn == 0 {
        return Ok(());
    }
    screen.say("")?;
    let offers = tally.by_change();
    let shown = if all { offers.len() } else { SHOWN };
    let rows = offers.iter().take(shown).map(|(offer, share)| row(offer, share, tally.redrawn));
    screen.table(&["OFFER", "CHANCE THEN", "NOW", "", "PICKED THEN", "NOW"], rows)?;
    if offers.len() > shown {
        let rest =
            format!("and {} more, which change less; --all shows them", offers.len() - shown);
        screen.say(&screen.paint(Look::Faint, &rest))?;
    }
    if all { show_changed(tally, screen) } else { Ok(()) }
}

fn row(offer: &str, share: &Share, redrawn: usize) -> Vec<Cell> {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let part = |sum: f64| sum / redrawn as f64 * 100.0;
    let (then, now) = (part(share.chance_then), part(share.chance_now));
    let change = now - then;
    let look = if change < 0.0 { Look::Wait } else { Look::Good };
    let change = if change.abs() < 0.05 { String::new() } else { format!("{change:+.1}") };
    vec![
        offer.into(),
        format!("{then:.1} %").into(),
        format!("{now:.1} %").into(),
        look.on(change),
        share.picked_then.to_string().into(),
        share.picked_now.to_string().into(),
    ]
}

fn show_changed(tally: &Tally, screen: &mut Screen) -> Result<(), Failure> {
    if tally.changed.is_empty() {
        return Ok(());
    }
    let name = |pick: &Option<String>| pick.clone().unwrap_or_else(|| "nobody".to_owned());
    screen.say("")?;
    let rows =
        tally.changed.iter().map(|one| vec![one.id.clone(), name(&one.then), name(&one.now)]);
    screen.table(&["REQUEST", "THEN", "NOW"], rows)?;
    Ok(())
}

// === impl Replay ===

impl Replay {
    fn strategy(&self, settings: &Settings) -> settings::Strategy {
        match self.strategy.as_deref() {
            Some("uniform") => settings::Strategy::Uniform,
            Some(_) => settings::Strategy::Balanced,
            None => settings.pool.strategy,
        }
    }

    /// The requests, the newest first.
    async fn read(&self, caller: &Caller) -> Result<Vec<Request>, Failure> {
        let mut all = Vec::new();
        let mut before = None;
        while all.len() < self.limit {
            let limit = PAGE.min(self.limit - all.len());
            let mut path = format!("/pool/journal?decisions=1&limit={limit}");
            if let Some(before) = before {
                path += &format!("&before={before}");
            }
            if let Some(since) = &self.since {
                path += &format!("&since={}", time(since)?);
            }
            let page: Page = view::read(caller.get::<Value>(&path).await?)?;
            all.extend(page.requests);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        Ok(all)
    }
}

fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<jiff::Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn time(text: &str) -> Result<jiff::Timestamp, Failure> {
    text.parse().map_err(|_| {
        Failure::Usage(format!(
            "--since takes a time such as 2026-11-22T12:00:00Z, and was given `{text}`"
        ))
    })
}
