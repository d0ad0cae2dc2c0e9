//! What an attempt teaches about whom. One rule per class; the table is in the design, section 4.

use std::time::Duration;

use crate::health::{Good, Misfit, REMEMBERED, Standing};
use crate::outcome::{Cause, Class, Failure, Outcome, Scope, Settlement, Wait};
use crate::pool::arena::Place;
use crate::pool::state::LastFailure;
use crate::pool::{Pool, Ticket};
use crate::quota::{BucketState, Hold, Meter};
use crate::time::Moment;

impl Pool {
    pub(super) fn learn(&mut self, ticket: &Ticket, settlement: &Settlement, now: Moment) {
        self.mark(ticket, settlement);
        match &settlement.outcome {
            Outcome::Success => self.praise(ticket, settlement, now),
            Outcome::Failure(failure) => {
                self.note(ticket, failure, now);
                self.blame(ticket, failure, now);
                self.end_probes(ticket);
            }
        }
    }

    fn praise(&mut self, ticket: &Ticket, settlement: &Settlement, now: Moment) {
        let tokens = settlement.usage.as_ref().map(|usage| usage.completion);
        if let (Some(usage), Some(family)) =
            (&settlement.usage, self.states.families.get_mut(ticket.family))
            && ticket.is_text
        {
            family.note(ticket.prompt_tokens, usage.prompt);
        }
        if let Some(offer) = self.states.offers.get_mut(ticket.whose.offer) {
            offer.record.attempts += 1;
            offer.record.served += 1;
            offer.success.note(Good::Yes, now);
            let Settlement { first_event, total, streamed, .. } = *settlement;
            offer.record.latency.note(first_event, total, tokens, streamed);
            offer.misfits.served(&ticket.shape, ticket.prompt_tokens, now);
            offer.standing.succeed(ticket.admitted, ticket.probes.offer, now);
        }
        if let Some(credential) = self.states.credentials.get_mut(ticket.whose.credential) {
            credential.standing.succeed(ticket.admitted, ticket.probes.credential, now);
        }
        if let Some(account) = self.states.accounts.get_mut(ticket.whose.account) {
            account.standing.succeed(ticket.admitted, ticket.probes.account, now);
            account.throttled.clear();
        }
        if let Some(provider) = self.states.providers.get_mut(ticket.whose.provider) {
            provider.standing.succeed(ticket.admitted, ticket.probes.provider, now);
            provider.overloaded.clear();
        }
    }

    /// Keeps the evidence.
    fn note(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) {
        let Some(offer) = self.states.offers.get_mut(ticket.whose.offer) else { return };
        offer.record.attempts += 1;
        *offer.record.failures.entry(failure.class.word()).or_default() += 1;
        if failure.class.counts_against_health() {
            offer.success.note(Good::No, now);
        }
        if failure.class != Class::ClientLeft {
            let Failure { class, status, detail, .. } = failure;
            let (class, status, detail) = (*class, *status, detail.clone());
            offer.record.last_failure = Some(LastFailure { class, status, detail, at: now });
        }
    }

    fn blame(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) {
        match failure.class {
            Class::RateLimited | Class::QuotaSpent => {
                if !self.exhaust(ticket, failure, now) && !self.recognise(ticket, failure, now) {
                    self.slow_down(ticket, failure, now);
                    self.rest(ticket, failure, now);
                    self.blame_account(ticket, failure, now);
                }
            }
            Class::NotFree => {
                let class = failure.class;
                self.standing(ticket, failure.scope, |standing| standing.retire(class, now));
            }
            Class::CredentialRefused => {
                let credential = ticket.whose.credential;
                if let Some(credential) = self.states.credentials.get_mut(credential) {
                    credential.refused.get_or_insert(now);
                }
            }
            Class::Overloaded => {
                self.rest(ticket, failure, now);
                if failure.scope == Scope::Offer {
                    self.blame_provider(ticket, now);
                }
            }
            Class::TooSlow | Class::BadAnswer => self.rest(ticket, failure, now),
            Class::DoesNotFit => self.remember_misfit(ticket, failure, now),
            Class::ClientFault | Class::ClientLeft => {}
        }
    }

