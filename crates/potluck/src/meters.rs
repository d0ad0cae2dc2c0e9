//! What the process counts of itself, for whoever scrapes it (`GET /metrics`).
//!
//! Two kinds of figures: those that are counted as things happen, which costs a request a handful of atomic additions, and those
//! that are only looked at when somebody asks ([`scrape`]). Every value of every label comes from a closed list, the routes
//! or the catalog, never from what a client sends, so that no client can make the table grow. This room knows facts
//! and the pool's view; it does not know prompts, answers, keys or HTTP.

pub mod names;
mod now;
mod process;
mod spread;
mod text;
mod traffic;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use potluck_core::capability::Parameter;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};

pub use now::scrape;
pub use spread::Spread;
pub use text::Format;
pub use traffic::Traffic;

use crate::recent::{Ending, Fact};
use names::Named;

/// What is counted as it happens.
#[derive(Debug)]
pub struct Meters {
    registry: Registry,
    traffic: OnceLock<Arc<Traffic>>,
    open: Gauge,
    requests: Family<Ended, Counter>,
    attempts: Family<Tried, Counter>,
    dropped: Family<Dropped, Counter>,
    lasted: Family<At, Spread, fn() -> Spread>,
    first_token: Family<Of, Spread, fn() -> Spread>,
    overhead: Family<Part, Spread, fn() -> Spread>,
    waited: Spread,
}

/// The time of a request that potluck itself took: what it did, without what it waited for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own {
    /// From the request's arrival until the first offer was sent its bytes; without waiting for the rest of the body, and
    /// without standing in line.
    pub asking: Option<Duration>,
    /// What reading, translating and writing the answer took.
    pub answering: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    door: &'static str,
    status: u16,
    class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tried {
    provider: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Dropped {
    parameter: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    door: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: &'static str,
}

impl Default for Meters {
    fn default() -> Self {
        let mut meters = Self {
            registry: Registry::default(),
            traffic: OnceLock::new(),
            open: Gauge::default(),
            requests: Family::default(),
            attempts: Family::default(),
            dropped: Family::default(),
            lasted: Family::new_with_constructor(Spread::of_requests),
            first_token: Family::new_with_constructor(Spread::of_first_tokens),
            overhead: Family::new_with_constructor(Spread::of_own_time),
            waited: Spread::of_waits(),
        };
        meters.register();
        meters
    }
}

impl Meters {
    fn register(&mut self) {
        let registry = &mut self.registry;
        register(registry, &names::OPEN, self.open.clone());
        register(registry, &names::REQUESTS, self.requests.clone());
        register(registry, &names::DURATION, self.lasted.clone());
        register(registry, &names::FIRST_TOKEN, self.first_token.clone());
        register(registry, &names::OVERHEAD, self.overhead.clone());
        register(registry, &names::ATTEMPTS, self.attempts.clone());
        register(registry, &names::DROPPED, self.dropped.clone());
        register(registry, &names::WAITS, self.waited.clone());
    }

    /// What is counted of every HTTP request, by the routes that there are.
    pub fn traffic(&self, routes: impl FnOnce() -> Vec<String>) -> Arc<Traffic> {
        Arc::clone(self.traffic.get_or_init(|| Arc::new(Traffic::over(routes()))))
    }

    /// A request has been read, and is to be served.
    pub fn opens(&self) {
        self.open.inc();
    }

    /// A request is over.
    pub fn closes(&self, door: &'static str, fact: &Fact, own: Own) {
        self.open.dec();
        let (status, class) = told(&fact.ending);
        self.requests.get_or_create(&Ended { door, status, class }).inc();
        self.lasted.get_or_create(&At { door }).observe(fact.total);
        for note in &fact.failed {
            self.tried(&note.offer, note.class);
        }
        if let Some(server) = &fact.server {
            self.tried(&server.offer, last(&fact.ending));
            if let Some(first) = fact.first_content.filter(|_| fact.streamed) {
                let provider = provider(&server.offer).to_owned();
                self.first_token.get_or_create(&Of { provider }).observe(first);
            }
        }
        for name in &fact.dropped {
            self.dropped.get_or_create(&Dropped { parameter: known(name) }).inc();
        }
        if !fact.waited.is_zero() {
            self.waited.observe(fact.waited);
        }
        for (part, span) in [("request", own.asking), ("answer", own.answering)] {
            if let Some(span) = span {
                self.overhead.get_or_create(&Part { part }).observe(span);
            }
        }
    }

    fn tried(&self, offer: &str, outcome: &'static str) {
        let provider = provider(offer).to_owned();
        self.attempts.get_or_create(&Tried { provider, outcome }).inc();
    }
}

/// Puts a metric under its name; counters are registered without the ending that their samples have.
fn register(registry: &mut Registry, named: &Named, metric: impl Metric) {
    let name = named.name.strip_suffix("_total").unwrap_or(named.name);
    registry.register(name, named.help.trim_end_matches('.'), metric);
}

/// What the client was told, and the kind of ending. 499 stands for a client that left, as it does in the logs of others.
fn told(ending: &Ending) -> (u16, &'static str) {
    match ending {
        Ending::Served => (200, "served"),
        Ending::Broke { class } => (200, class),
        Ending::Refused { status, .. } => (*status, "refused"),
        Ending::Left => (499, "client_left"),
    }
}

fn last(ending: &Ending) -> &'static str {
    match ending {
        Ending::Served => "served",
        Ending::Broke { class } => class,
        Ending::Refused { .. } => "refused",
        Ending::Left => "client_left",
    }
}

fn provider(offer: &str) -> &str {
    offer.split_once('/').map_or(offer, |(provider, _)| provider)
}

/// Of what could not cross, the names that potluck itself knows; a client's own invention is counted as one of the others.
fn known(name: &str) -> &'static str {
    const BESIDE: [&str; 4] = ["tools", "tool_choice", "response_format", "input_type"];
    let beside = || BESIDE.into_iter().find(|known| *known == name);
    Parameter::from_word(name).map(Parameter::word).or_else(beside).unwrap_or("other")
}

#[cfg(test)]
mod tests;
