//! What one request takes of its key: reserved before anybody is asked, settled with the truth when all is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use potluck_core::rights::{Denied, Reservation, Spent, Usual};

use crate::clock::Clock;
use crate::keys::Keys;
use crate::keys::holder::Holder;
use crate::ledger::Bell;

/// How long a request waits for a record that grants what it takes: writing one takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long it waits until it asks again.
const AGAIN: Duration = Duration::from_millis(150);

/// What one request takes. Settled when the last part of its work drops it.
#[derive(Debug)]
pub struct Charge {
    holder: Arc<Holder>,
    clock: Clock,
    reservation: Option<Reservation>,
    asked: AtomicBool,
    unknown: AtomicBool,
    tokens: AtomicU64,
}

impl Charge {
    /// Part of the request's work is over.
    pub fn note(&self, spent: Spent) {
        match spent {
            Spent::Nothing => return,
            Spent::Tokens(tokens) => {
                self.tokens.fetch_add(tokens, Ordering::Relaxed);
            }
            Spent::Unknown(tokens) => {
                self.tokens.fetch_add(tokens, Ordering::Relaxed);
                self.unknown.store(true, Ordering::Relaxed);
            }
        }
        self.asked.store(true, Ordering::Relaxed);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let Some(reservation) = self.reservation.take() else { return };
        let tokens = self.tokens.load(Ordering::Relaxed);
        let unknown = self.unknown.load(Ordering::Relaxed);
        let spent = match (self.asked.load(Ordering::Relaxed), unknown) {
            (false, _) => Spent::Nothing,
            (true, false) => Spent::Tokens(tokens),
            (true, true) => Spent::Unknown(tokens),
        };
        self.holder.tally().settle(reservation, spent, self.clock.now());
    }
}

impl Keys {
    /// Reserves what a request is expected to take of its key.
    ///
    /// # Errors
    /// Why it may not go on now.
    pub async fn charge(
        &self,
        holder: &Arc<Holder>,
        usual: Usual,
        clock: Clock,
        bell: &Bell,
    ) -> Result<Charge, Denied> {
        let begun = clock.mark();
        loop {
            // listened for before it is looked at, so that no word is missed in between
            let mut granted = std::pin::pin!(self.granted.notified());
            granted.as_mut().enable();
            let now = clock.now();
            let (reserved, low) = {
                let mut tally = holder.tally();
                (tally.reserve(usual, now), tally.is_low(now))
            };
            if low {
                bell.ring();
            }
            match reserved {
                Ok(reservation) => return Ok(charge(holder, clock, reservation)),
                Err(Denied::Unrecorded) => bell.ring(),
                Err(denied) => return Err(denied),
            }
            let left = PATIENCE.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(Denied::Unrecorded);
            }
            // asked for again after a while: others may hold it
            let _ = tokio::time::timeout(left.min(AGAIN), granted).await;
        }
    }
}

fn charge(holder: &Arc<Holder>, clock: Clock, reservation: Reservation) -> Charge {
    Charge {
        holder: Arc::clone(holder),
        clock,
        reservation: Some(reservation),
        asked: AtomicBool::new(false),
        unknown: AtomicBool::new(false),
        tokens: AtomicU64::new(0),
    }
}
