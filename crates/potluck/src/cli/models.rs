//! `potluck models`: who is in the pool, the most usable first, what each can do, and what is left.

use std::cmp::Ordering;

use serde_json::Value;

use super::failure::Failure;
use super::gauge;
use super::router::{self, At};
use super::screen::{Cell, Screen};
use super::view::{Limit, Offer, Pool};
use crate::settings::Settings;

/// List the models, the most usable first: what is left, what each can do
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  potluck models --available --needs tools,image
  potluck models --provider groq --min-context 100000
  potluck models --pool coder
  potluck models --all
  potluck models --json | jq -r '.[].offer'")]
pub struct Models {
    /// Only those that can serve now
    #[arg(long)]
    pub available: bool,
    /// Only those of this provider, such as `groq`
    #[arg(long, value_name = "ID")]
    pub provider: Option<String>,
    /// Only those of this family, such as `gpt-oss-120b`
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
    /// Only those of this pool of the settings
    #[arg(long, value_name = "NAME")]
    pub pool: Option<String>,
    /// Only those that can do all of these, separated by commas: `tools`, `image`, `json_object`, `json_schema`,
    /// `reasoning`
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub needs: Vec<String>,
    /// Only those with at least this much context, in tokens
    #[arg(long, value_name = "TOKENS")]
    pub min_context: Option<u64>,
    /// Also those that are out until somebody mends them: retired, or with a refused key
    #[arg(long)]
    pub all: bool,
    /// For machines: the offers as the router gives them, in the same order
    #[arg(long)]
    pub json: bool,
    /// Which router.
    #[command(flatten)]
    pub at: At,
}

/// Runs it.
pub(super) async fn run(
    models: &Models,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let router = router::reach(&models.at, settings, screen).await?;
    let pool = router.caller.get::<Value>("/pool").await;
    router.close().await;
    let pool = pool?;
    let raw = pool["offers"].as_array().cloned().unwrap_or_default();
    let read: Pool = super::view::read(pool)?;
    let pool = models.pool.as_deref().map(|name| read.named(name)).transpose()?;
    let all: Vec<(&Offer, Value)> = read.offers.iter().zip(raw).collect();
    let mut offers: Vec<_> = all.iter().filter(|(offer, _)| models.keeps(offer)).collect();
    let kept = offers.len();
    offers.retain(|(offer, _)| models.all || !offer.is_out());
    offers.sort_by(|(left, _), (right, _)| by_use(left, right));
    if models.json {
        let offers: Vec<&Value> = offers.into_iter().map(|(_, raw)| raw).collect();
        return Ok(screen.json(&offers)?);
    }
    let out = kept - offers.len();
    let offers: Vec<&Offer> = offers.into_iter().map(|(offer, _)| *offer).collect();
    show(&offers, all.len(), out, screen)?;
    for note in pool.iter().flat_map(|pool| &pool.notes) {
        screen.warn(note)?;
    }
    Ok(())
}

/// Who can serve now comes first, the one with most left today before others; then who is back soonest.
fn by_use(left: &Offer, right: &Offer) -> Ordering {
    let rank = |offer: &Offer| match (offer.is_available(), offer.estimated_wait_s) {
        // Who may only be tried comes after those that are known to do.
        (true, _) => (0, f64::from(u8::from(offer.state != "available"))),
        (false, Some(seconds)) => (1, seconds),
        (false, None) if offer.is_out() => (3, 0.0),
        (false, None) => (2, 0.0),
    };
    let (one, other) = (rank(left), rank(right));
    let today = |offer: &Offer| offer.tightest_of_day().map_or(f64::INFINITY, requests);
    one.0
        .cmp(&other.0)
        .then(one.1.total_cmp(&other.1))
        .then(today(right).total_cmp(&today(left)))
        .then_with(|| left.offer.cmp(&right.offer))
}

/// What is left of a limit in requests: exact where it counts requests, else by a request of 2,000 tokens.
fn requests(limit: &Limit) -> f64 {
    if limit.counts.contains("tokens") { limit.remaining / 2000.0 } else { limit.remaining }
}

fn show(offers: &[&Offer], all: usize, out: usize, screen: &mut Screen) -> Result<(), Failure> {
    let rows = offers.iter().map(|offer| row(offer));
    let head = ["MODEL", "STATE", "LEFT TODAY", "WAIT", "SPEED", "CONTEXT", "CAN", "TRAINS"];
    screen.table(&head, rows)?;
    let available = offers.iter().filter(|offer| offer.is_available()).count();
    let hidden = if out == 0 { String::new() } else { format!("; {out} out of use: --all") };
    screen.aside(&format!(
        "{available} available of {} shown; {all} in the pool{hidden}",
        offers.len()
    ))?;
    Ok(())
}

fn row(offer: &Offer) -> Vec<Cell> {
    vec![
        offer.label().into(),
        gauge::state(offer),
        gauge::left_today(offer).into(),
        gauge::until_ready(offer).into(),
        offer.speed().map_or_else(String::new, |rate| format!("{rate:.0} tokens/s")).into(),
        gauge::tokens(offer.context).into(),
        offer.abilities().join(" ").into(),
        offer.trains().into(),
    ]
}

// === impl Models ===

impl Models {
    fn keeps(&self, offer: &Offer) -> bool {
        let is = |wanted: &Option<String>, have: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(have))
        };
        let abilities = offer.abilities();
        (!self.available || offer.is_available())
            && is(&self.provider, &offer.provider)
            && is(&self.family, &offer.family)
            && offer_is_in(self.pool.as_deref(), offer)
            && self.needs.iter().all(|need| abilities.contains(&need.trim()))
            && self.min_context.is_none_or(|least| offer.context >= least)
    }
}

fn offer_is_in(pool: Option<&str>, offer: &Offer) -> bool {
    pool.is_none_or(|pool| offer.pools.iter().any(|own| own.eq_ignore_ascii_case(pool)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_most_usable_come_first() {
        let offer = |name: &str, state: &str, wait: Option<f64>, left: Option<u64>| {
            let reasons = if wait == Some(0.0) { json!([]) } else { json!([{ "reason": "x" }]) };
            let limits = left.map(|left| json!({ "counts": "requests", "amount": 1000, "per": "day", "remaining": left }));
            let limits: Vec<_> = limits.into_iter().collect();
            serde_json::from_value::<Offer>(json!({
                "offer": name, "provider": "p", "family": "f", "state": state, "context": 1,
                "reasons": reasons, "estimated_wait_s": wait, "limits": limits,
            }))
            .expect("an offer")
        };
        let mut offers = [
            offer("retired", "retired", None, None),
            offer("busy", "available", None, Some(9)),
            offer("late", "cooling", Some(90.0), None),
            offer("soon", "cooling", Some(5.0), None),
            offer("little", "available", Some(0.0), Some(3)),
            offer("much", "available", Some(0.0), Some(900)),
            offer("trying", "probation", Some(0.0), None),
            offer("free", "available", Some(0.0), None),
        ];
        offers.sort_by(by_use);
        let names: Vec<&str> = offers.iter().map(|offer| offer.offer.as_str()).collect();
        assert_eq!(names, ["free", "much", "little", "trying", "soon", "late", "busy", "retired"]);
    }
}
