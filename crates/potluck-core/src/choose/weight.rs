//! What chance an offer has.
//!
//! `balanced` = square root of the sustainable rate × recent success × how little it would be wasted × the weight
//! that the person gave its credential.
//!
//! * The **sustainable rate** is how many requests of this size a second the offer could serve until its limits
//!   turn: the least of remaining / time to reset, where what several offers share counts for each of them
//!   only by its part. Drawing in proportion to it lets all pools run dry together.
//!   The square root tempers that, so that a provider with a hundred times the quota gets ten times the
//!   traffic: quotas are only promises, and variety is what the person asked for.
//! * **Waste**: an able model (sees pictures, holds long prompts, scores high) that is scarce is drawn less
//!   often for small requests that need none of that.
//! * The **last call** of a scarce, able model until its limit turns is left to those who need the model: a small
//!   request takes it only where hardly anything else is left.
//! * An offer of which the request would take **too much** is hardly ever drawn: others want what it would take, and
//!   need less of it.
//! * An offer of which it would take **little**, while others want it too and what they leave is lost within minutes, is drawn
//!   more often: small requests go where size counts, and leave to large ones those who count requests.
//! * An offer whose guessed rest is only half over is tried early, at a tenth of its chance.
//!
//! Only `+ - * /` and the square root are used: the same on every platform.

use crate::catalog::Offer;
use crate::eligible::surplus;
use crate::quota::Meter;
use crate::requirements::Requirements;

/// Requests a second assumed of an offer with no limit: 30 a minute, the usual free allowance.
pub const UNLIMITED_RATE: f64 = 0.5;
/// Requests a second below which an offer counts as scarce: 864 a day.
pub const SCARCE_RATE: f64 = 0.01;
/// More than this a second makes no difference.
const FASTEST: f64 = 10.0;
/// Less than this (one in eleven days) makes no difference: weights stay above zero.
const SLOWEST: f64 = 1e-6;
/// Prompts of so many tokens are not small.
const LARGE_PROMPT: f64 = 16_000.0;
/// The share of its chance that an offer gets while it is tried early.
pub(crate) const EARLY: f64 = 0.1;

/// The share of its chance that the last call of a scarce, able model keeps for requests that do not need it.
const LAST: f64 = 1e-6;
/// An offer of whose limit a request takes little is drawn at most so much more often than others.
const EASIEST: f64 = 16.0;
/// The share of its chance that an offer gets from a request that would take too much of a limit that others want too.
pub(crate) const DEAR: f64 = 1e-4;
/// A surplus of ability below this is none: quality is a rough number.
const LITTLE: f64 = 0.5;

/// What the pool knows of an eligible offer at the moment of a draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// Requests of this size a second until its limits turn, shared limits by its part; `None` without
    /// limits.
    pub rate: Option<f64>,
    /// Its recent success, above 0 and at most 1.
    pub success: f64,
    /// Whether no second request of this size would fit until a limit turns.
    pub last: bool,
    /// Whether it would be tried before its guessed rest is over.
    pub early: bool,
    /// The limit of which the request would take more than it should, as others want it too.
    pub dear: Option<Meter>,
    /// Whether a day's requests are spent faster than they last.
    pub spent: bool,
    /// How often what the request takes goes into what it should take at most, where others want it too and what they leave
    /// is lost within minutes; 1 elsewhere.
    pub ease: f64,
}

/// The weight of an offer under the strategy `balanced`: above zero and finite.
#[must_use]
pub fn balanced(chance: Chance, requirements: &Requirements, offer: &Offer) -> f64 {
    let rate = chance.rate.unwrap_or(UNLIMITED_RATE).clamp(SLOWEST, FASTEST);
    let early = if chance.early { EARLY } else { 1.0 };
    let last = if is_kept_back(chance, requirements, offer) { LAST } else { 1.0 };
    let dear = if chance.dear.is_some() { DEAR } else { 1.0 };
    rate.sqrt()
        * chance.success.clamp(0.001, 1.0)
        * thrift(rate, requirements, offer)
        * early
        * dear
        * chance.ease.clamp(1.0, EASIEST)
        * last
        * offer.weight
}

/// Whether it is the last call of a scarce model that can more than the request needs.
pub(crate) fn is_kept_back(chance: Chance, requirements: &Requirements, offer: &Offer) -> bool {
    chance.last
        && chance.rate.is_some_and(|rate| rate < SCARCE_RATE)
        && f64::from(requirements.prompt_tokens) < LARGE_PROMPT
        && surplus(requirements, offer) > LITTLE
}

/// 1 where nothing would be wasted, down to a quarter: `1 / (1 + surplus * small * scarce)`, where
/// `scarce` is `SCARCE_RATE / (SCARCE_RATE + rate)`, written with one division.
fn thrift(rate: f64, requirements: &Requirements, offer: &Offer) -> f64 {
    let small = 1.0 - (f64::from(requirements.prompt_tokens) * (1.0 / LARGE_PROMPT)).min(1.0);
    let sum = SCARCE_RATE + rate;
    sum / (sum + surplus(requirements, offer) * small * SCARCE_RATE)
}
