//! What there is: providers, offers and limits, as one immutable snapshot that is swapped whole.
//!
//! The catalog knows no keys, no addresses and no wire shapes: those stay with the doors. State that
//! changes (health, counters, latency) is keyed by the names here and survives a swap.

use std::sync::Arc;

use crate::capability::{Features, Modalities, Parameters};
use crate::embedding::Dimensions;
use crate::image::{ImageAbility, Size};
use crate::names::{AccountId, CredentialId, Family, ModelId, OfferName, ProviderId};
use crate::quota::{Amounts, Limit};

mod family;
mod named;
mod select;

pub use family::FamilyMeant;
pub use named::{Emptied, Membership, NamedPool};
pub use select::{Selection, UnknownModel, means_everything};

/// Everything that can be drawn from.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The providers that have at least one offer.
    pub providers: Vec<Provider>,
    /// The offers, grouped by provider.
    pub offers: Vec<Offer>,
    /// The counters that the offers' limits need; several offers may share one.
    pub buckets: Vec<Bucket>,
    /// What else names mean, by a person's word; set by [`Catalog::define`].
    pub pools: Vec<Membership>,
}

/// Position of a provider in [`Catalog::providers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderIndex(pub u32);

/// Position of an offer in [`Catalog::offers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferIndex(pub u32);

/// Position of a bucket in [`Catalog::buckets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketIndex(pub u32);

/// A host of models.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its id, the name of its file.
    pub id: ProviderId,
    /// Its name for people.
    pub title: Arc<str>,
    /// What it does with prompts.
    pub privacy: Privacy,
    /// Whether it runs on this machine.
    pub local: bool,
    /// Whether it only plays a provider: nothing in its answers is a model's.
    pub simulated: bool,
}

impl Provider {
    /// Whether nobody trains on what is sent to it: it says so, or it is on this machine.
    #[must_use]
    pub fn keeps_prompts(&self) -> bool {
        self.local || self.privacy == Privacy::NoTraining
    }
}

/// What a provider says it does with prompts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// It says that it does not train on them.
    NoTraining,
    /// It says that it does, or its terms allow it.
    Trains,
    /// Nothing is said, or it depends on whom it forwards to. Treated as training.
    #[default]
    Unclear,
}

/// One model at one provider under one credential.
#[derive(Clone, Debug)]
pub struct Offer {
    /// `provider/model`, as clients name it and answers show it; of further credentials `provider/model@credential`.
    pub name: OfferName,
    /// Whose it is.
    pub provider: ProviderIndex,
    /// What the provider calls the model.
    pub model: ModelId,
    /// The group of the same weights elsewhere.
    pub family: Family,
    /// Under which credential.
    pub credential: CredentialId,
    /// Whose credential that is.
    pub account: AccountId,
    /// Its share of the draw beside what else is equal; above zero and finite, 1 unless somebody said otherwise.
    pub weight: f64,
    /// What it can do.
    pub capability: Capability,
    /// Every counter that a request to it draws on.
    pub buckets: Vec<BucketIndex>,
    /// The most requests in flight to it at once; 0 is read as 1.
    pub concurrency: u32,
    /// What its tokens take of the meters that count no tokens.
    pub price: Price,
}

/// What tokens and pictures take of the meters that count neither. Zero where nobody said: such a meter
/// then moves only by what the provider claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Cloudflare's neurons per million tokens read.
    pub neurons_input: u32,
    /// Cloudflare's neurons per million tokens written.
    pub neurons_output: u32,
    /// Millionths of a US dollar of credit per million tokens read.
    pub micro_dollars_input: u32,
    /// Millionths of a US dollar of credit per million tokens written.
    pub micro_dollars_output: u32,
    /// What pictures take of the meters that count none.
    pub picture: PicturePrice,
}

/// What one picture takes of Cloudflare's neurons, in thousandths: by the squares of 512 pixels that cover it,
/// and by its steps. Zero where nobody said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PicturePrice {
    /// Thousandths of neurons for a square of 512 pixels.
    pub milli_neurons_tile: u32,
    /// Thousandths of neurons for a step.
    pub milli_neurons_step: u32,
}

