//! What OpenRouter adds to OpenAI's chat, where it is written: errors with their metadata, and the route that
//! an answer took.

use potluck_core::Sealed;
use potluck_core::verdict::{AttemptNote, Refusal};

use crate::client::Route;
use crate::wire::{self, Array, Object};

/// The field of the route, on whole answers and on the last chunk of a stream.
pub(crate) const METADATA: &str = "openrouter_metadata";

/// Writes the body of a refusal: the status is the code, and the exact case stands in the metadata.
pub(crate) fn write_refusal(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    wire::object(&mut out, |body| {
        body.object("error", |error| {
            error.integer("code", refusal.status);
            super::refusal::write_words(error, refusal);
            error.object("metadata", |metadata| {
                write_type(metadata, refusal);
                metadata.text("potluck_code", refusal.code);
                super::refusal::write_metadata(metadata, refusal, request_id);
            });
        });
    });
    out
}

/// Writes what kind of failure it is, in OpenRouter's closed words, and whose words stand behind it.
pub(super) fn write_type(metadata: &mut Object<'_>, refusal: &Refusal) {
    metadata.text("error_type", error_type(refusal));
    if let Some(note) = one_provider(refusal) {
        metadata.text("provider_name", provider(&note.offer));
        if is_policy(refusal) {
            metadata.array("reasons", |reasons| wire::text(reasons.item(), &note.detail));
            metadata.text("model_slug", &note.offer);
            // The provider did not say which part of the prompt it was.
            metadata.null("flagged_input");
        } else {
            metadata.text("raw", &note.detail);
        }
    }
    if !refusal.attempts.is_empty() {
        metadata.array("previous_errors", |items| write_previous(items, &refusal.attempts));
    }
}

fn write_previous(items: &mut Array<'_>, attempts: &[AttemptNote]) {
    for note in attempts {
        items.object(|fields| {
            fields.text("provider", provider(&note.offer));
            fields.text("code", note.class);
            if let Some(status) = note.status {
                fields.integer("status", status);
            }
        });
    }
}

/// Whose failure it is, where it is that of one: clients then show its words in place of ours.
fn one_provider(refusal: &Refusal) -> Option<&AttemptNote> {
    match (refusal.code, refusal.attempts.as_slice()) {
        ("request_refused" | "content_refused", [.., last]) | (_, [last]) => Some(last),
        _ => None,
    }
}

fn is_policy(refusal: &Refusal) -> bool {
    refusal.code == "content_refused"
}

/// OpenRouter's word for a failure: by its exact case, else by its status.
fn error_type(refusal: &Refusal) -> &'static str {
    match (refusal.code, refusal.status) {
        ("context_length_exceeded", _) => "context_length_exceeded",
        ("content_refused", _) => "content_policy_violation",
        (_, 401) => "authentication",
        (_, 402) => "payment_required",
        (_, 403) => "permission_denied",
        (_, 404 | 405) => "not_found",
        (_, 408 | 504) => "timeout",
        (_, 412) => "precondition_failed",
        (_, 413) => "payload_too_large",
        (_, 422) => "unprocessable",
        (_, 429) => "rate_limit_exceeded",
        (_, 502) => "provider_unavailable",
        (_, 503 | 529) => "provider_overloaded",
        (_, 400..=499) => "invalid_request",
        _ => "server",
    }
}

/// The provider in an offer's name.
pub(super) fn provider(offer: &str) -> &str {
    offer.split('/').next().unwrap_or(offer)
}

/// The route as OpenRouter tells it.
#[must_use]
pub(crate) fn route(route: &Route) -> Sealed {
    let mut out = Vec::new();
    wire::object(&mut out, |body| {
        body.text("requested", &route.asked);
        body.text("strategy", route.strategy);
        body.null("region");
        body.text("summary", &summary(route));
        body.integer("attempt", u64::try_from(route.failed.len()).unwrap_or_default() + 1);
        body.boolean("is_byok", false);
        body.object("endpoints", |endpoints| {
            endpoints.integer("total", u64::try_from(route.considered).unwrap_or_default());
            endpoints.array("available", |items| {
                for offer in &route.available {
                    items.object(|fields| {
                        write_endpoint(fields, offer);
                        fields.boolean("selected", *offer == route.served_by);
                    });
                }
            });
        });
        body.array("attempts", |items| write_attempts(items, route));
    });
    Sealed::from_json(wire::unlossy(&out))
}

