//! What is on offer now, ready to be sent to: the catalog, and the wire of each provider in it.
//!
//! The pantry's facts become addresses and headers here, keys included: this is the only room that puts
//! a key into a header. A shelf is immutable and is swapped whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use potluck_core::Moment;
use potluck_core::catalog::{Catalog, NamedPool, Offer, OfferIndex};
use potluck_core::names::{OfferName, ProviderId};
use potluck_dialect::Dialect;
use potluck_dialect::fault::Rule;
use potluck_dialect::image;
use potluck_dialect::quirk::Quirks;
use potluck_dialect::rates::RateHeader;

use crate::pantry::{
    self, Account, AuthScheme, Idle, Listed, Lowered, Pantry, ProviderFile, Source, Status, World,
};
use crate::settings::{Credential, Environment, KeyOrigin, Secret};

/// What is on offer now.
#[derive(Debug)]
pub struct Shelf {
    /// The offers.
    pub catalog: Arc<Catalog>,
    /// Since when this is what is on offer.
    pub stocked: Moment,
    /// Providers that cannot be drawn from, and why.
    pub idle: Vec<Idle>,
    /// What the files say of every provider, for whoever shows it.
    pub files: Vec<Arc<ProviderFile>>,
    /// Who says so, by key.
    pub sources: BTreeMap<String, Source>,
    /// Who set the variables that may hold a key or an account; those that nobody set are not here.
    origins: BTreeMap<String, KeyOrigin>,
    /// One for each credential of each provider.
    wires: Vec<Wire>,
    /// By offer: its wire.
    ways: Vec<usize>,
    /// By offer: where it is asked.
    addresses: Vec<Address>,
    /// By offer: how it is asked for pictures.
    easels: Vec<Option<Easel>>,
    /// By offer: its own quirks together with its provider's.
    quirks: Vec<Quirks>,
}

/// How one provider is reached under one credential.
#[derive(Debug)]
pub struct Wire {
    /// Its dialect.
    pub dialect: Dialect,
    /// Where its models are listed.
    pub listing: Option<Uri>,
    /// Where the provider tells how the account stands, and what it says there.
    pub account: Option<(Uri, Account)>,
    /// What its errors mean.
    pub rules: Vec<Rule>,
    /// What its answers report of its limits.
    pub rate_headers: Vec<RateHeader>,
    /// A longer wait for the first event than the setting that holds for all.
    pub first_event: Option<Duration>,
    credential: Option<(HeaderName, HeaderValue)>,
}

/// Where one model is asked.
#[derive(Clone, Debug)]
struct Address {
    whole: Uri,
    stream: Uri,
}

/// How one model is asked for pictures.
#[derive(Clone, Debug)]
pub struct Easel {
    /// In which shape.
    pub shape: image::Shape,
    /// Below which address, with the key where that goes into the query.
    pub base: Uri,
}

/// Why a provider's address or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The address is none.
    #[error("{provider}: the address {address:?} cannot be used: {why}")]
    Address {
        /// Whose.
        provider: String,
        /// The address, without any key.
        address: String,
        /// Why.
        why: String,
    },
    /// The key has letters that no header can carry.
    #[error(
        "{provider}: the key in {variable} has characters that cannot be sent in a header; copy it again"
    )]
    Key {
        /// Whose.
        provider: String,
        /// The variable that holds it.
        variable: String,
    },
}

/// What a shelf is made from, besides the pantry.
#[derive(Debug)]
pub struct Makings<'a> {
    /// Keys and accounts.
    pub environment: &'a Environment,
    /// What is said of the keys of providers, by provider.
    pub credentials: &'a BTreeMap<String, Vec<Credential>>,
    /// The live lists that were read, by provider.
    pub listed: &'a BTreeMap<String, Vec<Listed>>,
    /// The most requests in flight to one offer where its file says nothing.
    pub concurrency: u32,
    /// Pools by name.
    pub pools: &'a [NamedPool],
    /// The time.
    pub now: Moment,
}

