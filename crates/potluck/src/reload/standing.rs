//! Which configuration is in force, what is wrong with a newer one, and what waits for a restart.

use std::path::PathBuf;

use potluck_core::Moment;
use serde_json::{Value, json};

use crate::reload::Cause;
use crate::settings::Settings;

/// The settings that hold from a reload on. All others hold from the start to the end of the process.
const LIVE: &[&str] = &[
    "server.body_limit_mib",
    "server.keys",
    "server.admin_keys",
    "server.allowed_hosts",
    "server.allowed_origins",
    "catalog.builtin",
    "catalog.dirs",
    "catalog.refresh_minutes",
    "catalog.enable",
    "catalog.disable",
    "catalog.local",
    "catalog.key_file",
    "pool.strategy",
    "pool.concurrency",
    "pool.deadline_seconds",
    "pool.wait_seconds",
    "pool.attempts",
    "images.deadline_seconds",
    "images.public_url",
    "timeouts.first_event_ms",
    "timeouts.thinking_ms",
    "timeouts.idle_ms",
    "timeouts.total_ms",
];

/// Which configuration is in force.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Whether there is anything to read again.
    pub can_reload: bool,
    /// When what is in force was read.
    pub read: Moment,
    /// The settings file that it was read from, if there was one.
    pub file: Option<PathBuf>,
    /// Settings that were changed since the start and hold only after the next one.
    pub needs_restart: Vec<&'static str>,
    /// A newer configuration that cannot be used.
    pub refused: Option<Refused>,
}

/// A configuration that cannot be used.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When it was read.
    pub at: Moment,
    /// Everything that is wrong, a line each.
    pub why: String,
}

impl Standing {
    /// At the start.
    pub(super) fn of(first: &Settings, now: Moment) -> Self {
        Self {
            can_reload: first.source.is_some(),
            read: now,
            file: first.file.clone(),
            needs_restart: Vec::new(),
            refused: None,
        }
    }

    /// After `settings` were put in place, in a process that was started with `first`.
    pub(super) fn after(first: &Settings, settings: &Settings, now: Moment) -> Self {
        Self { needs_restart: fixed_changes(first, settings), ..Self::of(settings, now) }
    }

    pub(super) fn log(&self, cause: Cause, offers: usize) {
        tracing::info!(?cause, offers, "the configuration was read again, and holds");
        if !self.needs_restart.is_empty() {
            let names = self.needs_restart.join(", ");
            tracing::warn!("these settings were changed and hold only after a restart: {names}");
        }
    }

    /// As JSON, for whoever may see the pool.
    #[must_use]
    pub fn told(&self) -> Value {
        json!({
            "can_reload": self.can_reload,
            "read_at": time(self.read),
            "file": self.file.as_ref().map(|path| path.display().to_string()),
            "needs_restart": self.needs_restart,
            "refused": self.refused.as_ref().map(|refused| json!({
                "at": time(refused.at),
                "errors": refused.why.lines().collect::<Vec<_>>(),
            })),
        })
    }
}

fn fixed_changes(first: &Settings, now: &Settings) -> Vec<&'static str> {
    let fixed = first.table.iter().filter(|setting| !LIVE.contains(&setting.key.name));
    let changed = fixed.filter(|setting| {
        let same = now.table.iter().find(|other| other.key.name == setting.key.name);
        same.is_none_or(|other| other.value != setting.value)
    });
    changed.map(|setting| setting.key.name).collect()
}

fn time(moment: Moment) -> String {
    jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::{Environment, KEYS};

    #[test]
    fn every_live_setting_is_one() {
        for name in LIVE {
            assert!(KEYS.iter().any(|key| key.name == *name), "{name}");
        }
    }

    #[test]
    fn what_waits_for_a_restart_is_said_by_name() {
        let read = |text: &str| {
            Settings::from_text(Path::new("potluck.toml"), text, Environment::default()).unwrap()
        };
        let first = read("");
        let live = read("[pool]\nattempts = 2\n[catalog]\nlocal = false\n");
        assert!(fixed_changes(&first, &live).is_empty());
        let fixed = read("[server]\nbind = \"127.0.0.1:1\"\n[state]\npath = \"other.db\"\n");
        assert_eq!(fixed_changes(&first, &fixed), ["server.bind", "state.path"]);
        assert!(fixed_changes(&fixed, &fixed).is_empty());
    }
}
