//! Those who wait in potluck's line, as its queue lets them.

use std::collections::BTreeMap;

use potluck::house::may_wait;
use potluck_core::catalog::OfferIndex;
use potluck_core::exclusion::Exclusion;
use potluck_core::line::{Line, Place};
use potluck_core::requirements::Priority;
use potluck_core::time::Moment;

#[derive(Debug, Default)]
pub(crate) struct Waiting {
    line: Line,
    jobs: BTreeMap<Place, usize>,
}

/// What can be done for one who waits.
pub(crate) enum Found {
    /// It was given an offer.
    Turn,
    /// Nobody is back in time.
    Never,
    /// Somebody is back then, or nobody can say when.
    Later(Option<Moment>),
}

impl Waiting {
    pub(crate) fn enter(&mut self, client: usize, which: usize) {
        let place = self.line.enter(Priority::Interactive, &client.to_string());
        self.jobs.insert(place, which);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Everybody, whose turn it is first.
    pub(crate) fn order(&self) -> Vec<(Place, usize)> {
        let all = self.line.order().into_iter();
        all.filter_map(|place| Some((place, *self.jobs.get(&place)?))).collect()
    }

    pub(crate) fn serve(&mut self, place: Place) {
        self.jobs.remove(&place);
        self.line.serve(place);
    }

    pub(crate) fn leave(&mut self, place: Place) {
        self.jobs.remove(&place);
        self.line.leave(place);
    }
}

/// When the first of those who cannot serve now can.
pub(crate) fn when_back(excluded: &[(OfferIndex, Exclusion)], until: Moment) -> Found {
    if !may_wait(excluded, until) {
        return Found::Never;
    }
    let passing = excluded.iter().filter(|(_, exclusion)| exclusion.passes());
    Found::Later(passing.filter_map(|(_, exclusion)| exclusion.ends()).min())
}
