//! The best first, where the client asks for that.

use super::{attempt, first, pool};
use crate::catalog::OfferIndex;
use crate::fixture::{NOON, Stock, chat, failed, find, secs, served};
use crate::outcome::{Class, Settlement, Wait};
use crate::pool::Pool;
use crate::request::{Measure, Sort};
use crate::requirements::Requirements;

/// `slow/x`, `fast/x` and `new/x`, of which the last was never asked.
fn measured() -> Pool {
    let stock = Stock::default().offer("slow/x", "x").offer("fast/x", "x").offer("new/x", "x");
    let mut pool = pool(&stock.done());
    for (name, wait, total) in [("slow/x", 4, 60), ("fast/x", 1, 3)] {
        let settlement =
            Settlement { first_event: Some(secs(wait)), total: secs(total), ..served(10, 100) };
        attempt(&mut pool, name, &settlement, NOON);
    }
    pool
}

fn sorted(by: Measure, across_names: bool) -> Requirements {
    let mut requirements = chat(10);
    requirements.constraints.sort = Some(Sort { by, across_names });
    requirements
}

fn order(pool: &mut Pool, names: &[&str], requirements: &Requirements, seed: u64) -> Vec<String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let selection = pool.catalog().select(&names).unwrap();
    let catalog = std::sync::Arc::clone(pool.catalog());
    let name = |offer: OfferIndex| catalog.offer(offer).name.to_string();
    pool.draw(requirements, &selection, NOON, seed).order.map(|c| name(c.offer)).collect()
}

#[test]
fn the_fastest_come_first_and_the_unmeasured_last() {
    let mut pool = measured();
    for by in [Measure::Throughput, Measure::Latency] {
        for seed in 0..20 {
            let order = order(&mut pool, &["x"], &sorted(by, false), seed);
            assert_eq!(order, ["fast/x", "slow/x", "new/x"], "{by:?}");
        }
    }
}

#[test]
fn a_failure_speaks_against_an_offer() {
    let mut pool = measured();
    let bad = failed(Class::BadAnswer, Wait::Guess);
    attempt(&mut pool, "fast/x", &bad, NOON);
    let later = NOON.after(secs(120));
    let requirements = sorted(Measure::Success, false);
    for seed in 0..20 {
        let picked = first(&mut pool, &requirements, later, seed);
        assert_eq!(picked, find(pool.catalog(), "slow/x"));
    }
}

#[test]
fn names_keep_their_order_unless_the_client_sorts_across_them() {
    let mut pool = measured();
    let names = ["slow/x", "fast/x"];
    let apart = order(&mut pool, &names, &sorted(Measure::Latency, false), 1);
    assert_eq!(apart, ["slow/x", "fast/x"]);
    let across = order(&mut pool, &names, &sorted(Measure::Latency, true), 1);
    assert_eq!(across, ["fast/x", "slow/x"]);
}

#[test]
fn the_client_s_order_of_providers_goes_before() {
    let mut pool = measured();
    let mut requirements = sorted(Measure::Latency, false);
    requirements.constraints.order = vec!["new".to_owned()];
    assert_eq!(order(&mut pool, &["x"], &requirements, 1), ["new/x", "fast/x", "slow/x"]);
}
