//! Which offers can serve a request, by what it needs and what they can do.
//!
//! Only what does not change from second to second is decided here: the client's constraints first, then
//! capabilities, each with its reason. Quota and health come after, in [`pool`](crate::pool).
//!
//! # The wanted output
//!
//! Agents send `max_tokens: 32000` with every request. Taken at its word, that would shut out most free models,
//! though their answers are a few hundred tokens long. So, unless the client sets `require_parameters`:
//! * a `max_output` above the offer's own is no reason to leave the offer out; it is lowered, and named;
//! * what an answer is *planned* to take (against context and token limits) is at most 2,000 tokens (the
//!   figure that a peer settled on after the same complaint), and 1,024 where nothing was asked for.
//!
//! With `require_parameters`, the whole of `max_output` is a requirement.

use enumset::EnumSet;

use crate::capability::{Feature, Features, Modalities, Modality, Parameter};
use crate::catalog::{Catalog, Offer, OfferIndex, Provider};
use crate::exclusion::Exclusion;
use crate::image::{ImageAbility, Size};
use crate::quota::{Amounts, Meter};
use crate::requirements::{Constraints, Picture, Requirements};

/// Tokens that an answer is planned to take where nothing was asked for.
pub const USUAL_OUTPUT: u32 = 1024;
/// Most tokens that an answer is planned to take, whatever was asked for.
pub const PLANNED_OUTPUT: u32 = 2000;

/// The client's constraints, looked up once a request for every provider of a catalog.
#[derive(Clone, Debug)]
pub struct Terms {
    providers: Vec<Option<Exclusion>>,
    /// The place of each provider in the client's `order`; those not named come after all that are.
    ranks: Vec<u16>,
}

impl Terms {
    /// What `constraints` mean for the providers of `catalog`.
    #[must_use]
    pub fn new(catalog: &Catalog, constraints: &Constraints) -> Self {
        let rank = |provider| position(&constraints.order, provider);
        Self {
            providers: catalog.providers.iter().map(|p| refusal(p, constraints)).collect(),
            ranks: catalog.providers.iter().map(rank).collect(),
        }
    }

    /// Why a provider is out of the question.
    #[must_use]
    pub fn refuse(&self, offer: &Offer) -> Option<Exclusion> {
        self.providers.get(offer.provider.0 as usize).copied().flatten()
    }

    /// Its place in the client's order, 0 first.
    #[must_use]
    pub fn rank(&self, offer: &Offer) -> u16 {
        self.ranks.get(offer.provider.0 as usize).copied().unwrap_or(u16::MAX)
    }
}

fn refusal(provider: &Provider, constraints: &Constraints) -> Option<Exclusion> {
    if !constraints.only.is_empty() && !names(&constraints.only, provider) {
        return Some(Exclusion::NotInOnly);
    }
    if names(&constraints.ignore, provider) {
        return Some(Exclusion::Ignored);
    }
    (constraints.no_training && !provider.keeps_prompts()).then_some(Exclusion::Trains)
}

fn names(list: &[String], provider: &Provider) -> bool {
    list.iter().any(|name| is_called(provider, name))
}

fn position(list: &[String], provider: &Provider) -> u16 {
    let place = list.iter().position(|name| is_called(provider, name)).unwrap_or(list.len());
    u16::try_from(place).unwrap_or(u16::MAX)
}

fn is_called(provider: &Provider, name: &str) -> bool {
    provider.id.as_str().eq_ignore_ascii_case(name) || provider.title.eq_ignore_ascii_case(name)
}

/// Why an offer can never serve such a request, if it cannot: constraints of the model, then capabilities, then
/// size.
///
/// # Errors
/// The first reason found.
pub fn capable(requirements: &Requirements, offer: &Offer) -> Result<(), Exclusion> {
    quality(requirements, offer)?;
    modalities(requirements, offer)?;
    features(requirements, offer)?;
    bulk(requirements, offer)?;
    if let (Some(asked), Some(able)) = (&requirements.picture, &offer.capability.image) {
        return picture(asked, able, requirements.constraints.require_parameters);
    }
    size(requirements, offer)
}

fn quality(requirements: &Requirements, offer: &Offer) -> Result<(), Exclusion> {
    let have = offer.capability.quality;
    match requirements.constraints.min_quality {
        Some(need) if have.is_none_or(|have| have < need) => {
            Err(Exclusion::QualityTooLow { have, need })
        }
        _ => Ok(()),
    }
}

