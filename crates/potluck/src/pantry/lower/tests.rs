use std::collections::BTreeSet;

use jiff::civil::date;
use potluck_core::capability::{Features, Modalities};
use potluck_core::catalog::OfferIndex;
use potluck_core::quota::{LimitScope, Meter, Window};

use super::*;
use crate::pantry::load::TextFile;

const TWO_MODELS: &str = r#"
dialect = "openai"
base_url = "https://x/v1"
[auth]
env = ["FIRST_KEY", "SECOND_KEY"]
[[limits]]
counts = "requests"
amount = 20
per = "minute"
[[limits]]
counts = "requests"
amount = 5
per = "day"
resets = "America/Los_Angeles"
scope = "account_model"
[[limits]]
counts = "tokens"
amount = 9
per = "hour"
every = 5
models = ["b*"]
scope = "ip"
[listing]
free = "all"
[[models]]
id = "vendor/gpt-oss-20b:free"
context = 100
[[models]]
id = "b"
family = "bee"
expires = "2026-11-30"
"#;

const FAMILIES: &str = "[gpt-oss-20b]\nname = \"gpt-oss 20B\"\norg = \"OpenAI\"\nquality = 0.5\nbasis = \"swe_bench\"\n";

fn pantry(providers: &[(&str, &str)]) -> Pantry {
    let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
    let mut files = vec![file("families.toml", FAMILIES)];
    files.extend(providers.iter().map(|(path, text)| file(path, text)));
    Pantry::new(files).unwrap()
}

fn lowered(pantry: &Pantry, keys: &[&str], listed: &BTreeMap<String, Vec<Listed>>) -> Lowered {
    lowered_with(pantry, keys, listed, &BTreeMap::new())
}

fn lowered_with(
    pantry: &Pantry,
    keys: &[&str],
    listed: &BTreeMap<String, Vec<Listed>>,
    credentials: &BTreeMap<String, Vec<Credential>>,
) -> Lowered {
    let keys: BTreeSet<&str> = keys.iter().copied().collect();
    let is_set = |name: &str| keys.contains(name);
    let today = date(2026, 11, 22);
    lower(pantry, &World { is_set: &is_set, credentials, listed, today, concurrency: 4 })
}

fn names(lowered: &Lowered) -> Vec<&str> {
    lowered.catalog.offers.iter().map(|offer| offer.name.as_str()).collect()
}

#[test]
fn a_provider_without_its_key_is_idle_and_says_which_key() {
    let lowered = lowered(&pantry(&[("x.toml", TWO_MODELS)]), &[], &BTreeMap::new());
    assert!(lowered.catalog.offers.is_empty() && lowered.catalog.providers.is_empty());
    assert_eq!(lowered.idle[0].why.to_string(), "no key: set FIRST_KEY or SECOND_KEY");
}

#[test]
fn the_first_key_that_is_set_is_used() {
    let lowered = lowered(&pantry(&[("x.toml", TWO_MODELS)]), &["SECOND_KEY"], &BTreeMap::new());
    assert_eq!(names(&lowered), ["x/vendor/gpt-oss-20b:free", "x/b"]);
    assert_eq!(lowered.routes[0].held.key_env.as_deref(), Some("SECOND_KEY"));
    assert_eq!(lowered.catalog.offers[0].credential.as_str(), "default");
    assert_eq!(lowered.catalog.offers[0].concurrency, 4);
}

#[test]
fn families_are_found_by_the_id_and_give_their_quality() {
    let lowered = lowered(&pantry(&[("x.toml", TWO_MODELS)]), &["FIRST_KEY"], &BTreeMap::new());
    let (first, second) = (&lowered.catalog.offers[0], &lowered.catalog.offers[1]);
    assert_eq!(first.family.as_str(), "gpt-oss-20b");
    assert_eq!(first.capability.quality, Some(0.5));
    assert_eq!((second.family.as_str(), second.capability.quality), ("bee", None));
    assert_eq!(second.capability.context, CAUTIOUS_CONTEXT);
}

#[test]
fn offers_share_the_accounts_counter_and_have_their_own_beside_it() {
    let lowered = lowered(&pantry(&[("x.toml", TWO_MODELS)]), &["FIRST_KEY"], &BTreeMap::new());
    let keys = |at: u32| -> Vec<&str> {
        let offer = lowered.catalog.offer(OfferIndex(at));
        offer.buckets.iter().map(|b| &*lowered.catalog.bucket(*b).key).collect()
    };
    let account = "x/default/requests/minute";
    assert_eq!(
        keys(0),
        [account, "x/default/vendor/gpt-oss-20b:free/requests/day@America/Los_Angeles"]
    );
    assert_eq!(
        keys(1),
        [account, "x/default/b/requests/day@America/Los_Angeles", "x/address/b*/tokens/5hour"]
    );
    assert_eq!(lowered.catalog.buckets.len(), 4);
    let last = &lowered.catalog.buckets[3].limit;
    assert_eq!((last.meter, last.scope), (Meter::Tokens, LimitScope::Ip));
    let five_hours = std::time::Duration::from_secs(5 * 3600);
    assert!(matches!(last.window, Window::Sliding { length } if length == five_hours));
}

