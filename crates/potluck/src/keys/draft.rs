//! What is wished of a new key, as it comes from a page, a client or the command line; checked before it is made.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::requirements::Priority;
use potluck_core::rights::{Limits, Permit, Rights};
use serde::{Deserialize, Serialize};

use crate::keys::key::Key;
use crate::keys::secret::Made;

/// A wish for a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// What it is called.
    pub name: String,
    /// When it ends: a moment (RFC 3339), or a span from now such as `30d`.
    pub expires: Option<String>,
    /// Whether it may manage keys.
    pub admin: bool,
    /// `interactive` or `batch`.
    pub priority: Option<String>,
    /// How long all attempts at a request may take, 1 to 3600 seconds; none: as long as the settings say.
    pub deadline_seconds: Option<u64>,
    /// Pools that may be asked for; none: all.
    pub pools: Vec<String>,
    /// Models, families and providers that may be asked for; none: all.
    pub models: Vec<String>,
    /// `no-training`, or nothing.
    pub privacy: Option<String>,
    /// How much.
    pub limits: LimitsDraft,
}

/// The limits of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsDraft {
    /// Requests in any minute.
    pub requests_per_minute: Option<u64>,
    /// Requests a day, in UTC.
    pub requests_per_day: Option<u64>,
    /// Tokens in any minute.
    pub tokens_per_minute: Option<u64>,
    /// Tokens a day, in UTC.
    pub tokens_per_day: Option<u64>,
}

/// What is wrong with a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Which field.
    pub field: &'static str,
    /// What it has to be.
    pub message: String,
}

/// A wish that can be granted.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) admin: bool,
    expires: Option<Moment>,
    rights: Rights,
}

const LONGEST_NAME: usize = 64;
const MOST_NAMES: usize = 64;
/// The longest that the settings take, too.
const LONGEST_DEADLINE: u64 = 3600;
/// Far above what anybody can use, and far below where sums end.
const MOST: u64 = 1_000_000_000_000;

impl Draft {
    /// Whether it can be granted; `pools` are those that exist.
    pub(super) fn check(self, pools: &[String], now: Moment) -> Result<Wish, Wrong> {
        let name = self.name.trim().to_owned();
        let length = name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) {
            return Err(wrong(
                "name",
                format!("has to be 1 to {LONGEST_NAME} characters in a line"),
            ));
        }
        if name.starts_with("key-") || name.starts_with("pk-") {
            return Err(wrong("name", "begins like an id or a key; choose another"));
        }
        let no_training = match self.privacy.as_deref() {
            None => false,
            Some("no-training") => true,
            Some(other) => return Err(known("privacy", other, "no-training, or nothing")),
        };
        let priority = match self.priority.as_deref() {
            None | Some("interactive") => Priority::Interactive,
            Some("batch") => Priority::Batch,
            Some(other) => return Err(known("priority", other, "interactive or batch")),
        };
        if self.deadline_seconds.is_some_and(|seconds| !(1..=LONGEST_DEADLINE).contains(&seconds)) {
            let message =
                format!("has to be 1 to {LONGEST_DEADLINE}; leave it out for that of the settings");
            return Err(wrong("deadline_seconds", message));
        }
        let deadline = self.deadline_seconds.map(Duration::from_secs);
        let expires = self.expires.as_deref().map(|text| moment(text, now)).transpose()?;
        self.limits.check()?;
        let models = names("models", self.models)?;
        let permit = Permit::of(existing(names("pools", self.pools)?, pools)?, models);
        let limits = Limits::from(self.limits);
        let rights =
            Rights { permit: permit.map(Arc::new), no_training, priority, deadline, limits };
        Ok(Wish { name, admin: self.admin, expires, rights })
    }
}

impl Wish {
    pub(super) fn into_key(self, made: &Made, now: Moment) -> Key {
        Key {
            id: made.id.clone(),
            name: self.name,
            prefix: made.prefix.clone(),
            created: now,
            expires: self.expires,
            revoked: None,
            admin: self.admin,
            rights: self.rights,
            hash: made.hash,
        }
    }
}

impl LimitsDraft {
    fn check(&self) -> Result<(), Wrong> {
        let all = [
            ("limits.requests_per_minute", self.requests_per_minute),
            ("limits.requests_per_day", self.requests_per_day),
            ("limits.tokens_per_minute", self.tokens_per_minute),
            ("limits.tokens_per_day", self.tokens_per_day),
        ];
        for (field, amount) in all {
            if amount.is_some_and(|amount| !(1..=MOST).contains(&amount)) {
                let message = format!("has to be 1 to {MOST}; leave it out for no limit");
                return Err(wrong(field, message));
            }
        }
        Ok(())
    }
}

impl From<LimitsDraft> for Limits {
    fn from(draft: LimitsDraft) -> Self {
        Self {
            requests_per_minute: draft.requests_per_minute,
            requests_per_day: draft.requests_per_day,
            tokens_per_minute: draft.tokens_per_minute,
            tokens_per_day: draft.tokens_per_day,
        }
    }
}

impl From<Limits> for LimitsDraft {
    fn from(limits: Limits) -> Self {
        Self {
            requests_per_minute: limits.requests_per_minute,
            requests_per_day: limits.requests_per_day,
            tokens_per_minute: limits.tokens_per_minute,
            tokens_per_day: limits.tokens_per_day,
        }
    }
}

fn wrong(field: &'static str, message: impl Into<String>) -> Wrong {
    Wrong { field, message: message.into() }
}

fn known(field: &'static str, found: &str, wanted: &str) -> Wrong {
    let found: String = found.chars().take(40).collect();
    wrong(field, format!("is {found:?}, and has to be {wanted}"))
}

fn names(field: &'static str, names: Vec<String>) -> Result<Vec<String>, Wrong> {
    let fits = |name: &String| !name.trim().is_empty() && name.len() <= 200;
    if names.len() > MOST_NAMES || !names.iter().all(fits) {
        let message =
            format!("has to be a list of at most {MOST_NAMES} names of 1 to 200 characters");
        return Err(wrong(field, message));
    }
    Ok(names.into_iter().map(|name| name.trim().to_owned()).collect())
}

fn existing(names: Vec<String>, pools: &[String]) -> Result<Vec<String>, Wrong> {
    let is_known = |name: &&String| !pools.iter().any(|pool| pool.eq_ignore_ascii_case(name));
    let Some(unknown) = names.iter().find(is_known) else { return Ok(names) };
    let shown: String = unknown.chars().take(40).collect();
    let known = match pools {
        [] => "the settings define none; [pools.NAME] makes one".to_owned(),
        known => format!("the settings define {}", known.join(", ")),
    };
    Err(wrong("pools", format!("names {shown:?}, and {known}")))
}

/// A moment (RFC 3339), or a span from now: `90m`, `12h`, `30d`, `4w`.
fn moment(text: &str, now: Moment) -> Result<Moment, Wrong> {
    let text = text.trim();
    let when = span(text).map(|span| now.after(span)).or_else(|| {
        let stamp: jiff::Timestamp = text.parse().ok()?;
        Some(Moment::from_millis(stamp.as_millisecond()))
    });
    match when {
        Some(when) if when > now => Ok(when),
        Some(_) => Err(wrong("expires", "has passed already")),
        None => {
            let wanted =
                "a span such as 90m, 12h, 30d or 4w, or a moment such as 2027-01-31T00:00:00Z";
            Err(known("expires", text, wanted))
        }
    }
}

fn span(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let number: u64 = number.parse().ok().filter(|number| (1..=36_500).contains(number))?;
    Some(Duration::from_secs(number.saturating_mul(seconds)))
}
