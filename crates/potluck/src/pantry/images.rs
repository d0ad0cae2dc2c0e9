//! What a file says of pictures: `[images]` of a provider, and `[models.image]` of a model.

use potluck_core::capability::{Modality, Parameter, Parameters};
use potluck_core::catalog::PicturePrice;
use potluck_core::image::{ImageAbility, PromptLimit, Size, Sizes};

use super::file::{Images, Model, Painter};
use super::form::Form;
use super::provider::base_url;

/// `[images]`
pub(super) fn images(form: &mut Form<'_, '_>) -> Images {
    Images { shape: form.word("shape"), base_url: form.parsed("base_url", base_url) }
}

/// `[models.image]`
pub(super) fn painter(form: &mut Form<'_, '_>) -> Painter {
    let takes = form.words::<Parameter>("takes");
    let takes: Option<Parameters> = takes.map(|words| words.into_iter().collect());
    let can_be_told = takes.is_none_or(|takes| takes.contains(Parameter::Size));
    let ability = ImageAbility {
        sizes: sizes(form, can_be_told),
        prompt: PromptLimit {
            characters: form.count("prompt_characters"),
            tokens: form.count("prompt_tokens"),
        },
        most_steps: form.count("most_steps"),
        usual_steps: form.count("usual_steps"),
        sources: form.count("sources").unwrap_or_default(),
        masks: form.flag("masks").unwrap_or_default(),
    };
    let price = PicturePrice {
        milli_neurons_tile: thousandths(form, "neurons_per_tile"),
        milli_neurons_step: thousandths(form, "neurons_per_step"),
    };
    if ability.masks && ability.sources == 0 {
        form.note(&form.at("masks"), "masks what? set sources to how many pictures it starts from");
    }
    Painter { shape: form.word("shape"), ability, takes, price }
}

/// What must agree between a model and its `[models.image]`.
pub(super) fn check_painter(form: &Form<'_, '_>, model: &Model) {
    let Some(painter) = &model.image else { return };
    if !model.output.contains(Modality::Image) {
        form.note(&form.at("image"), "[models.image] is said of a model that makes no pictures");
    }
    let changes = model.input.contains(Modality::Image);
    if painter.ability.sources > 0 && !changes {
        form.note(&form.at("input"), "it starts from pictures: its input must hold \"image\"");
    }
}

/// `size` of a model that cannot be told one, `sizes` of one that makes those, `multiple_of` of one that makes any
/// such; nothing where nobody knows.
fn sizes(form: &mut Form<'_, '_>, can_be_told: bool) -> Sizes {
    let own = form.parsed("size", size);
    let listed = form.texts("sizes");
    let step = form.count::<u32>("multiple_of");
    let usual = form.parsed("usual_size", size);
    let (least, most) = (form.count("least_edge"), form.count("most_edge"));
    let pixels = form.count("most_pixels");
    let said = [own.is_some(), listed.is_some(), step.is_some()];
    if said.into_iter().filter(|said| *said).count() > 1 {
        form.note_here("a model has size, sizes or multiple_of: one of the three");
    }
    if step.is_none() && (least.is_some() || most.is_some() || usual.is_some() || pixels.is_some())
    {
        form.note_here("the edges of which grid? set multiple_of");
    }
    match (own, listed, step) {
        (Some(own), _, _) => Sizes::Own(Some(own)),
        (None, Some(listed), _) => Sizes::Listed(list(form, &listed)),
        (None, None, Some(step)) => {
            let (least, most) = (least.unwrap_or(step), most.unwrap_or(2048));
            if least > most {
                form.note(&form.at("least_edge"), "the least edge is longer than the most");
            }
            Sizes::Grid { step, least, most, pixels, usual }
        }
        (None, None, None) if can_be_told => Sizes::Any,
        (None, None, None) => Sizes::Own(None),
    }
}

fn list(form: &Form<'_, '_>, texts: &[String]) -> Vec<Size> {
    let read = |text: &String| {
        text.parse()
            .inspect_err(|error| form.note(&form.at("sizes"), format!("\"{text}\": {error}")))
            .ok()
    };
    texts.iter().filter_map(read).collect()
}

fn size(text: &str) -> Result<Size, String> {
    text.parse().map_err(|_| "which is no size: write \"1024x768\"".to_owned())
}

/// A number with up to three digits behind the point, in thousandths.
fn thousandths(form: &mut Form<'_, '_>, key: &'static str) -> u32 {
    let Some(number) = form.number(key, false) else { return 0 };
    let scaled = (number * 1_000.0).round();
    if !(1.0..=1e9).contains(&scaled) {
        form.note(&form.at(key), format!("{key} is beyond what is counted: 0.001 to 1000000"));
        return 0;
    }
    scaled as u32
}
