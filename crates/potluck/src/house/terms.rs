//! What the settings say of every request: who may come in, how long each step may take, how often is tried.
//!
//! Immutable, and replaced whole when the settings are read again; a request that is on its way may see both.

use std::time::Duration;

use crate::relay::Deadlines;
use crate::settings::{self, Settings};

/// What holds for every request.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How long each step may take.
    pub deadlines: Deadlines,
    /// Who may come in, and with how much.
    pub door: Door,
    /// The most offers tried for one request; at least 1.
    pub attempts: u32,
    /// How long a request may wait, where the client says nothing.
    pub wait: Duration,
}

/// Who may come in, and with how much.
#[derive(Clone, Debug)]
pub struct Door {
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// The client keys of the settings.
    pub keys: Vec<settings::Secret>,
    /// Those of them whose holders may manage keys and settings.
    pub admin_keys: Vec<settings::Secret>,
    /// Whether only this machine can reach it: only then may no key at all be asked for.
    pub loopback: bool,
    /// Names besides loopback under which the router may be addressed.
    pub hosts: Vec<String>,
    /// Web origins that may call it.
    pub origins: Vec<String>,
    /// Under which address clients reach it, where that is not the one that they name.
    pub public: Option<String>,
}

impl From<&Settings> for Terms {
    fn from(settings: &Settings) -> Self {
        Self {
            deadlines: Deadlines::from(settings),
            door: Door::from(settings),
            attempts: settings.pool.attempts,
            wait: settings.pool.wait,
        }
    }
}

impl From<&Settings> for Door {
    fn from(settings: &Settings) -> Self {
        let server = &settings.server;
        Self {
            public: settings.images.public_url.clone(),
            body_limit: server.body_limit,
            keys: server.keys.clone(),
            admin_keys: server.admin_keys.clone(),
            loopback: settings.is_loopback(),
            hosts: server.allowed_hosts.clone(),
            origins: server.allowed_origins.clone(),
        }
    }
}

impl From<&Settings> for Deadlines {
    fn from(settings: &Settings) -> Self {
        let timeouts = &settings.timeouts;
        Self {
            first_event: timeouts.first_event,
            thinking: timeouts.thinking,
            idle: timeouts.idle,
            total: timeouts.total,
            request: settings.pool.deadline,
            picture: settings.images.deadline,
        }
    }
}
