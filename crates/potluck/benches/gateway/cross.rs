//! What a chat costs between every client's door and every provider's dialect, as a multiple of the passthrough,
//! which is OpenAI's chat at both ends.
//!
//! A chat is one whole answer and one stream of the same words in the same number of pieces. Figures are only
//! compared within a round, and the passthrough is measured before and after every door, so that a machine that
//! grows slower slows both sides of a ratio alike.

mod ask;
mod costs;
mod door;
pub(crate) mod upstream;

use std::net::SocketAddr;

use anyhow::{Context, Result};

use super::gateway::{Gateway, Setup};
use super::usage::Meter;
pub(crate) use ask::Asks;
use ask::Crew;
pub(crate) use costs::{Cost, Costs};
pub(crate) use door::Door;

/// The dialects of providers; each has one provider of that name.
pub(crate) const PROVIDERS: [&str; 5] = ["openai", "gemini", "anthropic", "ollama", "cohere"];

/// Pieces of text in a stream.
pub(crate) const CHUNKS: usize = 80;

/// Bytes of the provider's whole answer.
pub(crate) const ANSWER: usize = 600;

/// What a chat may cost, as a multiple of the passthrough.
pub(crate) const AIM: f64 = 1.6;

/// Connections, and what each asks of a pair in a round.
const CONNECTIONS: usize = 8;
const WHOLES: usize = 80;
const STREAMS: usize = 40;

/// The provider files, by name, over an upstream that speaks all dialects.
pub(crate) fn files(upstream: SocketAddr) -> Vec<(&'static str, String)> {
    let file = |dialect: &str| {
        let path = if dialect == "openai" { "/v1" } else { "" };
        format!(
            "dialect = \"{dialect}\"
base_url = \"http://{upstream}{path}\"
concurrency = 1024
[auth]
keyless = true
[[models]]
id = \"tiny\"
context = 131072
max_output = 4096
input = [\"text\"]
output = [\"text\"]
features = [\"tools\", \"json_object\"]
"
        )
    };
    PROVIDERS.map(|dialect| (dialect, file(dialect))).into()
}

/// Makes one round over all pairs, with a potluck of its own; `pid` is the upstream's.
pub(crate) async fn round(setup: &Setup, pid: u32, costs: &mut Costs) -> Result<()> {
    let gateway = Gateway::start_over(&files(setup.upstream), setup)?;
    Stage { gateway, upstream: pid, costs }.round().await
}

struct Stage<'a> {
    gateway: Gateway,
    upstream: u32,
    costs: &'a mut Costs,
}

// === impl Stage ===

impl Stage<'_> {
    async fn round(&mut self) -> Result<()> {
        let mut before = self.pair(Door::Chat, PROVIDERS[0]).await?;
        for door in Door::ALL {
            let mut costs = Vec::new();
            for provider in PROVIDERS {
                let cost = self.pair(door, provider).await;
                costs.push(cost.with_context(|| format!("{} over {provider}", door.name()))?);
            }
            let after = self.pair(Door::Chat, PROVIDERS[0]).await?;
            let passthrough = before.mean(after);
            for (provider, cost) in PROVIDERS.into_iter().zip(costs) {
                self.costs.note(door, provider, cost, passthrough);
            }
            before = after;
        }
        Ok(())
    }

    /// What one pair costs now.
    async fn pair(&mut self, door: Door, provider: &'static str) -> Result<Cost> {
        let asks = Asks::prove(self.gateway.address, door, provider).await?;
        let mut crew = Crew::open(self.gateway.address, CONNECTIONS).await?;
        crew.ask(&asks.whole, WHOLES / 8).await?;
        crew.ask(&asks.stream, STREAMS / 8).await?;
        let meter = Meter::start(&self.gateway.pids, self.upstream)?;
        let answers = crew.ask(&asks.whole, WHOLES).await?;
        let wholes = meter.stop()?;
        let meter = Meter::start(&self.gateway.pids, self.upstream)?;
        let ended = crew.ask(&asks.stream, STREAMS).await?;
        let streams = meter.stop()?;
        self.costs.note_others(wholes.others);
        self.costs.note_others(streams.others);
        Ok(Cost { whole: wholes.micros_each(answers), stream: streams.micros_each(ended) })
    }
}