/// What an offer can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Capability {
    /// Tokens that prompt and answer may have together.
    pub context: u32,
    /// Tokens that an answer may have; `None` where only the context limits it.
    pub max_output: Option<u32>,
    /// What may go in.
    pub input: Modalities,
    /// What comes out.
    pub output: Modalities,
    /// What it can do that changes an answer's meaning.
    pub features: Features,
    /// Parameters that it does not take; they are dropped and named.
    pub drops: Parameters,
    /// A candidate only for requests that carry one of these; empty: for all.
    pub only_with_input: Modalities,
    /// How able it is, 0 to 1, where somebody has measured.
    pub quality: Option<f32>,
    /// The lengths of vector that it makes, where it makes vectors.
    pub dimensions: Dimensions,
    /// The most texts that it takes in one request, where it takes many.
    pub max_texts: Option<u32>,
    /// What it can do with pictures, where it makes them.
    pub image: Option<Arc<ImageAbility>>,
}

/// One counter: a limit as it applies to one account, one model or one address.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Stable over swaps of the catalog: `provider/account[/model]/meter/window`.
    pub key: Arc<str>,
    /// The promise that is counted.
    pub limit: Limit,
}

/// Between an offer's plain name and the credential, where it is not the first of its provider.
pub const CREDENTIAL_MARK: char = '@';

impl Offer {
    /// `provider/model`, which the offers of all credentials answer to.
    #[must_use]
    pub fn plain_name(&self) -> &str {
        let name = self.name.as_str();
        let bare = name.strip_suffix(self.credential.as_str());
        bare.and_then(|bare| bare.strip_suffix(CREDENTIAL_MARK)).unwrap_or(name)
    }
}

impl Price {
    /// What one request of so many tokens takes, rounded up.
    #[must_use]
    #[inline]
    pub fn amounts(&self, input_tokens: u64, output_tokens: u64) -> Amounts {
        let mut amounts =
            Amounts { requests: 1, input_tokens, output_tokens, ..Amounts::default() };
        if self.takes_more() {
            (amounts.milli_neurons, amounts.micro_dollars) = self.sums(input_tokens, output_tokens);
        }
        amounts
    }

    /// Whether tokens take anything of the meters that count no tokens.
    const fn takes_more(&self) -> bool {
        let neurons = self.neurons_input | self.neurons_output;
        neurons | self.micro_dollars_input | self.micro_dollars_output != 0
    }

    /// Thousandths of neurons, and millionths of a dollar. Few offers have a price: the others need not carry the sums along.
    #[cold]
    fn sums(&self, input: u64, output: u64) -> (u64, u64) {
        let neurons = per_million(input, self.neurons_input, 1000)
            + per_million(output, self.neurons_output, 1000);
        let dollars = per_million(input, self.micro_dollars_input, 1)
            + per_million(output, self.micro_dollars_output, 1);
        (narrow(neurons), narrow(dollars))
    }
}

impl PicturePrice {
    /// Thousandths of neurons for a picture of a size and of so many steps.
    #[must_use]
    pub fn milli_neurons(self, size: Size, steps: u32) -> u64 {
        let tiles = u64::from(self.milli_neurons_tile).saturating_mul(size.tiles());
        tiles.saturating_add(u64::from(self.milli_neurons_step).saturating_mul(u64::from(steps)))
    }
}

fn per_million(tokens: u64, price: u32, scale: u128) -> u128 {
    (u128::from(tokens) * u128::from(price) * scale).div_ceil(1_000_000)
}

fn narrow(amount: u128) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}

impl Catalog {
    /// The provider at `index`.
    ///
    /// # Panics
    /// When `index` is of another catalog.
    #[must_use]
    pub fn provider(&self, index: ProviderIndex) -> &Provider {
        &self.providers[index.0 as usize]
    }

    /// The offer at `index`.
    ///
    /// # Panics
    /// When `index` is of another catalog.
    #[must_use]
    pub fn offer(&self, index: OfferIndex) -> &Offer {
        &self.offers[index.0 as usize]
    }

    /// The bucket at `index`.
    ///
    /// # Panics
    /// When `index` is of another catalog.
    #[must_use]
    pub fn bucket(&self, index: BucketIndex) -> &Bucket {
        &self.buckets[index.0 as usize]
    }

    /// All offers with their positions.
    pub fn enumerate(&self) -> impl Iterator<Item = (OfferIndex, &Offer)> {
        (0u32..).map(OfferIndex).zip(&self.offers)
    }
}
