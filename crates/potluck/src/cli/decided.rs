//! One request as it was decided: `potluck explain` with an id.

use serde::Deserialize;
use serde_json::Value;

use super::call::Caller;
use super::explain;
use super::failure::Failure;
use super::gauge;
use super::screen::{Cell, Look, Screen};
use super::view::{self, Excluded};

/// How many of those that could serve are shown.
const SHOWN: usize = 20;

#[derive(Debug, Deserialize)]
struct Request {
    id: String,
    came: String,
    #[serde(default)]
    asked: Vec<String>,
    ending: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    attempts: Vec<Attempt>,
    #[serde(default)]
    waited_ms: f64,
    #[serde(default)]
    total_ms: f64,
    #[serde(default)]
    decision: Option<Decision>,
}

#[derive(Debug, Deserialize)]
struct Attempt {
    offer: String,
    outcome: String,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    chance: Option<f64>,
    #[serde(default)]
    sticky: bool,
    #[serde(default)]
    began_ms: Option<f64>,
    #[serde(default)]
    took_ms: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Decision {
    seed: String,
    strategy: String,
    considered: u64,
    candidates: Vec<Candidate>,
    excluded: Vec<Out>,
}

#[derive(Debug, Deserialize)]
struct Candidate {
    offer: String,
    weight: f64,
    probability: f64,
    #[serde(default)]
    tier: u64,
}

#[derive(Debug, Deserialize)]
struct Out {
    offer: String,
    reason: String,
    #[serde(default)]
    about: Option<String>,
}

/// Whether what was typed is the id of a request and no prompt.
pub(super) fn is_id(typed: &[String]) -> bool {
    let [word] = typed else { return false };
    let digits = word.strip_prefix("gen-").unwrap_or_default();
    // Further pictures of one request have a number behind its id.
    let digits = digits.split_once('-').map_or(digits, |(digits, _)| digits);
    digits.len() >= 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Shows it.
pub(super) async fn show(
    id: &str,
    all: bool,
    json: bool,
    caller: &Caller,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let told: Value = caller.get(&format!("/pool/journal/{id}")).await?;
    if json {
        return Ok(screen.json(&told)?);
    }
    let request: Request = view::read(told)?;
    request.introduce(screen)?;
    request.show_attempts(screen)?;
    let Some(decision) = &request.decision else {
        return Ok(screen.say("nothing was drawn for it: its names mean nothing here")?);
    };
    decision.show_candidates(all, screen)?;
    decision.show_excluded(all, screen)
}

// === impl Request ===

impl Request {
    fn introduce(&self, screen: &mut Screen) -> Result<(), Failure> {
        let asked = if self.asked.is_empty() { "free".to_owned() } else { self.asked.join(", ") };
        let ending = match (self.ending.as_str(), &self.detail) {
            ("left", _) => "the client left".to_owned(),
            (ending, Some(detail)) => format!("{ending}: {detail}"),
            (ending, None) => ending.to_owned(),
        };
        let total = millis(self.total_ms);
        screen
            .say(&format!("{} came {} for {asked}; {ending} after {total}", self.id, self.came))?;
        if self.waited_ms > 0.0 {
            screen.say(&format!("it stood in line for {}", millis(self.waited_ms)))?;
        }
        if let Some(decision) = &self.decision {
            screen.say(&format!(
                "drawn by {} with the seed {} among {}",
                decision.strategy,
                decision.seed,
                gauge::several(decision.considered, "offer")
            ))?;
        }
        Ok(screen.say("")?)
    }

    fn show_attempts(&self, screen: &mut Screen) -> Result<(), Failure> {
        if self.attempts.is_empty() {
            return Ok(());
        }
        let rows = self.attempts.iter().map(Attempt::row);
        screen.table(&["TRIED", "CHANCE", "BEGAN", "TOOK", "OUTCOME"], rows)?;
        Ok(screen.say("")?)
    }
}

// === impl Attempt ===

impl Attempt {
    fn row(&self) -> Vec<Cell> {
        let chance = match self.chance {
            Some(_) if self.sticky => "session".to_owned(),
            Some(chance) => percent(chance),
            None => String::new(),
        };
        let time = |at: Option<f64>| at.map(millis).unwrap_or_default();
        let mut outcome = self.outcome.replace('_', " ");
        if let Some(status) = self.status.filter(|status| *status != 200) {
            outcome += &format!(" ({status})");
        }
        if let Some(detail) = &self.detail {
            outcome += &format!(": {detail}");
        }
        let look = if self.outcome == "served" { Look::Good } else { Look::Bad };
        vec![
            self.offer.as_str().into(),
            chance.into(),
            time(self.began_ms).into(),
            time(self.took_ms).into(),
            look.on(outcome),
        ]
    }
}

// === impl Decision ===

impl Decision {
    fn show_candidates(&self, all: bool, screen: &mut Screen) -> Result<(), Failure> {
        let mut candidates: Vec<&Candidate> = self.candidates.iter().collect();
        candidates.sort_by(|one, other| {
            other.probability.total_cmp(&one.probability).then(one.tier.cmp(&other.tier))
        });
        let shown = if all { candidates.len() } else { SHOWN };
        let rows = candidates.iter().take(shown).map(|candidate| {
            let weight = format!("{:.4}", candidate.weight);
            vec![candidate.offer.clone(), percent(candidate.probability), weight]
        });
        screen.table(&["COULD SERVE", "CHANCE", "WEIGHT"], rows)?;
        if candidates.len() > shown {
            let rest = format!("and {} more; --all shows them", candidates.len() - shown);
            screen.say(&screen.paint(Look::Faint, &rest))?;
        }
        Ok(())
    }

    fn show_excluded(&self, all: bool, screen: &mut Screen) -> Result<(), Failure> {
        let excluded: Vec<Excluded> = self.excluded.iter().map(Out::told).collect();
        explain::show_excluded(&excluded, all, screen)
    }
}

// === impl Out ===

impl Out {
    fn told(&self) -> Excluded {
        let about = self.about.as_ref().map(|about| format!(" {}", about.replace('_', " ")));
        Excluded {
            offer: self.offer.clone(),
            reason: format!("{}{}", self.reason, about.unwrap_or_default()),
            detail: None,
        }
    }
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

fn millis(span: f64) -> String {
    if span < 10_000.0 { format!("{span:.0} ms") } else { format!("{:.1} s", span / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_no_prompt() {
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(is_id(&words(&["gen-6b033e9a9a4ad2cbd31b7922"])));
        assert!(is_id(&words(&["gen-6b033e9a9a4ad2cbd31b7922-2"])));
        for prompt in [&["gen-"][..], &["gen-erate a poem"], &["gen-6b033e9a9a4ad2cb", "why?"], &[]]
        {
            assert!(!is_id(&words(prompt)), "{prompt:?}");
        }
    }
}
