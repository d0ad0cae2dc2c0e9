//! What learning is worth: a pool of which half is broken.

use std::collections::VecDeque;
use std::time::Duration;

use super::{attempt, pool, why};
use crate::catalog::OfferIndex;
use crate::choose::Strategy;
use crate::exclusion::Exclusion;
use crate::fixture::{NOON, Stock, chat, failed, limit, secs, served, sliding};
use crate::outcome::{Class, Settlement, Wait};
use crate::pool::{Pool, Ticket};
use crate::quota::{Meter, Source};
use crate::time::Moment;

/// Twelve offers at six providers; `broken` says which fail.
struct Half {
    pool: Pool,
    broken: fn(OfferIndex) -> bool,
    class: Class,
    /// Answers under way.
    open: VecDeque<(Ticket, Settlement)>,
    /// Extra attempts, by request.
    extra: Vec<u32>,
    unserved: u32,
}

impl Half {
    fn new(class: Class, broken: fn(OfferIndex) -> bool, strategy: Strategy) -> Self {
        let mut stock = Stock::default();
        for at in 0..12 {
            stock = stock.offer(&format!("p{}/m{at}", at / 2), &format!("f{at}"));
        }
        let mut pool = pool(&stock.done());
        pool.set_strategy(strategy);
        let (open, extra) = (VecDeque::new(), Vec::new());
        Self { pool, broken, class, open, extra, unserved: 0 }
    }

    /// A thousand requests, `every` so often, of which `at_once` are under way.
    fn run(&mut self, every: Duration, at_once: usize) {
        let mut now = NOON;
        for seed in 0..1000 {
            now = now.after(every);
            if self.open.len() >= at_once {
                let (ticket, settlement) = self.open.pop_front().unwrap();
                self.pool.settle(ticket, &settlement, now);
            }
            self.request(seed, now);
        }
    }

    fn request(&mut self, seed: u64, now: Moment) {
        let everything = self.pool.catalog().everything();
        let order = self.pool.draw(&chat(10), &everything, now, seed).order;
        let mut attempts = 0;
        for candidate in order {
            if attempts > 0 && !self.pool.allow_retry(now) {
                break;
            }
            let Ok(ticket) = self.pool.admit(candidate.offer, &chat(10), now) else { continue };
            attempts += 1;
            if !(self.broken)(candidate.offer) {
                self.extra.push(attempts - 1);
                self.open.push_back((ticket, served(10, 10)));
                return;
            }
            let settlement = failed(self.class, Wait::Guess);
            self.pool.settle(ticket, &settlement, now);
        }
        self.unserved += 1;
    }

    /// Extra attempts a request, after the first hundred.
    fn once_learnt(&self) -> f64 {
        let late = &self.extra[100..];
        f64::from(late.iter().sum::<u32>()) / f64::from(u32::try_from(late.len()).unwrap())
    }
}

#[test]
fn a_pool_that_is_half_broken_serves_all_and_learns() {
    let every_second: fn(OfferIndex) -> bool = |offer| offer.0 % 2 == 0;
    let half_of_providers: fn(OfferIndex) -> bool = |offer| offer.0 < 6;
    let classes = [Class::Overloaded, Class::TooSlow, Class::BadAnswer, Class::RateLimited];
    let paces = [(2, 64), (10, 1), (50, 8)];
    for strategy in [Strategy::Balanced, Strategy::Uniform] {
        for broken in [every_second, half_of_providers] {
            for class in classes {
                for (millis, at_once) in paces {
                    let mut half = Half::new(class, broken, strategy);
                    half.run(Duration::from_millis(millis), at_once);
                    let once_learnt = half.once_learnt();
                    println!("{strategy:?} {class:?} every {millis} ms: {once_learnt:.4}");
                    assert_eq!(half.unserved, 0);
                    assert!(once_learnt < 0.05, "{class:?} every {millis} ms: {once_learnt}");
                }
            }
        }
    }
}

#[test]
fn an_account_with_less_than_the_table_says_is_learnt_and_does_not_rest() {
    let shared = || limit(Meter::Requests, 40, sliding(60));
    let stock = ["a/w", "a/x", "a/y", "a/z"]
        .into_iter()
        .fold(Stock::default(), |stock, name| stock.offer(name, name).limit("account", shared()));
    let mut pool = pool(&stock.done());
    for _ in 0..20 {
        attempt(&mut pool, "a/x", &served(10, 10), NOON);
    }
    for name in ["a/x", "a/y", "a/z"] {
        attempt(&mut pool, name, &failed(Class::RateLimited, Wait::Guess), NOON);
    }
    let full = why(&pool, "a/w", NOON);
    assert!(matches!(full, Some(Exclusion::OutOfQuota { .. })), "{full:?}");
    assert_eq!(why(&pool, "a/w", NOON.after(secs(61))), None, "the next minute is there");
}

#[test]
fn a_pace_that_was_learnt_is_told_as_a_limit() {
    let mut pool = pool(&Stock::default().offer("a/x", "x").done());
    assert!(pool.view(NOON).offers[0].limits.is_empty(), "nobody knows of any");
    for second in 0..8 {
        attempt(&mut pool, "a/x", &served(10, 10), NOON.after(secs(second)));
    }
    let now = NOON.after(secs(8));
    attempt(&mut pool, "a/x", &failed(Class::RateLimited, Wait::Guess), now);
    let told = pool.view(now).offers.remove(0);
    let [limit] = &told.limits[..] else { panic!("{:?}", told.limits) };
    assert_eq!((limit.amount, limit.remaining, limit.meter), (6, 0, Meter::Requests));
    assert_eq!((limit.source, limit.window), (Source::Learnt, Some(secs(60))));
    assert_eq!(limit.resets, Some(NOON.after(secs(60))), "the first falls out then");
    let later = pool.view(now.after(secs(59))).offers.remove(0);
    assert!(later.limits[0].remaining > 0, "{:?}", later.limits);
    assert!(pool.view(now.after(secs(86_400))).offers[0].limits.is_empty(), "no cap for ever");
}
