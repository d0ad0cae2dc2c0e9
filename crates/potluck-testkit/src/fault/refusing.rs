//! Faults that say no with a status.

use std::time::Duration;

use serde_json::json;

use super::kind::{NotFree, ServerTrouble};
use crate::answer::{Invalid, Shape, error_body};
use crate::quota::{Limit, Refusal, RefusalStyle, Span, refusal_reply};
use crate::server::Reply;

const DAY_MS: u64 = 86_400_000;

pub(super) fn rate_limited(style: RefusalStyle, wait: Option<Duration>, now_ms: u64) -> Reply {
    let wait_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    let refusal = Refusal {
        limit: Limit::requests(30, Span::Minute),
        used: 30,
        needed: 1,
        retry_at_ms: wait_ms.map(|wait| now_ms.saturating_add(wait)),
    };
    refusal_reply(style, &refusal, now_ms)
}

pub(super) fn quota_spent(style: RefusalStyle, now_ms: u64) -> Reply {
    let midnight = now_ms - now_ms % DAY_MS + DAY_MS;
    let refusal = Refusal {
        limit: Limit::requests(1_000, Span::Day).calendar(),
        used: 1_000,
        needed: 1,
        retry_at_ms: Some(midnight),
    };
    refusal_reply(style, &refusal, now_ms)
}

pub(super) fn not_free(how: NotFree, model: &str) -> Reply {
    let (status, message, shape) = match how {
        NotFree::Unknown => {
            (404, format!("The model `{model}` does not exist."), Shape::UNKNOWN_MODEL)
        }
        NotFree::Gone => {
            let message = format!("The model `{model}` has been retired.");
            (410, message, Shape { kind: "invalid_request_error", code: "model_gone" })
        }
        NotFree::Subscription => {
            let message = "this model requires a subscription, upgrade for access".to_owned();
            (403, message, Shape { kind: "forbidden", code: "subscription_required" })
        }
        NotFree::ZeroLimit => {
            let message = format!(
                "You exceeded your current quota. Quota exceeded for metric: \
                 generate_content_free_tier_requests, limit: 0, model: {model}"
            );
            (429, message, Shape { kind: "quota", code: "RESOURCE_EXHAUSTED" })
        }
    };
    Reply::json(status, error_body(&message, shape))
}

pub(super) fn unauthorized() -> Reply {
    Reply::json(401, error_body("Incorrect API key provided.", Shape::INVALID_KEY))
}

pub(super) fn trouble(what: ServerTrouble) -> Reply {
    let error = |status, message, kind| {
        Reply::json(status, error_body(message, Shape { kind, code: "server_error" }))
    };
    match what {
        ServerTrouble::Internal => error(500, "Something went wrong on our side.", "server_error"),
        ServerTrouble::BadGateway => Reply::text(
            502,
            "text/html",
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 \
             Bad Gateway</h1></center>\r\n<hr><center>simulated</center>\r\n</body>\r\n</html>\r\n",
        ),
        ServerTrouble::Unavailable => {
            error(503, "No capacity is available.", "service_unavailable")
        }
        ServerTrouble::Overloaded => error(529, "Overloaded", "overloaded_error"),
        ServerTrouble::Degraded => Reply::json(
            400,
            json!({
                "status": 400,
                "title": "Bad Request",
                "detail": "[simulated] Function id 'simulated': DEGRADED function cannot be invoked",
            }),
        ),
    }
}

pub(super) fn context_too_long() -> Reply {
    let message = "Request too large: please reduce the length of the messages.";
    let invalid = Invalid::param("messages", message).code("context_length_exceeded");
    Reply::json(413, invalid.body())
}

pub(super) fn policy() -> Reply {
    let message = "Your request was rejected as a result of our safety system.";
    let shape = Shape { kind: "invalid_request_error", code: "content_policy_violation" };
    Reply::json(400, error_body(message, shape))
}

pub(super) fn redirect(to: &str) -> Reply {
    Reply::text(302, "text/plain", "[simulated] moved\n").header("location", to)
}
