//! `potluck models`: who is in the pool, what each can do, and what is left.

use serde_json::Value;

use super::failure::Failure;
use super::gauge;
use super::router::{self, At};
use super::screen::{Cell, Screen};
use super::view::{Offer, Pool};
use crate::settings::Settings;

/// List the models: who is available now, what each can do, what is left
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  potluck models --available --needs tools,image
  potluck models --provider groq --min-context 100000
  potluck models --json | jq -r '.[].offer'")]
pub struct Models {
    /// Only those that can serve now
    #[arg(long)]
    pub available: bool,
    /// Only those of this provider
    #[arg(long, value_name = "ID")]
    pub provider: Option<String>,
    /// Only those of this family
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
    /// Only those that can do all of these: features and inputs, separated by commas
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub needs: Vec<String>,
    /// Only those with at least this much context, in tokens
    #[arg(long, value_name = "TOKENS")]
    pub min_context: Option<u64>,
    /// For machines: the offers as the router gives them
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
    let kept: Vec<bool> = read.offers.iter().map(|offer| models.keeps(offer)).collect();
    if models.json {
        let kept: Vec<_> = raw.into_iter().zip(kept).filter(|(_, kept)| *kept).collect();
        let offers: Vec<Value> = kept.into_iter().map(|(offer, _)| offer).collect();
        return Ok(screen.json(&offers)?);
    }
    let offers: Vec<&Offer> =
        read.offers.iter().zip(kept).filter(|(_, kept)| *kept).map(|(offer, _)| offer).collect();
    show(&offers, read.offers.len(), screen)
}

fn show(offers: &[&Offer], all: usize, screen: &mut Screen) -> Result<(), Failure> {
    let rows = offers.iter().map(|offer| row(offer));
    screen.table(&["MODEL", "STATE", "CONTEXT", "CAN", "LEFT", "TRAINS"], rows)?;
    let available = offers.iter().filter(|offer| offer.is_available()).count();
    screen.aside(&format!("{available} available of {} shown; {all} in the pool", offers.len()))?;
    Ok(())
}

fn row(offer: &Offer) -> Vec<Cell> {
    vec![
        offer.label().into(),
        gauge::state(offer),
        gauge::tokens(offer.context).into(),
        offer.abilities().join(" ").into(),
        gauge::remaining(offer).into(),
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
            && self.needs.iter().all(|need| abilities.contains(&need.trim()))
            && self.min_context.is_none_or(|least| offer.context >= least)
    }
}
