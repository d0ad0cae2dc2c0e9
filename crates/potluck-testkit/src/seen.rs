//! What a provider saw: every request, what it decided, and how it ended.
//!
//! The entries are kept up to a number, the counts always.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::quota::Limit;

/// One request as the provider saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Counts from 0, over all requests.
    pub number: u64,
    /// When it was read, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// When its answer ended, in the same unit; None while it is under way.
    pub ended_at_ms: Option<u64>,
    /// The HTTP method.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The model asked for, when the body could be read.
    pub model: Option<String>,
    /// A stream was asked for.
    pub streamed: bool,
    /// What was decided.
    pub verdict: Verdict,
    /// The name of the fault that it met.
    pub fault: Option<String>,
    /// The request's headers.
    pub headers: Vec<(String, String)>,
    /// The request's body.
    pub body: Bytes,
    /// Chat requests in flight, this one included.
    pub in_flight: u64,
    /// How it ended.
    pub end: End,
}

/// What a provider decided about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A chat request, admitted by the quota; a fault may still meet it.
    Accepted,
    /// Over this limit.
    OverLimit(Limit),
    /// No key or a wrong one.
    Unauthorized,
    /// Unreadable, or asking for what the model lacks.
    Invalid,
    /// A model that this provider does not have.
    UnknownModel,
    /// A model list or another page.
    Page,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is under way.
    Open,
    /// All was sent that was to be sent.
    Complete,
    /// The client closed the connection before that.
    ClientLeft,
    /// The provider was stopped, or its port closed.
    Stopped,
}

/// Numbers over chat requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub requests: u64,
    /// Admitted by the quota.
    pub accepted: u64,
    /// Refused as over a limit: dispatches that a careful router would not have made.
    pub over_limit: u64,
    /// Refused for the key.
    pub unauthorized: u64,
    /// Refused as unreadable or unsupported.
    pub invalid: u64,
    /// Refused for the model.
    pub unknown_model: u64,
    /// Accepted and then met by a fault.
    pub faulted: u64,
    /// Given up by the client.
    pub client_left: u64,
    /// Under way now.
    pub in_flight: u64,
    /// The most that were under way at once.
    pub in_flight_max: u64,
}

/// The log of one provider.
#[derive(Debug)]
pub(crate) struct Log {
    entries: VecDeque<Seen>,
    capacity: usize,
    next: u64,
    counts: Counts,
    by_model: BTreeMap<String, Counts>,
}

// === impl Log ===

impl Log {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity,
            next: 0,
            counts: Counts::default(),
            by_model: BTreeMap::new(),
        }
    }

    /// The number of the next request; it counts as in flight from here on.
    pub(crate) fn begin(&mut self) -> (u64, u64) {
        let number = self.next;
        self.next += 1;
        self.counts.in_flight += 1;
        self.counts.in_flight_max = self.counts.in_flight_max.max(self.counts.in_flight);
        (number, self.counts.in_flight)
    }

    /// Writes down what was decided.
    pub(crate) fn push(&mut self, seen: Seen) {
        self.counts.decide(&seen);
        if let Some(model) = &seen.model {
            if !self.by_model.contains_key(model) {
                self.by_model.insert(model.clone(), Counts::default());
            }
            if let Some(counts) = self.by_model.get_mut(model) {
                counts.in_flight += 1;
                counts.in_flight_max = counts.in_flight_max.max(counts.in_flight);
                counts.decide(&seen);
            }
        }
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(seen);
    }

    /// Writes down how it ended.
    pub(crate) fn end(&mut self, number: u64, model: Option<&str>, end: End, now_ms: u64) {
        self.counts.end(end);
        if let Some(counts) = model.and_then(|model| self.by_model.get_mut(model)) {
            counts.end(end);
        }
        // numbers ascend, but two requests decided at once may be written in either order
        let entry = self.entries.iter_mut().rev().find(|entry| entry.number == number);
        if let Some(entry) = entry {
            entry.end = end;
            entry.ended_at_ms = Some(now_ms);
        }
    }

    pub(crate) fn entries(&self) -> Vec<Seen> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn counts(&self, model: Option<&str>) -> Counts {
        match model {
            None => self.counts,
            Some(model) => self.by_model.get(model).copied().unwrap_or_default(),
        }
    }

    /// Forgets all but what is in flight.
    pub(crate) fn forget(&mut self) {
        self.entries.clear();
        self.counts = self.counts.in_flight_only();
        for counts in self.by_model.values_mut() {
            *counts = counts.in_flight_only();
        }
    }
}

// === impl Counts ===

impl Counts {
    fn decide(&mut self, seen: &Seen) {
        let place = match seen.verdict {
            Verdict::Page => return,
            Verdict::Accepted => &mut self.accepted,
            Verdict::OverLimit(_) => &mut self.over_limit,
            Verdict::Unauthorized => &mut self.unauthorized,
            Verdict::Invalid => &mut self.invalid,
            Verdict::UnknownModel => &mut self.unknown_model,
        };
        *place += 1;
        self.requests += 1;
        self.faulted += u64::from(seen.fault.is_some());
    }

    fn end(&mut self, end: End) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.client_left += u64::from(end == End::ClientLeft);
    }

    fn in_flight_only(self) -> Self {
        Self { in_flight: self.in_flight, in_flight_max: self.in_flight, ..Self::default() }
    }
}
