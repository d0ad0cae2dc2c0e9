//! The requests that the demo sends itself, and what came of them.

use potluck_testkit::{Fault, Plan, Pool, ServerTrouble};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::answer::{self, Answer};
use crate::cli::call::Caller;
use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

mod stop;

use stop::Stop;

/// What came of one request.
#[derive(Serialize)]
pub(super) struct Passed {
    pub(super) what: &'static str,
    pub(super) streamed: bool,
    #[serde(flatten)]
    pub(super) answer: Option<Answer>,
    pub(super) error: Option<String>,
    pub(super) served: bool,
}

/// What a simulated provider itself says it saw.
#[derive(Serialize)]
pub(super) struct Witness {
    pub(super) provider: String,
    pub(super) requests: u64,
    pub(super) failed: u64,
    pub(super) refused: u64,
}

/// All that came of it.
pub(super) struct Tour {
    pub(super) passed: Vec<Passed>,
    pub(super) witnesses: Vec<Witness>,
}

/// Takes the tour.
pub(super) async fn take(
    caller: &Caller,
    simulated: &Pool,
    screen: &mut Screen,
) -> Result<Tour, Failure> {
    if let Some(provider) = simulated.provider(stop::BROKEN) {
        let trouble = Fault::Trouble(ServerTrouble::Unavailable);
        provider.set_faults(Plan::first(1, trouble)).await;
    }
    let stops = stop::all();
    let mut passed = Vec::with_capacity(stops.len());
    for (place, stop) in (1..).zip(stops) {
        screen.waiting(&format!("request {place}: {}", stop.what))?;
        passed.push(pass(caller, stop).await?);
    }
    screen.waiting("")?;
    let witnesses = simulated.providers().iter().map(|provider| {
        let counts = provider.counts();
        Witness {
            provider: provider.name().to_owned(),
            requests: counts.requests,
            failed: counts.faulted,
            refused: counts.over_limit,
        }
    });
    Ok(Tour { passed, witnesses: witnesses.collect() })
}

async fn pass(caller: &Caller, stop: Stop) -> Result<Passed, Failure> {
    let streamed = stop.body["stream"] == true;
    let (what, holds) = (stop.what, stop.holds);
    match ask(caller, &stop.body, streamed).await {
        Ok(answer) => {
            let served = holds(&answer);
            let error = (!served).then(|| "the answer is not what was asked for".to_owned());
            Ok(Passed { what, streamed, answer: Some(answer), error, served })
        }
        Err(failure @ Failure::Refused { .. }) => {
            Ok(Passed { what, streamed, answer: None, error: failure.message(), served: false })
        }
        Err(failure) => Err(failure),
    }
}

async fn ask(caller: &Caller, body: &Value, streamed: bool) -> Result<Answer, Failure> {
    let asked = answer::asked();
    let reply = caller.post("/v1/chat/completions", &[], body).await?;
    if streamed {
        answer::streamed(reply, asked, |_| Ok(())).await
    } else {
        answer::whole(reply, asked).await
    }
}

// === impl Tour ===

impl Tour {
    /// For machines.
    pub(super) fn report(&self, base: &str, pool: &Value) -> Value {
        json!({
            "simulated": true,
            "listening": base,
            "requests": self.passed,
            "providers": self.witnesses,
            "pool": pool,
        })
    }

    /// An error unless all was served.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let lost: Vec<&str> =
            self.passed.iter().filter(|passed| !passed.served).map(|passed| passed.what).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let (count, all, names) = (lost.len(), self.passed.len(), lost.join("; "));
        Err(anyhow::anyhow!("{count} of {all} requests were not served: {names}").into())
    }
}
