//! A provider's own rules: data of its file, over the built-in signs. The first that matches wins.

use std::time::Duration;

use potluck_core::Moment;
use potluck_core::outcome::{Class, Scope, Wait};
use serde_json::Value;

use super::told::Told;
use crate::rates::{Headers, Said, wait_at};

/// One `[[errors]]` of a provider file. What is not named matches everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The HTTP statuses, of the response or inside its body; empty: any.
    pub statuses: Box<[u16]>,
    /// A JSON pointer into the body. Alone: it must be there and not null.
    pub pointer: Option<Box<str>>,
    /// The exact text (or number as text) of what is looked at: the pointer's value, else the header's, else
    /// the whole body.
    pub equals: Option<Box<str>>,
    /// Text in what is looked at, in any case.
    pub contains: Option<Box<str>>,
    /// A response header that must be there.
    pub header: Option<Box<str>>,
    /// What it means.
    pub class: Class,
    /// About whom it speaks; `None`: what the class says.
    pub scope: Option<Scope>,
    /// For how long, unless the provider states it itself.
    pub wait: Option<Until>,
    /// Where the body states the wait.
    pub wait_pointer: Option<Box<str>>,
    /// Why, for people: shown when the provider said nothing.
    pub note: Option<Box<str>>,
}

/// How long a rule says that somebody is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// So long.
    For(Duration),
    /// Until the limit's own window turns, whatever the provider states.
    Reset,
    /// Until the first of the next month, UTC, whatever the provider states.
    Month,
}

impl Rule {
    /// A rule that matches every answer of these statuses.
    #[must_use]
    pub fn new(statuses: &[u16], class: Class) -> Self {
        Self {
            statuses: statuses.into(),
            pointer: None,
            equals: None,
            contains: None,
            header: None,
            class,
            scope: None,
            wait: None,
            wait_pointer: None,
            note: None,
        }
    }

    /// Whether it speaks of this answer.
    pub(super) fn matches(&self, statuses: [u16; 2], headers: &dyn Headers, told: &Told) -> bool {
        if !self.statuses.is_empty() && !statuses.iter().any(|s| self.statuses.contains(s)) {
            return false;
        }
        let header = self.header.as_deref().map(|name| headers.get(name));
        if header == Some(None) {
            return false;
        }
        let pointed = self.pointer.as_deref().map(|pointer| pointed(told.json(), pointer));
        match (pointed, header.flatten()) {
            (Some(None), _) => false,
            (Some(Some(value)), _) => self.agrees(&value),
            (None, Some(value)) => self.agrees(value),
            (None, None) => self.agrees(told.text()),
        }
    }

    fn agrees(&self, text: &str) -> bool {
        let equal = self.equals.as_deref().is_none_or(|wanted| wanted == text.trim());
        equal && self.contains.as_deref().is_none_or(|part| contains(text, part))
    }

    /// How long: what its pointer shows, or a turn of the clock, or what the provider stated, or its own
    /// span, or what the class says.
    pub(super) fn wait(&self, told: &Told, said: Option<Said>, now: Moment) -> Wait {
        let shown = || wait_at(root(told.json()?), self.wait_pointer.as_deref()?, now);
        if let Some(span) = shown() {
            return Wait::Stated(span);
        }
        match (self.wait, said) {
            (Some(Until::Reset), _) => Wait::Reset,
            (Some(Until::Month), _) => Wait::Stated(until_next_month(now)),
            (_, Some(said)) => Wait::Stated(said.span),
            (Some(Until::For(span)), None) => Wait::Stated(span),
            (None, None) if self.class == Class::QuotaSpent => Wait::Reset,
            (None, None) => Wait::Guess,
        }
    }
}

/// The value at a pointer as text; an object or array as its JSON.
fn pointed(json: Option<&Value>, pointer: &str) -> Option<String> {
    match root(json?).pointer(pointer)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(value.to_string())
        }
    }
}

/// The first of an array: some send an error as an array of one.
fn root(json: &Value) -> &Value {
    json.as_array().and_then(|array| array.first()).unwrap_or(json)
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// How long until the first of the next month, UTC.
fn until_next_month(now: Moment) -> Duration {
    let next = || {
        let time = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?;
        let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        let first = date.last_of_month().tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Moment::from_millis(first.timestamp().as_millisecond()))
    };
    next().map_or(Duration::from_secs(31 * 86_400), |next| next.until_from(now))
}
