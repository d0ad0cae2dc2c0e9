//! What the holder of a client key may: whom to ask for, on which terms, and how much.
//!
//! Rights are added to what a request wishes and are never relaxed by it. This room does not know who holds a key, how
//! a key is told from another, or where counts are kept.
//!
//! | file | what it holds |
//! |---|---|
//! | `permit` | which names may be asked for |
//! | `tally` | how much was used of the limits, and today |

mod permit;
mod tally;

use std::sync::Arc;
use std::time::Duration;

pub use permit::Permit;
pub use tally::{Denied, Per, Reservation, Spent, Tally, Today, Usual};

use crate::catalog::{Catalog, Offer, OfferIndex};
use crate::quota::Meter;
use crate::requirements::{Priority, Wishes};

/// What the holder of a key may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Which names may be asked for; `None`: all.
    pub permit: Option<Arc<Permit>>,
    /// Only providers that say they do not train on prompts.
    pub no_training: bool,
    /// The best place in the line that may be asked for.
    pub priority: Priority,
    /// How long all attempts at a request may take, where it asks for no less.
    pub deadline: Option<Duration>,
    /// How much.
    pub limits: Limits,
}

/// How much a key may use; what is `None` has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any minute.
    pub requests_per_minute: Option<u64>,
    /// Requests from one midnight to the next, in UTC.
    pub requests_per_day: Option<u64>,
    /// Tokens read and written in any minute.
    pub tokens_per_minute: Option<u64>,
    /// Tokens read and written from one midnight to the next, in UTC.
    pub tokens_per_day: Option<u64>,
}

impl Limits {
    /// Those that are set: what each counts, over what, and how much there is.
    pub fn set(&self) -> impl Iterator<Item = (Meter, Per, u64)> + use<> {
        [
            (Meter::Requests, Per::Minute, self.requests_per_minute),
            (Meter::Requests, Per::Day, self.requests_per_day),
            (Meter::Tokens, Per::Minute, self.tokens_per_minute),
            (Meter::Tokens, Per::Day, self.tokens_per_day),
        ]
        .into_iter()
        .filter_map(|(meter, per, amount)| Some((meter, per, amount?)))
    }
}

impl Rights {
    /// For every offer of `catalog`, whether it can ever serve a request of the holder.
    #[must_use]
    pub fn reach(&self, catalog: &Catalog) -> Vec<bool> {
        let named = self.permit.as_deref().map(|permit| catalog.permitted(permit));
        let may = |(index, offer): (OfferIndex, &Offer)| {
            let named = named.as_ref().is_none_or(|all| all.get(index.0 as usize) == Some(&true));
            named && (!self.no_training || catalog.provider(offer.provider).keeps_prompts())
        };
        catalog.enumerate().map(may).collect()
    }

    /// What a person should hear of them in `catalog`: names that mean nothing now, pools to which nobody belongs, and
    /// that nobody at all could serve the holder.
    #[must_use]
    pub fn notes(&self, catalog: &Catalog) -> Vec<String> {
        let permit = self.permit.as_deref();
        let mut notes = permit.map(|permit| permit.notes(catalog)).unwrap_or_default();
        let reach = self.reach(catalog);
        if notes.is_empty() && !reach.is_empty() && !reach.contains(&true) {
            let floor = "of those that it may name, nobody says that they do not train on prompts: nobody can serve it now";
            notes.push(floor.to_owned());
        }
        notes
    }

    /// Adds them to what a request wishes: the stricter of both holds.
    pub fn bind(&self, wishes: &mut Wishes) {
        wishes.no_training |= self.no_training;
        wishes.priority = wishes.priority.max(self.priority);
        wishes.deadline = [wishes.deadline, self.deadline].into_iter().flatten().min();
        wishes.permit.clone_from(&self.permit);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Privacy;
    use crate::fixture::Stock;

    #[test]
    fn what_can_be_reached_is_named_and_keeps_to_the_floor() {
        let stock = Stock::default().offer("a/m", "m").offer("b/m", "m").offer("b/n", "n");
        let mut catalog = Catalog::clone(&stock.offer("c/n", "n").done());
        let says = [("a", Privacy::NoTraining), ("b", Privacy::Trains), ("c", Privacy::Unclear)];
        for (provider, (id, privacy)) in catalog.providers.iter_mut().zip(says) {
            assert_eq!(provider.id.as_str(), id);
            (provider.privacy, provider.local) = (privacy, false);
        }
        let reach = |models: &[&str], no_training| {
            let models = models.iter().map(|name| (*name).to_owned()).collect();
            let permit = Permit::of(Vec::new(), models).map(Arc::new);
            Rights { permit, no_training, ..Rights::default() }.reach(&catalog)
        };
        assert_eq!(reach(&[], false), [true; 4]);
        assert_eq!(reach(&["m"], false), [true, true, false, false]);
        assert_eq!(reach(&[], true), [true, false, false, false]);
        assert_eq!(reach(&["n"], true), [false; 4]);
        let notes = |models: &[&str], no_training| {
            let models = models.iter().map(|name| (*name).to_owned()).collect();
            let permit = Permit::of(Vec::new(), models).map(Arc::new);
            Rights { permit, no_training, ..Rights::default() }.notes(&catalog).join("; ")
        };
        assert_eq!(notes(&["m"], true), "");
        assert_eq!(
            notes(&["a/n"], false),
            "no model is called \"a/n\" here now; did you mean \"b/n\"?"
        );
        assert!(notes(&["n"], true).contains("nobody can serve it now"));
        let Some(last) = catalog.providers.last_mut() else { return };
        last.local = true;
        let floor = Rights { no_training: true, ..Rights::default() };
        assert_eq!(floor.reach(&catalog), [true, false, false, true], "what is here trains nobody");
    }

    proptest! {
        /// Whatever a request wishes, it never has more than its key.
        #[test]
        fn a_request_relaxes_nothing(floor: bool, asked: bool, late: bool, later: bool, named: bool,
            most in proptest::option::of(1u64..3600), wished in proptest::option::of(1u64..3600)) {
            let priority = |batch| if batch { Priority::Batch } else { Priority::Interactive };
            let permit = named.then(|| Arc::new(Permit::default()));
            let (most, wished) = (most.map(Duration::from_secs), wished.map(Duration::from_secs));
            let rights = Rights {
                permit: permit.clone(), no_training: floor, priority: priority(late), deadline: most,
                limits: Limits::default(),
            };
            let mut wishes = Wishes {
                no_training: asked, priority: priority(later), deadline: wished, ..Wishes::default()
            };
            rights.bind(&mut wishes);
            prop_assert_eq!(wishes.no_training, floor || asked);
            prop_assert_eq!(wishes.priority, priority(late || later));
            prop_assert_eq!(wishes.permit, permit);
            prop_assert_eq!(wishes.deadline.is_some(), most.is_some() || wished.is_some());
            prop_assert!(wishes.deadline.is_none_or(|left| left <= most.unwrap_or(left)));
            prop_assert!(wishes.deadline.is_none_or(|left| left <= wished.unwrap_or(left)));
        }
    }
}
