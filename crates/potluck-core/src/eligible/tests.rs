//! Who can serve what.

use enumset::EnumSet;
use proptest::prelude::*;

use super::*;
use crate::capability::Parameters;
use crate::catalog::Capability;
use crate::embedding::Dimensions;
use crate::fixture::{Stock, capability, chat, limit, needs, sliding};
use crate::image::{PromptLimit, Sizes, Wish};
use crate::requirements::Bulk;

fn able(requirements: &Requirements, capability: Capability) -> Result<(), Exclusion> {
    let catalog = Stock::default().offer("a/x", "x").with(|o| o.capability = capability).done();
    capable(requirements, &catalog.offers[0])
}

#[test]
fn constraints_speak_of_providers() {
    let catalog = Stock::default().offer("groq/x", "x").offer("zai/x", "x").done();
    let refused = |constraints: Constraints| -> Vec<Option<&'static str>> {
        let terms = Terms::new(&catalog, &constraints);
        catalog.offers.iter().map(|offer| terms.refuse(offer).map(|e| e.word())).collect()
    };
    let list = |name: &str| vec![name.to_owned()];
    assert_eq!(refused(Constraints::default()), [None, None]);
    let only = Constraints { only: list("Groq"), ..Constraints::default() };
    assert_eq!(refused(only), [None, Some("not_in_only")]);
    let ignore = Constraints { ignore: list("groq"), ..Constraints::default() };
    assert_eq!(refused(ignore), [Some("ignored"), None]);
    let private = Constraints { no_training: true, ..Constraints::default() };
    assert_eq!(refused(private), [Some("trains_on_prompts"); 2]);
}

#[test]
fn an_agents_huge_max_tokens_starves_nobody() {
    let asked = Requirements { max_output: Some(32_000), ..chat(1000) };
    let small = Capability { context: 8192, max_output: Some(4096), ..capability() };
    assert_eq!(able(&asked, small.clone()), Ok(()));
    let mut strict = asked;
    strict.constraints.require_parameters = true;
    assert_eq!(able(&strict, small), Err(Exclusion::OutputTooSmall { have: 4096, need: 32_000 }));
}

#[test]
fn the_granted_output_is_what_the_offer_can_hold() {
    let catalog = Stock::default()
        .offer("groq/x", "x")
        .with(|offer| offer.capability.max_output = Some(65_536))
        .limit("groq/tokens/minute", limit(Meter::Tokens, 8000, sliding(60)))
        .done();
    let asked = Requirements { max_output: Some(32_000), ..chat(3000) };
    assert_eq!(granted_output(&catalog, OfferIndex(0), &asked), Some(5000));
    assert_eq!(granted_output(&catalog, OfferIndex(0), &chat(3000)), None);
    assert_eq!(amounts(&asked, &catalog.offers[0], 3000).of(Meter::Tokens), 5000);
    assert_eq!(amounts(&chat(3000), &catalog.offers[0], 3000).of(Meter::Tokens), 4024);
}

#[test]
fn a_schema_can_be_told_to_who_writes_objects() {
    let schema = needs(Feature::JsonSchema);
    let with = |features: Features| Capability { features, ..capability() };
    let object = with(Feature::JsonObject | Feature::Tools);
    assert_eq!(able(&schema, object.clone()), Ok(()));
    let lacks = Err(Exclusion::LacksFeature(Feature::JsonSchema));
    assert_eq!(able(&schema, with(Features::empty())), lacks, "neither");
    let mut strict = schema.clone();
    strict.constraints.require_parameters = true;
    assert_eq!(able(&strict, object.clone()), lacks, "every parameter is required");
    let mut tools = schema;
    tools.features.insert(Feature::Tools);
    assert_eq!(able(&tools, object), lacks, "beside tools");
    assert_eq!(able(&tools, with(Feature::JsonSchema | Feature::Tools)), Ok(()));
}

#[test]
fn context_counts_prompt_and_planned_answer() {
    let small = Capability { context: 4096, ..capability() };
    assert_eq!(able(&chat(3072), small.clone()), Ok(()));
    let need = 4097;
    assert_eq!(able(&chat(3073), small), Err(Exclusion::ContextTooSmall { have: 4096, need }));
}

