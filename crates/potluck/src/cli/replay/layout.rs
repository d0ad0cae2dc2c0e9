//! The provider files as they are now, and what they change for a kept draw.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use potluck_core::Moment;
use potluck_core::catalog::CREDENTIAL_MARK;
use potluck_core::exclusion::Why;
use potluck_core::pool::{self, Pool};
use potluck_core::replay::Seat;
use potluck_core::requirements::Requirements;

use super::Request;
use super::tally::{Names, provider};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::http::kept::Decision;
use crate::pantry::Pantry;
use crate::settings::{self, Settings};
use crate::shelf::is_local;
use crate::stock;
use crate::watch::{Ground, Stockroom};

/// What is on offer by the files, unused.
pub(super) struct Layout {
    pool: Pool,
    /// Providers whose models are only found by asking a server on this machine, which is not done here.
    elsewhere: BTreeSet<String>,
}

/// What the files change for a draw.
#[derive(Debug, Default)]
pub(super) struct Differs {
    /// Who could serve, and is not in the files or cannot do it by them.
    pub(super) gone: Vec<String>,
    /// Who could serve by them.
    pub(super) added: Vec<New>,
    /// Who is tried earlier or later by them, with the tier.
    pub(super) moved: Vec<(String, u32)>,
}

/// One who is new.
#[derive(Debug)]
pub(super) struct New {
    name: String,
    family: String,
    weight: f32,
    tier: u32,
}

impl Layout {
    /// Lays out the files that the settings name, as for a router that has the keys of this process and those of
    /// every provider that was drawn from.
    pub(super) fn new(settings: &Settings, requests: &[Request]) -> Result<Self, Failure> {
        let pantry = stock::pantry(&settings.catalog).map_err(anyhow::Error::from)?;
        let local = settings.catalog.local;
        let elsewhere = pantry.providers.values().filter(|file| local && is_local(file));
        let elsewhere = elsewhere.map(|file| file.id.clone()).collect();
        let mut settings = settings.clone();
        settings.environment = with_keys(&settings, &pantry, &drawn_from(requests));
        let ground = Ground::new(pantry, &settings);
        let stockroom = Stockroom::new(ground, settings.state.path.as_deref());
        let laid = stockroom.stock(Clock.now(), |shelf| Arc::clone(&shelf.catalog));
        let catalog = laid.map_err(|error| {
            anyhow::anyhow!("the providers cannot be used as they are: {error}")
        })?;
        Ok(Self { pool: Pool::new(catalog, pool::Settings::default()), elsewhere })
    }

    /// What the files change for a draw. Who was left out for what passes (quota, health) stays left out.
    pub(super) fn differs(&self, asked: &[String], decision: &Decision, came: Moment) -> Differs {
        let catalog = self.pool.catalog();
        let needs = Requirements::from(decision.needs.clone());
        let seen =
            catalog.select(asked).map(|among| self.pool.explain(&needs, &among, came).eligible);
        let can = seen.unwrap_or_default();
        let name = |offer| catalog.offer(offer).name.as_str();
        let names: BTreeSet<&str> = can.iter().map(|one| name(one.offer)).collect();
        let then: BTreeSet<&str> =
            decision.candidates.iter().map(|one| one.offer.as_str()).collect();
        let passing: BTreeSet<&str> = passing(decision).collect();
        let is_gone =
            |name: &&&str| !names.contains(**name) && !self.elsewhere.contains(provider(name));
        let is_new = |name: &str| !then.contains(name) && !passing.contains(name);
        // What was not measured comes last, where a measure was asked for.
        let last = needs.constraints.sort.map(|_| u32::MAX);
        Differs {
            gone: then.iter().filter(is_gone).map(|name| (*name).to_owned()).collect(),
            added: can
                .iter()
                .filter(|one| is_new(name(one.offer)))
                .map(|one| New {
                    name: name(one.offer).to_owned(),
                    family: catalog.offer(one.offer).family.to_string(),
                    weight: narrow(one.weight),
                    tier: last.unwrap_or(one.tier),
                })
                .collect(),
            // An order by what was measured then cannot be told anew.
            moved: if last.is_some() {
                Vec::new()
            } else {
                can.iter()
                    .filter(|one| then.contains(name(one.offer)))
                    .map(|one| (name(one.offer).to_owned(), one.tier))
                    .collect()
            },
        }
    }
}

/// Who was left out for what is of the moment, or for a reason that this version does not know.
fn passing(decision: &Decision) -> impl Iterator<Item = &str> {
    let of_the_moment = |text: String| Why::from_text(&text).is_none_or(Why::is_of_the_moment);
    let excluded = decision.excluded.iter().filter(move |out| {
        of_the_moment(match &out.about {
            Some(about) => format!("{}:{about}", out.reason),
            None => out.reason.clone(),
        })
    });
    excluded.map(|out| out.offer.as_str())
}

/// The weights of draws have 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "it was made of 32 bits")]
const fn narrow(weight: f64) -> f32 {
    weight as f32
}

/// The providers that were drawn from, each with what its offers' names say of credentials: a number, or a name.
fn drawn_from(requests: &[Request]) -> BTreeMap<String, BTreeSet<String>> {
    let decisions = requests.iter().filter_map(|request| request.decision.as_ref());
    let offers = decisions.flat_map(|decision| {
        let candidates = decision.candidates.iter().map(|one| &one.offer);
        candidates.chain(decision.excluded.iter().map(|out| &out.offer))
    });
    let mut drawn: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for offer in offers {
        let credentials = drawn.entry(provider(offer).to_owned()).or_default();
        credentials.extend(offer.rsplit_once(CREDENTIAL_MARK).map(|(_, one)| one.to_owned()));
    }
    drawn
}

/// The process's variables, with those of providers that were drawn from: their router had them, and nothing is
/// sent here.
fn with_keys(
    settings: &Settings,
    pantry: &Pantry,
    drawn_from: &BTreeMap<String, BTreeSet<String>>,
) -> settings::Environment {
    let mut names: Vec<String> = Vec::new();
    for file in pantry.providers.values().filter(|file| drawn_from.contains_key(&file.id)) {
        let credentials = drawn_from.get(&file.id).into_iter().flatten();
        let numbers: Vec<u32> = credentials.filter_map(|one| one.parse().ok()).collect();
        names.extend(file.auth.env.iter().chain(&file.auth.account_env).cloned());
        let numbered =
            |name: &String| numbers.iter().map(|n| format!("{name}_{n}")).collect::<Vec<_>>();
        names.extend(file.auth.env.iter().flat_map(numbered));
    }
    for (provider, said) in &settings.catalog.credentials {
        let Some(drawn) = drawn_from.get(provider) else { continue };
        let was_drawn = |one: &&settings::Credential| {
            drawn.contains(&one.env) || one.name.as_ref().is_some_and(|name| drawn.contains(name))
        };
        let said = said.iter().filter(was_drawn);
        names.extend(said.flat_map(|one| one.account_env.iter().chain([&one.env])).cloned());
    }
    let unset = names.into_iter().filter(|name| settings.environment.get(name).is_none());
    settings.environment.with(unset.map(|name| (name, "replayed".to_owned())))
}

// === impl New ===

impl New {
    pub(super) fn seat(&self, names: &mut Names) -> Seat {
        Seat {
            offer: names.number(&self.name),
            provider: names.number(provider(&self.name)),
            family: names.number(&self.family),
            weight: self.weight,
            tier: self.tier,
        }
    }
}
