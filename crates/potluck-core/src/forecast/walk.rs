//! The walk of a client who asks for as much as there is, every minute.
//!
//! Steps in which nothing comes back are alike until some stock runs short: they are taken together, so that two days
//! are a few dozen steps for most pools.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::forecast::tank::{Back, Kind, STEP, Tank, step_of};
use crate::forecast::{Cause, Prospect, Reset};
use crate::quota::Outlook;
use crate::time::Moment;

/// Two days, and the hour that one of them can be longer: a reset that is a day away is followed to the next.
const STEPS: u32 = 49 * 60;
const HOUR: u32 = 60;
const DAY: u32 = 24 * 60;

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) hour: u64,
    pub(super) today: u64,
    pub(super) day: u64,
    pub(super) unlimited: usize,
    pub(super) resets: Vec<Reset>,
}

/// Requests that can be let through this moment.
pub(super) fn at_once(prospect: &Prospect) -> u64 {
    let open = |counter: &Outlook| match counter.blocked {
        Some(_) => 0,
        None => counter.free,
    };
    let mut left: Vec<u64> = prospect.counters.iter().map(open).collect();
    let ready = prospect.offers.iter().filter(|offer| offer.rests.is_none());
    ready.map(|offer| pour(&offer.takes, &mut left)).fold(0, u64::saturating_add)
}

/// Gives an offer as many requests as what is left of its counters holds.
fn pour(takes: &[(usize, u64)], left: &mut [u64]) -> u64 {
    let room = |(counter, amount): &(usize, u64)| {
        left.get(*counter).map_or(u64::MAX, |left| left / (*amount).max(1))
    };
    let Some(served) = takes.iter().map(room).min().filter(|served| *served != u64::MAX) else {
        return 0;
    };
    for (counter, amount) in takes {
        if let Some(left) = left.get_mut(*counter).filter(|left| **left != u64::MAX) {
            *left = left.saturating_sub(amount.saturating_mul(served));
        }
    }
    served
}

/// Walks two days. Today ends at `day_ends`.
pub(super) fn walk(prospect: &Prospect, day_ends: Moment) -> Walked {
    let mut walk = Walk::new(prospect, step_of(day_ends, prospect.now));
    let mut step = 0;
    while step < STEPS {
        walk.come_back(step);
        let flow = walk.flow(step);
        let many = walk.alike(step, &flow);
        walk.serve(step, many, &flow);
        step += many;
    }
    walk.finish()
}

struct Walk<'a> {
    prospect: &'a Prospect,
    tanks: Vec<Tank>,
    /// Those with a limit over time, in the order in which they are given requests: whose stock lasts longest first,
    /// so that what is scarce is there when the rest is short.
    order: Vec<usize>,
    /// By offer: the step before which it rests.
    rests: Vec<u32>,
    /// By step: what comes back.
    coming: BTreeMap<u32, Vec<Coming>>,
    /// By offer: what it last got back, a position in `resets`.
    since: Vec<Option<usize>>,
    /// By offer: whether it could serve nothing at the last step.
    dry: Vec<bool>,
    resets: Vec<Reset>,
    known: BTreeMap<(Moment, Cause), usize>,
    today: u32,
    found: Walked,
}

enum Coming {
    Back(usize, Back),
    Rested(usize),
    /// Nothing but a reason to look again.
    Open,
}

impl<'a> Walk<'a> {
    fn new(prospect: &'a Prospect, today: u32) -> Self {
        let now = prospect.now;
        let tanks: Vec<Tank> = prospect.counters.iter().map(|c| Tank::new(c, now)).collect();
        let limited = |takes: &[(usize, u64)]| {
            takes.iter().any(|(at, _)| tanks.get(*at).is_some_and(Tank::limits))
        };
        let mut order: Vec<usize> = (0..prospect.offers.len())
            .filter(|at| prospect.offers.get(*at).is_some_and(|offer| limited(&offer.takes)))
            .collect();
        order.sort_by_key(|at| std::cmp::Reverse(stock(prospect, &tanks, *at)));
        let rest = |rests: Option<Moment>| rests.map_or(0, |until| step_of(until, now));
        let offers = prospect.offers.len();
        let mut walk = Self {
            prospect,
            found: Walked { unlimited: offers - order.len(), ..Walked::default() },
            order,
            rests: prospect.offers.iter().map(|offer| rest(offer.rests)).collect(),
            coming: BTreeMap::new(),
            since: vec![None; offers],
            dry: vec![true; offers],
            resets: Vec::new(),
            known: BTreeMap::new(),
            today,
            tanks,
        };
        walk.expect();
        walk
    }

