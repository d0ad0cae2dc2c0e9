//! A simulated day: how `balanced` does against `uniform` and round robin.
//!
//! The catalog is the shipped one, cut down to ten providers. The providers are simulated: each holds its
//! true limits with exact counters of its own, which share no code with potluck's; some hold less than the
//! table says, one is down for two hours, two attempts in a hundred fail, and every request travels for a
//! while. Three loads are sent through four routers:
//!
//! * `balanced`, `uniform`: potluck's pool, with all it knows;
//! * `round robin`: the same pool filters and learns, but the next offer in turn is taken;
//! * `blind`: round robin over whatever is able, with no counters and no memory, as a list in a loop does it.
//!
//! Run: `cargo run --release -p potluck --example day`, or one load alone: `... --example day -- light`. Same
//! seed, same table.

#![expect(clippy::print_stdout, reason = "the table is the product")]

mod load;
mod provider;
mod run;
mod world;

use std::process::ExitCode;

use crate::load::Load;
use crate::run::{Report, Router};

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
        for router in Router::ALL {
            println!("{}", run::day(&catalog, load, router));
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
        let day = |router| run::day(&catalog, Load::Light, router);
        let (balanced, blind) = (day(Router::Balanced), day(Router::Blind));
        assert!(balanced.served * 100 >= balanced.requests * 99, "{balanced}");
        assert!(balanced.throttled * 10 <= blind.throttled.max(10), "{balanced}\n{blind}");
        assert!(balanced.wasted * 100 <= balanced.requests * 6, "{balanced}");
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        let catalog = world::catalog().unwrap();
        let day = || run::day(&catalog, Load::Light, Router::Balanced).to_string();
        assert_eq!(day(), day());
    }
}
