//! What a refusal means: any answer that is none becomes one [`Failure`], with its class, whom it speaks of, and for
//! how long.
//!
//! Statuses lie: a day's quota comes as 401, throttling as 402, a dead model as 429, a bad key as 400, a failure as
//! 200. So the rules of the provider's file come first ([`Rule`]), then words that mean the same everywhere
//! (`signs`), then the status. When unsure, it is the reading that costs least when it is wrong: a
//! request that does not fit *this* offer, which sends it to the next and harms nobody's health.
//!
//! This room knows no provider by name, no clock, and not what is done with a failure.

mod claims;
mod limit;
mod page;
mod rule;
pub mod safe;
mod signs;
mod told;
mod transport;

#[cfg(test)]
mod tests;

use potluck_core::Moment;
use potluck_core::outcome::{Cause, Class, Failure, Scope, Stage, Wait};
use potluck_core::response::StreamError;

pub use claims::claims;
pub use rule::{Rule, Until};
pub use told::Told;
pub use transport::{Transport, from_transport};

use crate::bad_answer::BadAnswer;
use crate::rates::{Headers, Said, stated};
use signs::Meaning;

/// One answer as it is judged.
struct Answer<'a> {
    /// Of the response; 200 for an error inside a good answer.
    status: u16,
    headers: &'a dyn Headers,
    told: &'a Told,
    said: Option<Said>,
}

/// What an answer means whose status is no success, or whose body is an error all the same.
///
/// `rules` are the provider's own, in order; the first that matches wins. The wait is as stated, never
/// shortened, unless a rule or the limit's own name says that the statement is worthless.
#[must_use]
pub fn classify(
    status: u16,
    headers: &dyn Headers,
    body: &[u8],
    rules: &[Rule],
    now: Moment,
) -> Failure {
    judge(status, headers, &Told::read(body), rules, now)
}

/// What an error means that stood inside an answer of status 200.
#[must_use]
pub fn from_inside(error: &StreamError, rules: &[Rule], stage: Stage, now: Moment) -> Failure {
    let told = Told::read(error.body.as_bytes()).or_message(&error.message);
    let failure = judge(error.status.unwrap_or(200), &(), &told, rules, now);
    Failure { stage, status: error.status, ..failure }
}

/// What an answer of status 200 means that is no answer.
#[must_use]
pub fn from_bad_answer(bad: &BadAnswer, rules: &[Rule], stage: Stage, now: Moment) -> Failure {
    if let BadAnswer::ErrorInside(error) = bad {
        return from_inside(error, rules, stage, now);
    }
    // A filter is the provider's taste, and says nothing about its health.
    let (class, cause) = match bad {
        BadAnswer::Filtered => (Class::DoesNotFit, Some(Cause::ContentPolicy)),
        _ => (Class::BadAnswer, None),
    };
    Failure {
        class,
        cause,
        scope: class.scope(),
        wait: Wait::Guess,
        meter: None,
        window: None,
        stage,
        status: None,
        detail: safe::detail(&bad.to_string()),
    }
}

fn judge(status: u16, headers: &dyn Headers, told: &Told, rules: &[Rule], now: Moment) -> Failure {
    let answer = Answer { status, headers, told, said: stated(headers, told, now) };
    let statuses = [status, answer.effective_status()];
    let rule = rules.iter().find(|rule| rule.matches(statuses, headers, told));
    rule.map_or_else(|| answer.by_signs(), |rule| answer.by_rule(rule, now))
}

