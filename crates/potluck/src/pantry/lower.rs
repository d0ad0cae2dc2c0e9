//! From the pantry to what the rest of the house works with: the core's catalog, and a [`Route`] for
//! each credential of each provider in it.
//!
//! Pure: which keys are present, what the live lists say and which day it is are arguments. A provider
//! that cannot be drawn from is not dropped silently: it is in [`Lowered::idle`], with the reason.

mod buckets;
mod credential;
mod features;
mod images;
mod route;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use potluck_core::capability::{Feature, Modality};
use potluck_core::catalog::{
    CREDENTIAL_MARK, Capability, Catalog, Offer, PicturePrice, Price, Privacy, Provider,
    ProviderIndex,
};
use potluck_core::embedding::Dimensions;
use potluck_core::names::{AccountId, CredentialId, Family, ModelId, OfferName, ProviderId};
use potluck_dialect::quirk::{Quirks, drops};

use self::buckets::Buckets;
pub use self::credential::Held;
use self::features::features;
pub use self::route::{BadAccount, Idle, Route, WhyIdle};
use super::file::{Model, ProviderFile, Status, Told};
use super::listing::{Free, Listed};
use super::load::Pantry;
use crate::settings::Credential;

/// Tokens that a model is trusted with where nobody says how many it takes.
const CAUTIOUS_CONTEXT: u32 = 8_192;

/// The pantry, lowered.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// What can be drawn from.
    pub catalog: Catalog,
    /// How to reach each provider under each of its credentials.
    pub routes: Vec<Route>,
    /// By offer: its position in [`Lowered::routes`].
    pub ways: Vec<usize>,
    /// What cannot be drawn from, and why.
    pub idle: Vec<Idle>,
}

/// What the world outside the files says.
pub struct World<'w> {
    /// Whether a variable is set and not empty.
    pub is_set: &'w dyn Fn(&str) -> bool,
    /// What is said of the keys of providers, by provider.
    pub credentials: &'w BTreeMap<String, Vec<Credential>>,
    /// The live lists that were read, by provider.
    pub listed: &'w BTreeMap<String, Vec<Listed>>,
    /// The day, for models that expire.
    pub today: Date,
    /// The most requests in flight to one offer where the file says nothing.
    pub concurrency: u32,
}

/// Lowers the pantry.
#[must_use]
pub fn lower(pantry: &Pantry, world: &World<'_>) -> Lowered {
    let mut lowered = Lowered::default();
    let mut buckets = Buckets::default();
    for file in pantry.providers.values() {
        let said = world.credentials.get(&file.id).map(Vec::as_slice).unwrap_or_default();
        match Route::all(file, world.is_set, said) {
            Ok(routes) => add(&mut lowered, &mut buckets, pantry, (file, routes), world),
            Err(why) => lowered.idle.push(Idle { provider: file.id.clone(), why }),
        }
    }
    lowered.catalog.buckets = buckets.into_all();
    lowered
}

fn add(
    lowered: &mut Lowered,
    buckets: &mut Buckets,
    pantry: &Pantry,
    (file, routes): (&Arc<ProviderFile>, Vec<Route>),
    world: &World<'_>,
) {
    let models = served(file, world);
    if models.is_empty() {
        lowered.idle.push(Idle { provider: file.id.clone(), why: WhyIdle::NoModels });
        return;
    }
    let at = ProviderIndex(u32::try_from(lowered.catalog.providers.len()).unwrap_or(u32::MAX));
    lowered.catalog.providers.push(provider(file));
    for (place, route) in routes.into_iter().enumerate() {
        for model in models.iter().filter(|model| route.held.takes(&model.id)) {
            lowered.ways.push(lowered.routes.len());
            lowered.catalog.offers.push(Offer {
                name: name(&route, model, place),
                provider: at,
                family: Family::new(family(pantry, model)),
                credential: CredentialId::new(route.held.id.as_str()),
                account: AccountId::new(route.held.account.as_str()),
                weight: route.held.weight,
                capability: capability(pantry, file, model),
                buckets: buckets.of(file, &route.held.account, model),
                concurrency: file.concurrency.unwrap_or(world.concurrency),
                price: price(file, model),
                model: ModelId::new(model.id.as_str()),
            });
        }
        lowered.routes.push(route);
    }
}

/// The plain name under the first credential, so that nothing changes for whoever has one.
fn name(route: &Route, model: &Model, place: usize) -> OfferName {
    let plain = format!("{}/{}", route.file.id, model.id);
    if place == 0 {
        return OfferName::new(plain);
    }
    OfferName::new(format!("{plain}{CREDENTIAL_MARK}{}", route.held.id))
}