fn modalities(requirements: &Requirements, offer: &Offer) -> Result<(), Exclusion> {
    let has = &offer.capability;
    if let Some(lacks) = missing(requirements.input, has.input) {
        return Err(Exclusion::LacksInput(lacks));
    }
    if let Some(lacks) = missing(requirements.output, has.output) {
        return Err(Exclusion::LacksOutput(lacks));
    }
    // Who only paints cannot go on with a conversation.
    let paints = requirements.output.contains(Modality::Image) && requirements.picture.is_none();
    if paints && !has.output.contains(Modality::Text) {
        return Err(Exclusion::LacksOutput(Modality::Text));
    }
    if !has.only_with_input.is_empty() && has.only_with_input.is_disjoint(requirements.input) {
        let lacks = has.only_with_input.iter().next().unwrap_or(Modality::Image);
        return Err(Exclusion::OnlyWithInput(lacks));
    }
    Ok(())
}

fn bulk(requirements: &Requirements, offer: &Offer) -> Result<(), Exclusion> {
    let Some(bulk) = requirements.bulk else { return Ok(()) };
    if let Some(need) = bulk.dimensions.filter(|need| !offer.capability.dimensions.makes(*need)) {
        return Err(Exclusion::LacksDimensions(need));
    }
    match offer.capability.max_texts {
        Some(have) if have < bulk.texts && !bulk.divisible => {
            Err(Exclusion::TooManyTexts { have, need: bulk.texts })
        }
        _ => Ok(()),
    }
}

/// Whether a picture can be made as it is asked for. Its size is a requirement only where the client says that
/// its parameters are: else the nearest is made, and the answer says so.
fn picture(asked: &Picture, able: &ImageAbility, strictly: bool) -> Result<(), Exclusion> {
    let need = asked.characters;
    if let Some(have) = able.prompt.characters.filter(|have| *have < need) {
        return Err(Exclusion::PromptTooLong { have, need });
    }
    if able.sources < asked.sources {
        return Err(Exclusion::TooManySources { have: able.sources, need: asked.sources });
    }
    if asked.masked && !able.masks {
        return Err(Exclusion::LacksMask);
    }
    if strictly && !able.sizes.fit(asked.size).met {
        return Err(Exclusion::LacksParameter(Parameter::Size));
    }
    Ok(())
}

/// How many requests an offer is sent to do the work of one: more than one where there are more texts than it
/// takes at once.
#[must_use]
pub fn parts(requirements: &Requirements, offer: &Offer) -> u32 {
    let texts = requirements.bulk.map_or(1, |bulk| bulk.texts);
    offer.capability.max_texts.map_or(1, |most| texts.div_ceil(most.max(1)).max(1))
}

fn missing(need: Modalities, have: Modalities) -> Option<Modality> {
    (need - have).iter().next()
}

fn features(requirements: &Requirements, offer: &Offer) -> Result<(), Exclusion> {
    let lacks: Features = requirements.features - effective(requirements, offer);
    if let Some(feature) = lacks.iter().next() {
        return Err(Exclusion::LacksFeature(feature));
    }
    if requirements.constraints.require_parameters {
        let dropped = requirements.parameters & offer.capability.drops;
        if let Some(parameter) = dropped.iter().next() {
            return Err(Exclusion::LacksParameter(parameter));
        }
    }
    Ok(())
}

/// Who can follow a schema can write an object; and who can write an object can be told the schema in the
/// prompt, and be judged by it. Not beside tools: many refuse those together with a demanded object.
fn effective(requirements: &Requirements, offer: &Offer) -> Features {
    let mut features = offer.capability.features;
    let told = !requirements.features.contains(Feature::Tools)
        && !requirements.constraints.require_parameters;
    if features.contains(Feature::JsonSchema) {
        features.insert(Feature::JsonObject);
    } else if features.contains(Feature::JsonObject) && told {
        features.insert(Feature::JsonSchema);
    }
    features
}

/// Whether an offer that serves the request is only told its schema in the prompt.
#[must_use]
pub fn emulates(requirements: &Requirements, offer: &Offer) -> bool {
    requirements.features.contains(Feature::JsonSchema)
        && !offer.capability.features.contains(Feature::JsonSchema)
}

fn size(requirements: &Requirements, offer: &Offer) -> Result<(), Exclusion> {
    let have = offer.capability.context;
    if let Some(need) = requirements.constraints.min_context.filter(|need| *need > have) {
        return Err(Exclusion::ContextTooSmall { have, need });
    }
    if let (true, Some(need), Some(most)) = (
        requirements.constraints.require_parameters,
        requirements.max_output,
        offer.capability.max_output,
    ) && need > most
    {
        return Err(Exclusion::OutputTooSmall { have: most, need });
    }
    let prompt = requirements.bulk.map_or(requirements.prompt_tokens, |bulk| bulk.longest);
    let need = prompt.saturating_add(planned_output(requirements, offer));
    if need > have { Err(Exclusion::ContextTooSmall { have, need }) } else { Ok(()) }
}

