//! Draws and chances.

use std::collections::BTreeMap;

use super::{attempt, first, pool, three, uniform};
use crate::capability::Modality;
use crate::catalog::OfferIndex;
use crate::fixture::{NOON, Stock, calendar, chat, failed, find, limit, secs, sliding};
use crate::outcome::{Class, Wait};
use crate::pool::{Pool, Settings};
use crate::quota::{Meter, Unit};
use crate::replay::{Past, Seat};
use crate::requirements::Requirements;

/// Pearson's statistic of observed counts against expected shares.
fn chi_square(counts: &BTreeMap<OfferIndex, u32>, shares: &[(OfferIndex, f64)], draws: u32) -> f64 {
    shares
        .iter()
        .map(|(offer, share)| {
            let expected = share * f64::from(draws);
            let observed = f64::from(counts.get(offer).copied().unwrap_or(0));
            (observed - expected).powi(2) / expected
        })
        .sum()
}

fn count_first_picks(pool: &mut Pool, draws: u32) -> BTreeMap<OfferIndex, u32> {
    let mut counts = BTreeMap::new();
    for seed in 0..draws {
        *counts.entry(first(pool, &chat(10), NOON, u64::from(seed))).or_default() += 1;
    }
    counts
}

#[test]
fn uniform_gives_each_model_the_same_chance() {
    let mut stock = Stock::default();
    // Eight families at one to three providers, with limits as unequal as can be.
    for family in 0..8u64 {
        for provider in 0..=family % 3 {
            let name = format!("p{provider}/m{family}");
            let amount = limit(Meter::Requests, 10 + family * 100_000, sliding(86_400));
            stock = stock.offer(&name, &format!("f{family}")).limit(&name, amount);
        }
    }
    let catalog = stock.done();
    let shares: Vec<_> = catalog
        .enumerate()
        .map(|(at, offer)| {
            let members = catalog.offers.iter().filter(|o| o.family == offer.family).count();
            (at, 1.0 / 8.0 / f64::from(u32::try_from(members).unwrap()))
        })
        .collect();
    let counts = count_first_picks(&mut uniform(&catalog), 100_000);
    let statistic = chi_square(&counts, &shares, 100_000);
    println!("chi-square of {} offers over 100,000 draws: {statistic:.2}", shares.len());
    assert_eq!(shares.len(), 15);
    // 14 degrees of freedom: one in a thousand fair draws is above 36.12.
    assert!(statistic < 36.12, "{statistic}");
}

#[test]
fn balanced_draws_as_often_as_it_says() {
    let catalog = Stock::default()
        .offer("a/x", "x")
        .limit("a", limit(Meter::Requests, 50, calendar(Unit::Day, "UTC")))
        .offer("b/x", "x")
        .limit("b", limit(Meter::Requests, 30, sliding(60)))
        .offer("c/y", "y")
        .done();
    let mut pool = pool(&catalog);
    let seen = pool.explain(&chat(10), &catalog.everything(), NOON);
    let shares: Vec<_> = seen.eligible.iter().map(|w| (w.offer, w.probability)).collect();
    assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
    let statistic = chi_square(&count_first_picks(&mut pool, 100_000), &shares, 100_000);
    // 2 degrees of freedom: one in a thousand is above 13.82.
    assert!(statistic < 13.82, "{statistic}");
    assert!(seen.eligible.iter().all(|w| w.weight > 0.0));
}

#[test]
fn the_same_seed_gives_the_same_picks() {
    let catalog = three();
    let picks = |seed| -> Vec<_> {
        let mut pool = pool(&catalog);
        pool.draw(&chat(10), &catalog.everything(), NOON, seed).order.collect()
    };
    assert_eq!(picks(7), picks(7));
    assert!((0..50).any(|seed| picks(seed) != picks(7)));
}

