//! What limits promise in a day, before anybody has used any of it: for whoever wonders which provider is worth a key.
//!
//! An upper bound. A limit that offers share is counted once. Nothing is said of what is left now: that is the forecast's.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::catalog::{BucketIndex, Catalog, OfferIndex};
use crate::quota::{Limit, Meter, Unit, Window};

const DAY: Duration = Duration::from_hours(24);

/// What offers promise together in a day, of one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// How much, in the meter's own unit.
    pub amount: u64,
    /// Whether limits of a day or longer say so. Else it only follows from limits of minutes or hours, and
    /// nobody has promised it for a day.
    pub daily: bool,
}

/// What these offers promise together in a day; `None` where none of them has a limit of that meter. Offers without one
/// add nothing: nobody knows what they would give.
#[must_use]
pub fn promised(catalog: &Catalog, offers: &[OfferIndex], meter: Meter) -> Option<Promise> {
    let mut rooms: BTreeMap<BucketIndex, u64> = BTreeMap::new();
    let mut promise: Option<Promise> = None;
    for offer in offers {
        let mut own = Vec::new();
        for at in &catalog.offer(*offer).buckets {
            if let Some((room, daily)) = a_day(&catalog.bucket(*at).limit, meter) {
                own.push((*at, *rooms.entry(*at).or_insert(room), !daily));
            }
        }
        let Some((taken, not_daily)) = own.iter().map(|(_, left, not)| (*left, *not)).min() else {
            continue;
        };
        for (at, left, _) in own {
            rooms.insert(at, left.saturating_sub(taken));
        }
        let so_far = promise.unwrap_or(Promise { amount: 0, daily: true });
        promise = Some(Promise {
            amount: so_far.amount.saturating_add(taken),
            daily: so_far.daily && (taken == 0 || !not_daily),
        });
    }
    promise
}

/// What a limit lets through in a day, and whether its own window is that long; `None` when it counts something else.
fn a_day(limit: &Limit, meter: Meter) -> Option<(u64, bool)> {
    if limit.meter != meter {
        return None;
    }
    let length = match &limit.window {
        Window::Sliding { length } => *length,
        Window::Calendar { unit, .. } => match unit {
            Unit::Minute => Duration::from_mins(1),
            Unit::Hour => Duration::from_hours(1),
            Unit::Day => DAY,
            Unit::Month => DAY * 30,
        },
        Window::InFlight => return None,
    };
    let amount = u128::from(limit.amount) * DAY.as_millis() / length.as_millis().max(1);
    Some((u64::try_from(amount).unwrap_or(u64::MAX), length >= DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Stock, calendar, limit, secs, sliding};

    fn stock(limits: &[(&[usize], Limit)]) -> Catalog {
        let stock = Stock::default().offer("p/a", "a").offer("p/b", "b").offer("p/c", "c");
        let mut catalog = (*stock.done()).clone();
        for (offers, limit) in limits {
            let at = BucketIndex(u32::try_from(catalog.buckets.len()).unwrap());
            let key = format!("{}", at.0).into();
            catalog.buckets.push(crate::catalog::Bucket { key, limit: limit.clone() });
            for offer in *offers {
                catalog.offers[*offer].buckets.push(at);
            }
        }
        catalog
    }

    fn told(limits: &[(&[usize], Limit)]) -> Option<(u64, bool)> {
        let catalog = stock(limits);
        let all: Vec<OfferIndex> = catalog.enumerate().map(|(at, _)| at).collect();
        promised(&catalog, &all, Meter::Requests).map(|it| (it.amount, it.daily))
    }

    fn a_day(amount: u64) -> Limit {
        limit(Meter::Requests, amount, calendar(Unit::Day, "UTC"))
    }

    #[test]
    fn what_is_shared_is_counted_once_and_what_is_not_for_each() {
        assert_eq!(told(&[(&[0, 1, 2], a_day(50))]), Some((50, true)));
        assert_eq!(
            told(&[(&[0], a_day(50)), (&[1], a_day(50)), (&[2], a_day(50))]),
            Some((150, true))
        );
        let nested = [(&[0, 1, 2][..], a_day(100)), (&[0][..], a_day(80)), (&[1][..], a_day(10))];
        assert_eq!(told(&nested), Some((100, true)));
        assert_eq!(told(&[(&[0, 1, 2], a_day(1000)), (&[0], a_day(80))]), Some((1000, true)));
    }

    #[test]
    fn a_minute_says_nothing_of_a_day_unless_it_is_all_there_is() {
        let minute = limit(Meter::Requests, 30, sliding(60));
        assert_eq!(told(&[(&[0], minute.clone()), (&[0], a_day(1000))]), Some((1000, true)));
        assert_eq!(told(&[(&[0], minute)]), Some((43_200, false)));
    }

    #[test]
    fn a_month_is_spread_and_what_has_no_limit_adds_nothing() {
        let month = limit(Meter::Requests, 3000, calendar(Unit::Month, "UTC"));
        assert_eq!(told(&[(&[0], month)]), Some((100, true)));
        assert_eq!(told(&[]), None);
        let flight = limit(Meter::Concurrent, 3, Window::InFlight);
        assert_eq!(told(&[(&[0], flight)]), None);
        assert_eq!(
            told(&[(&[0], limit(Meter::Tokens, 9, Window::Sliding { length: secs(60) }))]),
            None
        );
    }
}
