//! How the limits of an offer stand, for one request.
//!
//! A draw comes here for every limit of every offer. So the common case, that a limit holds what the request takes, reads the
//! gauge alone; why one does not is asked of the counter itself.

use crate::exclusion::Exclusion;
use crate::pool::arena::Place;
use crate::pool::check::{Look, longer};
use crate::pool::layout::Lane;
use crate::quota::{Gauge, Meter, Needs};
use crate::time::Moment;

/// How the limits of an offer stand.
pub(super) struct Quota {
    /// Requests of this size a second until the first limit turns; infinite without limits.
    pub(super) rate: f64,
    /// What is used up, and is so for longest.
    pub(super) dry: Option<Exclusion>,
    /// Something is used up, and nobody knows until when.
    pub(super) busy: bool,
    /// No second request of this size would fit.
    pub(super) last: bool,
    /// The last limit of which the request would take more than it should.
    pub(super) dear: Option<Meter>,
    /// A day's requests are spent faster than they last.
    pub(super) spent: bool,
    /// How often what the request takes goes into what it should take at most of what flows.
    pub(super) ease: f64,
}

impl Look<'_> {
    /// How the limits stand. Fails where the request is more than a limit ever holds.
    #[inline(always)]
    pub(super) fn quota(&self, lane: &Lane, needs: &Needs) -> Result<Quota, Exclusion> {
        let mut quota = Quota::FREE;
        for place in self.layout.buckets_of(lane) {
            let Some(gauge) = self.gauges.get(place.slot()) else { continue };
            let need = needs.of(gauge.meter);
            if need == 0 {
                continue;
            }
            if need <= gauge.free {
                quota.draw_on(gauge, need);
                continue;
            }
            match self.lack(*place, gauge, need) {
                Exclusion::Busy => quota.busy = true,
                never @ Exclusion::ExceedsLimit { .. } => return Err(never),
                dry => quota.dry = longer(quota.dry, dry),
            }
        }
        Ok(quota)
    }

    /// Why a limit does not hold what the request needs.
    #[cold]
    fn lack(&self, place: Place, gauge: &Gauge, need: u64) -> Exclusion {
        let (meter, have) = (gauge.meter, gauge.capacity);
        if need > have {
            return Exclusion::ExceedsLimit { meter, have, need };
        }
        let Some(bucket) = self.states.buckets.get(place) else { return Exclusion::Busy };
        let is_granted = gauge.remaining < need || bucket.lease() >= need;
        // what others hold who share the count is back as soon as they hear that it is wanted
        let is_lent = |until: &Moment| bucket.is_shared() && *until <= self.now;
        let back = bucket.free_at(need, self.now).filter(|until| is_granted && !is_lent(until));
        let Some(until) = back else { return Exclusion::Busy };
        if bucket.remaining(self.now) < need {
            Exclusion::OutOfQuota { meter, until }
        } else {
            Exclusion::TooMuchForOne { meter, until }
        }
    }
}

impl Quota {
    /// Of an offer without limits.
    const FREE: Self = Self {
        rate: f64::INFINITY,
        dry: None,
        busy: false,
        last: false,
        dear: None,
        spent: false,
        ease: 1.0,
    };

    /// A limit holds what the request needs.
    #[inline]
    fn draw_on(&mut self, gauge: &Gauge, need: u64) {
        if gauge.rate == f64::INFINITY {
            return;
        }
        self.last |= gauge.remaining - need < need;
        // A division is the dearest step here, and requests count one by one.
        let over = |amount: f64| if need == 1 { amount } else { amount / float(need) };
        self.rate = least(self.rate, over(gauge.rate));
        if need > gauge.most {
            self.spare(gauge.meter);
        } else if gauge.flow && gauge.most != Gauge::ALL {
            self.ease = most(self.ease, over(float(gauge.most)));
        }
    }

    /// The request takes more of a limit than it should.
    const fn spare(&mut self, meter: Meter) {
        if matches!(meter, Meter::Requests | Meter::Images) {
            self.spent = true;
        } else {
            self.dear = Some(meter);
        }
    }
}

/// The smaller of two numbers, of which none is "not a number": in one step, where [`f64::min`] takes several.
const fn least(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// The larger of two such numbers.
const fn most(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}

#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than a few digits")]
const fn float(amount: u64) -> f64 {
    amount as f64
}