    /// Marks the limit that was hit as used up; whether it is known which.
    ///
    /// A provider that names neither meter nor window may speak of somebody else's limit (an upstream's,
    /// the whole world's): then no counter of ours is touched, and the failure's scope rests instead.
    fn exhaust(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) -> bool {
        let cooling = self.settings.cooling;
        let until = match failure.wait {
            Wait::Stated(said) => Some(now.after(cooling.stated(said))),
            Wait::Reset | Wait::Guess => None,
        };
        let states = &mut self.states;
        let mut meant: Vec<(Duration, Place)> = ticket
            .holds
            .iter()
            .filter_map(|(place, _)| {
                let bucket = states.buckets.get(*place)?;
                let length = bucket.length().filter(|l| is_meant(failure, bucket.meter(), *l))?;
                let fits = bucket.is_meant(bucket.meter(), failure.window);
                (failure.window.is_none() || fits).then_some((length, *place))
            })
            .collect();
        // Where the window was not said, the shortest one is the likeliest.
        meant.sort_by_key(|(length, _)| *length);
        if failure.window.is_none() {
            meant.truncate(1);
        }
        for (_, place) in &meant {
            if let Some(bucket) = states.buckets.touch(*place) {
                let held = ticket.holds.iter().find(|(of, _)| of == place);
                bucket.exhaust(until, held.map(|(_, hold)| hold), now);
            }
        }
        !meant.is_empty()
    }

    /// The offer has a limit that nobody told of.
    fn slow_down(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) {
        if failure.class == Class::RateLimited
            && failure.scope == Scope::Offer
            && let Some(offer) = self.states.offers.get_mut(ticket.whose.offer)
        {
            offer.pace.throttled(now);
        }
    }

    fn rest(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) {
        let cooling = self.settings.cooling;
        let class = failure.class;
        let stated = match failure.wait {
            Wait::Stated(said) => Some(cooling.stated(said)),
            Wait::Reset => failure.window.map(|window| cooling.stated(window)),
            Wait::Guess => None,
        };
        self.standing(ticket, failure.scope, |standing| match stated {
            Some(wait) => standing.rest_stated(class, now.after(wait), now),
            None => standing.rest_guess(class, &cooling, ticket.admitted, now),
        });
    }

    /// Does something to whoever the failure speaks about.
    fn standing(&mut self, ticket: &Ticket, scope: Scope, act: impl FnOnce(&mut Standing)) {
        let states = &mut self.states;
        let standing = match scope {
            Scope::None | Scope::Offer => {
                states.offers.get_mut(ticket.whose.offer).map(|offer| &mut offer.standing)
            }
            Scope::Credential => {
                let credential = states.credentials.get_mut(ticket.whose.credential);
                credential.map(|credential| &mut credential.standing)
            }
            Scope::Account => {
                states.accounts.get_mut(ticket.whose.account).map(|account| &mut account.standing)
            }
            Scope::Provider => states
                .providers
                .get_mut(ticket.whose.provider)
                .map(|provider| &mut provider.standing),
        };
        if let Some(standing) = standing {
            act(standing);
        }
    }

    /// Several offers of one provider overloaded within a short time: it is the provider.
    fn blame_provider(&mut self, ticket: &Ticket, now: Moment) {
        let cooling = self.settings.cooling;
        let offers = self.layout.lanes().iter().filter(|lane| {
            self.layout.providers.get(lane.provider.0 as usize) == Some(&ticket.whose.provider)
        });
        let offers = u32::try_from(offers.count()).unwrap_or(u32::MAX);
        let Some(provider) = self.states.providers.get_mut(ticket.whose.provider) else { return };
        let failing = provider.overloaded.add(ticket.whose.offer, cooling.provider_within, now);
        let several = offers > 1 && failing >= cooling.provider_after.min(offers).max(2);
        if several || ticket.probes.provider {
            provider.standing.rest_guess(Class::Overloaded, &cooling, ticket.admitted, now);
        }
    }

    /// Several offers of one account throttled within a short time, by no limit that is known: the account
    /// has one that the table does not know, or knows too high. The second can be learnt; else the account rests.
    fn blame_account(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) {
        if failure.class != Class::RateLimited || failure.scope != Scope::Offer {
            return;
        }
        let cooling = self.settings.cooling;
        let Some(account) = self.states.accounts.get_mut(ticket.whose.account) else { return };
        let throttled = account.throttled.add(ticket.whose.offer, cooling.provider_within, now);
        if throttled < cooling.provider_after && !ticket.probes.account {
            return;
        }
        if ticket.probes.account || !self.suspect(ticket, now) {
            self.standing(ticket, Scope::Account, |standing| {
                standing.rest_guess(Class::RateLimited, &cooling, ticket.admitted, now);
            });
        }
    }

