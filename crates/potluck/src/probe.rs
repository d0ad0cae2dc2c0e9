//! Asking a provider how it stands with us, at no cost: is it there, does it take the key, which models does it list, and
//! does its clock agree with ours.
//!
//! Only lists of models and account endpoints are asked, never a model: a probe spends no quota. Knows no pool and
//! nothing of requests; what follows from a finding is for whoever shows it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::Full;
use potluck_core::outcome::Class;
use potluck_dialect::{fault, rates};
use serde_json::Value;

use crate::clock::Clock;
use crate::pantry::{Listing, ProviderFile, Route, WhyIdle};
use crate::settings::{Credential, Environment};
use crate::shelf::{Wire, is_local};
use crate::upstream::{Upstream, collect};

/// The largest list that is read: the longest known one is below 3 MiB.
const CAP: usize = 16 << 20;

/// How long a provider may take for one answer.
const TIME: Duration = Duration::from_secs(10);

/// How long a server on this machine may take.
const LOCAL_TIME: Duration = Duration::from_millis(800);

/// How many providers are asked at once.
const AT_ONCE: usize = 12;

/// What is to be asked: a provider under one of its credentials.
#[derive(Clone, Debug)]
pub struct Question {
    route: Route,
    wire: Arc<Wire>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which provider.
    pub provider: String,
    /// The variable that holds the key; `None` without one.
    pub variable: Option<String>,
    /// Whether it is a server on this machine.
    pub local: bool,
    /// Whether it answered.
    pub reach: Reach,
    /// What it said of the key.
    pub key: Key,
    /// What it listed; `None` where it lists nothing, or what it listed was not understood.
    pub models: Option<Models>,
    /// By how many seconds its clock is ahead of ours, less than zero when it is behind; `None` where it does not say.
    pub clock_ahead: Option<i64>,
    /// How long the slowest answer took.
    pub took: Duration,
}

/// Whether a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It did.
    Answered,
    /// A connection came about; there is nothing to ask that costs nothing.
    Connected,
    /// It did, with trouble of its own.
    Trouble(StatusCode),
    /// It did not.
    Silent(String),
}

/// What a provider said of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// It takes it.
    Taken,
    /// It refuses it.
    Refused,
    /// There is none, and none is needed.
    NotNeeded,
    /// Nothing that can be asked for free needs it.
    Unproven,
}

/// What a provider listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// How many of them are free.
    pub free: usize,
    /// Models of its file that it does not list any more.
    pub missing: Vec<String>,
}

/// Why a provider cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// It cannot be drawn from either.
    #[error(transparent)]
    Idle(#[from] WhyIdle),
    /// Its address or its key cannot be used.
    #[error("{0}")]
    Wire(String),
}

/// The questions to a provider, one for each of its credentials.
///
/// # Errors
/// [`NotAsked`] when it is off, lacks a key, or has one that cannot be sent.
pub fn questions(
    file: &Arc<ProviderFile>,
    environment: &Environment,
    said: &[Credential],
) -> Result<Vec<Question>, NotAsked> {
    let is_set = |name: &str| environment.get(name).is_some();
    let routes = Route::all(file, &is_set, said)?;
    let question = |route: Route| {
        let wire = Wire::new(&route, environment).map_err(|why| NotAsked::Wire(why.to_string()))?;
        Ok(Question { route, wire: Arc::new(wire) })
    };
    routes.into_iter().map(question).collect()
}

/// Asks all of them, several at once; findings come as they are made.
pub fn ask_all(
    upstream: &Upstream,
    questions: Vec<Question>,
) -> impl Stream<Item = Finding> + Unpin {
    let asked = stream::iter(questions).map(move |question| {
        let upstream = upstream.clone();
        async move { question.ask(&upstream).await }
    });
    Box::pin(asked.buffer_unordered(AT_ONCE))
}

