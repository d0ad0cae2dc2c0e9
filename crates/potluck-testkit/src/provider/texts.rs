//! Requests for vectors and for an order of texts: admitted, counted and spoilt like chat.

use std::time::Duration;

use super::respond::{Decision, find};
use super::state::State;
use crate::answer::{Invalid, Shape, TextsAsk, error_body};
use crate::fault::{Fault, Good, spoil};
use crate::model::{Model, Trade};
use crate::quota::{good_headers, refusal_reply};
use crate::seen::Verdict;
use crate::server::{Framing, Reply, Request};

impl State {
    pub(super) fn embeddings(&self, request: &Request, now_ms: u64) -> Decision {
        self.texts(request, TextsAsk::embedding(&request.body), now_ms, |model, ask| {
            match model.trade {
                Trade::Embeds { at_once, .. } if ask.count() > at_once as usize => {
                    Err(format!("at most {at_once} texts at once"))
                }
                Trade::Embeds { dimensions, .. } => Ok(ask.vectors(dimensions)),
                _ => Err(format!("`{}` makes no embeddings", model.id)),
            }
        })
    }

    pub(super) fn rerank(&self, request: &Request, now_ms: u64) -> Decision {
        self.texts(request, TextsAsk::rerank(&request.body), now_ms, |model, ask| {
            match model.trade {
                Trade::Ranks => Ok(ask.ranking()),
                _ => Err(format!("`{}` does not rerank", model.id)),
            }
        })
    }

    fn texts(
        &self,
        request: &Request,
        ask: Result<TextsAsk, Invalid>,
        now_ms: u64,
        answer: impl FnOnce(&Model, &TextsAsk) -> Result<serde_json::Value, String>,
    ) -> Decision {
        let ask = match ask {
            Ok(ask) => ask,
            Err(invalid) => {
                return Decision::page(Reply::json(400, invalid.body())).judged(Verdict::Invalid);
            }
        };
        let models = self.models();
        let Some(model) = find(&models, &ask.model) else {
            let message = format!("The model `{}` does not exist.", ask.model);
            let body = error_body(&message, Shape::UNKNOWN_MODEL);
            return Decision::page(Reply::json(404, body))
                .judged(Verdict::UnknownModel)
                .about(&ask.model);
        };
        let body = match answer(model, &ask) {
            Ok(body) => body,
            Err(message) => {
                let body = error_body(&message, Shape::UNFIT);
                return Decision::page(Reply::json(400, body))
                    .judged(Verdict::Invalid)
                    .about(&ask.model);
            }
        };
        let (admission, standings) = {
            let mut quotas = self.quotas();
            let quota = quotas.of(self.asker(request).unwrap_or_default());
            let admission = quota.admit(&model.id, ask.tokens(), now_ms);
            (admission, quota.standing(&model.id, now_ms))
        };
        if let Err(refusal) = admission {
            let reply = refusal_reply(self.style, &refusal, now_ms);
            return Decision::page(reply)
                .judged(Verdict::OverLimit(refusal.limit))
                .about(&ask.model);
        }
        let headers = good_headers(self.style, &standings, now_ms);
        self.serve_texts(model, body, headers, now_ms).judged(Verdict::Accepted).about(&ask.model)
    }

    fn serve_texts(
        &self,
        model: &Model,
        body: serde_json::Value,
        headers: Vec<(String, String)>,
        now_ms: u64,
    ) -> Decision {
        let fault: Option<Fault> = self.next_fault(&model.id);
        let Some(fault) = fault else {
            let mut reply = Reply::json(200, body);
            reply.headers.extend(headers);
            reply.first_byte += model.first_byte;
            return Decision::doing(reply.script(&Framing::default()));
        };
        let good = Good {
            streamed: false,
            model: model.id.clone(),
            first_byte: Duration::ZERO,
            headers,
            body,
            events: Vec::new(),
        };
        Decision::doing(spoil(&fault, &good, now_ms)).spoilt(&fault)
    }
}