    /// Takes the shortest limit of requests that an account's offers share for the one that was hit: there is no more
    /// of it than what was used. Whether there is such a limit, and anything of it had been left.
    fn suspect(&mut self, ticket: &Ticket, now: Moment) -> bool {
        let Some((bucket, hold)) = self.suspected(ticket) else { return false };
        bucket.learn(&hold, now)
    }

    /// The limit that was found out before was hit again, by somebody who tried for a little more: nobody rests for
    /// that.
    fn recognise(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) -> bool {
        if failure.class != Class::RateLimited || failure.scope != Scope::Offer {
            return false;
        }
        let Some((bucket, hold)) = self.suspected(ticket) else { return false };
        bucket.is_hit_again(&hold, now) && bucket.learn(&hold, now)
    }

    /// The shortest limit of requests that an account's offers share, and what a request holds of it.
    fn suspected(&mut self, ticket: &Ticket) -> Option<(&mut BucketState, Hold)> {
        let lane = self.layout.lane(ticket.offer).filter(|l| l.offer == ticket.whose.offer)?;
        let buckets = &self.states.buckets;
        let shared = self.layout.buckets_of(lane).iter().filter(|place| buckets.is_shared(**place));
        let shared = shared.filter_map(|place| {
            let bucket = buckets.get(*place).filter(|b| b.meter() == Meter::Requests)?;
            Some((bucket.length()?, *place))
        });
        let (_, place) = shared.min()?;
        let (_, hold) = ticket.holds.iter().find(|(of, _)| *of == place)?;
        Some((self.states.buckets.touch(place)?, *hold))
    }

    fn remember_misfit(&mut self, ticket: &Ticket, failure: &Failure, now: Moment) {
        let cooling = self.settings.cooling;
        let Some(offer) = self.states.offers.get_mut(ticket.whose.offer) else { return };
        let misfit = Misfit {
            tokens: is_about_size(failure).then_some(ticket.prompt_tokens.max(1)),
            until: now.after(REMEMBERED),
            ..ticket.shape
        };
        if is_about_content(failure) || offer.misfits.is_disproved(&misfit, now) {
            return;
        }
        if misfit.is_plain() {
            offer.standing.rest_guess(failure.class, &cooling, ticket.admitted, now);
        } else {
            offer.misfits.remember(misfit, now);
        }
    }

    /// Whoever was probed by a request that taught nothing can be probed by the next.
    fn end_probes(&mut self, ticket: &Ticket) {
        if ticket.probes.offer
            && let Some(offer) = self.states.offers.get_mut(ticket.whose.offer)
        {
            offer.standing.end_probe();
        }
        if ticket.probes.credential
            && let Some(credential) = self.states.credentials.get_mut(ticket.whose.credential)
        {
            credential.standing.end_probe();
        }
        if ticket.probes.account
            && let Some(account) = self.states.accounts.get_mut(ticket.whose.account)
        {
            account.standing.end_probe();
        }
        if ticket.probes.provider
            && let Some(provider) = self.states.providers.get_mut(ticket.whose.provider)
        {
            provider.standing.end_probe();
        }
    }
}

/// Whether a failure speaks of a limit of this meter over this length.
///
/// A named meter decides; without a window, a spent quota is that of a day or more, a rate that of less.
/// No meter: only the one day or month that is spent, and only where the provider points to its reset.
fn is_meant(failure: &Failure, meter: Meter, length: Duration) -> bool {
    const DAY: Duration = Duration::from_hours(24);
    let fits_class = match failure.class {
        Class::QuotaSpent => length >= DAY,
        _ => length < DAY,
    };
    match (failure.meter, failure.window) {
        (Some(named), Some(_)) => named == meter,
        (Some(named), None) => named == meter && fits_class,
        (None, Some(_)) => true,
        (None, None) => {
            failure.class == Class::QuotaSpent && failure.wait == Wait::Reset && length >= DAY
        }
    }
}

/// Whether the refusal was about what this one request says, and nothing an offer can or cannot do.
const fn is_about_content(failure: &Failure) -> bool {
    matches!(failure.cause, Some(Cause::ContentPolicy | Cause::Malformed))
}

/// A prompt called too long, 413, or a complaint that names tokens.
fn is_about_size(failure: &Failure) -> bool {
    matches!(failure.cause, Some(Cause::TooLong | Cause::OverWindow))
        || failure.status == Some(413)
        || matches!(failure.meter, Some(Meter::Tokens | Meter::InputTokens | Meter::OutputTokens))
}