impl Shelf {
    /// Lays out what can be drawn from now.
    ///
    /// # Errors
    /// [`WireError`] when a key or an account cannot stand where it has to.
    pub fn stock(pantry: &Pantry, makings: &Makings<'_>) -> Result<Self, WireError> {
        let world = World {
            is_set: &|name| makings.environment.get(name).is_some(),
            credentials: makings.credentials,
            listed: makings.listed,
            today: today(makings.now),
            concurrency: makings.concurrency,
        };
        let Lowered { mut catalog, routes, ways, idle } = pantry::lower(pantry, &world);
        catalog.define(makings.pools);
        let wires: Result<Vec<Wire>, WireError> =
            routes.iter().map(|route| Wire::new(route, makings.environment)).collect();
        let routed = || catalog.offers.iter().zip(ways.iter().map(|way| &routes[*way]));
        let quirks =
            routed().map(|(offer, route)| route.file.quirks_of(offer.model.as_str())).collect();
        let addresses: Result<Vec<Address>, WireError> = routed()
            .map(|(offer, route)| Address::new(route, offer, makings.environment))
            .collect();
        let easels: Result<Vec<Option<Easel>>, WireError> =
            routed().map(|(offer, route)| Easel::new(route, offer, makings.environment)).collect();
        Ok(Self {
            quirks,
            addresses: addresses?,
            easels: easels?,
            wires: wires?,
            catalog: Arc::new(catalog),
            stocked: makings.now,
            idle,
            origins: origins(pantry, makings.environment),
            files: pantry.providers.values().map(Arc::clone).collect(),
            sources: pantry.sources.clone(),
            ways,
        })
    }

    /// Where an offer's model is asked, for a stream or for a whole answer.
    ///
    /// # Panics
    /// When `offer` is of another shelf.
    #[must_use]
    pub fn address(&self, offer: OfferIndex, stream: bool) -> &Uri {
        let address = &self.addresses[offer.0 as usize];
        if stream { &address.stream } else { &address.whole }
    }

    /// How an offer's model is asked for pictures, where it makes some.
    ///
    /// # Panics
    /// When `offer` is of another shelf.
    #[must_use]
    pub fn easel(&self, offer: OfferIndex) -> Option<&Easel> {
        self.easels[offer.0 as usize].as_ref()
    }

    /// How an offer's provider is reached under its credential.
    ///
    /// # Panics
    /// When `offer` is of another shelf.
    #[must_use]
    pub fn wire(&self, offer: OfferIndex) -> &Wire {
        &self.wires[self.ways[offer.0 as usize]]
    }

    /// The credentials whose account can be asked about, each by its first offer.
    pub fn accounts(&self) -> impl Iterator<Item = (OfferIndex, &Uri, &Account)> {
        self.wires.iter().enumerate().filter_map(|(way, wire)| {
            let (address, account) = wire.account.as_ref()?;
            let offer = self.ways.iter().position(|own| *own == way)?;
            Some((OfferIndex(u32::try_from(offer).ok()?), address, account))
        })
    }

    /// Who set a variable that may hold a key or an account; `None` where nobody did.
    #[must_use]
    pub fn set_by(&self, variable: &str) -> Option<KeyOrigin> {
        self.origins.get(variable).copied()
    }

    /// The providers whose key or account is another one here than it was on the shelf of before.
    #[must_use]
    pub fn mended(&self, before: &Self) -> BTreeSet<ProviderId> {
        let old = before.catalog.enumerate().map(|(at, offer)| (&offer.name, at));
        let old: BTreeMap<&OfferName, OfferIndex> = old.collect();
        let changed = self.catalog.enumerate().filter(|(at, offer)| {
            let was = old.get(&offer.name);
            was.is_some_and(|was| {
                self.wire(*at).credential != before.wire(*was).credential
                    || self.address(*at, false) != before.address(*was, false)
            })
        });
        changed.map(|(_, offer)| self.catalog.provider(offer.provider).id.clone()).collect()
    }

    /// How an offer deviates from its dialect.
    ///
    /// # Panics
    /// When `offer` is of another shelf.
    #[must_use]
    pub fn quirks(&self, offer: OfferIndex) -> Quirks {
        self.quirks[offer.0 as usize]
    }
}

impl Wire {
    /// Makes a route ready, with the keys that there are.
    ///
    /// # Errors
    /// [`WireError`] when a key or an account cannot stand where it has to.
    pub fn new(route: &pantry::Route, environment: &Environment) -> Result<Self, WireError> {
        let file = &route.file;
        let account = route.held.account_env.as_deref().and_then(|name| environment.get(name));
        let key = key(route, environment);
        let bad = |address: String, why: String| WireError::Address {
            provider: file.id.clone(),
            address,
            why,
        };
        let listing = route
            .listing_address(account)
            .map_err(|error| bad(file.base_url.clone(), error.to_string()))?;
        let listing = listing.map(|address| uri(address, route, key.as_ref())).transpose()?;
        let told = route
            .account_address(account)
            .map_err(|error| bad(file.base_url.clone(), error.to_string()))?;
        let told = told.map(|address| uri(address, route, key.as_ref())).transpose()?;
        Ok(Self {
            dialect: file.dialect,
            listing,
            account: told.zip(file.account.clone()),
            rules: file.errors.clone(),
            rate_headers: file.rate_headers.clone(),
            first_event: file.first_event,
            credential: credential(route, key.as_ref())?,
        })
    }