fn write_attempts(items: &mut Array<'_>, route: &Route) {
    for note in &route.failed {
        items.object(|fields| {
            write_endpoint(fields, &note.offer);
            // 0: it failed without a status, or inside a success.
            fields.integer("status", note.status.unwrap_or_default());
            fields.text("class", note.class);
        });
    }
    items.object(|fields| {
        write_endpoint(fields, &route.served_by);
        fields.integer("status", 200);
    });
}

fn write_endpoint(fields: &mut Object<'_>, offer: &str) {
    fields.text("provider", provider(offer));
    fields.text("model", offer);
}

fn summary(route: &Route) -> String {
    let Route { available, considered, failed, served_by, .. } = route;
    let (could, tried) = (available.len(), failed.len() + 1);
    format!("{could} of {considered} could serve; attempt {tried}, at {served_by}, did")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn note(offer: &str, status: Option<u16>) -> AttemptNote {
        AttemptNote {
            offer: offer.into(),
            class: "overloaded",
            cause: None,
            status,
            detail: "status 503: busy".into(),
            took: Duration::from_millis(20),
        }
    }

    #[test]
    fn a_refusal_has_its_status_as_code_and_the_words_of_the_one_that_failed() {
        let mut refusal = Refusal::new(502, "api_error", "all_attempts_failed", "It failed.");
        refusal.attempts.push(note("a/m", Some(503)));
        let body = String::from_utf8(write_refusal(&refusal, "gen-1")).unwrap();
        insta::assert_snapshot!(body, @r#"{"error":{"code":502,"message":"It failed.","type":"api_error","param":null,"metadata":{"error_type":"provider_unavailable","provider_name":"a","raw":"status 503: busy","previous_errors":[{"provider":"a","code":"overloaded","status":503}],"potluck_code":"all_attempts_failed","request_id":"gen-1","attempts":[{"offer":"a/m","class":"overloaded","status":503,"detail":"status 503: busy","seconds":0.02}]}}}"#);
    }

    #[test]
    fn the_words_of_one_do_not_stand_for_several() {
        let mut refusal = Refusal::new(502, "api_error", "all_attempts_failed", "Both failed.");
        refusal.attempts.extend([note("a/m", Some(503)), note("b/m", None)]);
        let body = String::from_utf8(write_refusal(&refusal, "")).unwrap();
        assert!(!body.contains("\"raw\"") && !body.contains("provider_name"), "{body}");
        assert!(body.contains(r#""previous_errors":[{"provider":"a","code":"overloaded","status":503},{"provider":"b","code":"overloaded"}]"#));
    }

    #[test]
    fn a_refusal_by_policy_has_the_shape_of_moderation() {
        let mut refusal = Refusal::new(403, "invalid_request_error", "content_refused", "No.");
        refusal.attempts.extend([note("a/m", None), note("b/n", Some(403))]);
        let body = String::from_utf8(write_refusal(&refusal, "")).unwrap();
        assert!(body.contains(r#""error_type":"content_policy_violation","provider_name":"b","reasons":["status 503: busy"],"model_slug":"b/n","flagged_input":null"#), "{body}");
    }

    #[test]
    fn every_status_has_a_word() {
        for status in 400..600 {
            let word = error_type(&Refusal::new(status, "", "", ""));
            assert_eq!(
                word == "server",
                matches!(status, 500 | 501 | 505..=528 | 530..),
                "{status}"
            );
        }
    }

    #[test]
    fn a_route_is_told_whole() {
        let told = route(&Route {
            asked: "free".into(),
            strategy: "free",
            considered: 3,
            available: vec!["a/m".into(), "b/m".into()],
            failed: vec![note("a/m", Some(503))],
            served_by: "b/m".into(),
        });
        insta::assert_snapshot!(told.as_json(), @r#"{"requested":"free","strategy":"free","region":null,"summary":"2 of 3 could serve; attempt 2, at b/m, did","attempt":2,"is_byok":false,"endpoints":{"total":3,"available":[{"provider":"a","model":"a/m","selected":false},{"provider":"b","model":"b/m","selected":true}]},"attempts":[{"provider":"a","model":"a/m","status":503,"class":"overloaded"},{"provider":"b","model":"b/m","status":200}]}"#);
    }
}
