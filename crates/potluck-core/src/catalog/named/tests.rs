use proptest::prelude::*;

use super::*;
use crate::capability::{Feature, Modality};
use crate::catalog::Privacy;
use crate::fixture::Stock;
use crate::rights::Permit;

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn stock() -> Catalog {
    let able = |context: u32, quality: f32| {
        move |offer: &mut Offer| {
            offer.capability.context = context;
            offer.capability.quality = Some(quality);
            offer.capability.features |= Feature::Tools;
        }
    };
    let catalog = Stock::default()
        .offer("a/small", "small")
        .with(able(8_000, 0.4))
        .offer("a/large", "large")
        .with(able(128_000, 0.8))
        .offer("b/large", "large")
        .with(able(128_000, 0.8))
        .offer("b/plain", "plain")
        .with(|offer: &mut Offer| offer.capability.features = Features::empty())
        .done();
    Catalog::clone(&catalog)
}

fn with(pool: NamedPool) -> Catalog {
    let mut catalog = stock();
    catalog.define(&[NamedPool { name: "coder".to_owned(), ..pool }]);
    catalog
}

fn meant(catalog: &Catalog, names: &[&str]) -> Vec<(String, u16)> {
    let selection = catalog.select(&list(names)).unwrap();
    selection.iter().map(|(at, rank)| (catalog.offer(at).name.to_string(), rank)).collect()
}

fn named(all: &[(&str, u16)]) -> Vec<(String, u16)> {
    all.iter().map(|(name, rank)| ((*name).to_owned(), *rank)).collect()
}

#[test]
fn a_pool_is_who_meets_it_in_the_order_that_is_preferred() {
    let catalog = with(NamedPool {
        needs: Feature::Tools.into(),
        min_context: Some(64_000),
        min_quality: Some(0.6),
        prefer: list(&["b/*"]),
        ..NamedPool::default()
    });
    for name in ["coder", "CODER", "coder:latest", "potluck/coder"] {
        assert_eq!(meant(&catalog, &[name]), named(&[("a/large", 1), ("b/large", 0)]), "{name}");
    }
    let after = meant(&catalog, &["coder", "plain"]);
    assert_eq!(after, named(&[("a/large", 1), ("b/large", 0), ("b/plain", 2)]));
    let before = meant(&catalog, &["plain", "coder"]);
    assert_eq!(before, named(&[("a/large", 2), ("b/large", 1), ("b/plain", 0)]));
}

#[test]
fn names_bound_a_pool() {
    let only = with(NamedPool { only: list(&["large", "plain"]), ..NamedPool::default() });
    assert_eq!(meant(&only, &["coder"]).len(), 3);
    let but = NamedPool { only: list(&["large"]), exclude: list(&["a/*"]), ..NamedPool::default() };
    assert_eq!(meant(&with(but), &["coder"]), named(&[("b/large", 0)]));
}

