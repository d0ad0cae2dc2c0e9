//! What `GET /pool` and `POST /pool/explain` say, as far as commands show it. Unknown fields are left
//! alone: a command may be older than the router that it asks.

use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;

/// The pool.
#[derive(Debug, Deserialize)]
pub(super) struct Pool {
    pub(super) strategy: String,
    pub(super) summary: Summary,
    pub(super) offers: Vec<Offer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) providers: u64,
    pub(super) offers: u64,
    pub(super) available: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Offer {
    pub(super) offer: String,
    pub(super) provider: String,
    pub(super) family: String,
    pub(super) state: String,
    #[serde(default)]
    pub(super) reasons: Vec<Reason>,
    pub(super) context: u64,
    #[serde(default)]
    pub(super) input: Vec<String>,
    #[serde(default)]
    pub(super) output: Vec<String>,
    #[serde(default)]
    pub(super) features: Vec<String>,
    #[serde(default)]
    pub(super) limits: Vec<Limit>,
    #[serde(default)]
    pub(super) in_flight: u64,
    #[serde(default)]
    pub(super) success: Option<f64>,
    #[serde(default)]
    pub(super) first_event_ms: Option<Spread>,
    #[serde(default)]
    pub(super) tokens_per_s: Option<f64>,
    #[serde(default)]
    pub(super) estimated_wait_s: Option<f64>,
    #[serde(default)]
    pub(super) simulated: bool,
    #[serde(default)]
    pub(super) privacy: String,
    #[serde(default)]
    pub(super) attempts: u64,
    #[serde(default)]
    pub(super) served: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub(super) reason: String,
    #[serde(default)]
    pub(super) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Limit {
    pub(super) counts: String,
    pub(super) amount: f64,
    pub(super) per: String,
    pub(super) remaining: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Spread {
    #[serde(default)]
    pub(super) p50: Option<f64>,
    #[serde(default)]
    pub(super) p95: Option<f64>,
}

/// Who would be drawn.
#[derive(Debug, Deserialize)]
pub(super) struct Explanation {
    pub(super) candidates: Vec<Candidate>,
    pub(super) excluded: Vec<Excluded>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Candidate {
    pub(super) offer: String,
    pub(super) probability: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Excluded {
    pub(super) offer: String,
    pub(super) reason: String,
    #[serde(default)]
    pub(super) detail: Option<String>,
}

/// Reads an answer of the router.
pub(super) fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value)
        .map_err(|error| anyhow::anyhow!("the router's answer is not as expected: {error}").into())
}

// === impl Offer ===

impl Offer {
    /// Its name, and that it is simulated where it is.
    pub(super) fn label(&self) -> String {
        if self.simulated { format!("{} (simulated)", self.offer) } else { self.offer.clone() }
    }

    /// What it can do beyond text for text.
    pub(super) fn abilities(&self) -> Vec<&str> {
        let kinds = self.input.iter().chain(&self.output).chain(&self.features);
        let mut words: Vec<&str> = Vec::new();
        for kind in kinds.map(String::as_str).filter(|kind| *kind != "text") {
            if !words.contains(&kind) {
                words.push(kind);
            }
        }
        words
    }

    /// Whether its provider trains on prompts, in a word.
    pub(super) fn trains(&self) -> &str {
        match self.privacy.as_str() {
            "no-training" => "no",
            "trains" => "yes",
            other => other,
        }
    }

    /// Whether it could serve a request now.
    pub(super) fn is_available(&self) -> bool {
        self.reasons.is_empty()
    }

    /// The limit of which the smallest part is left.
    pub(super) fn tightest(&self) -> Option<&Limit> {
        self.limits.iter().min_by(|left, right| left.part_left().total_cmp(&right.part_left()))
    }
}

impl Reason {
    /// In words; its word alone where there are none.
    pub(super) fn words(&self) -> &str {
        self.detail.as_deref().unwrap_or(&self.reason)
    }
}

impl Limit {
    /// From 0 to 1.
    pub(super) fn part_left(&self) -> f64 {
        if self.amount > 0.0 { (self.remaining / self.amount).clamp(0.0, 1.0) } else { 0.0 }
    }
}