impl Question {
    /// Which provider is asked.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.route.file.id
    }

    /// Whether a key is sent.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.route.held.key_env.is_some()
    }

    /// Asks its account endpoint and its list of models; where it has neither, only whether it is there.
    async fn ask(self, upstream: &Upstream) -> Finding {
        let mut finding = self.blank();
        let file = &self.route.file;
        let mut asked = false;
        if let Some((address, _)) = &self.wire.account {
            asked = true;
            self.note(&mut finding, self.get(upstream, address, true).await, true);
        }
        let usable = finding.key != Key::Refused && !matches!(finding.reach, Reach::Silent(_));
        if let (Some(address), Some(listing), true) = (&self.wire.listing, &file.listing, usable) {
            asked = true;
            let reply = self.get(upstream, address, listing.auth).await;
            let body = self.note(&mut finding, reply, listing.auth);
            finding.models = body.and_then(|body| self.read(listing, &body));
        }
        if !asked {
            finding.reach = self.connect(upstream).await;
        }
        finding
    }

    fn blank(&self) -> Finding {
        let file = &self.route.file;
        let variable = self.route.held.key_env.clone();
        Finding {
            provider: file.id.clone(),
            local: is_local(file),
            reach: Reach::Answered,
            key: if variable.is_some() { Key::Unproven } else { Key::NotNeeded },
            variable,
            models: None,
            clock_ahead: None,
            took: Duration::ZERO,
        }
    }

    async fn connect(&self, upstream: &Upstream) -> Reach {
        let address = self.route.file.base_url.replace("{account_id}", "");
        let Ok(address) = address.parse::<Uri>() else {
            return Reach::Silent("its address is none".to_owned());
        };
        match upstream.reaches(&address, TIME).await {
            true => Reach::Connected,
            false => Reach::Silent("no connection".to_owned()),
        }
    }

    async fn get(&self, upstream: &Upstream, address: &Uri, key: bool) -> Reply {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = address.clone();
        if key {
            self.wire.authorise(request.headers_mut());
        }
        let time = if is_local(&self.route.file) { LOCAL_TIME } else { TIME };
        let begun = Clock.mark();
        let sent = match upstream.send(request, time).await {
            Ok(sent) => sent,
            Err(fault) => return Reply::Silent(fault.to_string()),
        };
        let (head, body) = sent.into_parts();
        let ahead = ahead(&head.headers);
        match collect(body, CAP, time).await {
            Ok(body) => Reply::Came {
                status: head.status,
                headers: head.headers,
                body,
                ahead,
                took: begun.elapsed(),
            },
            Err(fault) => Reply::Silent(fault.to_string()),
        }
    }

    /// Takes in what a reply says; gives its body where that is good. `keyed`: whether the key went along and matters.
    fn note(&self, finding: &mut Finding, reply: Reply, keyed: bool) -> Option<Bytes> {
        let (status, headers, body, ahead, took) = match reply {
            Reply::Silent(why) => {
                finding.reach = Reach::Silent(why);
                return None;
            }
            Reply::Came { status, headers, body, ahead, took } => {
                (status, headers, body, ahead, took)
            }
        };
        finding.clock_ahead = ahead.or(finding.clock_ahead);
        finding.took = finding.took.max(took);
        let proves = keyed && finding.variable.is_some();
        if status == StatusCode::OK {
            if proves {
                finding.key = Key::Taken;
            }
            return Some(body);
        }
        if self.refuses(status, &headers, &body) && finding.variable.is_some() {
            finding.key = Key::Refused;
        } else {
            finding.reach = Reach::Trouble(status);
        }
        None
    }

    /// Whether an error is about the key, by the provider's own rules.
    fn refuses(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> bool {
        let failure =
            fault::classify(status.as_u16(), &Heads(headers), body, &self.wire.rules, Clock.now());
        failure.class == Class::CredentialRefused
    }

    fn read(&self, listing: &Listing, body: &[u8]) -> Option<Models> {
        let document: Value = serde_json::from_slice(body).ok()?;
        let file = &self.route.file;
        let in_file = |id: &str| file.models.iter().any(|model| model.id == id);
        let free = listing.read(&document, in_file).ok()?;
        let is_listed = |id: &str| free.iter().any(|listed| listed.id == id);
        let own = file.models.iter().filter(|model| model.enabled && !file.paints_elsewhere(model));
        let missing = own.filter(|model| !is_listed(&model.id)).map(|model| model.id.clone());
        Some(Models { free: free.len(), missing: missing.collect() })
    }
}

/// What came back.
enum Reply {
    /// Nothing, and why.
    Silent(String),
    /// An answer.
    Came {
        /// Its status.
        status: StatusCode,
        /// Its headers.
        headers: HeaderMap,
        /// Its body.
        body: Bytes,
        /// By how many seconds its clock is ahead.
        ahead: Option<i64>,
        /// How long it took.
        took: Duration,
    },
}

struct Heads<'a>(&'a HeaderMap);

impl rates::Headers for Heads<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

/// By how many seconds the clock behind a `Date` header is ahead of ours.
fn ahead(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    Some(theirs - Clock.now().as_millis() / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_held_against_our_clock() {
        let mut headers = HeaderMap::new();
        assert_eq!(ahead(&headers), None);
        let now = jiff::Timestamp::from_millisecond(Clock.now().as_millis()).expect("a time");
        let date = |ahead: i64| {
            let then = now.saturating_add(jiff::SignedDuration::from_secs(ahead)).expect("a time");
            jiff::fmt::rfc2822::to_string(&then.to_zoned(jiff::tz::TimeZone::UTC)).expect("a date")
        };
        headers.insert(header::DATE, date(600).parse().expect("a header"));
        assert!((598..=601).contains(&ahead(&headers).expect("it says")));
        headers.insert(header::DATE, "yesterday".parse().expect("a header"));
        assert_eq!(ahead(&headers), None);
    }
}