#[test]
fn who_trains_is_out_where_that_is_asked() {
    let mut catalog = stock();
    catalog.providers[0].privacy = Privacy::NoTraining;
    catalog.providers[1].privacy = Privacy::Unclear;
    catalog.define(&[NamedPool {
        name: "quiet".into(),
        no_training: true,
        ..NamedPool::default()
    }]);
    let names: Vec<String> =
        meant(&catalog, &["quiet"]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a/small", "a/large"]);
}

#[test]
fn why_nobody_belongs_to_a_pool_is_told() {
    let told = |pool: NamedPool| {
        let catalog = with(pool);
        let membership = &catalog.pools[0];
        let unknown = membership.unknown.iter().map(|unknown| unknown.name.clone());
        (membership.emptied.as_ref().map(ToString::to_string), unknown.collect::<Vec<_>>())
    };
    let none = |pool| told(pool).0.unwrap();
    let wide = NamedPool { min_context: Some(1_000_000), ..NamedPool::default() };
    assert!(none(wide).ends_with("fits: fewer than 1000000 tokens of context (4 of them)"));
    let able = NamedPool { needs: Feature::Logprobs.into(), ..NamedPool::default() };
    assert!(none(able).contains("no logprobs"));
    let one = NamedPool { only: list(&["small"]), min_quality: Some(0.5), ..NamedPool::default() };
    assert_eq!(
        none(one),
        "the one offer in question does not fit: no measured quality of 0.5 or more"
    );
    let gone = NamedPool { only: list(&["nobody"]), ..NamedPool::default() };
    assert_eq!(told(gone), (Some(Emptied::Names.to_string()), list(&["nobody"])));
    assert_eq!(told(NamedPool { prefer: list(&["nobody"]), ..NamedPool::default() }).0, None);
    let catalog = with(NamedPool { prefer: list(&["lareg"]), ..NamedPool::default() });
    assert!(catalog.pools[0].unknown[0].near.contains(&"large".to_owned()));
}

#[test]
fn only_a_request_that_nobody_else_is_left_for_hears_of_an_empty_pool() {
    let wide = NamedPool { min_context: Some(1_000_000), ..NamedPool::default() };
    let catalog = with(wide);
    let told = |names: &[&str]| {
        catalog.empty_pool(&list(names)).map(|membership| membership.pool.name.clone())
    };
    assert_eq!(told(&["coder"]).as_deref(), Some("coder"));
    assert_eq!(told(&["coder", "nobody"]).as_deref(), Some("coder"));
    assert_eq!((told(&["coder", "free"]), told(&["plain"]), told(&[])), (None, None, None));
}

#[test]
fn an_unknown_name_is_told_with_the_pools_that_there_are() {
    let catalog = with(NamedPool::default());
    let unknown = catalog.select(&list(&["codr"])).unwrap_err();
    assert_eq!((unknown.near, unknown.pools), (list(&["coder"]), list(&["coder"])));
}

#[test]
fn a_key_of_a_pool_that_is_gone_may_ask_for_nothing_else_of_that_name() {
    let mut catalog = stock();
    let permit = Permit::of(list(&["a"]), Vec::new()).unwrap();
    let left = |catalog: &Catalog, name: &str| {
        catalog.select_permitted(&list(&[name]), Some(&permit)).unwrap().len()
    };
    assert_eq!((left(&catalog, "a"), left(&catalog, "free")), (0, 0));
    catalog.define(&[NamedPool { name: "a".into(), only: list(&["b/*"]), ..NamedPool::default() }]);
    assert_eq!((left(&catalog, "a"), left(&catalog, "a/large")), (2, 0), "the word means the pool");
}

#[test]
fn a_key_may_name_the_pools_of_its_permit_and_no_other() {
    let mut catalog = stock();
    let pool = |name: &str, only: &str| NamedPool {
        name: name.into(),
        only: list(&[only]),
        ..NamedPool::default()
    };
    catalog.define(&[pool("coder", "large"), pool("writer", "a/*")]);
    let permit = Permit::of(list(&["coder"]), Vec::new()).unwrap();
    let left =
        |names: &[&str]| catalog.select_permitted(&list(names), Some(&permit)).unwrap().len();
    assert_eq!((left(&["coder"]), left(&["free"]), left(&["a/large"])), (2, 2, 1));
    assert_eq!(
        (left(&["writer"]), left(&["plain"])),
        (0, 0),
        "though they have an offer in common"
    );
    assert_eq!(left(&["writer", "coder"]), 2);
}

/// A pool of the fixture's names, and some of which nobody has heard.
fn any_pool(name: &'static str) -> impl Strategy<Value = NamedPool> {
    let some = || {
        let name = prop::sample::select(vec!["large", "small", "a/*", "b/*", "b/plain", "nobody"]);
        prop::collection::vec(name.prop_map(str::to_owned), 0..3)
    };
    (some(), some(), some(), prop::option::of(1u32..200_000)).prop_map(
        move |(prefer, only, exclude, min_context)| NamedPool {
            name: name.to_owned(),
            prefer,
            only,
            exclude,
            min_context,
            ..NamedPool::default()
        },
    )
}

proptest! {
    /// What an earlier name of a list means is tried before what only a later one means, pools among them.
    #[test]
    fn a_list_stays_an_order(one in any_pool("one"), two in any_pool("two"), swapped: bool) {
        let mut catalog = stock();
        catalog.define(&[one, two]);
        let (first, second) = if swapped { ("two", "one") } else { ("one", "two") };
        let alone = |name: &str| catalog.select(&list(&[name])).unwrap();
        let both = catalog.select(&list(&[first, second])).unwrap();
        let first: Vec<_> = alone(first).iter().collect();
        let second: Vec<_> = alone(second).iter().collect();
        let is_first = |index: OfferIndex| first.iter().any(|(member, _)| *member == index);
        let last = first.iter().map(|(_, rank)| *rank).max();
        for (index, rank) in both.iter() {
            if is_first(index) {
                prop_assert!(first.contains(&(index, rank)), "a later name changes nothing of it");
            } else {
                prop_assert!(second.iter().any(|(member, _)| *member == index));
                prop_assert!(last.is_none_or(|last| rank > last));
            }
        }
        let joined = first.len() + second.iter().filter(|(index, _)| !is_first(*index)).count();
        prop_assert_eq!(both.len(), joined);
    }

    /// Whatever the holder of a key asks for, nobody serves it but members of the key's pools.
    #[test]
    fn a_key_reaches_only_members_of_its_pools(
        one in any_pool("one"),
        two in any_pool("two"),
        asked in prop::collection::vec(
            prop::sample::select(vec!["one", "two", "free", "large", "a", "b/plain", "nobody"]), 0..4),
    ) {
        let mut catalog = stock();
        catalog.define(&[one, two]);
        let permit = Permit::of(list(&["one"]), Vec::new()).unwrap();
        let Ok(left) = catalog.select_permitted(&list(&asked), Some(&permit)) else { return Ok(()) };
        let members = &catalog.pools[0].members;
        for (index, _) in left.iter() {
            prop_assert!(members.iter().any(|(member, _)| *member == index));
        }
        if asked == ["two"] {
            prop_assert!(left.is_empty(), "it may not say that word");
        }
    }

    /// Who belongs to a pool meets all that it says, and who does not fails in something.
    #[test]
    fn membership_is_what_the_pool_says(
        context in prop::option::of(1u32..200_000),
        quality in prop::option::of(0.0f32..1.0),
        tools: bool,
        image: bool,
        exclude: bool,
    ) {
        let mut needs = Features::empty();
        if tools {
            needs |= Feature::Tools;
        }
        let takes = if image { Modality::Image.into() } else { Modalities::empty() };
        let catalog = with(NamedPool {
            needs, takes, min_context: context, min_quality: quality,
            exclude: if exclude { list(&["b/*"]) } else { Vec::new() },
            ..NamedPool::default()
        });
        for (index, offer) in catalog.enumerate() {
            let has = &offer.capability;
            let meets = has.features.is_superset(needs)
                && has.input.is_superset(takes)
                && context.is_none_or(|least| has.context >= least)
                && quality.is_none_or(|least| has.quality.is_some_and(|own| own >= least))
                && !(exclude && offer.name.as_str().starts_with("b/"));
            let is_in = catalog.pools[0].members.iter().any(|(member, _)| *member == index);
            prop_assert_eq!(is_in, meets, "{}", offer.name);
        }
    }
}