#[test]
fn these_seeds_give_these_picks_on_every_platform() {
    let catalog = three();
    let firsts: Vec<_> =
        (0..12).map(|seed| first(&mut uniform(&catalog), &chat(10), NOON, seed).0).collect();
    assert_eq!(firsts, [1, 2, 2, 0, 1, 1, 1, 0, 1, 1, 0, 2]);
}

#[test]
fn after_a_pick_another_provider_is_preferred() {
    let catalog = three();
    for seed in 0..200 {
        let mut pool = pool(&catalog);
        let order = pool.draw(&chat(10), &catalog.everything(), NOON, seed).order;
        let providers: Vec<_> = order.map(|c| catalog.offer(c.offer).provider).collect();
        assert_eq!(providers.len(), 3);
        assert_ne!(providers[0], providers[1], "seed {seed}");
    }
}

#[test]
fn names_and_the_clients_order_come_before_chance() {
    let catalog = three();
    let names = ["y".to_owned(), "x".to_owned()];
    let mut asked = chat(10);
    asked.constraints.order = vec!["b".to_owned()];
    let selection = catalog.select(&names).unwrap();
    for seed in 0..50 {
        let order = pool(&catalog).draw(&asked, &selection, NOON, seed).order;
        let picks: Vec<_> = order.map(|c| catalog.offer(c.offer).name.to_string()).collect();
        assert_eq!(picks, ["a/y", "b/x", "a/x"]);
    }
}

#[test]
fn no_fallbacks_gives_one_candidate() {
    let catalog = three();
    let mut asked = chat(10);
    asked.constraints.no_fallbacks = true;
    let mut order = pool(&catalog).draw(&asked, &catalog.everything(), NOON, 1).order;
    assert_eq!(order.len(), 1);
    assert_eq!(order.peek(), order.next());
    assert!(order.is_empty() && order.next().is_none());
}

#[test]
fn a_session_sticks_while_its_offer_can_serve() {
    let catalog = three();
    let mut pool = pool(&catalog);
    let mut asked = chat(10);
    asked.constraints.session = Some("talk".to_owned());
    let stuck = find(&catalog, "a/y");
    pool.remember_session("talk", stuck, NOON);
    for seed in 0..50 {
        let order = pool.draw(&asked, &catalog.everything(), NOON.after(secs(1799)), seed).order;
        let picks: Vec<_> = order.collect();
        assert!(picks[0].offer == stuck && picks[0].sticky && !picks[1].sticky);
    }
    let later = NOON.after(secs(1801));
    let free: Vec<_> = (0..50).map(|seed| first(&mut pool, &asked, later, seed)).collect();
    assert!(free.iter().any(|offer| *offer != stuck), "half an hour of silence");
    pool.remember_session("talk", stuck, later);
    attempt(&mut pool, "a/y", &failed(Class::Overloaded, Wait::Stated(secs(60))), later);
    assert_ne!(first(&mut pool, &asked, later, 1), stuck);
}

#[test]
fn sessions_are_bounded() {
    let mut pool = Pool::new(three(), Settings { sessions: 100, ..Settings::default() });
    for session in 0..10_000 {
        pool.remember_session(&format!("s{session}"), OfferIndex(0), NOON);
    }
    pool.remember_session(&"é".repeat(100_000), OfferIndex(0), NOON);
    assert_eq!(pool.view(NOON).sessions, 100);
}

#[test]
fn a_scarce_able_model_is_spared_by_small_prompts() {
    let day = || limit(Meter::Requests, 100, calendar(Unit::Day, "UTC"));
    let catalog = Stock::default()
        .offer("a/plain", "plain")
        .limit("a", day())
        .offer("b/able", "able")
        .with(|offer| {
            offer.capability.input |= Modality::Image;
            offer.capability.context = 1_000_000;
        })
        .limit("b", day())
        .done();
    let pool = pool(&catalog);
    let share = |requirements: &Requirements| {
        let seen = pool.explain(requirements, &catalog.everything(), NOON);
        seen.eligible.iter().find(|w| w.offer == OfferIndex(1)).map_or(0.0, |w| w.probability)
    };
    assert!(share(&chat(50)) < 0.3, "{}", share(&chat(50)));
    assert!(share(&chat(20_000)) > 0.49);
    let image = Requirements { input: Modality::Text | Modality::Image, ..chat(50) };
    assert!((share(&image) - 1.0).abs() < 1e-9);
}