    /// Puts the dialect's own headers and the credential, where there is one, into a request.
    pub fn authorise(&self, headers: &mut HeaderMap) {
        for (name, value) in self.dialect.headers() {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        if let Some((name, value)) = &self.credential {
            headers.insert(name.clone(), value.clone());
        }
    }
}

impl Address {
    fn new(
        route: &pantry::Route,
        offer: &Offer,
        environment: &Environment,
    ) -> Result<Self, WireError> {
        let account = route.held.account_env.as_deref().and_then(|name| environment.get(name));
        let key = key(route, environment);
        let of = |stream: bool| {
            let (model, output) = (offer.model.as_str(), offer.capability.output);
            let address = route.address(account, model, output, stream).map_err(|error| {
                let (provider, address) = (route.file.id.clone(), route.file.base_url.clone());
                WireError::Address { provider, address, why: error.to_string() }
            })?;
            uri(address, route, key.as_ref())
        };
        Ok(Self { whole: of(false)?, stream: of(true)? })
    }
}

impl Easel {
    fn new(
        route: &pantry::Route,
        offer: &Offer,
        environment: &Environment,
    ) -> Result<Option<Self>, WireError> {
        let file = &route.file;
        let model = file.models.iter().find(|model| model.id == offer.model.as_str());
        let Some(shape) = model.and_then(|model| file.image_shape(model)) else { return Ok(None) };
        let account = route.held.account_env.as_deref().and_then(|name| environment.get(name));
        let address = route.image_address(account).map_err(|error| {
            let (provider, address) = (file.id.clone(), file.image_base().to_owned());
            WireError::Address { provider, address, why: error.to_string() }
        })?;
        let base = uri(address, route, key(route, environment).as_ref())?;
        Ok(Some(Self { shape, base }))
    }
}

/// An address with the key in its query, where that is where it goes.
fn uri(address: String, route: &pantry::Route, key: Option<&Secret>) -> Result<Uri, WireError> {
    let whole = with_query_key(&address, route, key);
    whole.parse().map_err(|error: http::uri::InvalidUri| WireError::Address {
        provider: route.file.id.clone(),
        address,
        why: error.to_string(),
    })
}

fn key(route: &pantry::Route, environment: &Environment) -> Option<Secret> {
    let own = route.held.key_env.as_deref().and_then(|name| environment.secret(name));
    own.or_else(|| route.file.auth.anonymous.as_deref().map(Secret::new))
}

fn credential(
    route: &pantry::Route,
    key: Option<&Secret>,
) -> Result<Option<(HeaderName, HeaderValue)>, WireError> {
    let auth = &route.file.auth;
    let Some(key) = key else { return Ok(None) };
    let unusable = || WireError::Key {
        provider: route.file.id.clone(),
        variable: route.held.key_env.clone().unwrap_or_else(|| "auth.anonymous".to_owned()),
    };
    let (name, text) = match auth.scheme {
        AuthScheme::Bearer => (header::AUTHORIZATION, format!("Bearer {}", key.expose())),
        AuthScheme::Header => {
            let name = auth.name.as_deref().unwrap_or_default();
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
            (name, key.expose().to_owned())
        }
        AuthScheme::Query | AuthScheme::None => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| unusable())?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn with_query_key(address: &str, route: &pantry::Route, key: Option<&Secret>) -> String {
    let auth = &route.file.auth;
    match (auth.scheme, &auth.name, key) {
        (AuthScheme::Query, Some(name), Some(key)) => {
            let joint = if address.contains('?') { '&' } else { '?' };
            format!("{address}{joint}{name}={}", escaped(key.expose()))
        }
        _ => address.to_owned(),
    }
}

/// Percent-encodes everything that is not unreserved (RFC 3986, section 2.3).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Who set the variables that files name. What is in them stays where it is.
fn origins(pantry: &Pantry, environment: &Environment) -> BTreeMap<String, KeyOrigin> {
    let auths = pantry.providers.values().map(|file| &file.auth);
    let names = auths.flat_map(|auth| auth.env.iter().chain(&auth.account_env));
    names.filter_map(|name| Some((name.clone(), environment.set_by(name)?))).collect()
}

fn today(now: Moment) -> jiff::civil::Date {
    jiff::Timestamp::from_millisecond(now.as_millis())
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

/// Whether a provider is a server on this machine.
#[must_use]
pub(crate) fn is_local(file: &ProviderFile) -> bool {
    file.status == Status::Local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_query_is_escaped() {
        assert_eq!(escaped("a-Z_0.~"), "a-Z_0.~");
        assert_eq!(escaped("a b&c=d/é"), "a%20b%26c%3Dd%2F%C3%A9");
    }
}
