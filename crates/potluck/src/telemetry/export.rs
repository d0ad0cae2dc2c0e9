//! Traces and metrics for a collector, by OTLP (HTTP, JSON): behind the requests, never in their way.
//!
//! Whoever is done hands a [`Fact`] over, which takes a look at whether anybody exports and a place in a bounded queue. A task makes
//! spans and measurements of what has gathered, and sends them. What finds no room, or cannot be sent, is dropped and counted. No
//! fact has a prompt or an answer in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use rand::TryRng;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::measure::Measures;
use super::parent::Parent;
use super::{shape, span};
use crate::clock::{Clock, Mark};
use crate::recent::Fact;
use crate::settings::Telemetry;
use crate::tasks::Tasks;
use crate::upstream::{Upstream, collect};

/// How many facts may wait.
const ROOM: usize = 1024;

/// How long they gather, and how many go out together at most.
const GATHER: Duration = Duration::from_secs(1);
const TOGETHER: usize = 256;

/// How long connecting, and all of a request, may take.
const CONNECT: Duration = Duration::from_secs(1);
const WITHIN: Duration = Duration::from_secs(3);

/// The most that is read of a collector's answer.
const LARGEST: usize = 64 << 10;

/// Where facts are handed over.
#[derive(Debug, Default)]
pub struct Export {
    queue: OnceLock<mpsc::Sender<Told>>,
    closing: CancellationToken,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Told {
    door: &'static str,
    parent: Option<Arc<Parent>>,
    fact: Arc<Fact>,
}

/// What makes spans and measurements of them, and sends those.
struct Post {
    upstream: Upstream,
    traces: Uri,
    metrics: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    service: String,
    every: Duration,
    measures: Measures,
    sent: Mark,
    dropped: Arc<AtomicU64>,
}

impl Export {
    /// Begins to export, where an endpoint is set.
    ///
    /// # Errors
    /// When the endpoint is no address, or a header cannot be sent.
    pub fn begin(&self, settings: &Telemetry, tasks: &Tasks) -> anyhow::Result<()> {
        let Some(endpoint) = &settings.endpoint else { return Ok(()) };
        let post = Post::open(settings, endpoint, Arc::clone(&self.dropped))?;
        let (leave, take) = mpsc::channel(ROOM);
        if self.queue.set(leave).is_ok() {
            tasks.start(post.work(take, self.closing.clone()));
        }
        Ok(())
    }

    /// The trace that a request with these headers belongs to; `None` where it says none, and where nobody exports.
    #[must_use]
    pub fn parent(&self, headers: &HeaderMap) -> Option<Arc<Parent>> {
        self.queue.get()?;
        Parent::read(headers).map(Arc::new)
    }

    /// Hands over what became of a request. Never waits; without room it is dropped.
    pub fn offer(&self, door: &'static str, parent: Option<Arc<Parent>>, fact: &Arc<Fact>) {
        let Some(queue) = self.queue.get() else { return };
        if queue.try_send(Told { door, parent, fact: Arc::clone(fact) }).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many requests could not be told of since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The last request has ended: what is left is sent.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Post {
    fn open(settings: &Telemetry, endpoint: &str, dropped: Arc<AtomicU64>) -> anyhow::Result<Self> {
        let mut headers =
            vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        for (name, value) in &settings.headers {
            let mut value = HeaderValue::from_str(value.expose())?;
            value.set_sensitive(true);
            headers.push((name.parse()?, value));
        }
        Ok(Self {
            upstream: Upstream::new(CONNECT),
            traces: format!("{endpoint}/v1/traces").parse()?,
            metrics: format!("{endpoint}/v1/metrics").parse()?,
            headers,
            service: settings.service.clone(),
            every: settings.every,
            measures: Measures::begin(Clock.now()),
            sent: Clock.mark(),
            dropped,
        })
    }

    async fn work(mut self, mut queue: mpsc::Receiver<Told>, closing: CancellationToken) {
        let mut gathered = Vec::new();
        while !closing.is_cancelled() {
            tokio::select! {
                () = gather(&mut queue, &mut gathered) => {}
                () = closing.cancelled() => {}
            }
            self.tell(&mut gathered).await;
            if self.sent.elapsed() >= self.every {
                self.measure().await;
            }
        }
        while let Ok(told) = queue.try_recv() {
            gathered.push(told);
        }
        self.tell(&mut gathered).await;
        self.measure().await;
    }

    async fn tell(&mut self, gathered: &mut Vec<Told>) {
        if gathered.is_empty() {
            return;
        }
        let requests = u64::try_from(gathered.len()).unwrap_or(u64::MAX);
        let mut spans = Vec::with_capacity(gathered.len() * 2);
        for told in gathered.drain(..) {
            let parent = told.parent.as_deref();
            if parent.is_none_or(|parent| parent.is_sampled) {
                spans.extend(span::spans(told.door, &told.fact, parent, chance));
            }
            self.measures.record(told.door, &told.fact);
        }
        let body = shape::traces(&self.service, &spans);
        if !spans.is_empty() && !self.send(self.traces.clone(), &body).await {
            self.dropped.fetch_add(requests, Ordering::Relaxed);
        }
    }

    async fn measure(&mut self) {
        self.sent = Clock.mark();
        let told = self.measures.told(Clock.now());
        if !told.is_empty() {
            let body = shape::metrics(&self.service, &told);
            self.send(self.metrics.clone(), &body).await;
        }
    }

    /// Whether the collector took it.
    async fn send(&self, uri: Uri, body: &Value) -> bool {
        let mut request = Request::new(Full::new(Bytes::from(body.to_string())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        request.headers_mut().extend(self.headers.iter().cloned());
        match self.upstream.send(request, WITHIN).await {
            Ok(response) => {
                let status = response.status();
                // Read to its end, so that the connection can be used again.
                let _ = collect(response.into_body(), LARGEST, WITHIN).await;
                if !status.is_success() {
                    tracing::debug!(%status, "the collector refused what it was sent");
                }
                status.is_success()
            }
            Err(fault) => {
                tracing::debug!(%fault, "the collector was not reached");
                false
            }
        }
    }
}

/// Waits for something to tell, and for what comes within a moment after it.
async fn gather(queue: &mut mpsc::Receiver<Told>, gathered: &mut Vec<Told>) {
    let more = async {
        while gathered.len() < TOGETHER {
            match queue.recv().await {
                Some(told) => gathered.push(told),
                None => std::future::pending().await,
            }
        }
    };
    let _ = tokio::time::timeout(GATHER, more).await;
}

/// Ids need only differ: without the system's chance they are zero, which collectors refuse.
fn chance() -> u64 {
    rand::rngs::SysRng.try_next_u64().unwrap_or(0)
}
