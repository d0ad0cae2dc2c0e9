//! What an offer turned out not to take, whatever the catalog says.
//!
//! A provider that answers "this request does not fit" rarely says which part of it. So the shape of the
//! refused request is remembered for an hour: another request that asks for at least the same (or, where the
//! refusal was about size, for at least as much) is not sent there again.
//!
//! One client's broken request must not shut an offer to everybody: a shape that the offer has served within
//! the hour is not what was wrong with the refused request, and is not remembered against it.

use std::time::Duration;

use crate::capability::{Features, Modalities, Modality, Parameters};
use crate::exclusion::Exclusion;
use crate::requirements::Requirements;
use crate::time::Moment;

/// The shape of a request that an offer refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What it needed.
    pub features: Features,
    /// What went in, beside text.
    pub input: Modalities,
    /// What tuned it.
    pub parameters: Parameters,
    /// Where the refusal was about size: prompts of so many tokens and more.
    pub tokens: Option<u32>,
    /// Until when it is remembered.
    pub until: Moment,
}

/// The last few misfits of an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfits {
    known: Vec<Misfit>,
    served: Vec<Served>,
}

/// The shape of a request that an offer served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Served {
    features: Features,
    input: Modalities,
    parameters: Parameters,
    tokens: u32,
    at: Moment,
}

/// How long a misfit is remembered: providers change models about daily, requests repeat within minutes.
pub const REMEMBERED: Duration = Duration::from_hours(1);
/// How many are remembered of one offer; the oldest goes first.
const MOST: usize = 8;

impl Misfit {
    /// The shape of `requirements`; `too_large` where the refusal was about size.
    pub(crate) fn of(requirements: &Requirements, too_large: bool, now: Moment) -> Self {
        Self {
            features: requirements.features,
            input: requirements.input - Modality::Text,
            parameters: requirements.parameters,
            tokens: too_large.then_some(requirements.prompt_tokens.max(1)),
            until: now.after(REMEMBERED),
        }
    }

    /// Whether nothing about it was special: remembering it would shut the offer to everybody.
    pub(crate) fn is_plain(&self) -> bool {
        self.tokens.is_none()
            && self.features.is_empty()
            && self.input.is_empty()
            && self.parameters.is_empty()
    }

    fn excludes(&self, requirements: &Requirements) -> Option<Exclusion> {
        if let Some(tokens) = self.tokens {
            let need = requirements.prompt_tokens;
            return (need >= tokens)
                .then_some(Exclusion::ContextTooSmall { have: tokens.saturating_sub(1), need });
        }
        let asks_as_much = requirements.features.is_superset(self.features)
            && requirements.input.is_superset(self.input)
            && requirements.parameters.is_superset(self.parameters);
        asks_as_much.then(|| self.word()).flatten()
    }

    /// The most telling part of the shape.
    fn word(&self) -> Option<Exclusion> {
        let feature = || self.features.iter().next().map(Exclusion::LacksFeature);
        let parameter = || self.parameters.iter().next().map(Exclusion::LacksParameter);
        self.input.iter().next().map(Exclusion::LacksInput).or_else(feature).or_else(parameter)
    }
}

impl Misfits {
    /// Why a request does not fit, by what was learnt.
    #[must_use]
    pub fn excludes(&self, requirements: &Requirements, now: Moment) -> Option<Exclusion> {
        self.known.iter().filter(|misfit| misfit.until > now).find_map(|m| m.excludes(requirements))
    }

    /// What is remembered at `now`.
    pub fn iter(&self, now: Moment) -> impl Iterator<Item = &Misfit> {
        self.known.iter().filter(move |misfit| misfit.until > now)
    }

    /// Notes that a request of this shape was served, however it was refused before.
    pub(crate) fn served(&mut self, shape: &Misfit, prompt_tokens: u32, now: Moment) {
        let Misfit { features, input, parameters, .. } = *shape;
        let served = Served { features, input, parameters, tokens: prompt_tokens, at: now };
        self.known.retain(|misfit| misfit.until > now && !served.disproves(misfit));
        let same = |known: &&mut Served| {
            (known.features, known.input, known.parameters) == (features, input, parameters)
        };
        if let Some(known) = self.served.iter_mut().find(same) {
            known.tokens = known.tokens.max(prompt_tokens);
            known.at = now;
            return;
        }
        if self.served.len() >= MOST {
            self.served.remove(0);
        }
        self.served.push(served);
    }

    /// Whether the offer has served such a request within the hour.
    pub(crate) fn is_disproved(&self, misfit: &Misfit, now: Moment) -> bool {
        self.served.iter().any(|s| now.since(s.at) < REMEMBERED && s.disproves(misfit))
    }

    pub(crate) fn remember(&mut self, misfit: Misfit, now: Moment) {
        self.known.retain(|known| known.until > now && !known.covers(&misfit));
        if self.known.len() >= MOST {
            self.known.remove(0);
        }
        self.known.push(misfit);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn shift(&mut self, by: i64) {
        for misfit in &mut self.known {
            misfit.until = misfit.until.moved(by);
        }
        for served in &mut self.served {
            served.at = served.at.moved(by);
        }
    }
}

impl Served {
    /// Whether the misfit's shape cannot be what was wrong.
    fn disproves(&self, misfit: &Misfit) -> bool {
        if let Some(tokens) = misfit.tokens {
            return self.tokens >= tokens;
        }
        self.features.is_superset(misfit.features)
            && self.input.is_superset(misfit.input)
            && self.parameters.is_superset(misfit.parameters)
    }
}

impl Misfit {
    /// The same shape, or the same refusal about size: the newer one replaces it.
    fn covers(&self, newer: &Self) -> bool {
        match (self.tokens, newer.tokens) {
            (Some(old), Some(new)) => old >= new,
            (None, None) => {
                (self.features, self.input, self.parameters)
                    == (newer.features, newer.input, newer.parameters)
            }
            _ => false,
        }
    }
}
