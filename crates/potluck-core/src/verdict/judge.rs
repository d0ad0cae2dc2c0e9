//! The final word, from all exclusions and attempts.
//!
//! | what happened | status |
//! |---|---|
//! | an offer said that the request itself is wrong | its 4xx |
//! | somebody will be able to serve it later | 429, with when |
//! | every attempt was throttled | 429 |
//! | prompt and answer are too large for all that could otherwise serve | 413 |
//! | those that could serve it are retired, or their credentials refused | 503 |
//! | no offer can ever do what is asked | 404, with the reasons |
//! | some were tried, all failed | 502 |
//! | there is nothing to choose from | 503 |

use std::collections::BTreeMap;
use std::time::Duration;

use crate::catalog::{Catalog, OfferIndex};
use crate::exclusion::Exclusion;
use crate::outcome::{Cause, Class};
use crate::time::Moment;
use crate::verdict::{AttemptNote, Reason, Refusal};

/// What the client is told when nothing could serve.
///
/// `excluded` are the offers that the request's names mean and that cannot serve, best asked anew of
/// [`Pool::explain`](crate::pool::Pool::explain) after the last attempt, so that the returns are those of
/// now. `attempts` are what was tried, in order.
#[must_use]
pub fn judge(
    catalog: &Catalog,
    excluded: &[(OfferIndex, Exclusion)],
    attempts: &[AttemptNote],
    now: Moment,
) -> Refusal {
    let case = Case { catalog, excluded, attempts, now };
    let mut refusal = case.word();
    refusal.reasons = case.reasons();
    refusal.attempts = attempts.to_vec();
    refusal
}

/// Waiting helps, but nobody can say how long: requests in flight end within seconds.
const SOON: Duration = Duration::from_secs(1);
/// What is back by now may be had by asking again.
const LEAST: Duration = Duration::from_millis(1);
/// Nothing is known of a return: an outage, a throttle without a time.
const LATER: Duration = Duration::from_secs(30);

struct Case<'a> {
    catalog: &'a Catalog,
    excluded: &'a [(OfferIndex, Exclusion)],
    attempts: &'a [AttemptNote],
    now: Moment,
}

