//! What `GET /pool`, `GET /pool/forecast` and `POST /pool/explain` say, as far as commands show it. Unknown fields are left
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
    #[serde(default)]
    pub(super) pools: Vec<NamedPool>,
    #[serde(default)]
    pub(super) journal: Journal,
}

/// What became of requests, as far as it is kept.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Journal {
    /// Requests that are not in it.
    #[serde(default)]
    pub(super) dropped: u64,
}

/// A pool of the settings.
#[derive(Debug, Deserialize)]
pub(super) struct NamedPool {
    pub(super) name: String,
    /// What a person should hear of it.
    #[serde(default)]
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) providers: u64,
    pub(super) offers: u64,
    pub(super) available: u64,
    /// How many other routers share the counters.
    #[serde(default)]
    pub(super) shared_with: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Offer {
    pub(super) offer: String,
    pub(super) provider: String,
    pub(super) family: String,
    /// To which pools of the settings it belongs.
    #[serde(default)]
    pub(super) pools: Vec<String>,
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
    pub(super) tokens_per_s: Option<Spread>,
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
    #[serde(default)]
    pub(super) resets_in_s: Option<f64>,
    /// Whose word the figures are.
    #[serde(default)]
    pub(super) source: String,
    /// By how much the provider counts more than we do.
    #[serde(default)]
    pub(super) drift: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Spread {
    #[serde(default)]
    pub(super) p50: Option<f64>,
    #[serde(default)]
    pub(super) p95: Option<f64>,
}

/// What can still be served.
#[derive(Debug, Deserialize)]
pub(super) struct Forecast {
    pub(super) sentence: String,
    pub(super) day_ends_at: String,
    pub(super) requests: Counts,
    pub(super) resets: Vec<Reset>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    pub(super) at_once: u64,
    pub(super) hour: u64,
    pub(super) today: u64,
    pub(super) day: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reset {
    pub(super) at: String,
    pub(super) in_s: f64,
    pub(super) when: String,
    pub(super) cause: String,
    pub(super) offers: Vec<String>,
    pub(super) more: u64,
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

// === impl Pool ===

impl Pool {
    /// The pool of the settings that is called so.
    pub(super) fn named(&self, name: &str) -> Result<&NamedPool, Failure> {
        let found = self.pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known: Vec<&str> = self.pools.iter().map(|pool| pool.name.as_str()).collect();
            Failure::Usage(match known[..] {
                [] => format!(
                    "no pool is called `{name}`: the settings define none. [pools.{name}] makes one"
                ),
                _ => {
                    format!("no pool is called `{name}`; the settings define {}", known.join(", "))
                }
            })
        })
    }
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

    /// Of the limits of a day or longer, that of which the smallest part is left.
    pub(super) fn tightest_of_day(&self) -> Option<&Limit> {
        let long = self.limits.iter().filter(|limit| limit.lasts_a_day());
        long.min_by(|left, right| left.part_left().total_cmp(&right.part_left()))
    }

    /// Whether it is out until somebody mends it or the catalog says otherwise.
    pub(super) fn is_out(&self) -> bool {
        matches!(self.state.as_str(), "retired" | "credential_refused")
    }

    /// Whether it, or all that is around it, failed and is let alone.
    pub(super) fn is_let_alone(&self) -> bool {
        self.is_out() || self.state == "cooling"
    }

    /// The first word of half and of nearly all answers: `210/480 ms`.
    pub(super) fn first_word(&self) -> String {
        let Some(spread) = &self.first_event_ms else { return String::new() };
        match (spread.p50, spread.p95) {
            (Some(half), Some(most)) => format!("{half:.0}/{most:.0} ms"),
            (Some(half), None) => format!("{half:.0} ms"),
            (None, _) => String::new(),
        }
    }

    /// Tokens a second of half and of nearly all streams: `310/400`.
    pub(super) fn pace(&self) -> String {
        let Some(spread) = &self.tokens_per_s else { return String::new() };
        match (spread.p50, spread.p95) {
            (Some(half), Some(most)) => format!("{half:.0}/{most:.0}"),
            (Some(half), None) => format!("{half:.0}"),
            (None, _) => String::new(),
        }
    }

    /// Tokens a second of half of its answers.
    pub(super) fn speed(&self) -> Option<f64> {
        self.tokens_per_s.as_ref()?.p50
    }
}

impl Reason {
    /// In words; its word alone where there are none.
    pub(super) fn words(&self) -> &str {
        self.detail.as_deref().unwrap_or(&self.reason)
    }
}

impl Limit {
    /// Whether its window is a day or longer.
    pub(super) fn lasts_a_day(&self) -> bool {
        let seconds = self.per.strip_suffix(" seconds").and_then(|number| number.parse().ok());
        matches!(self.per.as_str(), "day" | "month") || seconds.is_some_and(|s: u64| s >= 86_400)
    }

    /// Whose word the figures are, and by how much the provider's differs from our own: `header, +2`.
    pub(super) fn said_by(&self) -> String {
        match self.drift {
            0 => self.source.clone(),
            drift => format!("{}, {drift:+}", self.source),
        }
    }

    /// From 0 to 1.
    pub(super) fn part_left(&self) -> f64 {
        if self.amount > 0.0 { (self.remaining / self.amount).clamp(0.0, 1.0) } else { 0.0 }
    }
}
