//! The right to send one request to one offer.

use crate::catalog::{OfferIndex, Price};
use crate::health::Misfit;
use crate::names::OfferName;
use crate::pool::arena::Place;
use crate::pool::layout::Whose;
use crate::quota::{Amounts, Hold};
use crate::time::Moment;

/// The right to send one request to one offer, and what was reserved for it. Must come back to
/// [`Pool::settle`](crate::pool::Pool::settle), whatever happens: nobody else gives back what it holds.
#[derive(Debug)]
#[must_use = "a ticket that is not settled keeps its reservation for good"]
pub struct Ticket {
    /// Which offer, by its position in the catalog of its time.
    pub offer: OfferIndex,
    /// Which offer.
    pub name: OfferName,
    /// What was reserved.
    pub reserved: Amounts,
    /// The most tokens to ask the offer for; `None` where the client asked for nothing. Lower than what
    /// the client asked for where the offer cannot hold that.
    pub max_output: Option<u32>,
    /// When.
    pub admitted: Moment,
    /// Whether the provider is known to have counted it.
    pub(crate) arrived: bool,
    pub(crate) whose: Whose,
    pub(crate) family: Place,
    pub(crate) probes: Probes,
    pub(crate) holds: Vec<(Place, Hold)>,
    pub(crate) price: Price,
    pub(crate) shape: Misfit,
    pub(crate) prompt_tokens: u32,
    /// Whether it holds words alone: what pictures and sounds count says nothing of a vocabulary.
    pub(crate) is_text: bool,
}

/// For whom the request is a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Probes {
    pub(crate) offer: bool,
    pub(crate) credential: bool,
    pub(crate) account: bool,
    pub(crate) provider: bool,
}

impl Ticket {
    /// Whether the request tries somebody who was resting.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        let Probes { offer, credential, account, provider } = self.probes;
        offer || credential || account || provider
    }
}
