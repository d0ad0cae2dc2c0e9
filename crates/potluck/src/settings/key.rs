//! Every setting that exists, as one table: its name, what it may hold, and its variable.
//!
//! Reading a file, a variable or a flag, checking it, and showing it are all driven by this table; its
//! defaults and its documentation are `default.toml`, and a test holds the two together.

use super::value::Kind;

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
}

/// Every setting, in the order of `default.toml`.
pub const KEYS: &[Key] = &[
    Key { name: "server.bind", kind: Kind::Address },
    Key { name: "server.body_limit_mib", kind: Kind::Number { least: 1, most: 1024 } },
    Key { name: "server.grace_seconds", kind: Kind::Number { least: 0, most: 3600 } },
    Key { name: "server.keys", kind: Kind::Secrets },
    Key { name: "server.admin_keys", kind: Kind::Secrets },
    Key { name: "server.allowed_hosts", kind: Kind::Words },
    Key { name: "server.allowed_origins", kind: Kind::Words },
    Key { name: "catalog.builtin", kind: Kind::Switch },
    Key { name: "catalog.dirs", kind: Kind::Paths },
    Key { name: "catalog.refresh_minutes", kind: Kind::Number { least: 0, most: 525_600 } },
    Key { name: "catalog.enable", kind: Kind::Words },
    Key { name: "catalog.disable", kind: Kind::Words },
    Key { name: "catalog.local", kind: Kind::Switch },
    Key { name: "catalog.key_file", kind: Kind::MaybePath },
    Key { name: "pool.strategy", kind: Kind::Choice(&["balanced", "uniform"]) },
    Key { name: "pool.concurrency", kind: Kind::Number { least: 1, most: 1024 } },
    Key { name: "pool.deadline_seconds", kind: Kind::Number { least: 1, most: 3600 } },
    Key { name: "pool.wait_seconds", kind: Kind::Number { least: 0, most: 3600 } },
    Key { name: "pool.attempts", kind: Kind::Number { least: 1, most: 32 } },
    Key { name: "images.deadline_seconds", kind: Kind::Number { least: 1, most: 3600 } },
    Key { name: "images.keep_minutes", kind: Kind::Number { least: 1, most: 1440 } },
    Key { name: "images.keep_mib", kind: Kind::Number { least: 0, most: 65_536 } },
    Key { name: "images.convert_mib", kind: Kind::Number { least: 8, most: 65_536 } },
    Key { name: "images.public_url", kind: Kind::Text },
    Key { name: "timeouts.connect_ms", kind: Kind::Number { least: 10, most: 600_000 } },
    Key { name: "timeouts.first_event_ms", kind: Kind::Number { least: 10, most: 3_600_000 } },
    Key { name: "timeouts.thinking_ms", kind: Kind::Number { least: 10, most: 3_600_000 } },
    Key { name: "timeouts.idle_ms", kind: Kind::Number { least: 10, most: 3_600_000 } },
    Key { name: "timeouts.total_ms", kind: Kind::Number { least: 10, most: 86_400_000 } },
    Key { name: "state.path", kind: Kind::MaybePath },
    Key { name: "state.journal_rows", kind: Kind::Number { least: 0, most: 10_000_000 } },
    Key { name: "state.journal_days", kind: Kind::Number { least: 0, most: 3650 } },
    Key { name: "telemetry.endpoint", kind: Kind::Text },
    Key { name: "telemetry.headers", kind: Kind::Secrets },
    Key { name: "telemetry.service", kind: Kind::Text },
    Key { name: "telemetry.metrics_seconds", kind: Kind::Number { least: 1, most: 3600 } },
    Key { name: "log.level", kind: Kind::Text },
    Key { name: "log.format", kind: Kind::Choice(&["text", "json"]) },
];

impl Key {
    /// The setting of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Its environment variable: `POTLUCK_<SECTION>_<KEY>`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("POTLUCK_{}", self.name.replace('.', "_").to_ascii_uppercase())
    }

    /// Its section and its name inside it.
    #[must_use]
    pub fn split(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or(("", self.name))
    }
}

/// The candidate nearest to `word`, if one is near enough to be what was meant.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}
