//! What is known of a key.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::Moment;
use potluck_core::requirements::Priority;
use potluck_core::rights::{Limits, Permit, Rights};
use serde::{Deserialize, Serialize};

use crate::keys::draft::LimitsDraft;
use crate::keys::secret::Hash;

/// A client key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `key-…`.
    pub id: String,
    /// What a person calls it; no two that are not revoked are called alike.
    pub name: String,
    /// How its secret begins.
    pub prefix: String,
    /// When it was made.
    pub created: Moment,
    /// From when on it is worth nothing.
    pub expires: Option<Moment>,
    /// Since when it is worth nothing.
    pub revoked: Option<Moment>,
    /// Whether its holder may manage keys and settings.
    pub admin: bool,
    /// What its holder may ask for, and how much.
    pub rights: Rights,
    pub(super) hash: Hash,
}

/// What a key is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It opens the door.
    Good,
    /// It did until then.
    Expired(Moment),
    /// Somebody revoked it then.
    Revoked(Moment),
}

/// A key as it is written down.
#[derive(Serialize, Deserialize)]
pub(super) struct Form {
    name: String,
    prefix: String,
    created: i64,
    expires: Option<i64>,
    revoked: Option<i64>,
    admin: bool,
    batch: bool,
    no_training: bool,
    #[serde(default)]
    deadline_seconds: Option<u64>,
    pools: Vec<String>,
    models: Vec<String>,
    limits: LimitsDraft,
}

impl Key {
    /// What it is worth at `now`.
    #[must_use]
    pub fn standing(&self, now: Moment) -> Standing {
        match (self.revoked, self.expires) {
            (Some(since), _) => Standing::Revoked(since),
            (None, Some(end)) if end <= now => Standing::Expired(end),
            _ => Standing::Good,
        }
    }

    /// Whether it opens the door, and its holder may manage keys.
    #[must_use]
    pub fn manages(&self, now: Moment) -> bool {
        self.admin && self.standing(now) == Standing::Good
    }

    pub(super) fn read(id: String, hash: Hash, form: Form) -> Self {
        let priority = if form.batch { Priority::Batch } else { Priority::Interactive };
        Self {
            id,
            name: form.name,
            prefix: form.prefix,
            created: Moment::from_millis(form.created),
            expires: form.expires.map(Moment::from_millis),
            revoked: form.revoked.map(Moment::from_millis),
            admin: form.admin,
            rights: Rights {
                permit: Permit::of(form.pools, form.models).map(Arc::new),
                no_training: form.no_training,
                priority,
                deadline: form.deadline_seconds.map(Duration::from_secs),
                limits: Limits::from(form.limits),
            },
            hash,
        }
    }
}

impl From<&Key> for Form {
    fn from(key: &Key) -> Self {
        let permit = key.rights.permit.as_deref().cloned().unwrap_or_default();
        Self {
            name: key.name.clone(),
            prefix: key.prefix.clone(),
            created: key.created.as_millis(),
            expires: key.expires.map(Moment::as_millis),
            revoked: key.revoked.map(Moment::as_millis),
            admin: key.admin,
            batch: key.rights.priority == Priority::Batch,
            no_training: key.rights.no_training,
            deadline_seconds: key.rights.deadline.map(|deadline| deadline.as_secs()),
            pools: permit.pools,
            models: permit.models,
            limits: LimitsDraft::from(key.rights.limits),
        }
    }
}