#[test]
fn reasons_name_what_is_missing() {
    let reason = |requirements: Requirements| able(&requirements, capability()).unwrap_err();
    let image = Requirements { input: Modality::Text | Modality::Image, ..chat(10) };
    assert_eq!(reason(image), Exclusion::LacksInput(Modality::Image));
    let vectors = Requirements { output: Modality::Embedding.into(), ..chat(10) };
    assert_eq!(reason(vectors), Exclusion::LacksOutput(Modality::Embedding));
    assert_eq!(reason(needs(Feature::Logprobs)), Exclusion::LacksFeature(Feature::Logprobs));
    let mut able_one = chat(10);
    able_one.constraints.min_quality = Some(0.5);
    assert_eq!(reason(able_one), Exclusion::QualityTooLow { have: None, need: 0.5 });
    let ocr = Capability {
        input: Modality::Text | Modality::Image,
        only_with_input: Modality::Image.into(),
        ..capability()
    };
    assert_eq!(able(&chat(10), ocr), Err(Exclusion::OnlyWithInput(Modality::Image)));
}

#[test]
fn who_follows_schemas_writes_objects() {
    let schema = Capability { features: Feature::JsonSchema.into(), ..capability() };
    assert_eq!(able(&needs(Feature::JsonObject), schema), Ok(()));
}

fn any_capability() -> impl Strategy<Value = Capability> {
    (1u32..200_000, any::<Option<u16>>(), any::<u8>(), any::<u16>(), any::<Option<u8>>()).prop_map(
        |(context, max_output, input, features, quality)| Capability {
            context,
            max_output: max_output.map(u32::from),
            input: EnumSet::from_u8_truncated(input) | Modality::Text,
            output: Modality::Text.into(),
            features: EnumSet::from_u16_truncated(features),
            drops: Parameters::from_u32_truncated(u32::from(features)),
            only_with_input: EnumSet::empty(),
            quality: quality.map(|q| f32::from(q) / 255.0),
            dimensions: Dimensions::default(),
            max_texts: None,
            image: None,
        },
    )
}

fn any_requirements() -> impl Strategy<Value = Requirements> {
    (any::<u8>(), any::<u16>(), 0u32..200_000, any::<Option<u16>>(), any::<bool>(), any::<u16>())
        .prop_map(|(input, features, prompt_tokens, max_output, strict, parameters)| Requirements {
            input: EnumSet::from_u8_truncated(input & 3) | Modality::Text,
            features: EnumSet::from_u16_truncated(features & 0b1_0001_0011),
            parameters: Parameters::from_u32_truncated(u32::from(parameters)),
            max_output: max_output.map(u32::from),
            constraints: Constraints { require_parameters: strict, ..Constraints::default() },
            ..chat(prompt_tokens)
        })
}

proptest! {
    #[test]
    fn a_further_capability_never_shrinks_the_eligible_set(
        requirements in any_requirements(),
        capability in any_capability(),
        input in any::<u8>(),
        features in any::<u16>(),
        context in 0u32..100_000,
        takes in any::<u16>(),
    ) {
        if able(&requirements, capability.clone()).is_ok() {
            let more = Capability {
                context: capability.context.saturating_add(context),
                input: capability.input | EnumSet::<Modality>::from_u8_truncated(input),
                features: capability.features | Features::from_u16_truncated(features),
                drops: capability.drops - Parameters::from_u32_truncated(u32::from(takes)),
                ..capability
            };
            prop_assert_eq!(able(&requirements, more), Ok(()));
        }
    }

    #[test]
    fn a_parameter_excludes_only_under_require_parameters(requirements in any_requirements()) {
        let drops = Capability { drops: Parameters::all(), ..capability() };
        let mut lax = requirements;
        lax.constraints.require_parameters = false;
        prop_assert_eq!(able(&lax, drops), able(&lax, capability()));
    }
}

fn bulk(texts: u32, longest: u32) -> Requirements {
    let bulk = Bulk { texts, longest, dimensions: None, divisible: true };
    Requirements { prompt_tokens: texts * longest, bulk: Some(bulk), ..Requirements::plain() }
}

#[test]
fn many_texts_need_room_for_the_longest_and_a_request_for_each_part() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .with(|offer| {
            offer.capability.context = 500;
            offer.capability.max_texts = Some(96);
        })
        .done();
    let offer = &catalog.offers[0];
    assert_eq!(capable(&bulk(200, 500), offer), Ok(()));
    assert_eq!(
        capable(&bulk(200, 501), offer),
        Err(Exclusion::ContextTooSmall { have: 500, need: 501 })
    );
    let amounts = amounts(&bulk(200, 500), offer, 100_000);
    assert_eq!((amounts.requests, amounts.input_tokens, amounts.output_tokens), (3, 100_000, 0));
    assert_eq!(parts(&bulk(96, 1), offer), 1);
}

