//! What each provider would add, and at what price: from its file alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use potluck_core::capability::Modality;
use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::promise::promised;
use potluck_core::quota::Meter;
use serde::Serialize;

use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::pantry::{Asks, Pantry, ProviderFile, Status, Told, World, lower};
use crate::settings::Settings;

/// A provider that could be used for free.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: &'static str,
    pub(super) rank: Option<u32>,
    /// What is here of what it needs.
    pub(super) has: Has,
    /// The variables that hold its key, and what is part of its address.
    pub(super) variables: Vec<String>,
    pub(super) account_variables: Vec<String>,
    /// How many models it would add; `None` where only its live list says.
    pub(super) models: Option<usize>,
    /// What it promises in a day; empty where nobody says.
    pub(super) a_day: Vec<Amount>,
    pub(super) trains_on_prompts: &'static str,
    /// What it asks of whoever signs up; `None` where the file does not say.
    pub(super) sign_up_asks: Option<String>,
    pub(super) signup: Option<String>,
    /// Why it is off by default, where it is.
    pub(super) off_because: Option<String>,
    pub(super) source: Vec<String>,
    pub(super) checked: String,
}

/// What is here of what a provider needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Has {
    /// A key.
    Key,
    /// It needs none.
    NoNeed,
    /// Nothing.
    Nothing,
}

/// So much in a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Amount {
    pub(super) counts: &'static str,
    pub(super) amount: f64,
    /// Whether limits of a day or longer say so; else it follows from those of a minute alone.
    pub(super) daily: bool,
}

/// What is promised by the day is counted in these.
const METERS: [Meter; 7] = [
    Meter::Requests,
    Meter::Tokens,
    Meter::InputTokens,
    Meter::OutputTokens,
    Meter::MilliNeurons,
    Meter::MicroDollars,
    Meter::Images,
];

/// All providers but servers of this machine and those that only play one, the most worthwhile first.
pub(super) fn all(pantry: &Pantry, settings: &Settings) -> Result<Vec<Candidate>, Failure> {
    let catalog = as_if_all_were_set(pantry, settings)?;
    let files = pantry.providers.values().filter(|file| file.status != Status::Local);
    let mut all: Vec<Candidate> = files.map(|file| candidate(file, &catalog, settings)).collect();
    all.sort_by_key(|one| {
        (one.off_because.is_some(), one.rank.unwrap_or(u32::MAX), one.id.clone())
    });
    Ok(all)
}

/// The catalog of somebody who has one key of every provider.
fn as_if_all_were_set(pantry: &Pantry, settings: &Settings) -> Result<Catalog, Failure> {
    let mut pantry = pantry.clone();
    let mut names = BTreeSet::new();
    for file in pantry.providers.values_mut() {
        let file = Arc::make_mut(file);
        (file.enabled, file.off_because) = (true, None);
        names.extend(file.auth.env.first().cloned());
        names.extend(file.auth.account_env.first().cloned());
    }
    let now = jiff::Timestamp::from_millisecond(Clock.now().as_millis())
        .map_err(|error| anyhow::anyhow!("this machine's clock cannot be read: {error}"))?;
    let world = World {
        is_set: &|name| names.contains(name),
        credentials: &BTreeMap::new(),
        listed: &BTreeMap::new(),
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        concurrency: settings.pool.concurrency,
    };
    Ok(lower(&pantry, &world).catalog)
}

fn candidate(file: &ProviderFile, catalog: &Catalog, settings: &Settings) -> Candidate {
    let offers = offers(catalog, &file.id);
    Candidate {
        id: file.id.clone(),
        name: file.name.clone(),
        status: file.status.word(),
        rank: file.rank,
        has: has(file, settings),
        variables: file.auth.env.clone(),
        account_variables: file.auth.account_env.clone(),
        models: (!offers.is_empty()).then_some(offers.len()),
        a_day: METERS.iter().filter_map(|meter| amount(catalog, &offers, *meter)).collect(),
        trains_on_prompts: file.privacy.trains.word(),
        sign_up_asks: file.asks.as_ref().map(asked),
        signup: file.signup.clone(),
        off_because: file.off_because.clone(),
        source: file.provenance.source.clone(),
        checked: file.provenance.checked.clone(),
    }
}