#[test]
fn what_is_off_expired_or_unkeyed_is_left_out_with_a_reason() {
    let off = "enabled = false\noff_because = \"it bills\"\n";
    let keyless = "dialect = \"openai\"\nbase_url = \"https://y\"\n[auth]\nkeyless = true\n";
    let expired = TWO_MODELS.replace("2026-11-30", "2026-11-21");
    let files =
        [("off.toml", &*format!("{off}{TWO_MODELS}")), ("x.toml", &*expired), ("y.toml", keyless)];
    let lowered = lowered(&pantry(&files), &["FIRST_KEY"], &BTreeMap::new());
    assert_eq!(names(&lowered), ["x/vendor/gpt-oss-20b:free"]);
    let idle: Vec<String> =
        lowered.idle.iter().map(|idle| format!("{} {}", idle.provider, idle.why)).collect();
    assert_eq!(idle[0], "off off: it bills");
    assert!(idle[1].starts_with("y no model is known to be free"), "{}", idle[1]);
}

#[test]
fn the_live_list_adds_refreshes_and_removes() {
    let entry = |id: &str, context| Listed {
        id: id.to_owned(),
        context,
        max_output: None,
        input: None::<Modalities>,
        features: Some(Features::from(Feature::Tools)),
    };
    let list = vec![entry("b", Some(777)), entry("new/Model", None)];
    let listed = BTreeMap::from([("x".to_owned(), list)]);
    let lowered = lowered(&pantry(&[("x.toml", TWO_MODELS)]), &["FIRST_KEY"], &listed);
    assert_eq!(names(&lowered), ["x/b", "x/new/Model"]);
    assert_eq!(lowered.catalog.offers[0].capability.context, 777);
    assert!(lowered.catalog.offers[0].capability.features.contains(Feature::ForcedTool));
    assert_eq!(lowered.catalog.offers[1].capability.context, CAUTIOUS_CONTEXT);
}

#[test]
fn a_key_that_would_be_billed_is_never_sent() {
    let text = "dialect = \"openai\"\nbase_url = \"https://y\"\n[auth]\nkeyless = true\nenv = [\"K\"]\n\
                key_when = \"never\"\n[[models]]\nid = \"m\"\n";
    let lowered = lowered(&pantry(&[("y.toml", text)]), &["K"], &BTreeMap::new());
    assert_eq!(lowered.routes[0].held.key_env, None);
    assert_eq!(lowered.catalog.offers[0].credential.as_str(), "anonymous");
}

#[test]
fn addresses_are_the_base_and_what_follows() {
    let text = "dialect = \"openai\"\nbase_url = \"https://y/{account_id}/v1/\"\n[auth]\nkeyless = true\n\
                account_env = [\"A\"]\n[listing]\npath = \"/models?x=1\"\n[[models]]\nid = \"m\"\n";
    let lowered = lowered(&pantry(&[("y.toml", text)]), &["A"], &BTreeMap::new());
    let route = &lowered.routes[0];
    assert_eq!(route.held.account_env.as_deref(), Some("A"));
    assert_eq!(
        route.address(Some("me"), "m", Modality::Text.into(), false).unwrap(),
        "https://y/me/v1/chat/completions"
    );
    let listing = route.listing_address(Some("me")).unwrap();
    assert_eq!(listing.as_deref(), Some("https://y/me/v1/models?x=1"));
    assert_eq!(route.address(Some("../you"), "m", Modality::Text.into(), false), Err(BadAccount));
}

// === several credentials ===

/// What `[[credentials.x]]` says, as the settings read it.
fn said(tables: &str) -> BTreeMap<String, Vec<Credential>> {
    let environment = crate::settings::Environment::default();
    let path = std::path::Path::new("potluck.toml");
    crate::settings::Settings::from_text(path, tables, environment).unwrap().catalog.credentials
}

fn held(lowered: &Lowered) -> Vec<(&str, &str, &str)> {
    let held = lowered.routes.iter().map(|route| &route.held);
    held.map(|one| (one.id.as_str(), one.account.as_str(), one.key_env.as_deref().unwrap_or("")))
        .collect()
}

#[test]
fn numbered_variables_are_further_credentials_each_an_account_of_its_own() {
    let pantry = pantry(&[("x.toml", TWO_MODELS)]);
    let keys = ["FIRST_KEY", "SECOND_KEY", "SECOND_KEY_2", "FIRST_KEY_7", "FIRST_KEY_07"];
    let lowered = lowered(&pantry, &keys, &BTreeMap::new());
    assert_eq!(
        held(&lowered),
        [
            ("default", "default", "FIRST_KEY"),
            ("2", "2", "SECOND_KEY_2"),
            ("7", "7", "FIRST_KEY_7")
        ]
    );
    assert_eq!(
        names(&lowered),
        [
            "x/vendor/gpt-oss-20b:free",
            "x/b",
            "x/vendor/gpt-oss-20b:free@2",
            "x/b@2",
            "x/vendor/gpt-oss-20b:free@7",
            "x/b@7"
        ]
    );
    assert_eq!(lowered.ways, [0, 0, 1, 1, 2, 2]);
    let plain = lowered.catalog.offers.iter().map(|offer| offer.plain_name());
    assert_eq!(plain.collect::<BTreeSet<_>>(), ["x/vendor/gpt-oss-20b:free", "x/b"].into());
    let selection = lowered.catalog.select(&["x/b".to_owned()]).unwrap();
    assert_eq!(selection.len(), 3, "the plain name means all");
    assert_eq!(lowered.catalog.select(&["X/b@7".to_owned()]).unwrap().len(), 1);
}

