//! What follows for pictures from what a file says, and from the shape in which they are asked for.

use potluck_core::capability::{Modality, Parameter, Parameters};
use potluck_core::image::{ImageAbility, Sizes};

use crate::pantry::file::{Model, ProviderFile};

/// What a model can do with pictures, where it makes some.
pub(super) fn ability(file: &ProviderFile, model: &Model) -> Option<ImageAbility> {
    let shape = file.image_shape(model)?;
    let mut ability = model.image.as_ref().map(|said| said.ability.clone()).unwrap_or_default();
    ability.sources = ability.sources.min(shape.sources());
    ability.masks &= shape.masks();
    if ability.sizes == Sizes::Any && !shape.carries().contains(Parameter::Size) {
        ability.sizes = Sizes::Own(None);
    }
    Some(ability)
}

/// The parameters that a model does not take: a painter takes none of chat's, a chatter none of a picture's.
pub(super) fn drops(file: &ProviderFile, model: &Model, of_chat: Parameters) -> Parameters {
    let of_pictures = Parameter::of_pictures();
    let Some(shape) = file.image_shape(model) else { return of_chat | of_pictures };
    let said = model.image.as_ref().and_then(|painter| painter.takes);
    let taken = said.unwrap_or(Parameters::all()) & shape.carries();
    if model.output.contains(Modality::Text) {
        return of_chat | (of_pictures - taken);
    }
    Parameters::all() - taken
}
