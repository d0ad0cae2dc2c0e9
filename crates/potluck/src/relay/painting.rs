//! One picture that was asked for: what each offer is told of it, and what its file has to be.

use std::sync::Arc;

use potluck_core::capability::Parameters;
use potluck_core::image::{Format, Size, Wish as Extent};
use potluck_dialect::image::{Ask, Asked, Shape, Target};
use potluck_picture::{self as picture, Origin, Wish};

use crate::relay::board::Place;
use crate::relay::flight::Flight;

/// One picture of a request.
#[derive(Clone, Debug)]
pub struct Painting {
    /// What was asked, for all its pictures.
    pub asked: Arc<Asked>,
    /// The seed of this one, where the client named one: each picture has its own.
    pub seed: Option<u64>,
    /// A number by chance, for providers that must be given a seed.
    pub chance: u64,
    /// Where it is told how far this one is.
    pub place: Place,
}

impl Painting {
    /// What the offer is asked.
    pub(super) fn ask(&self, shape: Shape, flight: &Flight) -> Ask {
        let offer = flight.offer();
        let usual = potluck_core::image::ImageAbility::default();
        let target = Target {
            model: offer.model.as_str(),
            ability: offer.capability.image.as_deref().unwrap_or(&usual),
            drops: offer.capability.drops & Parameters::all(),
            quirks: flight.quirks(),
            seed: self.seed,
            chance: self.chance,
        };
        shape.write(&self.asked.request, &target)
    }

    /// What is written into the file. The prompt is not.
    pub(super) fn origin(&self, flight: &Flight, ask: &Ask, seed: Option<u64>) -> Origin {
        let provider = flight.provider();
        Origin {
            model: flight.offer().model.to_string(),
            provider: provider.title.to_string(),
            seed,
            steps: ask.steps,
            asked: match self.asked.request.size {
                Extent::Exact(size) => Some(size).filter(|_| !ask.fit.met).map(of_picture),
                Extent::Auto | Extent::Shape { .. } => None,
            },
            prompt: None,
            simulated: provider.simulated,
        }
    }

    /// In which form the file is wished.
    pub(super) fn wish(&self) -> Wish {
        let request = &self.asked.request;
        Wish {
            format: request.format.map(picture_format),
            // a hundred is what nobody has to ask for
            quality: request.compression.filter(|kept| *kept < 100).map(|kept| kept.max(1)),
        }
    }

    /// What of the wish the file itself could not follow.
    pub(super) fn dropped(&self, format: picture::Format) -> Vec<String> {
        let is_ignored = self.wish().quality.is_some() && format != picture::Format::Jpeg;
        let compression = is_ignored.then(|| "output_compression".to_owned());
        compression.into_iter().chain(self.asked.request.routing.ignored.iter().cloned()).collect()
    }
}

fn of_picture(size: Size) -> picture::Size {
    picture::Size { width: size.wide, height: size.high }
}

const fn picture_format(format: Format) -> picture::Format {
    match format {
        Format::Png => picture::Format::Png,
        Format::Jpeg => picture::Format::Jpeg,
        Format::Webp => picture::Format::WebP,
        Format::Gif => picture::Format::Gif,
    }
}

/// The word of decisions for a format of files that were written.
pub(super) const fn format(format: picture::Format) -> Format {
    match format {
        picture::Format::Png | picture::Format::Avif => Format::Png,
        picture::Format::Jpeg => Format::Jpeg,
        picture::Format::WebP => Format::Webp,
        picture::Format::Gif => Format::Gif,
    }
}
