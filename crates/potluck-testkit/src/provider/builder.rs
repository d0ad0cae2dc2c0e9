//! Puts a provider together and starts it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::SimulatedProvider;
use super::state::{Access, Settings, State};
use crate::answer::ListingStyle;
use crate::clock::Clock;
use crate::fault::Plan;
use crate::model::Model;
use crate::quota::{Limit, Quota, RefusalStyle};
use crate::server::{CertificateError, Door, Greeting, Listening, self_signed};

/// How many requests are remembered unless the builder says otherwise.
const REMEMBERED: usize = 10_000;

/// A provider that is not started yet.
#[derive(Debug)]
#[must_use = "a provider answers only after start()"]
pub struct Builder {
    settings: Settings,
    port: u16,
    transport: Transport,
    limits: Vec<Limit>,
    counts_refused: bool,
    faults: Plan,
    remembered: usize,
}

/// What is spoken on the port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// HTTP; the address begins with `http`.
    #[default]
    Plain,
    /// HTTPS with a certificate that nobody trusts; the address begins with `https`.
    SelfSigned,
    /// Plain text under an address that begins with `https`: every handshake fails.
    NoTls,
}

/// Why a provider did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port could not be opened.
    #[error("the simulated provider could not listen on 127.0.0.1")]
    Port(#[from] io::Error),
    /// The self-signed certificate could not be made.
    #[error("the simulated provider has no certificate: {0}")]
    Certificate(String),
}

// === impl Builder ===

impl Builder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            settings: Settings::named(name),
            port: 0,
            transport: Transport::default(),
            limits: Vec::new(),
            counts_refused: false,
            faults: Plan::healthy(),
            remembered: REMEMBERED,
        }
    }

    /// Adds a model.
    pub fn model(mut self, model: Model) -> Self {
        self.settings.models.push(model);
        self
    }

    /// An answer takes it so long from its beginning, also when the client leaves: until then its place is not free.
    pub fn goes_on(mut self, length: Duration) -> Self {
        self.settings.goes_on = Some(length);
        self
    }

    /// Adds a true limit.
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Counts refused requests against the limits too.
    pub fn counts_refused(mut self) -> Self {
        self.counts_refused = true;
        self
    }

    /// How it says that a limit is reached.
    pub fn refusal_style(mut self, style: RefusalStyle) -> Self {
        self.settings.style = style;
        self
    }

    /// Whose model list it imitates.
    pub fn listing_style(mut self, style: ListingStyle) -> Self {
        self.settings.listing = style;
        self
    }

    /// Its file says where its models are listed, so that potluck asks there.
    pub fn listed(mut self) -> Self {
        self.settings.listed = true;
        self
    }

    /// Tells at `/account` how its first limit stands, and its file says so.
    pub fn tells(mut self) -> Self {
        self.settings.tells = true;
        self
    }

    /// Wants this bearer key; its file names the variable `env` that holds it.
    pub fn key(mut self, key: &str, env: &str) -> Self {
        self.settings.key = Some(key.to_owned());
        self.settings.access = Access::Variable(env.to_owned());
        self
    }

    /// Takes this bearer key too. Keys of one account share its limits, and each account has its own; that of the
    /// first key is "".
    pub fn also_key(mut self, key: &str, account: &str) -> Self {
        self.settings.further_keys.push((key.to_owned(), account.to_owned()));
        self
    }

    /// Wants this bearer key and publishes it in its file, as services for the public do.
    pub fn anonymous_key(mut self, key: &str) -> Self {
        self.settings.key = Some(key.to_owned());
        self.settings.access = Access::Anonymous;
        self
    }

    /// The faults it starts with, for all models.
    pub fn faults(mut self, plan: Plan) -> Self {
        self.faults = plan;
        self
    }

    /// The faults of one model; they go before those that all share.
    pub fn model_faults(mut self, model: &str, plan: Plan) -> Self {
        self.settings.model_faults.insert(model.to_owned(), plan);
        self
    }

    /// What is spoken on the port.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// The port; without this, any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The path before `/chat/completions`; without this, `/v1`.
    pub fn base_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.settings.base_path);
        self
    }

    /// Where the time for the quota comes from. Pauses in answers always take real time.
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.settings.clock = clock.into();
        self
    }

    /// Makes its random choices (latency) differ from those of another seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// How many requests are remembered with their bodies; counts are always exact.
    pub fn remember(mut self, requests: usize) -> Self {
        self.remembered = requests;
        self
    }

    /// Opens the port.
    ///
    /// # Errors
    ///
    /// [`StartError`] when the port is taken or no certificate could be made.
    pub async fn start(self) -> Result<SimulatedProvider, StartError> {
        let mut quota = Quota::new(self.limits);
        if self.counts_refused {
            quota = quota.counting_refused();
        }
        let (greeting, certificate) = match self.transport {
            Transport::Plain => (Greeting::Plain, None),
            Transport::NoTls => (Greeting::NoTls, None),
            Transport::SelfSigned => {
                let (acceptor, der) = self_signed()?;
                (Greeting::Tls(acceptor), Some(der))
            }
        };
        let closed = self.faults.closes_the_port();
        let state = Arc::new(State::new(self.settings, quota, self.faults, self.remembered));
        let listening = Listening::start(self.port, greeting, Arc::clone(&state)).await?;
        if closed {
            listening.set(Door::Refusing).await;
        }
        Ok(SimulatedProvider { state, listening, transport: self.transport, certificate })
    }
}

impl From<CertificateError> for StartError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error.to_string())
    }
}
