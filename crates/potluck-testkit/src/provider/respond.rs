//! From a request to its whole answer, in the order in which a provider looks at it: path, key,
//! body, model, what the model can do, quota, and only then luck.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::state::State;
use crate::answer::{
    Answer, Ask, Shape, answer, error_body, listing_body, one_listed, stream_events, whole_body,
};
use crate::fault::{Fault, Good, spoil};
use crate::model::Model;
use crate::quota::{good_headers, refusal_reply};
use crate::seen::{End, Seen, Verdict};
use crate::server::{Ended, Framing, Host, Reply, Request, Script};

/// Held while an answer is under way; what it holds is given back when it is dropped.
pub(crate) struct Ticket {
    state: Arc<State>,
    number: u64,
    /// The model as it was asked for.
    model: Option<String>,
    /// Whose key was given.
    account: String,
    /// Output tokens to count at the end, when the quota admitted the request.
    admitted: Option<u64>,
    began_ms: u64,
    end: End,
}

/// What was decided about a request.
pub(super) struct Decision {
    script: Script,
    verdict: Verdict,
    model: Option<String>,
    streamed: bool,
    fault: Option<String>,
    output_tokens: u64,
}

impl Host for State {
    type Ticket = Ticket;

    fn answer(self: &Arc<Self>, request: Request) -> (Script, Ticket) {
        let at_ms = self.clock.now_ms();
        let (number, in_flight) = self.log().begin();
        let decision = self.decide(&request, number, at_ms);
        let ticket = Ticket {
            state: Arc::clone(self),
            number,
            model: decision.model.clone(),
            account: self.asker(&request).unwrap_or_default().to_owned(),
            admitted: (decision.verdict == Verdict::Accepted).then_some(decision.output_tokens),
            began_ms: at_ms,
            end: End::Stopped,
        };
        self.log().push(Seen {
            number,
            at_ms,
            ended_at_ms: None,
            method: request.method,
            path: request.path,
            model: decision.model,
            streamed: decision.streamed,
            verdict: decision.verdict,
            fault: decision.fault,
            headers: request.headers,
            body: request.body,
            in_flight,
            end: End::Open,
        });
        (decision.script, ticket)
    }

    fn finish(&self, mut ticket: Ticket, ended: Ended) {
        ticket.end = match ended {
            Ended::Sent => End::Complete,
            Ended::ClientLeft => End::ClientLeft,
        };
    }
}

