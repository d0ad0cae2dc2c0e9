//! Which router a command talks to: one that runs, or one of its own for as long as the command lasts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use super::call::Caller;
use super::failure::Failure;
use super::screen::Screen;
use crate::database::OpenError;
use crate::house::House;
use crate::keys;
use crate::serve;
use crate::settings::{Secret, Settings};
use crate::tasks::Tasks;
use crate::telemetry;

/// How long a router that runs on this machine may take to answer, where nothing else says that one runs.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// Which router.
#[derive(Clone, Debug, clap::Args)]
pub struct At {
    /// The address of the router [default: the one of the settings; where none runs there, one of the command's own]
    #[arg(long, value_name = "URL", help_heading = "Which router")]
    pub url: Option<String>,
}

/// A router that can be asked.
pub(super) struct Router {
    pub(super) caller: Caller,
    own: Option<Tasks>,
}

/// Finds a router, or opens one on a free loopback port and says so.
pub(super) async fn reach(
    at: &At,
    settings: &Settings,
    screen: &mut Screen,
) -> Result<Router, Failure> {
    if let Some(caller) = running(at.url.as_deref(), settings, LOOK).await? {
        return Ok(Router { caller, own: None });
    }
    let (own, address) = (open(settings, screen).await?, reachable(settings.server.bind));
    screen.aside(&format!("no router runs at {address}; this is one of this command's own"))?;
    Ok(own)
}

/// The router at `url`, else the one at the address in the settings; `None` where none answers there within `patience`.
pub(super) async fn running(
    url: Option<&str>,
    settings: &Settings,
    patience: Duration,
) -> Result<Option<Caller>, Failure> {
    let key = client_key(settings);
    if let Some(url) = url {
        return Caller::new(url, key).map(Some);
    }
    let address = reachable(settings.server.bind);
    if !is_router(address, key.clone(), patience).await {
        return Ok(None);
    }
    Caller::new(&format!("http://{address}"), key).map(Some)
}

/// Opens a router on a free loopback port.
pub(super) async fn open(settings: &Settings, screen: &mut Screen) -> Result<Router, Failure> {
    telemetry::start(settings, Some(quiet(settings)), screen.has_note_colours())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    // whatever keys there are, this command may ask its own router
    let own = keys::throwaway().map_err(|why| anyhow::anyhow!("no key can be made: {why}"))?;
    let mut settings = settings.clone();
    settings.server.admin_keys.push(own.clone());
    let base = format!("http://{}", listener.local_addr()?);
    let caller = Caller::new(&base, Some(own))?;
    let tasks = Tasks::default();
    let house = open_house(&settings, &tasks, screen).await?;
    let (serving, grace) = (tasks.clone(), settings.server.grace);
    tasks.start(async move {
        serve::listen(house, listener, &serving, grace).await;
    });
    Ok(Router { caller, own: Some(tasks) })
}

/// Where something has the state open that does not share it, a command keeps nothing, and says so.
async fn open_house(
    settings: &Settings,
    tasks: &Tasks,
    screen: &mut Screen,
) -> Result<Arc<House>, Failure> {
    match House::open(settings, tasks).await {
        Err(error) if matches!(error.downcast_ref(), Some(OpenError::InUse(_))) => {
            screen.aside(
                "the counters are in use by a program that does not share them: this command counts apart",
            )?;
            let mut apart = settings.clone();
            apart.state.path = None;
            Ok(House::open(&apart, tasks).await?)
        }
        opened => Ok(opened?),
    }
}

// === impl Router ===

impl Router {
    /// Ends a router of one's own; one that runs elsewhere goes on.
    pub(super) async fn close(self) {
        drop(self.caller);
        if let Some(tasks) = self.own {
            tasks.stop();
            tasks.wait().await;
        }
    }
}

/// The key that commands send: their own variable, else the first that the router would accept.
pub(super) fn client_key(settings: &Settings) -> Option<Secret> {
    let server = &settings.server;
    let configured = server.admin_keys.first().or(server.keys.first());
    settings.environment.secret("POTLUCK_KEY").or_else(|| configured.cloned())
}

/// A command is about its answer, not about the log: unless somebody set the level, only warnings are told.
fn quiet(settings: &Settings) -> &str {
    let is_default = settings.origin("log.level") == crate::settings::Origin::Default;
    if is_default { "warn" } else { &settings.log.level }
}

/// Where to connect to reach what listens at `bind`.
pub(super) fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, bind.port())
}

/// Whether a potluck answers there, and not something else that took the port.
async fn is_router(address: SocketAddr, key: Option<Secret>, patience: Duration) -> bool {
    let connects = tokio::time::timeout(patience, TcpStream::connect(address)).await;
    if !matches!(connects, Ok(Ok(_))) {
        return false;
    }
    let Ok(caller) = Caller::new(&format!("http://{address}"), key) else { return false };
    match tokio::time::timeout(patience, caller.get::<Value>("/pool")).await {
        Ok(Ok(pool)) => pool["offers"].is_array(),
        // it wants a key that we have not: the command itself will be told so
        Ok(Err(Failure::Refused { status, .. })) => status == 401,
        Ok(Err(_)) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_on_loopback() {
        for (bind, expected) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.1.2.3:80", "10.1.2.3:80"),
        ] {
            let address = bind.parse().expect("an address");
            assert_eq!(reachable(address).to_string(), expected);
        }
    }
}
