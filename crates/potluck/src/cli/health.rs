//! `potluck health`: whether a router is well, for the probes of containers and scripts.

use std::time::Duration;

use serde_json::Value;

use super::call::Caller;
use super::failure::Failure;
use super::router;
use super::screen::Screen;
use crate::settings::Settings;

/// How long the router may take to answer.
const WITHIN: Duration = Duration::from_secs(2);

/// Ask whether a router runs, for probes: exit code 0 when it does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Opens no router of its own, and needs no key.

Examples:
  potluck health
  potluck health --ready
  HEALTHCHECK CMD [\"/potluck\", \"health\"]")]
pub struct Health {
    /// Also whether at least one model could serve now
    #[arg(long)]
    pub ready: bool,
    /// The router [default: the one at the address in the settings]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Runs it.
pub(super) async fn run(
    health: &Health,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let own = || format!("http://{}", router::reachable(settings.server.bind));
    let url = health.url.clone().unwrap_or_else(own);
    let caller = Caller::new(&url, None)?;
    let path = if health.ready { "/readyz" } else { "/healthz" };
    let told = tokio::time::timeout(WITHIN, caller.get::<Value>(path)).await;
    let told =
        told.map_err(|_| anyhow::anyhow!("{url} did not answer within {} s", WITHIN.as_secs()))?;
    match told {
        Ok(told) => Ok(screen.say(told["status"].as_str().unwrap_or("ok"))?),
        Err(Failure::Refused { status: 503, .. }) => Err(anyhow::anyhow!(
            "the router runs, and no model can serve now; `potluck status` says why"
        )
        .into()),
        Err(failure) => Err(failure),
    }
}