impl Ticket {
    /// Until when the provider is busy with a request whose client has left.
    fn goes_on_until(&self) -> Option<u64> {
        let length = self.state.goes_on.filter(|_| self.end != End::Complete)?;
        Some(self.began_ms + u64::try_from(length.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let now_ms = self.state.clock.now_ms();
        if let (Some(tokens), Some(model)) = (self.admitted, &self.model) {
            let mut quotas = self.state.quotas();
            let quota = quotas.of(&self.account);
            match self.goes_on_until().filter(|until| *until > now_ms) {
                Some(until_ms) => quota.go_on(model, until_ms),
                None => quota.settle(model, tokens, now_ms),
            }
        }
        self.state.log().end(self.number, self.model.as_deref(), self.end, now_ms);
    }
}

impl State {
    fn decide(&self, request: &Request, number: u64, now_ms: u64) -> Decision {
        let path = request.path.strip_prefix(self.base_path.as_str()).unwrap_or_default();
        match (request.method.as_str(), path) {
            (_, "/chat/completions" | "/embeddings" | "/rerank" | "/models" | "/account")
                if self.asker(request).is_none() =>
            {
                Decision::page(Reply::json(
                    401,
                    error_body("Incorrect API key provided.", Shape::INVALID_KEY),
                ))
                .judged(if matches!(path, "/models" | "/account") {
                    Verdict::Page
                } else {
                    Verdict::Unauthorized
                })
            }
            ("POST", "/chat/completions") => self.chat(request, number, now_ms),
            ("POST", "/embeddings") => self.embeddings(request, now_ms),
            ("POST", "/rerank") => self.rerank(request, now_ms),
            ("GET", "/models") => self.listing(now_ms),
            ("GET", "/account") if self.tells => {
                let account = self.asker(request).unwrap_or_default();
                Decision::page(Reply::json(200, self.account(account, now_ms)))
            }
            ("GET", path) => Decision::page(self.page(path)),
            _ => Decision::page(Reply::json(404, error_body("No such path.", Shape::UNKNOWN_PATH))),
        }
    }

    /// Whose key a request carries, where it is taken.
    pub(super) fn asker(&self, request: &Request) -> Option<&str> {
        let given = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        self.account_of(given)
    }

    fn listing(&self, now_ms: u64) -> Decision {
        let body = listing_body(self.listing, &self.name, &self.models());
        let fault = self.faults().listing.next_fault();
        let Some(fault) = fault else { return Decision::page(Reply::json(200, body)) };
        let good = Good {
            streamed: false,
            model: String::new(),
            first_byte: Duration::ZERO,
            headers: Vec::new(),
            body,
            events: Vec::new(),
        };
        Decision { fault: Some(fault.name()), ..Decision::doing(spoil(&fault, &good, now_ms)) }
    }

    fn account(&self, account: &str, now_ms: u64) -> serde_json::Value {
        let standings = self.quotas().of(account).standing("", now_ms);
        let first = standings.first();
        json!({ "data": first.map(|first| json!({
            "limit": first.limit.amount,
            "used": first.used,
            "remaining": first.remaining,
        })) })
    }

    fn page(&self, path: &str) -> Reply {
        let models = self.models();
        let named = path.strip_prefix("/models/").and_then(|id| find(&models, id));
        match named {
            Some(model) => Reply::json(200, one_listed(self.listing, &self.name, model)),
            None if path.is_empty() => {
                Reply::json(200, json!({"simulated": true, "provider": self.name}))
            }
            None => Reply::json(404, error_body("No such path.", Shape::UNKNOWN_PATH)),
        }
    }

    fn chat(&self, request: &Request, number: u64, now_ms: u64) -> Decision {
        let ask = match Ask::read(&request.body) {
            Ok(ask) => ask,
            Err(invalid) => {
                return Decision::page(Reply::json(400, invalid.body())).judged(Verdict::Invalid);
            }
        };
        let models = self.models();
        let Some(model) = find(&models, &ask.model) else {
            let message = format!("The model `{}` does not exist.", ask.model);
            let body = error_body(&message, Shape::UNKNOWN_MODEL);
            return Decision::page(Reply::json(404, body)).judged(Verdict::UnknownModel).of(&ask);
        };
        let answer = match answer(&self.name, model, &ask, number, now_ms) {
            Ok(answer) => answer,
            Err(invalid) => {
                let reply = Reply::json(400, invalid.body());
                return Decision::page(reply).judged(Verdict::Invalid).of(&ask);
            }
        };
        let (admission, standings) = {
            let mut quotas = self.quotas();
            let quota = quotas.of(self.asker(request).unwrap_or_default());
            let admission = quota.admit(&model.id, ask.prompt_tokens, now_ms);
            (admission, quota.standing(&model.id, now_ms))
        };
        if let Err(refusal) = admission {
            let reply = refusal_reply(self.style, &refusal, now_ms);
            return Decision::page(reply).judged(Verdict::OverLimit(refusal.limit)).of(&ask);
        }
        let mut headers = good_headers(self.style, &standings, now_ms);
        headers.push(("x-request-id".to_owned(), format!("req_sim{number:08x}")));
        let first_byte = self.first_byte(model, number);
        self.serve(&ask, model, &answer, headers, first_byte, now_ms)
    }

    fn serve(
        &self,
        ask: &Ask,
        model: &Model,
        answer: &Answer,
        headers: Vec<(String, String)>,
        first_byte: Duration,
        now_ms: u64,
    ) -> Decision {
        let fault = self.next_fault(&model.id);
        let script = match &fault {
            Some(fault) => {
                let good = Good {
                    streamed: ask.stream,
                    model: model.id.clone(),
                    first_byte,
                    headers,
                    body: whole_body(answer, model),
                    events: stream_events(answer, model, ask.include_usage),
                };
                spoil(fault, &good, now_ms)
            }
            None => {
                let mut reply = good_reply(ask, model, answer);
                reply.headers.extend(headers);
                // one body takes as long as the stream would have taken
                reply.first_byte += first_byte;
                reply.script(&Framing::default())
            }
        };
        let answered = fault.as_ref().is_none_or(Fault::is_harmless);
        Decision {
            fault: fault.map(|fault| fault.name()),
            output_tokens: if answered { answer.completion_tokens } else { 0 },
            ..Decision::doing(script).judged(Verdict::Accepted).of(ask)
        }
    }

    fn first_byte(&self, model: &Model, number: u64) -> Duration {
        if model.spread.is_zero() {
            return model.first_byte;
        }
        let mut rng = StdRng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9e37_79b9));
        model.first_byte + model.spread.mul_f64(rng.random::<f64>())
    }
}

pub(super) fn find<'a>(models: &'a [Model], id: &str) -> Option<&'a Model> {
    models.iter().find(|model| model.id == id)
}

fn good_reply(ask: &Ask, model: &Model, answer: &Answer) -> Reply {
    if ask.stream {
        return Reply::events(stream_events(answer, model, ask.include_usage));
    }
    let mut reply = Reply::json(200, whole_body(answer, model));
    reply.first_byte = model.pace.saturating_mul(u32::try_from(model.chunks).unwrap_or(u32::MAX));
    reply
}

impl Decision {
    pub(super) fn page(reply: Reply) -> Self {
        Self::doing(reply.script(&Framing::default()))
    }

    pub(super) fn doing(script: Script) -> Self {
        Self {
            script,
            verdict: Verdict::Page,
            model: None,
            streamed: false,
            fault: None,
            output_tokens: 0,
        }
    }

    pub(super) fn judged(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    fn of(self, ask: &Ask) -> Self {
        Self { streamed: ask.stream, ..self.about(&ask.model) }
    }

    pub(super) fn spoilt(mut self, fault: &Fault) -> Self {
        self.fault = Some(fault.name());
        self
    }

    pub(super) fn about(mut self, model: &str) -> Self {
        self.model = Some(model.to_owned());
        self
    }
}