/// What the model's tokens take of a provider that counts by its own unit of work. Where nobody says, as much as the
/// dearest of its models that are known: a guess on the low side would pass a limit that all of them share.
fn price(file: &ProviderFile, model: &Model) -> Price {
    let neurons = |own: fn(&Model) -> Option<u64>| {
        let dearest = || file.models.iter().filter_map(own).max().filter(|_| model.image.is_none());
        let count = own(model).or_else(dearest).unwrap_or(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    Price {
        neurons_input: neurons(|model| model.neurons_per_million_input),
        neurons_output: neurons(|model| model.neurons_per_million_output),
        picture: model.image.as_ref().map_or_else(PicturePrice::default, |painter| painter.price),
        ..Price::default()
    }
}

fn provider(file: &ProviderFile) -> Provider {
    Provider {
        id: ProviderId::new(file.id.as_str()),
        title: file.name.as_str().into(),
        privacy: match file.privacy.trains {
            Told::No => Privacy::NoTraining,
            Told::Yes => Privacy::Trains,
            Told::Unclear => Privacy::Unclear,
        },
        local: file.status == Status::Local,
        simulated: file.simulated,
    }
}

// === which models ===

/// The models that are served now: the file's, and those of the live list that the file's rules take.
fn served(file: &ProviderFile, world: &World<'_>) -> Vec<Model> {
    let listed = world.listed.get(&file.id);
    let list_decides =
        listed.is_some() && file.listing.as_ref().is_some_and(|l| l.free != Free::AllowList);
    let entry = |id: &str| listed.and_then(|all| all.iter().find(|entry| entry.id == id));
    let mut models = Vec::with_capacity(file.models.len());
    for model in &file.models {
        let expired = model.expires.is_some_and(|last| last < world.today);
        let gone = list_decides && !file.paints_elsewhere(model) && entry(&model.id).is_none();
        if model.enabled && !expired && !gone {
            models.push(entry(&model.id).map_or_else(|| model.clone(), |e| refreshed(model, e)));
        }
    }
    let known = |id: &str| file.models.iter().any(|model| model.id == id);
    models.extend(listed.into_iter().flatten().filter(|e| !known(&e.id)).map(newcomer));
    models
}

/// A model of the file with what the live list says of it.
fn refreshed(model: &Model, entry: &Listed) -> Model {
    Model {
        context: entry.context.or(model.context),
        max_output: entry.max_output.or(model.max_output),
        input: entry.input.filter(|input| !input.is_empty()).unwrap_or(model.input),
        features: entry.features.unwrap_or(model.features),
        ..model.clone()
    }
}

/// A model that only the live list names.
fn newcomer(entry: &Listed) -> Model {
    Model {
        id: entry.id.clone(),
        family: None,
        context: entry.context,
        max_output: entry.max_output,
        input: entry.input.filter(|input| !input.is_empty()).unwrap_or(Modality::Text.into()),
        output: Modality::Text.into(),
        features: entry.features.unwrap_or_default(),
        quality: None,
        dimensions: Dimensions::default(),
        max_texts: None,
        image: None,
        neurons_per_million_input: None,
        neurons_per_million_output: None,
        expires: None,
        enabled: true,
        uncertain: Some("only the live list names it".to_owned()),
        quirks: Quirks::empty(),
        limits: Vec::new(),
        provenance: super::Provenance::default(),
    }
}

/// The family that the file names, else the one that knows the id by an alias, else the id itself.
fn family(pantry: &Pantry, model: &Model) -> String {
    if let Some(family) = &model.family {
        return family.clone();
    }
    let short = short_name(&model.id);
    let by_alias = |(name, family): (&String, &super::Family)| {
        (*name == short || family.aliases.contains(&short)).then(|| name.clone())
    };
    pantry.families.iter().find_map(by_alias).unwrap_or_else(|| model.id.clone())
}

/// An id without its vendor and the marks of being free.
fn short_name(id: &str) -> String {
    let last = id.rsplit('/').next().unwrap_or(id).to_lowercase();
    let bare = last.strip_suffix(":free").or_else(|| last.strip_suffix("-free")).unwrap_or(&last);
    bare.to_owned()
}

fn capability(pantry: &Pantry, file: &ProviderFile, model: &Model) -> Capability {
    let quirks = file.quirks_of(&model.id);
    let of_family = || pantry.families.get(&family(pantry, model)).and_then(|f| f.quality);
    let mut features = features(model.features, model.input, quirks) - file.dialect.lacks();
    if !model.output.contains(Modality::Text) {
        features.remove(Feature::RemoteImages);
    }
    Capability {
        context: model.context.unwrap_or(CAUTIOUS_CONTEXT),
        max_output: model.max_output,
        input: model.input,
        output: model.output,
        features,
        drops: images::drops(file, model, drops(quirks) | file.dialect.drops()),
        only_with_input: file.needs_input,
        quality: model.quality.or_else(of_family),
        dimensions: model.dimensions.clone(),
        max_texts: model.max_texts,
        image: images::ability(file, model).map(Arc::new),
    }
}

#[cfg(test)]
mod tests;