impl Answer<'_> {
    /// The status that says most: the one inside the body where the outer one is 200, a plain 400 or a 5xx, as
    /// gateways wrap their upstream's refusals in these.
    fn effective_status(&self) -> u16 {
        match self.status {
            0..=299 | 400 | 500.. => self.told.deepest_status().unwrap_or(self.status),
            _ => self.status,
        }
    }

    fn by_rule(&self, rule: &Rule, now: Moment) -> Failure {
        let named = limit::named(&self.limit_words());
        let detail = match (self.detail(), &rule.note) {
            (None, Some(note)) => safe::detail(note),
            (detail, _) => detail.unwrap_or_else(|| self.silence()),
        };
        let wait = rule.wait(self.told, self.believed(rule.class), now);
        let scope = rule.scope.unwrap_or_else(|| rule.class.scope());
        let cause = match self.meaning() {
            Meaning::Is(class, _, cause) if class == rule.class => cause,
            Meaning::Is(..) | Meaning::Limit => None,
        };
        self.failure(rule.class, cause, scope, wait, named, detail)
    }

    fn by_signs(&self) -> Failure {
        let detail = self.detail().unwrap_or_else(|| self.silence());
        let named = limit::named(&self.limit_words());
        match self.meaning() {
            Meaning::Is(class, scope, cause) => {
                let scope = scope.unwrap_or_else(|| class.scope());
                let said = self.believed(class);
                let wait = said.map_or(Wait::Guess, |said| Wait::Stated(said.span));
                self.failure(class, cause, scope, wait, named, detail)
            }
            Meaning::Limit => {
                let class = named.class(self.said);
                let (scope, wait) = (named.scope(class), named.wait(self.believed(class)));
                self.failure(class, None, scope, wait, named, detail)
            }
        }
    }

    fn meaning(&self) -> Meaning {
        let status = self.effective_status();
        let words = self.told.words();
        if self.told.is_page {
            return of_page(status);
        }
        if matches!(status, 404 | 405) && says_nothing(&self.told.message) {
            return Meaning::Is(Class::Overloaded, None, Some(Cause::WrongPath));
        }
        if matches!(status, 403 | 429) && limit::is_zero(words) {
            return Meaning::Is(Class::NotFree, None, None);
        }
        if matches!(status, 400 | 413 | 429) && limit::is_larger_than_whole(words) {
            return Meaning::Is(Class::DoesNotFit, None, Some(Cause::OverWindow));
        }
        let meaning = signs::of_words(status, words).unwrap_or_else(|| signs::of_status(status));
        if self.told.upstream.is_some() { behind_a_reseller(meaning) } else { meaning }
    }

    /// What is said of the limit: in the body, and where a header names it.
    fn limit_words(&self) -> String {
        let header = self.headers.get("x-ratelimit-type").unwrap_or_default().to_lowercase();
        format!("{}\n{header}", self.told.words())
    }

    /// The wait that was stated, where it is worth something to this class: waiting brings back no model and
    /// mends no request, and a delay of seconds is a lie about a day's quota.
    fn believed(&self, class: Class) -> Option<Said> {
        self.said.filter(|said| match class {
            Class::RateLimited | Class::Overloaded | Class::TooSlow => true,
            Class::QuotaSpent => !said.short_sighted,
            Class::NotFree
            | Class::CredentialRefused
            | Class::BadAnswer
            | Class::DoesNotFit
            | Class::ClientFault
            | Class::ClientLeft => false,
        })
    }

    /// What it said, made safe; a reseller's upstream by its name.
    fn detail(&self) -> Option<String> {
        let message = self.told.best_message();
        if message.trim().is_empty() || (300..400).contains(&self.status) {
            return None;
        }
        if self.told.is_page {
            return Some(safe::detail(&format!("a web page instead of an answer: {message}")));
        }
        Some(match &self.told.upstream_name {
            Some(name) => safe::detail(&format!("{name}: {message}")),
            None => safe::detail(message),
        })
    }

    /// What is said of an answer that says nothing.
    fn silence(&self) -> String {
        match self.status {
            status @ 300..=399 => {
                format!("it sent us elsewhere (status {status}), and redirects are not followed")
            }
            0..=299 => "an error inside a good answer, without a word".to_owned(),
            status if self.told.is_page => format!("status {status} with a web page"),
            status => format!("status {status} without a word"),
        }
    }

    fn failure(
        &self,
        class: Class,
        cause: Option<Cause>,
        scope: Scope,
        wait: Wait,
        named: limit::Named,
        detail: String,
    ) -> Failure {
        let (meter, window) = if speaks_of_a_limit(class, cause) {
            (named.meter, named.window)
        } else {
            (None, None)
        };
        let status = (self.status >= 300).then_some(self.status);
        Failure { class, cause, scope, wait, meter, window, stage: Stage::Status, status, detail }
    }
}

/// A web page: something in front of the API speaks, so neither a key nor a model is judged by it.
fn of_page(status: u16) -> Meaning {
    match status {
        404 | 405 => Meaning::Is(Class::Overloaded, None, Some(Cause::WrongPath)),
        0..=399 | 413 | 429 => signs::of_status(status),
        _ => Meaning::Is(Class::Overloaded, None, None),
    }
}

/// A refused credential or an empty purse behind a reseller is the reseller's own: to us, that offer is broken.
fn behind_a_reseller(meaning: Meaning) -> Meaning {
    match meaning {
        Meaning::Is(Class::CredentialRefused, ..)
        | Meaning::Is(Class::QuotaSpent, _, Some(Cause::NoCredit)) => {
            Meaning::Is(Class::Overloaded, None, None)
        }
        Meaning::Is(..) | Meaning::Limit => meaning,
    }
}

/// A 404 that names nothing that could be missing.
fn says_nothing(message: &str) -> bool {
    let message = message.trim().trim_end_matches('.').to_ascii_lowercase();
    matches!(
        message.as_str(),
        "" | "not found" | "404 not found" | "404 page not found" | "method not allowed"
    )
}

const fn speaks_of_a_limit(class: Class, cause: Option<Cause>) -> bool {
    matches!(class, Class::RateLimited | Class::QuotaSpent)
        || matches!(cause, Some(Cause::OverWindow))
}