#[test]
fn credentials_share_the_limits_of_their_account_and_of_the_address() {
    let pantry = pantry(&[("x.toml", TWO_MODELS)]);
    let said = said("[[credentials.x]]\nenv = \"FIRST_KEY_2\"\naccount = \"default\"\n");
    let keys = ["FIRST_KEY", "FIRST_KEY_2", "FIRST_KEY_3"];
    let lowered = lowered_with(&pantry, &keys, &BTreeMap::new(), &said);
    let keys = |at: u32| -> BTreeSet<&str> {
        let offer = lowered.catalog.offer(OfferIndex(at));
        offer.buckets.iter().map(|b| &*lowered.catalog.bucket(*b).key).collect()
    };
    assert_eq!(keys(0), keys(2), "one account");
    let shared: Vec<&str> = keys(1).intersection(&keys(5)).copied().collect();
    assert_eq!(shared, ["x/address/b*/tokens/5hour"], "another account, the same address");
}

#[test]
fn what_the_settings_say_of_a_credential_holds() {
    let pantry = pantry(&[("x.toml", TWO_MODELS)]);
    let said = said(
        "[[credentials.x]]\nenv = \"WORK\"\nname = \"work\"\naccount = \"firm\"\nweight = 2\n\
         models = [\"vendor/*\"]\n\
         [[credentials.x]]\nenv = \"FIRST_KEY\"\nname = \"home\"\n\
         [[credentials.x]]\nenv = \"NOT_SET\"\n\
         [[credentials.x]]\nenv = \"NAMELESS\"\n",
    );
    let keys = ["FIRST_KEY", "WORK", "NAMELESS"];
    let lowered = lowered_with(&pantry, &keys, &BTreeMap::new(), &said);
    assert_eq!(
        held(&lowered),
        [
            ("home", "home", "FIRST_KEY"),
            ("work", "firm", "WORK"),
            ("NAMELESS", "NAMELESS", "NAMELESS")
        ]
    );
    assert_eq!(
        names(&lowered),
        [
            "x/vendor/gpt-oss-20b:free",
            "x/b",
            "x/vendor/gpt-oss-20b:free@work",
            "x/vendor/gpt-oss-20b:free@NAMELESS",
            "x/b@NAMELESS"
        ]
    );
    let weights: Vec<f64> = lowered.catalog.offers.iter().map(|offer| offer.weight).collect();
    assert_eq!(weights, [1.0, 1.0, 2.0, 1.0, 1.0]);
}

#[test]
fn keys_of_one_account_id_are_of_one_account() {
    let text = "dialect = \"openai\"\nbase_url = \"https://y/{account_id}\"\n[auth]\nenv = [\"K\"]\n\
                account_env = [\"A\"]\n[[models]]\nid = \"m\"\n";
    let pantry = pantry(&[("y.toml", text)]);
    let keys = ["K", "A", "K_2", "K_3", "A_3"];
    let lowered = lowered(&pantry, &keys, &BTreeMap::new());
    let accounts: Vec<(&str, Option<&str>)> = lowered
        .routes
        .iter()
        .map(|route| (route.held.account.as_str(), route.held.account_env.as_deref()))
        .collect();
    assert_eq!(accounts, [("default", Some("A")), ("default", Some("A")), ("3", Some("A_3"))]);
}

#[test]
fn several_accounts_are_told_of_where_the_terms_forbid_them() {
    let rule = "terms = \"No multi-account use.\"\nstacking = \"forbidden\"\n";
    let strict = format!("{rule}{TWO_MODELS}");
    let pantry = pantry(&[("x.toml", &strict), ("y.toml", TWO_MODELS)]);
    let told = |keys: &[&str], tables: &str| {
        let lowered = lowered_with(&pantry, keys, &BTreeMap::new(), &said(tables));
        crate::pantry::stacked(&pantry, &lowered.catalog)
    };
    assert!(told(&["FIRST_KEY"], "").is_empty());
    let [note] = &told(&["FIRST_KEY", "FIRST_KEY_2"], "")[..] else { panic!("one of two") };
    assert!(
        note.starts_with("x: keys of 2 accounts are set") && note.contains("No multi"),
        "{note}"
    );
    let one = "[[credentials.x]]\nenv = \"FIRST_KEY_2\"\naccount = \"default\"\n";
    assert!(told(&["FIRST_KEY", "FIRST_KEY_2"], one).is_empty());
}
