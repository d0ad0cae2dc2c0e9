//! A simulated day on free tiers: potluck against uniform random, round robin and first fit, and all of them against
//! what anybody could serve who knows the day beforehand.
//!
//! The catalog is the shipped one, cut down to ten providers with a key each. The providers are simulated: each holds
//! its true limits with exact counters of its own, which share no code with potluck's. One has half of what
//! the table says, one says in its headers that nothing was used and has half of it, one refuses at random, one is
//! down for two hours and one for good from the afternoon on; two attempts in a hundred fail, and every request
//! travels for a while. Four clients send three loads. potluck's pool and its line decide as they do in the server, with
//! a simulated clock; the others keep no counters, let whoever refused rest, and try as often.
//!
//! Run: `cargo run --release -p potluck --example day`, or one load alone: `... --example day -- light`. Same
//! seed, same table.

#![expect(clippy::print_stdout, reason = "the table is the product")]

mod bound;
mod load;
mod provider;
mod report;
mod router;
mod run;
mod waiting;
mod world;

use std::process::ExitCode;

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
    let only = std::env::args().nth(1);
    for load in Load::ALL.into_iter().filter(|l| only.as_deref().is_none_or(|o| o == l.word())) {
        let bound = bound::bound(&catalog, &load.asks());
        println!("{:<9} {:<11} {:>9} {:>8}", load.word(), "bound", load.asks().len(), bound);
        for router in Router::ALL {
            println!("{}", run::day(&catalog, load, router, bound));
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_spare_429s_and_lose_no_request() {
        let catalog = world::catalog().unwrap();
        let bound = bound::bound(&catalog, &Load::Light.asks());
        assert!(bound <= 600);
        let day = |router| run::day(&catalog, Load::Light, router, bound);
        let (potluck, first) = (day(Router::Potluck), day(Router::FirstFit));
        assert!(potluck.of_bound() >= 98.0, "{potluck}");
        assert!(potluck.of_bound() <= 100.0, "the bound is none: {potluck}");
        assert!(potluck.throttled * 10 <= first.throttled.max(10), "{potluck}\n{first}");
        assert!(potluck.wasted * 100 <= potluck.requests * 6, "{potluck}");
        assert_eq!(potluck.late, 0, "{potluck}");
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        let catalog = world::catalog().unwrap();
        let day = || run::day(&catalog, Load::Light, Router::Potluck, 600).to_string();
        assert_eq!(day(), day());
    }
}
