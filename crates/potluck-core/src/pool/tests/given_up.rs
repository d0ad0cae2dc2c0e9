//! Requests that were given up, at providers that go on with them: no limit of places is ever exceeded there.

use proptest::prelude::*;

use super::pool;
use crate::catalog::OfferIndex;
use crate::fixture::{NOON, Stock, chat, failed, limit, secs, served};
use crate::outcome::{Class, Settlement, Stage, Wait};
use crate::quota::{Meter, Window};
use crate::time::Moment;

/// How long each answer takes the provider, whether or not anybody reads it.
const LENGTH: u64 = 3000;

fn at(millis: u64) -> Moment {
    NOON.after(std::time::Duration::from_millis(millis))
}

fn given_up(after: u64) -> Settlement {
    let total = std::time::Duration::from_millis(after);
    let mut left = Settlement { total, ..failed(Class::ClientLeft, Wait::Guess) };
    if let crate::outcome::Outcome::Failure(failure) = &mut left.outcome {
        failure.stage = Stage::BeforeCommit;
    }
    left
}

fn whole() -> Settlement {
    let total = std::time::Duration::from_millis(LENGTH);
    Settlement { total, first_event: Some(secs(1)), ..served(10, 10) }
}

proptest! {
    /// Clients come at any time, and leave at any time or stay.
    #[test]
    fn a_provider_that_goes_on_never_has_more_than_its_places(
        places in 1_u64..4,
        counted in any::<bool>(),
        clients in prop::collection::vec((0_u64..900, 0_u64..4500), 1..120),
    ) {
        let stock = Stock::default().offer("a/x", "x");
        let stock = if counted {
            stock.with(|offer| offer.concurrency = 99)
                .limit("account", limit(Meter::Concurrent, places, Window::InFlight))
        } else {
            stock.with(|offer| offer.concurrency = u32::try_from(places).unwrap_or(1))
        };
        let mut pool = pool(&stock.done());
        let first = pool.admit(OfferIndex(0), &chat(10), NOON).unwrap();
        pool.settle(first, &whole(), at(LENGTH));

        let mut now = LENGTH;
        let mut busy: Vec<u64> = Vec::new();
        let mut open: Vec<(u64, u64, crate::pool::Ticket)> = Vec::new();
        for (gap, stays) in clients {
            now += gap;
            open.sort_by_key(|(end, ..)| *end);
            while open.first().is_some_and(|(end, ..)| *end <= now) {
                let (end, stayed, ticket) = open.remove(0);
                let settlement = if stayed < LENGTH { given_up(stayed) } else { whole() };
                pool.settle(ticket, &settlement, at(end));
            }
            busy.retain(|until| *until > now);
            if let Ok(ticket) = pool.admit(OfferIndex(0), &chat(10), at(now)) {
                busy.push(now + LENGTH);
                open.push((now + stays.min(LENGTH), stays.min(LENGTH), ticket));
            }
            prop_assert!(busy.len() as u64 <= places, "{} at once for {places}", busy.len());
        }
        for (end, stayed, ticket) in open {
            let settlement = if stayed < LENGTH { given_up(stayed) } else { whole() };
            pool.settle(ticket, &settlement, at(end));
        }
        prop_assert!(pool.admit(OfferIndex(0), &chat(10), at(now + 99_000)).is_ok(), "a place came back");
    }
}

#[test]
fn what_never_left_holds_no_place() {
    let catalog = Stock::default().offer("a/x", "x").with(|offer| offer.concurrency = 1).done();
    let mut pool = pool(&catalog);
    let ticket = pool.admit(OfferIndex(0), &chat(10), NOON).unwrap();
    pool.settle(ticket, &Settlement { dispatched: false, ..given_up(10) }, NOON);
    assert!(pool.admit(OfferIndex(0), &chat(10), NOON).is_ok());
}

#[test]
fn an_offer_that_is_slow_to_begin_is_not_in_time_at_the_end() {
    let catalog = Stock::default().offer("a/x", "x").done();
    let mut pool = pool(&catalog);
    for _ in 0..20 {
        let ticket = pool.admit(OfferIndex(0), &chat(10), NOON).unwrap();
        let slow = Settlement { first_event: Some(secs(4)), total: secs(5), ..served(10, 10) };
        pool.settle(ticket, &slow, NOON);
    }
    assert!(pool.answers_by(OfferIndex(0), NOON.after(secs(4)), NOON));
    assert!(!pool.answers_by(OfferIndex(0), NOON.after(secs(3)), NOON));
}