#[test]
fn what_cannot_be_divided_needs_an_offer_that_takes_it_whole() {
    let catalog =
        Stock::default().offer("a/x", "x").with(|o| o.capability.max_texts = Some(10)).done();
    let mut requirements = bulk(11, 5);
    requirements.bulk.as_mut().unwrap().divisible = false;
    let refused = Err(Exclusion::TooManyTexts { have: 10, need: 11 });
    assert_eq!(capable(&requirements, &catalog.offers[0]), refused);
}

#[test]
fn a_length_of_vector_is_a_requirement() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .with(|o| o.capability.dimensions = Dimensions { known: vec![1024], least: None })
        .done();
    let asking = |dimensions| {
        let mut requirements = bulk(1, 5);
        requirements.bulk.as_mut().unwrap().dimensions = dimensions;
        requirements
    };
    assert_eq!(capable(&asking(None), &catalog.offers[0]), Ok(()));
    assert_eq!(capable(&asking(Some(1024)), &catalog.offers[0]), Ok(()));
    let refused = Err(Exclusion::LacksDimensions(512));
    assert_eq!(capable(&asking(Some(512)), &catalog.offers[0]), refused);
}

fn picture(picture: Picture) -> Requirements {
    Requirements { output: Modality::Image.into(), picture: Some(picture), ..chat(2_000_000) }
}

/// A model of one size that reads 100 characters.
fn painter() -> Capability {
    let image = ImageAbility {
        sizes: Sizes::Listed(vec![Size { wide: 1024, high: 1024 }]),
        prompt: PromptLimit { characters: Some(100), tokens: Some(77) },
        most_steps: Some(8),
        usual_steps: Some(4),
        ..ImageAbility::default()
    };
    Capability { output: Modality::Image.into(), image: Some(image.into()), ..capability() }
}

#[test]
fn a_painter_is_judged_by_what_painters_can_do_and_not_by_its_context() {
    let asked = Picture { characters: 100, ..Picture::default() };
    assert_eq!(able(&picture(asked), painter()), Ok(()));
    let long = Picture { characters: 101, ..asked };
    let refused = Err(Exclusion::PromptTooLong { have: 100, need: 101 });
    assert_eq!(able(&picture(long), painter()), refused);
    let edit = Picture { sources: 1, ..asked };
    let refused = Err(Exclusion::TooManySources { have: 0, need: 1 });
    assert_eq!(able(&picture(edit), painter()), refused);
    let masked = Picture { masked: true, ..asked };
    assert_eq!(able(&picture(masked), painter()), Err(Exclusion::LacksMask));
    let chatter = able(&picture(asked), capability());
    assert_eq!(chatter, Err(Exclusion::LacksOutput(Modality::Image)));
    assert_eq!(able(&chat(10), painter()), Err(Exclusion::LacksOutput(Modality::Text)));
}

#[test]
fn a_size_is_a_requirement_only_on_demand() {
    let asked = Picture { size: Wish::Exact(Size { wide: 512, high: 512 }), ..Picture::default() };
    let mut asked = picture(asked);
    assert_eq!(able(&asked, painter()), Ok(()));
    asked.constraints.require_parameters = true;
    let refused = Err(Exclusion::LacksParameter(Parameter::Size));
    assert_eq!(able(&asked, painter()), refused);
}

#[test]
fn a_picture_takes_neurons_by_its_size_and_its_steps() {
    let catalog = Stock::default()
        .offer("cf/x", "x")
        .with(|offer| {
            offer.capability = painter();
            offer.price.picture.milli_neurons_tile = 4_800;
            offer.price.picture.milli_neurons_step = 9_600;
        })
        .done();
    let takes = |steps| {
        let asked = Picture { steps, ..Picture::default() };
        let amounts = amounts(&picture(asked), &catalog.offers[0], 20);
        assert_eq!((amounts.images, amounts.output_tokens), (1, 0));
        amounts.milli_neurons
    };
    assert_eq!(takes(None), 4 * 4_800 + 4 * 9_600);
    assert_eq!(takes(Some(2)), 4 * 4_800 + 2 * 9_600);
    assert_eq!(takes(Some(50)), 4 * 4_800 + 8 * 9_600, "no more steps than are sent");
}