    /// Everything that comes back by itself.
    fn expect(&mut self) {
        for (at, (tank, counter)) in self.tanks.iter().zip(&self.prospect.counters).enumerate() {
            for (step, back) in tank.returns(counter, self.prospect.now, STEPS) {
                self.coming.entry(step).or_default().push(Coming::Back(at, back));
            }
            if tank.shut > 0 {
                self.coming.entry(tank.shut).or_default().push(Coming::Open);
            }
        }
        for (at, step) in self.rests.iter().enumerate().filter(|(_, step)| **step > 0) {
            self.coming.entry(*step).or_default().push(Coming::Rested(at));
        }
    }

    fn come_back(&mut self, step: u32) {
        while let Some(first) = self.coming.first_entry().filter(|first| *first.key() <= step) {
            for coming in first.remove() {
                match coming {
                    Coming::Back(tank, back) => self.refill(tank, &back, step),
                    Coming::Rested(offer) => {
                        self.credit(&[offer], self.hour_of(step), &Cause::Rest);
                    }
                    Coming::Open => {}
                }
            }
        }
    }

    fn refill(&mut self, tank: usize, back: &Back, step: u32) {
        if let Some(tank) = self.tanks.get_mut(tank) {
            tank.refill(back);
        }
        let whose = |at: &usize| {
            self.prospect.offers.get(*at).is_some_and(|o| o.takes.iter().any(|(of, _)| *of == tank))
        };
        match back {
            Back::Turn { at, unit, zone } => {
                let whose: Vec<usize> = self.order.iter().copied().filter(whose).collect();
                let zone = zone.iana_name().map(str::to_owned);
                self.credit(&whose, *at, &Cause::Turn { unit: *unit, zone });
            }
            Back::Portion(_) => {
                let dry = |at: &usize| whose(at) && self.dry.get(*at).is_some_and(|dry| *dry);
                let whose: Vec<usize> = self.order.iter().copied().filter(dry).collect();
                self.credit(&whose, self.hour_of(step), &Cause::Return);
            }
        }
    }

    /// What these serve from now on is owed to what came back.
    fn credit(&mut self, whose: &[usize], at: Moment, cause: &Cause) {
        if whose.is_empty() {
            return;
        }
        let Self { resets, known, .. } = self;
        let reset = *known.entry((at, cause.clone())).or_insert_with(|| {
            resets.push(Reset { at, cause: cause.clone(), offers: Vec::new(), more: 0 });
            resets.len() - 1
        });
        for at in whose {
            let offer = self.prospect.offers.get(*at).map(|offer| offer.offer);
            let reached = resets.get_mut(reset).map(|reset| &mut reset.offers);
            if let (Some(since), Some(offer), Some(reached)) =
                (self.since.get_mut(*at), offer, reached)
                && *since != Some(reset)
            {
                *since = Some(reset);
                reached.push(offer);
            }
        }
    }

    /// The beginning of the hour from now on that a step falls in; now itself is no hour to come.
    fn hour_of(&self, step: u32) -> Moment {
        let hour = i64::from(step / HOUR * HOUR) * STEP;
        Moment::from_millis(self.prospect.now.as_millis().saturating_add(hour))
    }

    /// What each is given at a step, in the order of `order`.
    fn flow(&mut self, step: u32) -> Vec<u64> {
        let mut left: Vec<u64> = self.tanks.iter().map(|tank| tank.left(step)).collect();
        let mut flow = Vec::with_capacity(self.order.len());
        for at in &self.order {
            let rests = self.rests.get(*at).is_some_and(|until| step < *until);
            let offer = self.prospect.offers.get(*at).filter(|_| !rests);
            let served = offer.map_or(0, |offer| pour(&offer.takes, &mut left));
            if let Some(dry) = self.dry.get_mut(*at) {
                *dry = served == 0;
            }
            flow.push(served);
        }
        flow
    }

