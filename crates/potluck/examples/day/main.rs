//! A simulated day on free tiers: potluck against uniform random, round robin and first fit, and all of them against
//! the schedule of somebody who knows the day beforehand, and an upper bound of all schedules.
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
mod waiting;
mod world;

use std::process::ExitCode;
use std::sync::Arc;

use potluck_core::catalog::Catalog;

use crate::bound::Prices;
use crate::clairvoyant::Turn;
use crate::load::Load;
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
            let report = run::day(&catalog, load, router, &[], 0);
            println!("{report}\n{}", report.details());
            continue;
        }
        let day = Day::plan(&catalog, load);
        println!("{:<9} {:<11} {:>9} {:>8}", load.word(), "bound", load.asks().len(), day.bound);
        for router in Router::ALL {
            if router == Router::Clairvoyant && day.turns.is_empty() {
                continue;
            }
            let report = run::day(&catalog, load, router, &day.turns, day.aim);
            println!("{report}");
            if matches!(router, Router::Clairvoyant | Router::Potluck) {
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
    turns: Vec<Turn>,
    /// What the clairvoyant's schedule serves, played through the providers.
    aim: u64,
}

impl Day {
    fn plan(catalog: &Arc<Catalog>, load: Load) -> Self {
        let asks = load.asks();
        let prices = Prices::find(catalog, &asks);
        if asks.iter().any(|ask| !ask.opens) {
            // when a call of a session comes depends on the one before: the bound has to do
            return Self { bound: prices.bound, turns: Vec::new(), aim: prices.bound };
        }
        let turns = clairvoyant::plan(catalog, &asks, &prices);
        let served = run::day(catalog, load, Router::Clairvoyant, &turns, prices.bound).served;
        Self { bound: prices.bound, turns, aim: served }
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
        let clairvoyant =
            run::day(&catalog, Load::Light, Router::Clairvoyant, &plan.turns, plan.aim);
        assert_eq!((clairvoyant.wasted, clairvoyant.late), (0, 0), "{clairvoyant}");
        let day = |router| run::day(&catalog, Load::Light, router, &plan.turns, plan.aim);
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