#[test]
fn what_many_share_counts_for_each_by_its_part() {
    let day = || limit(Meter::Requests, 100, calendar(Unit::Day, "UTC"));
    let mut stock = Stock::default();
    for model in 0..10 {
        stock = stock.offer(&format!("wide/m{model}"), "m").limit("wide", day());
    }
    let catalog = stock.offer("narrow/m", "m").limit("narrow", day()).done();
    let seen = pool(&catalog).explain(&chat(10), &catalog.everything(), NOON);
    let narrow = find(&catalog, "narrow/m");
    let share = seen.eligible.iter().find(|w| w.offer == narrow).unwrap().probability;
    assert!((share - 0.24).abs() < 0.01, "1 / (1 + 10 * sqrt(1/10)), not 1/11: {share}");
}

#[test]
fn the_last_call_of_a_scarce_able_model_is_left_to_those_who_need_it() {
    let day = |amount| limit(Meter::Requests, amount, calendar(Unit::Day, "UTC"));
    let catalog = Stock::default()
        .offer("a/plain", "plain")
        .limit("a", day(1000))
        .offer("b/able", "able")
        .with(|offer| {
            offer.capability.input |= Modality::Image;
            offer.capability.context = 1_000_000;
        })
        .limit("b", day(2))
        .done();
    let mut pool = pool(&catalog);
    let able = find(&catalog, "b/able");
    let ticket = pool.admit(able, &chat(50), NOON).unwrap();
    pool.settle(ticket, &crate::fixture::served(50, 50), NOON);
    let picks = count_first_picks(&mut pool, 10_000);
    assert_eq!(picks.get(&able), None, "one call is left");
    let image = Requirements { input: Modality::Text | Modality::Image, ..chat(50) };
    assert_eq!(first(&mut pool, &image, NOON, 1), able);
    let seen = pool.explain(&chat(50), &catalog.everything(), NOON);
    assert_eq!(seen.eligible.len(), 2, "a pool that is nearly empty may still take it");
}

#[test]
fn what_is_kept_of_a_draw_gives_the_same_pick_again() {
    let mut stock = Stock::default();
    for at in 0..40u64 {
        let name = format!("p{}/m{at}", at / 8);
        let amount = limit(Meter::Requests, 1 + at * at * 7, sliding(86_400));
        stock = stock.offer(&name, &format!("f{}", at % 9)).limit(&name, amount);
    }
    let catalog = stock.done();
    for mut pool in [Pool::new(catalog.clone(), Settings::default()), uniform(&catalog)] {
        for seed in 0..500 {
            let mut draw = pool.draw(&chat(10), &catalog.everything(), NOON, seed);
            let first = draw.order.next().unwrap();
            // Nor does it matter how many were drawn until it was kept.
            draw.order.by_ref().take(usize::try_from(seed % 7).unwrap()).for_each(drop);
            let kept = draw.decision();
            assert_eq!(kept.count() + kept.excluded.len(), catalog.offers.len());
            let seats = kept.eligible().into_iter().map(|share| Seat {
                offer: share.offer.0,
                provider: catalog.offer(share.offer).provider.0,
                family: 0,
                weight: share.weight,
                tier: share.tier,
            });
            let past = Past { seed, strategy: kept.strategy, sticky: None, seats: seats.collect() };
            let again = past.draw();
            assert_eq!(again.pick, Some(first.offer.0));
            let (_, chance) = again.chances.iter().find(|(o, _)| *o == first.offer.0).unwrap();
            assert!((chance - first.probability).abs() < 1e-12);
        }
    }
}