/// Tokens that one answer is planned to take: see the header.
#[must_use]
pub fn planned_output(requirements: &Requirements, offer: &Offer) -> u32 {
    if requirements.bulk.is_some() || !requirements.output.contains(Modality::Text) {
        // Vectors, scores and pictures are no tokens.
        return 0;
    }
    let most = offer.capability.max_output.unwrap_or(u32::MAX);
    match requirements.max_output {
        Some(asked) if requirements.constraints.require_parameters => asked.min(most),
        Some(asked) => asked.min(most).min(PLANNED_OUTPUT),
        None => most.min(USUAL_OUTPUT),
    }
}

/// What is reserved for a request at an offer: the prompt, as estimated for its family, and the planned answers.
#[must_use]
#[inline]
pub fn amounts(requirements: &Requirements, offer: &Offer, prompt_tokens: u32) -> Amounts {
    let answers = u64::from(planned_output(requirements, offer))
        .saturating_mul(u64::from(requirements.choices.max(1)));
    let mut amounts = offer.price.amounts(u64::from(prompt_tokens), answers);
    amounts.requests = u64::from(parts(requirements, offer));
    if requirements.output.contains(Modality::Image) {
        amounts.images = u64::from(requirements.choices.max(1));
        amounts.milli_neurons = amounts.milli_neurons.saturating_add(neurons(requirements, offer));
    }
    amounts
}

/// Thousandths of neurons that a picture takes: of the size that is given, and of the steps that are asked for,
/// both on the high side where they are not known.
fn neurons(requirements: &Requirements, offer: &Offer) -> u64 {
    let asked = requirements.picture.unwrap_or_default();
    let able = offer.capability.image.as_deref();
    let given = able.and_then(|able| able.sizes.fit(asked.size).given);
    let steps = match (asked.steps, able.and_then(|able| able.most_steps)) {
        (Some(steps), Some(most)) => steps.min(most),
        (Some(steps), None) => steps,
        (None, most) => able.and_then(|able| able.usual_steps).or(most).unwrap_or(UNKNOWN_STEPS),
    };
    offer.price.picture.milli_neurons(given.unwrap_or(UNKNOWN_SIZE), steps)
}

/// The size that a picture is counted as where nobody knows it.
const UNKNOWN_SIZE: Size = Size { wide: 1024, high: 1024 };

/// The steps that a picture is counted as where nobody knows them.
const UNKNOWN_STEPS: u32 = 50;

/// The most tokens that an offer may be asked to answer with: what the client asked for, lowered to what the
/// offer, its context and its token limits can hold at all. `None` where the client asked for nothing.
#[must_use]
pub fn granted_output(
    catalog: &Catalog,
    index: OfferIndex,
    requirements: &Requirements,
) -> Option<u32> {
    let offer = catalog.offers.get(index.0 as usize)?;
    let prompt = requirements.prompt_tokens;
    let mut granted = requirements.max_output?;
    granted = granted.min(offer.capability.max_output.unwrap_or(u32::MAX));
    granted = granted.min(offer.capability.context.saturating_sub(prompt));
    for bucket in &offer.buckets {
        let Some(bucket) = catalog.buckets.get(bucket.0 as usize) else { continue };
        let beside = match bucket.limit.meter {
            Meter::Tokens => u64::from(prompt),
            Meter::OutputTokens => 0,
            _ => continue,
        };
        let room =
            bucket.limit.amount.saturating_sub(beside) / u64::from(requirements.choices.max(1));
        granted = granted.min(u32::try_from(room).unwrap_or(u32::MAX));
    }
    Some(granted.max(1))
}

/// What an offer has that a request does not use: more inputs than text, and a context far beyond the
/// prompt. Used to keep scarce able models for those who need them.
#[must_use]
pub fn surplus(requirements: &Requirements, offer: &Offer) -> f64 {
    let unused = (offer.capability.input - requirements.input) - EnumSet::only(Modality::Text);
    let wide = offer.capability.context >= WIDE_CONTEXT;
    let asked = requirements.constraints.min_quality.unwrap_or(0.0);
    let able = offer.capability.quality.map_or(0.0, |quality| (quality - asked).clamp(0.0, 1.0));
    f64::from(u8::from(!unused.is_empty())) + f64::from(u8::from(wide)) + f64::from(able)
}

/// Tokens of context that few free models have.
const WIDE_CONTEXT: u32 = 200_000;

#[cfg(test)]
mod tests;
