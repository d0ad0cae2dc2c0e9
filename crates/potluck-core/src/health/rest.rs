//! Resting, probation and retirement: one state machine for every scope.

use std::time::Duration;

use crate::outcome::Class;
use crate::time::Moment;

/// How long a guessed rest lasts: the first time, and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// After the first failure.
    pub base: Duration,
    /// However often it fails.
    pub cap: Duration,
}

/// How long rests last.
///
/// The bases follow the field: 5 s after a broken answer of a server (Linkerd, Finagle, LiteLLM), 15 s after
/// a throttle without a time (between LiteLLM's 5 s and Helicone's 30 s). A stated time has a floor of 1 s
/// and a cap of 24 h (Busbar).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooling {
    /// A throttle for which no time was given.
    pub rate_limited: Bounds,
    /// A day's or month's quota that is gone, no time given and no window known.
    pub quota_spent: Bounds,
    /// Overloaded, broken, refused.
    pub overloaded: Bounds,
    /// Too late.
    pub too_slow: Bounds,
    /// Empty, cut, garbage.
    pub bad_answer: Bounds,
    /// Refused a request that it should be able to serve, and did not say what was wrong with it.
    pub does_not_fit: Bounds,
    /// Least that a stated time is taken for.
    pub stated_floor: Duration,
    /// Most that a stated time is taken for.
    pub stated_cap: Duration,
    /// So many overloaded offers of one provider (throttled offers of one account) ...
    pub provider_after: u32,
    /// ... within this time, with no success between, let the whole provider (account) rest.
    pub provider_within: Duration,
}

impl Default for Cooling {
    fn default() -> Self {
        let bounds =
            |base, cap| Bounds { base: Duration::from_secs(base), cap: Duration::from_secs(cap) };
        Self {
            rate_limited: bounds(15, 300),
            quota_spent: bounds(900, 6 * 3600),
            overloaded: bounds(5, 600),
            too_slow: bounds(15, 900),
            bad_answer: bounds(10, 600),
            does_not_fit: bounds(30, 600),
            stated_floor: Duration::from_secs(1),
            stated_cap: Duration::from_hours(24),
            provider_after: 3,
            provider_within: Duration::from_secs(30),
        }
    }
}

impl Cooling {
    /// The bounds of a guess about `class`.
    #[must_use]
    pub const fn bounds(&self, class: Class) -> Bounds {
        match class {
            Class::RateLimited => self.rate_limited,
            Class::QuotaSpent => self.quota_spent,
            Class::TooSlow => self.too_slow,
            Class::BadAnswer => self.bad_answer,
            Class::DoesNotFit | Class::ClientFault | Class::ClientLeft => self.does_not_fit,
            Class::Overloaded | Class::NotFree | Class::CredentialRefused => self.overloaded,
        }
    }

    /// A stated time within its floor and cap.
    #[must_use]
    pub fn stated(&self, said: Duration) -> Duration {
        said.min(self.stated_cap).max(self.stated_floor)
    }

    fn guess(&self, class: Class, repeats: u32) -> Duration {
        let bounds = self.bounds(class);
        bounds.base.saturating_mul(1 << repeats.min(20)).min(bounds.cap)
    }
}

/// How one offer, account or provider stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    rest: Option<Rest>,
    /// Guesses in a row, each ended by a failed probe.
    repeats: u32,
    retired: Option<(Class, Moment)>,
    /// Since when one request is trying it.
    probing: Option<Moment>,
    /// When it last came back from a rest.
    cleared: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rest {
    class: Class,
    since: Moment,
    until: Moment,
    stated: bool,
}

/// A [`Standing`] as it is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptStanding {
    /// Its rest, running or over.
    pub rest: Option<KeptRest>,
    /// Guesses in a row, each ended by a failed probe.
    pub repeats: u32,
    /// Out for good: why, and since when.
    pub retired: Option<(Class, Moment)>,
}

/// A rest as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptRest {
    /// How it failed.
    pub class: Class,
    /// Since when.
    pub since: Moment,
    /// Until when.
    pub until: Moment,
    /// Whether the provider said so long.
    pub stated: bool,
}

/// A [`Standing`] at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing speaks against it.
    Available,
    /// It rests.
    Cooling {
        /// How it failed.
        class: Class,
        /// Until when.
        until: Moment,
        /// Whether the provider said so long.
        stated: bool,
        /// A guess of which half is over: one request may try it.
        may_probe: bool,
    },
    /// The rest is over: one request may try it.
    Probation,
    /// One request is trying it.
    Probing,
    /// For good.
    Retired(Class),
}

/// A probe that nobody reported on for so long is given up: its request has long passed any deadline.
const PROBE_LOST: Duration = Duration::from_mins(15);

/// Lists of models change about daily.
const RECONSIDERED: Duration = Duration::from_hours(24);

impl Standing {
    /// How it stands at `now`.
    #[must_use]
    pub fn state(&self, now: Moment) -> State {
        if let Some((class, _)) = self.retired {
            return State::Retired(class);
        }
        let Some(rest) = self.rest else { return State::Available };
        let probing = self.probing.is_some_and(|since| now.since(since) < PROBE_LOST);
        if now < rest.until {
            let half = rest.since.after(rest.until.since(rest.since) / 2);
            let may_probe = !rest.stated && !probing && now >= half;
            let Rest { class, until, stated, .. } = rest;
            return State::Cooling { class, until, stated, may_probe };
        }
        match (rest.class.counts_against_health() || self.repeats > 0, probing) {
            (false, _) => State::Available,
            (true, false) => State::Probation,
            (true, true) => State::Probing,
        }
    }

