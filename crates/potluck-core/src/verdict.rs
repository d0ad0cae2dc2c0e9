//! What the client is told when nothing could serve: the truth, from all exclusions and attempts.

use std::time::Duration;

mod judge;

pub use judge::judge;

use crate::catalog::{FamilyMeant, Membership, UnknownModel};
use crate::outcome::Cause;

/// An answer that is no answer: every dialect writes it in its own shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The class of error, as OpenAI's `type`: `invalid_request_error`, `rate_limit_error`, `api_error` ...
    pub kind: &'static str,
    /// The exact case, such as `model_not_found`.
    pub code: &'static str,
    /// What happened, why, and what to do next.
    pub message: String,
    /// The field at fault, where it is one.
    pub param: Option<String>,
    /// How long to wait, where waiting helps.
    pub retry_after: Option<Duration>,
    /// Per reason, how many offers, and when the first comes back.
    pub reasons: Vec<Reason>,
    /// What was tried.
    pub attempts: Vec<AttemptNote>,
}

/// One reason for which offers were left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The word of the exclusion, with its subject: `lacks_feature:tools`.
    pub reason: String,
    /// How many offers.
    pub offers: u32,
    /// How long until the first comes back, where known.
    pub first_back: Option<Duration>,
}

/// One attempt, as the client may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptNote {
    /// `provider/model`.
    pub offer: String,
    /// The word of the failure's class.
    pub class: &'static str,
    /// Why, where that is known more exactly.
    pub cause: Option<Cause>,
    /// The provider's status, where there was one.
    pub status: Option<u16>,
    /// In safe words.
    pub detail: String,
    /// How long it took.
    pub took: Duration,
}

impl Refusal {
    /// A request that is wrong: 400, with the field at fault where it is one.
    #[must_use]
    pub fn bad_request(
        code: &'static str,
        message: impl Into<String>,
        param: Option<String>,
    ) -> Self {
        Self { param, ..Self::new(400, "invalid_request_error", code, message) }
    }

    /// A refusal with no more than its status and words.
    #[must_use]
    pub fn new(
        status: u16,
        kind: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind,
            code,
            message: message.into(),
            param: None,
            retry_after: None,
            reasons: Vec::new(),
            attempts: Vec::new(),
        }
    }
}

/// What to say of names that mean several families, where the work can only be compared within one: 400 with
/// the families, so that one can be chosen for good.
#[must_use]
pub fn several_families(names: &[String], families: &[FamilyMeant]) -> Refusal {
    let asked = if names.is_empty() { "No model".to_owned() } else { format!("{names:?}") };
    let known: Vec<String> = families.iter().map(one_family).collect();
    Refusal::bad_request(
        "model_family_needed",
        format!(
            "{asked} was asked for, which can mean {} models whose vectors cannot be compared with each other. \
             Name one of them as the model, and stay with it: {}.",
            families.len(),
            known.join(", ")
        ),
        Some("model".to_owned()),
    )
}

/// The same where vectors were asked for: 404 with the families that make them.
#[must_use]
pub fn unknown_embedding(unknown: &UnknownModel, families: &[FamilyMeant]) -> Refusal {
    if families.is_empty() {
        return unknown_model(unknown);
    }
    let known: Vec<String> = families.iter().map(one_family).collect();
    let message = format!(
        "there is no model named {:?} in the pool. Vectors are made by: {}. Name one of them, and stay with it.",
        unknown.name,
        known.join(", ")
    );
    Refusal { message, ..unknown_model(unknown) }
}

fn one_family(family: &FamilyMeant) -> String {
    let FamilyMeant { name, offers, dimensions } = family;
    let offers = if *offers == 1 { "1 offer".to_owned() } else { format!("{offers} offers") };
    match dimensions {
        Some(length) => format!("{name} ({length} numbers, {offers})"),
        None => format!("{name} ({offers})"),
    }
}

/// What to say of a pool by name to which nobody belongs: 404 with the reason.
#[must_use]
pub fn empty_pool(membership: &Membership) -> Refusal {
    let name = &membership.pool.name;
    let why = membership.emptied.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    let message = format!(
        "No offer belongs to the pool {name:?}{why}. Change [pools.{name}] in the settings, add a provider that can, \
         or ask for another model; `GET /pool` tells of all pools."
    );
    Refusal {
        param: Some("model".to_owned()),
        ..Refusal::new(404, "invalid_request_error", "no_model_can_serve", message)
    }
}

/// What to say of a name that means nothing here: 404 with near names, and the pools that there are.
#[must_use]
pub fn unknown_model(unknown: &UnknownModel) -> Refusal {
    let near = if unknown.near.is_empty() {
        "GET /v1/models lists all names; \"free\" draws from all of them.".to_owned()
    } else {
        format!("Near names: {}. \"free\" draws from all models.", unknown.near.join(", "))
    };
    let pools = if unknown.pools.is_empty() {
        String::new()
    } else {
        format!(" Pools of the settings: {}.", unknown.pools.join(", "))
    };
    Refusal {
        param: Some("model".to_owned()),
        ..Refusal::new(
            404,
            "invalid_request_error",
            "model_not_found",
            format!("there is no model named {:?} in the pool. {near}{pools}", unknown.name),
        )
    }
}
