//! What `serve` says of its pool when it starts: the truth in a few lines, and what to do to get more.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use jiff::tz::TimeZone;
use potluck_core::catalog::{Catalog, Offer, Provider};
use potluck_core::forecast::{forecast, grouped};
use potluck_core::requirements::Requirements;

use super::entry::Entry;
use super::gauge;
use super::router::reachable;
use crate::house::House;
use crate::pantry::{Idle, Pantry, ProviderFile, WhyIdle};
use crate::settings::Settings;

/// How many sign-up links are shown.
const LINKS: usize = 3;

/// The lines to show.
pub(super) fn lines(pantry: &Pantry, catalog: &Catalog, idle: &[Idle]) -> Vec<String> {
    let keyed = names(catalog, |provider, offer| !provider.local && has_key(offer));
    let keyless = names(catalog, |provider, offer| !provider.local && !has_key(offer));
    let local = names(catalog, |provider, _| provider.local);
    let mut lines = vec![summary(catalog)];
    for (kind, names) in [("with a key", &keyed), ("without a key", &keyless), ("local", &local)] {
        if !names.is_empty() {
            lines.push(format!("  {kind}: {}", names.join(", ")));
        }
    }
    if keyed.is_empty() {
        lines.extend(advice(pantry, idle));
    }
    lines
}

/// What can be had now, and what to set in a client to get it.
pub(super) fn now(house: &House, settings: &Settings, address: SocketAddr) -> Vec<String> {
    let base = format!("http://{}", reachable(address));
    let entry = Entry::of_house(settings, !house.keys.is_empty());
    let key = entry.words();
    let mut lines = Vec::new();
    lines.extend(shared(house.sharers()));
    lines.extend(available(house));
    lines.push(format!("dashboard: {base}/"));
    lines.push(format!("in an OpenAI client: base URL {base}/v1, model free, API key: {key}"));
    lines.push("`potluck connect` shows what to set in yours".to_owned());
    if entry == Entry::Open {
        let line = "whoever is on this machine may ask; `potluck keys create me --admin` makes the first key, and every client needs one from then on";
        lines.push(line.to_owned());
    }
    lines
}

/// Who else takes from the same limits.
fn shared(others: usize) -> Option<String> {
    let whom = match others {
        0 => return None,
        1 => "another router".to_owned(),
        others => format!("{others} other routers"),
    };
    Some(format!("the counters are shared with {whom}: together they keep to every limit"))
}

/// How many models can answer a question and its answer, and how often today.
fn available(house: &House) -> Option<String> {
    let question =
        Requirements { prompt_tokens: 1000, max_output: Some(1000), ..Requirements::plain() };
    let (shelf, prospect) = house.prospect(&[], &question).ok()?;
    let ready = prospect.offers.iter().filter(|one| one.ready);
    let models: BTreeSet<&str> =
        ready.map(|one| shelf.catalog.offer(one.offer).family.as_str()).collect();
    let seen = forecast(&prospect, &TimeZone::UTC);
    let mut line = format!(
        "now: {} can answer; about {} left today (2,000 tokens each, until midnight UTC)",
        gauge::several(models.len() as u64, "model"),
        match seen.today {
            1 => "1 request is".to_owned(),
            today => format!("{} requests are", grouped(today)),
        }
    );
    match seen.unlimited {
        0 => {}
        1 => line.push_str(", and 1 offer has no known limit"),
        more => line.push_str(&format!(", and {more} offers have no known limit")),
    }
    Some(line)
}

fn summary(catalog: &Catalog) -> String {
    match catalog.offers.len() {
        0 => "no free model can be reached yet".to_owned(),
        offers => format!(
            "{} at {}",
            gauge::several(offers as u64, "free offer"),
            gauge::several(catalog.providers.len() as u64, "provider")
        ),
    }
}

fn has_key(offer: &Offer) -> bool {
    offer.credential.as_str() != "anonymous"
}

/// The providers of the offers that are meant, each with their number.
fn names(catalog: &Catalog, is: impl Fn(&Provider, &Offer) -> bool) -> Vec<String> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for offer in &catalog.offers {
        let provider = catalog.provider(offer.provider);
        if !is(provider, offer) {
            continue;
        }
        match found.iter_mut().find(|(title, _)| *title == &*provider.title) {
            Some((_, count)) => *count += 1,
            None => found.push((&provider.title, 1)),
        }
    }
    found.into_iter().map(|(title, count)| format!("{title} ({count})")).collect()
}

/// Which keys are worth getting first.
fn advice(pantry: &Pantry, idle: &[Idle]) -> Vec<String> {
    let mut wanting: Vec<&ProviderFile> =
        idle.iter().filter_map(|idle| wants_key(pantry, idle)).collect();
    wanting.sort_by_key(|file| file.rank.unwrap_or(u32::MAX));
    let mut lines = Vec::new();
    if !wanting.is_empty() {
        let line = "no provider key is set; these cost nothing, the most worthwhile first:";
        lines.push(line.to_owned());
    }
    lines.extend(wanting.into_iter().take(LINKS).map(how_to_get));
    lines.push(
        "`potluck init` shows all providers and takes keys; `potluck demo` needs none".to_owned(),
    );
    lines
}

fn wants_key<'a>(pantry: &'a Pantry, idle: &Idle) -> Option<&'a ProviderFile> {
    let file = pantry.providers.get(&idle.provider)?;
    let lacks_key = matches!(idle.why, WhyIdle::NoKey(_) | WhyIdle::NoAccount(_));
    (lacks_key && file.signup.is_some()).then_some(file)
}

fn how_to_get(file: &ProviderFile) -> String {
    let variables: Vec<String> = file
        .auth
        .env
        .first()
        .into_iter()
        .chain(file.auth.account_env.first())
        .map(|variable| format!("{variable}=…"))
        .collect();
    let signup = file.signup.as_deref().unwrap_or_default();
    format!("  {}: {signup}, then export {}", file.name, variables.join(" "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::pantry::{Lowered, World, lower};
    use crate::stock;

    fn told(variables: &[&str]) -> String {
        let settings = Settings::default();
        let pantry = stock::pantry(&settings.catalog).expect("the shipped files are valid");
        let Lowered { catalog, idle, .. } = lower(
            &pantry,
            &World {
                is_set: &|name| variables.contains(&name),
                credentials: &BTreeMap::new(),
                listed: &BTreeMap::new(),
                today: jiff::civil::date(2026, 11, 22),
                concurrency: 4,
            },
        );
        lines(&pantry, &catalog, &idle).join("\n")
    }

    #[test]
    fn without_keys_it_says_who_needs_none_and_which_keys_to_get() {
        let told = told(&[]);
        assert!(told.contains("without a key: "), "{told}");
        assert_eq!(told.matches("https://").count(), LINKS, "{told}");
        assert!(told.contains("then export "), "{told}");
    }

    #[test]
    fn with_a_key_it_names_the_provider_and_gives_no_advice() {
        let told = told(&["GROQ_API_KEY"]);
        assert!(told.contains("with a key: Groq ("), "{told}");
        assert!(!told.contains("export"), "{told}");
    }
}