fn has(file: &ProviderFile, settings: &Settings) -> Has {
    let is_set = |name: &String| settings.environment.get(name).is_some();
    let any = |names: &[String]| names.is_empty() || names.iter().any(is_set);
    let said = settings.catalog.credentials.get(&file.id).map(Vec::as_slice).unwrap_or_default();
    let key = file.auth.env.iter().any(is_set) || said.iter().any(|one| is_set(&one.env));
    match (key && any(&file.auth.account_env), file.auth.keyless) {
        (true, _) => Has::Key,
        (false, true) => Has::NoNeed,
        (false, false) => Has::Nothing,
    }
}

/// Its offers of chat, or all where it has none of those.
fn offers(catalog: &Catalog, id: &str) -> Vec<OfferIndex> {
    let own = || {
        catalog
            .enumerate()
            .filter(move |(_, offer)| catalog.provider(offer.provider).id.as_str() == id)
    };
    let chats: Vec<OfferIndex> = own()
        .filter(|(_, offer)| offer.capability.output.contains(Modality::Text))
        .map(|(at, _)| at)
        .collect();
    if chats.is_empty() { own().map(|(at, _)| at).collect() } else { chats }
}

fn amount(catalog: &Catalog, offers: &[OfferIndex], meter: Meter) -> Option<Amount> {
    let promise = promised(catalog, offers, meter)?;
    let unit = match meter {
        Meter::MilliNeurons => 1_000.0,
        Meter::MicroDollars => 1_000_000.0,
        _ => 1.0,
    };
    // amounts are far below 2^52
    let amount = promise.amount as f64 / unit;
    Some(Amount { counts: meter.word(), amount, daily: promise.daily })
}

/// What signing up asks, in words.
pub(super) fn asked(asks: &Asks) -> String {
    let one = |told: Told, what: &str| match told {
        Told::Yes => Some(what.to_owned()),
        Told::Unclear => Some(format!("perhaps {what}")),
        Told::No => None,
    };
    let mut words: Vec<String> = [one(asks.phone, "a phone number"), one(asks.card, "a card")]
        .into_iter()
        .flatten()
        .collect();
    words.extend(asks.note.clone());
    if words.is_empty() { "no phone number, no card".to_owned() } else { words.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;
    use crate::stock;

    fn shipped(variables: &[&str]) -> Vec<Candidate> {
        let environment: Environment = variables.iter().map(|name| (*name, "key")).collect();
        let settings = Settings { environment, ..Settings::default() };
        let pantry = stock::pantry(&settings.catalog).expect("the shipped files are valid");
        all(&pantry, &settings).expect("they can be laid out")
    }

    fn of<'c>(all: &'c [Candidate], id: &str) -> &'c Candidate {
        all.iter().find(|one| one.id == id).expect(id)
    }

    #[test]
    fn what_a_provider_adds_is_computed_from_its_limits() {
        let all = shipped(&["GROQ_API_KEY"]);
        let groq = of(&all, "groq");
        assert_eq!(groq.has, Has::Key);
        let requests = groq.a_day.iter().find(|one| one.counts == "requests").expect("a limit");
        let models = groq.models.expect("its file names some");
        assert_eq!((requests.amount, requests.daily), (1000.0 * models as f64, true));
        let openrouter = of(&all, "openrouter");
        let shared = openrouter.a_day.iter().find(|one| one.counts == "requests").expect("a limit");
        assert_eq!((shared.amount, shared.daily), (50.0, true), "one pool for all its models");
    }

    #[test]
    fn every_provider_that_wants_a_key_says_what_it_asks_or_that_nobody_knows() {
        let all = shipped(&[]);
        assert!(all.len() > 30, "{}", all.len());
        for one in all.iter().filter(|one| one.has == Has::Nothing) {
            assert!(!one.variables.is_empty(), "{}: nowhere to put a key", one.id);
            assert!(!one.source.is_empty() && !one.checked.is_empty(), "{}: who says so?", one.id);
        }
        assert_eq!(of(&all, "nvidia-nim").sign_up_asks.as_deref(), Some("a phone number"));
        assert!(
            of(&all, "groq").sign_up_asks.as_deref().is_some_and(|it| it.starts_with("perhaps"))
        );
        assert_eq!(of(&all, "cloudflare-workers-ai").has, Has::Nothing, "it needs an account too");
    }
}
