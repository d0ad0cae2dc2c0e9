//! One simulated provider: models, a true quota, faults, and a port on 127.0.0.1.

mod builder;
mod file;
mod respond;
mod state;
mod texts;

use std::net::SocketAddr;
use std::sync::Arc;

pub use builder::{Builder, StartError, Transport};
use state::State;

pub use crate::answer::ListingStyle;
use crate::fault::Plan;
use crate::model::Model;
use crate::quota::{Limit, Standing};
use crate::seen::{Counts, Seen};
use crate::server::{Door, Listening};

/// A running provider. It stops when it is dropped.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use potluck_testkit::{Fault, Limit, Model, Plan, SimulatedProvider, Span};
///
/// let provider = SimulatedProvider::build("sim-sprinter")
///     .model(Model::capable("sprint-8b"))
///     .limit(Limit::requests(5, Span::Minute))
///     .start()
///     .await?;
/// provider.set_faults(Plan::every(3, Fault::Reset)).await;
/// assert!(provider.base_url().starts_with("http://127.0.0.1:"));
/// # Ok::<(), potluck_testkit::StartError>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct SimulatedProvider {
    state: Arc<State>,
    listening: Listening,
    transport: Transport,
    certificate: Option<Vec<u8>>,
}

impl SimulatedProvider {
    /// Begins a provider of this name: the name of its file, in lower case with hyphens.
    pub fn build(name: &str) -> Builder {
        Builder::new(name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// The address that requests go to, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        let scheme = if self.transport == Transport::Plain { "http" } else { "https" };
        format!("{scheme}://{}{}", self.listening.address(), self.state.base_path)
    }

    /// The address of the port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// The key that requests must carry as a bearer.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.state.key.as_deref()
    }

    /// Its certificate in DER, for a client that wants to trust it.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Its models.
    #[must_use]
    pub fn models(&self) -> Arc<[Model]> {
        self.state.models()
    }

    /// Replaces its models: what it lists and what it answers for.
    pub fn set_models(&self, models: Vec<Model>) {
        self.state.set_models(models);
    }

    /// Its true limits.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        self.state.quotas().fresh().limits().cloned().collect()
    }

    /// How its limits stand now for one model, under the account of its first key.
    #[must_use]
    pub fn standing(&self, model: &str) -> Vec<Standing> {
        self.standing_of("", model)
    }

    /// How the limits of one account stand now for one model.
    #[must_use]
    pub fn standing_of(&self, account: &str, model: &str) -> Vec<Standing> {
        let now_ms = self.state.clock.now_ms();
        self.state.quotas().of(account).standing(model, now_ms)
    }

    /// Replaces the faults that all its models share, and returns when they are in force. A plan
    /// that always refuses closes the port, and any other opens it again.
    pub async fn set_faults(&self, plan: Plan) {
        let door = if plan.closes_the_port() { Door::Refusing } else { Door::Open };
        self.state.faults().all = plan;
        self.listening.set(door).await;
    }

    /// Replaces the faults of one model; they go before those that all share.
    pub fn set_model_faults(&self, model: &str, plan: Plan) {
        self.state.faults().by_model.insert(model.to_owned(), plan);
    }

    /// Replaces the faults of its model list.
    pub fn set_listing_faults(&self, plan: Plan) {
        self.state.faults().listing = plan;
    }

    /// Takes every fault away.
    pub async fn heal(&self) {
        self.state.faults().by_model.clear();
        self.set_listing_faults(Plan::healthy());
        self.set_faults(Plan::healthy()).await;
    }

    /// Every request that is still remembered, in order.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.state.log().entries()
    }

    /// Numbers over all chat requests.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state.log().counts(None)
    }

    /// Numbers over the chat requests for one model.
    #[must_use]
    pub fn counts_of(&self, model: &str) -> Counts {
        self.state.log().counts(Some(model))
    }

    /// Forgets what was seen; the quota stays as it is.
    pub fn forget(&self) {
        self.state.log().forget();
    }

    /// The provider file for potluck, with the true limits.
    #[must_use]
    pub fn provider_file(&self) -> String {
        self.provider_file_saying(&self.limits())
    }

    /// The provider file for potluck, with limits that may be a lie.
    #[must_use]
    pub fn provider_file_saying(&self, limits: &[Limit]) -> String {
        file::render(&self.state, &self.base_url(), limits)
    }

    /// Stops, and returns when the port is closed and no answer is under way.
    pub async fn stop(mut self) {
        self.listening.stop().await;
    }
}