impl Case<'_> {
    fn word(&self) -> Refusal {
        if let Some(note) = self.attempts.iter().rev().find(|note| is(note, Class::ClientFault)) {
            return client_fault(note);
        }
        if !self.attempts.is_empty() && !self.attempts.iter().all(is_about_fit) {
            return self.after_attempts();
        }
        if self.excluded.iter().any(|(_, exclusion)| exclusion.passes()) {
            return self.dry();
        }
        if self.excluded.iter().any(|(_, exclusion)| is_about_size(exclusion)) {
            return self.too_large();
        }
        if let Some(most) = self.longest_prompt() {
            return prompt_too_long(most);
        }
        if self.excluded.iter().any(|(_, exclusion)| is_lasting(exclusion)) {
            return self.shut();
        }
        if !self.attempts.is_empty() {
            return self.misfits();
        }
        if self.excluded.is_empty() { empty() } else { self.impossible() }
    }

    /// Some were tried. Only if all of them were throttled is it true that waiting helps.
    fn after_attempts(&self) -> Refusal {
        if self.attempts.iter().all(is_throttled) {
            return self.dry();
        }
        let count = self.attempts.len();
        let last = self.attempts.last().map_or("", |note| note.detail.as_str());
        let tried = plural(count, "offer was", "offers were");
        let mut message = format!("{tried} tried and every attempt failed; the last one: {last}.");
        if let Some(wait) = self.first_return() {
            message.push_str(&format!(" The next one comes back in {}.", words(wait)));
        }
        message.push_str(" Try again, or ask for another model.");
        Refusal::new(502, "api_error", "all_attempts_failed", message)
    }

    fn dry(&self) -> Refusal {
        let wait = self.first_return().unwrap_or(if self.excluded.iter().any(is_in_flight) {
            SOON
        } else {
            LATER
        });
        let wait = wait.max(LEAST);
        let main = self.most_common(Exclusion::passes);
        let message = format!(
            "No model can serve this now{main}. The first one comes back in {}: \
             wait that long and try again.",
            words(wait)
        );
        let mut refusal = Refusal::new(429, "rate_limit_error", "pool_is_dry", message);
        refusal.retry_after = Some(wait);
        refusal
    }

    fn too_large(&self) -> Refusal {
        let room = self.excluded.iter().filter_map(|(_, exclusion)| room(exclusion)).max();
        let (have, need) = room.unwrap_or_default();
        let message = format!(
            "The request is too large for every model that could otherwise serve it: it takes about {need} \
             tokens, prompt and answer together, and the most that fits is {have}. Shorten the \
             conversation, ask for fewer tokens, or add a provider with more room."
        );
        let mut refusal =
            Refusal::new(413, "invalid_request_error", "context_length_exceeded", message);
        refusal.param = Some("messages".to_owned());
        refusal
    }

    /// The longest prompt that any of them takes, in characters, where this one's length kept some out.
    fn longest_prompt(&self) -> Option<(u32, u32)> {
        let length = |(_, exclusion): &(OfferIndex, Exclusion)| match *exclusion {
            Exclusion::PromptTooLong { have, need } => Some((have, need)),
            _ => None,
        };
        self.excluded.iter().filter_map(length).max()
    }

    fn shut(&self) -> Refusal {
        let main = self.most_common(is_lasting);
        let message = format!(
            "The models that could serve this are out{main}. Mend the key or the account, or choose another \
             model; `potluck status` names them."
        );
        let mut refusal = Refusal::new(503, "api_error", "no_model_available", message);
        refusal.retry_after = Some(LATER);
        refusal
    }

    fn misfits(&self) -> Refusal {
        if let Some(last) = self.attempts.last()
            && self.attempts.iter().all(is_policy)
        {
            return client_fault(last);
        }
        let last = self.attempts.last();
        let detail = last.map_or("", |note| note.detail.as_str());
        let message = format!(
            "Every model that was tried says that the request does not fit it; the last one: {detail}. \
             Change the request as it says, or ask for another model."
        );
        if self.attempts.iter().all(|note| note.status == Some(413)) {
            return Refusal::new(413, "invalid_request_error", "context_length_exceeded", message);
        }
        Refusal::new(400, "invalid_request_error", "request_does_not_fit", message)
    }

    fn impossible(&self) -> Refusal {
        let main = self.most_common(|_| true);
        let message = format!(
            "No model here can serve this request{main}. Ask for less, or add a provider that can; \
             `potluck models` shows who can do what."
        );
        Refusal::new(404, "invalid_request_error", "no_model_can_serve", message)
    }

    /// How long until the first offer that otherwise fits comes back.
    fn first_return(&self) -> Option<Duration> {
        let ends = self.excluded.iter().filter_map(|(_, exclusion)| exclusion.ends()).min()?;
        Some(ends.until_from(self.now))
    }

    /// The reasons that most offers share, as half a sentence: ` (5 of 9: no tools; ...)`.
    fn most_common(&self, which: impl Fn(&Exclusion) -> bool) -> String {
        let total = self.excluded.len();
        let shown: Vec<String> = tally(self.excluded, self.now, which)
            .iter()
            .take(3)
            .map(|(reason, brief)| format!("{} of {total}: {brief}", reason.offers))
            .collect();
        if shown.is_empty() { String::new() } else { format!(" ({})", shown.join("; ")) }
    }

    fn reasons(&self) -> Vec<Reason> {
        debug_assert!(self.excluded.len() <= self.catalog.offers.len());
        let all = tally(self.excluded, self.now, |_| true).into_iter();
        all.map(|(reason, _)| reason).collect()
    }
}

/// Per reason, how many offers and the first return, and the reason in words; the commonest first.
fn tally(
    excluded: &[(OfferIndex, Exclusion)],
    now: Moment,
    which: impl Fn(&Exclusion) -> bool,
) -> Vec<(Reason, String)> {
    let mut counts: BTreeMap<String, (Reason, String)> = BTreeMap::new();
    for (_, exclusion) in excluded.iter().filter(|(_, exclusion)| which(exclusion)) {
        let word = reason(exclusion);
        let new = Reason { reason: word.clone(), offers: 0, first_back: None };
        let (counted, _) = counts.entry(word).or_insert_with(|| (new, exclusion.brief()));
        counted.offers += 1;
        let back = exclusion.ends().map(|end| end.until_from(now));
        counted.first_back = [counted.first_back, back].into_iter().flatten().min();
    }
    let mut reasons: Vec<_> = counts.into_values().collect();
    reasons.sort_by(|(a, _), (b, _)| b.offers.cmp(&a.offers).then(a.reason.cmp(&b.reason)));
    reasons
}