    /// Since when it has stood like this, where it is not simply available.
    #[must_use]
    pub fn since(&self) -> Option<Moment> {
        self.retired.map(|(_, since)| since).or(self.rest.map(|rest| rest.since)).or(self.cleared)
    }

    /// Begins a probe where one is due; whether this request is it.
    pub(crate) fn begin_probe(&mut self, now: Moment) -> bool {
        let due = match self.state(now) {
            State::Probation => true,
            State::Cooling { may_probe, .. } => may_probe,
            State::Available | State::Probing | State::Retired(_) => false,
        };
        if due {
            self.probing = Some(now);
        }
        due
    }

    /// The probe ended without teaching anything: the next request may try.
    pub(crate) fn end_probe(&mut self) {
        self.probing = None;
    }

    /// It served a request that was admitted at `admitted`.
    ///
    /// Ends a guess. Does not end a stated rest that is still running, nor one that began after the
    /// request had been admitted: that success is older news than the failure.
    pub(crate) fn succeed(&mut self, admitted: Moment, probe: bool, now: Moment) {
        if probe {
            self.probing = None;
        }
        let Some(rest) = self.rest else { return };
        let running = now < rest.until;
        if running && (rest.stated || (!probe && admitted <= rest.since)) {
            return;
        }
        self.rest = None;
        self.repeats = 0;
        self.probing = None;
        self.cleared = Some(now);
    }

    /// The provider said how long.
    pub(crate) fn rest_stated(&mut self, class: Class, until: Moment, now: Moment) {
        self.probing = None;
        let earlier = self.rest.filter(|rest| rest.stated).map(|rest| rest.until);
        let until = earlier.map_or(until, |earlier| earlier.max(until));
        self.rest = Some(Rest { class, since: now, until, stated: true });
    }

    /// Nobody said how long. A failure of a request that was admitted before the present rest began tells
    /// nothing new and doubles nothing.
    pub(crate) fn rest_guess(
        &mut self,
        class: Class,
        cooling: &Cooling,
        admitted: Moment,
        now: Moment,
    ) {
        self.probing = None;
        if let Some(rest) = self.rest {
            if now < rest.until && (rest.stated || admitted <= rest.since) {
                return;
            }
            self.repeats = if self.is_stale(now, cooling) { 0 } else { self.repeats + 1 };
        }
        let until = now.after(cooling.guess(class, self.repeats));
        self.rest = Some(Rest { class, since: now, until, stated: false });
    }

    /// What it rested for is over, as far as can be told without a request: the next one may try it.
    pub(crate) fn wake(&mut self, now: Moment) {
        if let Some(rest) = self.rest.as_mut().filter(|rest| !rest.stated) {
            rest.until = rest.until.min(now);
        }
    }

    /// What it rested for goes on.
    pub(crate) fn rest_on(&mut self, cooling: &Cooling, now: Moment) {
        if let Some(rest) = self.rest {
            self.rest_guess(rest.class, cooling, now, now);
        }
    }

    /// Nobody asked for so long after the rest that the streak means nothing any more.
    fn is_stale(&self, now: Moment, cooling: &Cooling) -> bool {
        self.rest.is_some_and(|rest| now.since(rest.until) > cooling.bounds(rest.class).cap * 2)
    }

    /// It is out for good.
    pub(crate) fn retire(&mut self, class: Class, now: Moment) {
        self.probing = None;
        self.retired.get_or_insert((class, now));
    }

    /// Forgets everything: the catalog or the person says that things are different now.
    pub(crate) fn restore(&mut self) {
        *self = Self::default();
    }

    /// As it is written down; `None` where nothing stands against it.
    pub(crate) fn keep(&self) -> Option<KeptStanding> {
        let rest = self.rest.map(|Rest { class, since, until, stated }| KeptRest {
            class,
            since,
            until,
            stated,
        });
        let kept = KeptStanding { rest, repeats: self.repeats, retired: self.retired };
        (kept != KeptStanding::default()).then_some(kept)
    }

    /// Takes over what was written down before a restart.
    pub(crate) fn recall(&mut self, kept: &KeptStanding) {
        let KeptStanding { rest, repeats, retired } = *kept;
        let rest = rest.map(|KeptRest { class, since, until, stated }| Rest {
            class,
            since,
            until,
            stated,
        });
        *self = Self { rest, repeats, retired, probing: None, cleared: None };
    }

    /// After a restart nobody knows what lists said in between: a retirement that is older than a day is asked
    /// about once more.
    pub(crate) fn reconsider(&mut self, now: Moment) {
        self.retired = self.retired.filter(|(_, since)| now.since(*since) < RECONSIDERED);
    }

    /// The clock was set `by` milliseconds forward, or back below zero.
    pub(crate) fn shift(&mut self, by: i64) {
        if let Some(rest) = &mut self.rest {
            rest.since = rest.since.moved(by);
            rest.until = rest.until.moved(by);
        }
        for moment in [&mut self.probing, &mut self.cleared].into_iter().flatten() {
            *moment = moment.moved(by);
        }
        self.retired = self.retired.map(|(class, since)| (class, since.moved(by)));
    }
}

#[cfg(test)]
mod tests;
