//! Servers on this machine: Ollama, llama.cpp, LM Studio, vLLM and the like, on their usual ports.
//!
//! Only loopback addresses are looked at, and only for their list of models.

use std::time::Duration;

use serde_json::Value;

use crate::pantry::Listed;
use crate::upstream::Upstream;
use crate::watch::fetch;
use crate::watch::stockroom::{Source, Stockroom};

/// How long a server on this machine may take to list its models.
const TIME: Duration = Duration::from_millis(400);

/// The local servers that files describe, one for each address: where two would listen on the same port,
/// the first by name is taken, since both speak the same dialect there.
pub(super) fn servers(stockroom: &Stockroom) -> Vec<Source> {
    let mut servers: Vec<Source> = Vec::new();
    for source in stockroom.local_sources() {
        if is_loopback(&source.address)
            && servers.iter().all(|known| known.address != source.address)
        {
            servers.push(source);
        }
    }
    servers
}

/// What a server serves; `None` when none is there, or it is no model server.
pub(super) async fn ask(upstream: &Upstream, server: &Source) -> Option<Vec<Listed>> {
    let body = fetch::get(upstream, server, TIME).await.ok()?;
    let value: Value = serde_json::from_slice(&body).ok()?;
    let listed = server.listing.read(&value, |_| false).ok()?;
    (!listed.is_empty()).then_some(listed)
}

fn is_loopback(address: &http::Uri) -> bool {
    let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