    /// How many steps from this one on are alike.
    fn alike(&self, step: u32, flow: &[u64]) -> u32 {
        let next = self.coming.keys().next().copied().unwrap_or(STEPS).min(STEPS);
        let most = next.saturating_sub(step).max(1);
        if step == 0 {
            return 1;
        }
        if flow.iter().all(|served| *served == 0) {
            return most;
        }
        let used = self.used(flow);
        let lasts = self.tanks.iter().zip(&used).filter(|(_, used)| **used > 0);
        let lasts = lasts.filter_map(|(tank, used)| match tank.kind {
            Kind::Stock { left, slides, .. } => {
                let steps = u32::try_from(left / used).unwrap_or(u32::MAX);
                Some(slides.map_or(steps, |slide| steps.min(slide.portion)))
            }
            Kind::Rate { .. } | Kind::Free => None,
        });
        lasts.min().unwrap_or(most).clamp(1, most)
    }

    /// By tank: what a step takes.
    fn used(&self, flow: &[u64]) -> Vec<u64> {
        let mut used = vec![0u64; self.tanks.len()];
        for (at, served) in self.order.iter().zip(flow) {
            for (tank, amount) in self.prospect.offers.get(*at).into_iter().flat_map(|o| &o.takes) {
                if let Some(used) = used.get_mut(*tank) {
                    *used = used.saturating_add(amount.saturating_mul(*served));
                }
            }
        }
        used
    }

    fn serve(&mut self, step: u32, many: u32, flow: &[u64]) {
        for (at, served) in self.order.iter().zip(flow) {
            let all = served.saturating_mul(u64::from(many));
            let reset = self.since.get(*at).copied().flatten();
            if let Some(reset) = reset.and_then(|reset| self.resets.get_mut(reset)) {
                reset.more = reset.more.saturating_add(all);
            }
        }
        let each = flow.iter().fold(0u64, |sum, served| sum.saturating_add(*served));
        let until = |end: u32| each.saturating_mul(u64::from(end.saturating_sub(step).min(many)));
        let found = &mut self.found;
        found.hour = found.hour.saturating_add(until(HOUR));
        found.today = found.today.saturating_add(until(self.today));
        found.day = found.day.saturating_add(until(DAY));
        self.spend(step, many, &self.used(flow));
    }

    fn spend(&mut self, step: u32, many: u32, used: &[u64]) {
        for (at, (tank, used)) in self.tanks.iter_mut().zip(used).enumerate() {
            let all = used.saturating_mul(u64::from(many));
            tank.take(all);
            if let Kind::Stock { slides: Some(slide), .. } = tank.kind
                && all > 0
            {
                let back = slide.back_after(step + many - 1);
                self.coming.entry(back).or_default().push(Coming::Back(at, Back::Portion(all)));
            }
        }
    }

    fn finish(self) -> Walked {
        let Self { mut found, mut resets, prospect, .. } = self;
        let end = prospect.now.after(Duration::from_hours(24));
        resets.retain(|reset| reset.more > 0 && reset.at <= end);
        resets.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.cause.cmp(&b.cause)));
        for reset in &mut resets {
            reset.offers.sort_unstable();
            reset.offers.dedup();
        }
        found.resets = resets;
        found
    }
}

/// Requests until the shortest stock of an offer is gone.
fn stock(prospect: &Prospect, tanks: &[Tank], at: usize) -> u64 {
    let takes = prospect.offers.get(at).map(|offer| offer.takes.as_slice()).unwrap_or_default();
    let stocks = takes.iter().filter_map(|(tank, amount)| match tanks.get(*tank)?.kind {
        Kind::Stock { left, .. } => Some(left / (*amount).max(1)),
        Kind::Rate { .. } | Kind::Free => None,
    });
    stocks.min().unwrap_or(u64::MAX)
}

/// The order in which the walk gives requests to offers.
#[cfg(test)]
pub(super) fn order(prospect: &Prospect) -> Vec<crate::catalog::OfferIndex> {
    let order = Walk::new(prospect, 0).order;
    order.iter().map(|at| prospect.offers[*at].offer).collect()
}