/// The word of an exclusion with its subject.
fn reason(exclusion: &Exclusion) -> String {
    let word = exclusion.word();
    match exclusion {
        Exclusion::LacksInput(modality)
        | Exclusion::LacksOutput(modality)
        | Exclusion::OnlyWithInput(modality) => format!("{word}:{}", modality.word()),
        Exclusion::LacksDimensions(need) => format!("{word}:{need}"),
        Exclusion::TooManyTexts { have, .. }
        | Exclusion::PromptTooLong { have, .. }
        | Exclusion::TooManySources { have, .. } => format!("{word}:{have}"),
        Exclusion::LacksFeature(feature) => format!("{word}:{}", feature.word()),
        Exclusion::LacksParameter(parameter) => format!("{word}:{}", parameter.word()),
        Exclusion::OutOfQuota { meter, .. }
        | Exclusion::TooMuchForOne { meter, .. }
        | Exclusion::ExceedsLimit { meter, .. } => {
            format!("{word}:{}", meter.word())
        }
        Exclusion::Cooling { class, .. } | Exclusion::Retired(class) => {
            format!("{word}:{}", class.word())
        }
        _ => word.to_owned(),
    }
}

fn prompt_too_long((have, need): (u32, u32)) -> Refusal {
    let message = format!(
        "The prompt has {need} characters, and every model that could otherwise serve it takes at most {have}. \
         Shorten the prompt, or add a provider that takes longer ones."
    );
    let mut refusal = Refusal::new(413, "invalid_request_error", "prompt_too_long", message);
    refusal.param = Some("prompt".to_owned());
    refusal
}

fn client_fault(note: &AttemptNote) -> Refusal {
    let status = note.status.filter(|status| (400..500).contains(status)).unwrap_or(400);
    let detail = &note.detail;
    let message = format!("{} refused the request itself: {detail}", note.offer);
    let code = if is_policy(note) { "content_refused" } else { "request_refused" };
    Refusal::new(status, "invalid_request_error", code, message)
}

fn empty() -> Refusal {
    let message = "The pool is empty: no provider is configured that offers this. Set a provider's key in the \
                   environment, or start a local model server; `potluck check` says what is missing.";
    let mut refusal = Refusal::new(503, "api_error", "pool_is_empty", message);
    refusal.retry_after = Some(LATER);
    refusal
}

fn is(note: &AttemptNote, class: Class) -> bool {
    note.class == class.word()
}

fn is_policy(note: &AttemptNote) -> bool {
    note.cause == Some(Cause::ContentPolicy)
}

fn is_throttled(note: &AttemptNote) -> bool {
    is(note, Class::RateLimited) || is(note, Class::QuotaSpent)
}

fn is_about_fit(note: &AttemptNote) -> bool {
    is(note, Class::DoesNotFit)
}

const fn is_in_flight((_, exclusion): &(OfferIndex, Exclusion)) -> bool {
    matches!(exclusion, Exclusion::Busy | Exclusion::OnProbation)
}

const fn is_about_size(exclusion: &Exclusion) -> bool {
    matches!(
        exclusion,
        Exclusion::ContextTooSmall { .. }
            | Exclusion::OutputTooSmall { .. }
            | Exclusion::ExceedsLimit { .. }
    )
}

const fn is_lasting(exclusion: &Exclusion) -> bool {
    matches!(exclusion, Exclusion::Retired(_) | Exclusion::CredentialRefused)
}

/// How much an offer that is too small holds, and what it would take.
fn room(exclusion: &Exclusion) -> Option<(u64, u64)> {
    match *exclusion {
        Exclusion::ContextTooSmall { have, need } | Exclusion::OutputTooSmall { have, need } => {
            Some((u64::from(have), u64::from(need)))
        }
        Exclusion::ExceedsLimit { have, need, .. } => Some((have, need)),
        _ => None,
    }
}

/// Rounded up, at least one: one that is too short is a lie.
fn whole_seconds(wait: Duration) -> Duration {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(seconds.max(1))
}

fn words(wait: Duration) -> String {
    let seconds = whole_seconds(wait).as_secs();
    match seconds {
        0..=119 => plural(usize::try_from(seconds).unwrap_or_default(), "second", "seconds"),
        120..=7199 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

fn plural(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
mod tests;
