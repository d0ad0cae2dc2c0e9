//! One admitted attempt: what it reserved, and the promise that it is settled exactly once.

use std::sync::Arc;
use std::time::Duration;

use potluck_core::capability::Feature;
use potluck_core::catalog::{Offer, OfferIndex, Provider};
use potluck_core::eligible;
use potluck_core::outcome::{Failure, Outcome, Settlement, Stage};
use potluck_core::pool::Ticket;
use potluck_core::quota::Claim;
use potluck_core::requirements::Requirements;
use potluck_core::response::Usage;
use potluck_dialect::quirk::Quirks;

use crate::clock::Mark;
use crate::house::House;
use crate::shelf::{Easel, Shelf, Wire};

/// An attempt in flight. Dropping it unsettled means that the client left.
#[derive(Debug)]
pub(super) struct Flight {
    house: Arc<House>,
    shelf: Arc<Shelf>,
    offer: OfferIndex,
    emulates: bool,
    ticket: Option<Ticket>,
    sent: Mark,
    /// How many bodies were sent: work that a provider takes in parts takes several.
    dispatched: u32,
    stale: bool,
    first_event: Option<Duration>,
    /// Whether that was the beginning of a stream.
    streamed: bool,
    usage: Option<Usage>,
    /// What potluck itself took to read and translate its answer.
    own_time: Option<Duration>,
}

impl Flight {
    /// Takes over an admitted ticket.
    #[must_use]
    pub(super) fn new(
        house: &Arc<House>,
        shelf: &Arc<Shelf>,
        offer: OfferIndex,
        ticket: Ticket,
        requirements: &Requirements,
    ) -> Self {
        Self {
            house: Arc::clone(house),
            shelf: Arc::clone(shelf),
            offer,
            emulates: eligible::emulates(requirements, shelf.catalog.offer(offer)),
            ticket: Some(ticket),
            sent: house.clock.mark(),
            dispatched: 0,
            stale: false,
            first_event: None,
            streamed: false,
            usage: None,
            own_time: None,
        }
    }

    /// The offer that is tried.
    #[must_use]
    pub(super) fn offer(&self) -> &Offer {
        self.shelf.catalog.offer(self.offer)
    }

    /// Whose it is.
    #[must_use]
    pub(super) fn provider(&self) -> &Provider {
        self.shelf.catalog.provider(self.offer().provider)
    }

    /// How its provider is reached.
    #[must_use]
    pub(super) fn wire(&self) -> &Wire {
        self.shelf.wire(self.offer)
    }

    /// Where its model is asked.
    #[must_use]
    pub(super) fn address(&self, stream: bool) -> &http::Uri {
        self.shelf.address(self.offer, stream)
    }

    /// How its model is asked for pictures, where it makes some.
    #[must_use]
    pub(super) fn easel(&self) -> Option<&Easel> {
        self.shelf.easel(self.offer)
    }

    /// How it deviates from its dialect.
    #[must_use]
    pub(super) fn quirks(&self) -> Quirks {
        self.shelf.quirks(self.offer)
    }

    /// Whether its model thinks before it speaks.
    #[must_use]
    pub(super) fn thinks(&self) -> bool {
        self.offer().capability.features.contains(Feature::Reasoning)
    }

    /// Whether the demanded schema is only told to its model, which cannot be given one.
    #[must_use]
    pub(super) const fn emulates(&self) -> bool {
        self.emulates
    }

    /// The most tokens that it may answer with, as reserved.
    #[must_use]
    pub(super) fn max_output(&self) -> Option<u32> {
        self.ticket.as_ref().and_then(|ticket| ticket.max_output)
    }

    /// Takes in what the provider says of its limits.
    pub(super) fn observe(&self, claims: &[Claim]) {
        self.house.observe(&self.shelf, self.offer, self.ticket.as_ref(), claims);
    }

    /// The provider's answer has begun.
    pub(super) fn arrive(&mut self) {
        if let Some(ticket) = &mut self.ticket {
            self.house.arrive(ticket);
        }
    }

    /// When the provider was first sent its bytes; `None` where nothing was sent.
    #[must_use]
    pub(super) fn sent(&self) -> Option<Mark> {
        (self.dispatched > 0).then_some(self.sent)
    }

    /// What potluck itself took for its answer so far.
    #[must_use]
    pub(super) const fn own_time(&self) -> Option<Duration> {
        self.own_time
    }

    /// Reading and translating its answer took so much more.
    pub(super) fn spend(&mut self, span: Duration) {
        *self.own_time.get_or_insert_default() += span;
    }

    /// How long ago it was sent.
    #[must_use]
    pub(super) fn age(&self) -> Duration {
        self.sent.elapsed()
    }

    /// From here on the provider may have counted it.
    pub(super) fn dispatch(&mut self) {
        if self.dispatched == 0 {
            self.sent = self.house.clock.mark();
        }
        self.dispatched += 1;
    }

    /// Takes back the dispatch: nothing reached the provider.
    pub(super) fn never_left(&mut self) {
        self.dispatched = self.dispatched.saturating_sub(1);
    }

    /// The kept connection that it was sent on had been closed: the provider did nothing wrong.
    pub(super) fn found_stale(&mut self) {
        self.stale = true;
    }

    /// Whether asking the same offer again, on another connection, is all that it takes.
    #[must_use]
    pub(super) const fn is_stale(&self) -> bool {
        self.stale
    }

    /// The first event with content is here.
    pub(super) fn commit(&mut self) {
        self.first_event.get_or_insert(self.sent.elapsed());
    }

    /// The same, of a stream.
    pub(super) fn commit_stream(&mut self) {
        self.commit();
        self.streamed = true;
    }

    /// What the provider says that it used.
    pub(super) fn used(&mut self, usage: Option<Usage>) {
        self.usage = usage.or_else(|| self.usage.take());
    }

    /// It served.
    pub(super) fn succeed(mut self) {
        self.settle(Outcome::Success);
    }

    /// It failed.
    pub(super) fn fail(mut self, failure: Failure) {
        self.settle(Outcome::Failure(failure));
    }

    /// It failed, and the provider is not to blame; the provider may have counted it as a request.
    pub(super) fn excused(mut self) {
        let left = Failure::client_left();
        // a connection that had been closed holds no place at the provider
        let stage = if self.stale { Stage::Connect } else { left.stage };
        self.settle(Outcome::Failure(Failure { stage, ..left }));
    }

    fn settle(&mut self, outcome: Outcome) {
        let Some(ticket) = self.ticket.take() else { return };
        let settlement = Settlement {
            outcome,
            usage: self.usage.take(),
            dispatched: self.dispatched > 0,
            first_event: self.first_event,
            streamed: self.streamed,
            total: self.sent.elapsed(),
        };
        self.house.settle(ticket, &settlement);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.settle(Outcome::Failure(Failure::client_left()));
        }
    }
}
