//! A simulated day on free tiers: potluck against uniform random, round robin and first fit, and all of them against
//! the schedules of three who know the day beforehand, and an upper bound of all schedules. The *clairvoyant* knows every request and how
//! long its answer will be, what the limits truly hold and who goes down when; the *all-knowing* also which attempts will fail by
//! chance; the *foresighted* neither that nor how long answers will be.
//!
//! The catalog is the shipped one, cut down to ten providers with a key each. The providers are simulated: each holds
//! its true limits with exact counters of its own, which share no code with potluck's. One has half of what
//! the table says, one says in its headers that nothing was used and has half of it, one refuses at random, one is
//! down for two hours and one for good from the afternoon on; two attempts in a hundred fail, and every request
//! travels for a while. Four clients send three loads. potluck's pool and its line decide as they do in the server, with
//! a simulated clock; the others keep no counters, let whoever refused rest, and try as often.
//!
//! Run: `cargo run --release -p potluck --example day`; one load alone: `... --example day -- light`; through one router,
//! without the clairvoyant's schedule: `... -- overload potluck`. Same seed, same table.

#![expect(clippy::print_stdout, reason = "the table is the product")]

mod bound;
mod clairvoyant;
mod load;
mod provider;
mod report;
mod router;
mod run;
mod settlement;
mod waiting;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use potluck_core::catalog::Catalog;

use crate::bound::Prices;
use crate::clairvoyant::{Knows, Turn};
use crate::load::{Ask, Load};
use crate::report::Report;
use crate::router::Router;

fn main() -> ExitCode {
    let catalog = match world::catalog() {
        Ok(catalog) => catalog,
        Err(problem) => {
            println!("the shipped provider files cannot be used:\n{problem}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "simulated day over {} offers at {} providers",
        catalog.offers.len(),
        catalog.providers.len()
    );
    println!("{}", Report::HEADER);
    let (only, alone) = (std::env::args().nth(1), std::env::args().nth(2));
    for load in Load::ALL.into_iter().filter(|l| only.as_deref().is_none_or(|o| o == l.word())) {
        if let Some(router) = Router::ALL.into_iter().find(|r| alone.as_deref() == Some(r.word())) {
            if matches!(router, Router::Clairvoyant(_)) {
                println!(
                    "{} is planned beside the others: leave the second word out",
                    router.word()
                );
                continue;
            }
            let report = run::day(&catalog, load, router, &[], 0);
            println!("{report}\n{}", report.details());
            continue;
        }
        let day = Day::plan(&catalog, load);
        println!("{:<9} {:<11} {:>9} {:>8}", load.word(), "bound", load.asks().len(), day.bound);
        for router in Router::ALL {
            let turns = match router {
                Router::Clairvoyant(knows) => match day.plans.get(&knows) {
                    Some(turns) => turns.as_slice(),
                    None => continue,
                },
                _ => &[],
            };
            let report = run::day(&catalog, load, router, turns, day.aim);
            println!("{report}");
            if matches!(router, Router::Clairvoyant(_) | Router::Potluck) {
                println!("{}", report.details());
            }
        }
    }
    ExitCode::SUCCESS
}

/// What could be served of a load.
struct Day {
    /// No schedule serves more.
    bound: u64,
    plans: BTreeMap<Knows, Vec<Turn>>,
    /// What the clairvoyant's schedule serves, played through the providers.
    aim: u64,
}

/// How long an answer is taken to be where that is not known: the mean of all.
const ANSWER: u32 = 440;

impl Day {
    fn plan(catalog: &Arc<Catalog>, load: Load) -> Self {
        let asks = load.asks();
        let prices = Prices::find(catalog, &asks);
        if asks.iter().any(|ask| !ask.opens) {
            // when a call of a session comes depends on the one before: the bound has to do
            return Self { bound: prices.bound, plans: BTreeMap::new(), aim: prices.bound };
        }
        let guessed: Vec<Ask> = asks.iter().map(|ask| Ask { answer: ANSWER, ..*ask }).collect();
        let guesses = Prices::find(catalog, &guessed);
        let plan = |knows: Knows| {
            let (known, prices) = match knows {
                Knows::Prompts => (&guessed, &guesses),
                Knows::Answers | Knows::Luck => (&asks, &prices),
            };
            (knows, clairvoyant::plan(catalog, &asks, known, prices, knows))
        };
        let plans: BTreeMap<_, _> = [Knows::Prompts, Knows::Answers, Knows::Luck].map(plan).into();
        let clairvoyant = Router::Clairvoyant(Knows::Answers);
        let aim = run::day(catalog, load, clairvoyant, &plans[&Knows::Answers], 0).served;
        Self { bound: prices.bound, plans, aim }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_spare_429s_and_lose_no_request() {
        let catalog = world::catalog().unwrap();
        let plan = Day::plan(&catalog, Load::Light);
        assert!(plan.aim <= plan.bound && plan.bound <= 600);
        for (knows, turns) in &plan.plans {
            let router = Router::Clairvoyant(*knows);
            let planned = run::day(&catalog, Load::Light, router, turns, plan.aim);
            assert_eq!((planned.throttled, planned.late), (0, 0), "{planned}");
            assert!(planned.wasted == 0 || *knows < Knows::Luck, "{planned}");
        }
        let day = |router| run::day(&catalog, Load::Light, router, &[], plan.aim);
        let (potluck, first) = (day(Router::Potluck), day(Router::FirstFit));
        assert!(potluck.of_bound() >= 98.0, "{potluck}");
        assert!(potluck.served <= plan.bound, "the bound is none: {potluck}");
        assert!(potluck.throttled * 10 <= first.throttled.max(10), "{potluck}\n{first}");
        assert!(potluck.wasted * 100 <= potluck.requests * 6, "{potluck}");
        assert_eq!(potluck.late, 0, "{potluck}");
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        let catalog = world::catalog().unwrap();
        let day = || run::day(&catalog, Load::Light, Router::Potluck, &[], 600).to_string();
        assert_eq!(day(), day());
    }
}
