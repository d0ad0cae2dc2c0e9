//! The dials of the sampler.

use potluck_core::Sealed;

use super::{Draft, Rule};

pub(super) const RANDOM_SEED: Rule = Rule::fields(|draft| {
    if let Some(seed) = draft.request.sampling.seed.take() {
        let seed = Sealed::from_json(seed.to_string());
        draft.request.extra.push(("random_seed".into(), seed));
    }
});

pub(super) const NO_SEED: Rule =
    Rule::fields(|draft| draft.drop_field("seed", |request| &mut request.sampling.seed));

pub(super) const NO_PENALTIES: Rule = Rule::fields(|draft| {
    draft.drop_field("frequency_penalty", |request| &mut request.sampling.frequency_penalty);
    draft.drop_field("presence_penalty", |request| &mut request.sampling.presence_penalty);
});

pub(super) const NO_LOGIT_BIAS: Rule = Rule::fields(|draft| {
    draft.drop_field("logit_bias", |request| &mut request.sampling.logit_bias);
});

pub(super) const NO_TOP_K: Rule =
    Rule::fields(|draft| draft.drop_field("top_k", |request| &mut request.sampling.top_k));

pub(super) const NO_MIN_P: Rule =
    Rule::fields(|draft| draft.drop_field("min_p", |request| &mut request.sampling.min_p));

pub(super) const NO_SAMPLING: Rule = Rule::fields(|draft| {
    draft.drop_field("temperature", |request| &mut request.sampling.temperature);
    draft.drop_field("top_p", |request| &mut request.sampling.top_p);
    draft.drop_field("top_k", |request| &mut request.sampling.top_k);
    draft.drop_field("min_p", |request| &mut request.sampling.min_p);
    draft.drop_field("top_a", |request| &mut request.sampling.top_a);
});

pub(super) const TEMPERATURE_TO_ONE: Rule = Rule::fields(|draft| {
    if draft.request.sampling.temperature.is_some_and(|temperature| temperature > 1.0) {
        draft.request.sampling.temperature = Some(1.0);
        draft.name("temperature");
    }
});

/// Small enough that the likeliest token wins, large enough to survive a provider's 32-bit float.
const TINY: f64 = 0.000_1;

pub(super) const TEMPERATURE_ABOVE_ZERO: Rule = Rule::fields(|draft: &mut Draft<'_>| {
    if draft.request.sampling.temperature.is_some_and(|temperature| temperature <= 0.0) {
        draft.request.sampling.temperature = Some(TINY);
    }
});
