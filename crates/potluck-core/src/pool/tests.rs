//! The pool over time.

mod chance;
mod classes;
mod clock;
mod credentials;
mod crowd;
mod given_up;
mod idle;
mod leaps;
mod learning;
mod limits;
mod sorting;
mod swap;
mod year;

use std::sync::Arc;

use super::{Pool, Settings};
use crate::catalog::{Catalog, OfferIndex};
use crate::choose::Strategy;
use crate::exclusion::Exclusion;
use crate::fixture::{Stock, chat, find};
use crate::outcome::Settlement;
use crate::requirements::Requirements;
use crate::time::Moment;

fn pool(catalog: &Arc<Catalog>) -> Pool {
    Pool::new(Arc::clone(catalog), Settings::default())
}

fn uniform(catalog: &Arc<Catalog>) -> Pool {
    Pool::new(Arc::clone(catalog), Settings { strategy: Strategy::Uniform, ..Settings::default() })
}

fn first(pool: &mut Pool, requirements: &Requirements, now: Moment, seed: u64) -> OfferIndex {
    let everything = pool.catalog().everything();
    pool.draw(requirements, &everything, now, seed).order.next().unwrap().offer
}

fn why(pool: &Pool, name: &str, now: Moment) -> Option<Exclusion> {
    let at = find(pool.catalog(), name);
    let seen = pool.explain(&chat(10), &pool.catalog().everything(), now);
    seen.excluded.into_iter().find(|(offer, _)| *offer == at).map(|(_, exclusion)| exclusion)
}

/// Sends one request to an offer and settles it so.
fn attempt(pool: &mut Pool, name: &str, settlement: &Settlement, now: Moment) {
    let at = find(pool.catalog(), name);
    let ticket = pool.admit(at, &chat(10), now).unwrap();
    pool.settle(ticket, settlement, now);
}

fn three() -> Arc<Catalog> {
    Stock::default().offer("a/x", "x").offer("a/y", "y").offer("b/x", "x").done()
}
