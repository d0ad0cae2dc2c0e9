//! Final words.

use super::*;
use crate::capability::Feature;
use crate::fixture::{NOON, Stock, secs};
use crate::quota::Meter;

fn verdict(excluded: &[Exclusion], attempts: &[AttemptNote]) -> Refusal {
    let mut stock = Stock::default();
    for at in 0..excluded.len() {
        stock = stock.offer(&format!("p/m{at}"), "m");
    }
    let excluded: Vec<_> = (0u32..).map(OfferIndex).zip(excluded.iter().copied()).collect();
    judge(&stock.done(), &excluded, attempts, NOON)
}

fn attempt(class: Class, status: Option<u16>) -> AttemptNote {
    AttemptNote {
        offer: "p/m".to_owned(),
        class: class.word(),
        cause: None,
        status,
        detail: "it said no".to_owned(),
        took: secs(1),
    }
}

fn dry(seconds: u64) -> Exclusion {
    Exclusion::OutOfQuota { meter: Meter::Requests, until: NOON.after(secs(seconds)) }
}

const NO_TOOLS: Exclusion = Exclusion::LacksFeature(Feature::Tools);
const SMALL: Exclusion = Exclusion::ContextTooSmall { have: 8000, need: 9000 };

#[test]
fn waiting_is_promised_only_where_it_helps_and_exactly() {
    let refusal = verdict(&[NO_TOOLS, dry(70), dry(42)], &[]);
    assert_eq!((refusal.status, refusal.retry_after), (429, Some(secs(42))));
    assert!(refusal.message.contains("(2 of 3: requests used up for now)"), "{}", refusal.message);
    let half = Exclusion::Cooling {
        class: Class::Overloaded,
        until: Moment::from_millis(NOON.as_millis() + 1),
        stated: true,
    };
    let soon = verdict(&[half], &[]);
    assert_eq!(soon.retry_after, Some(Duration::from_millis(1)));
    assert!(soon.message.contains("in 1 second:"), "rounded up for people: {}", soon.message);
    assert_eq!(verdict(&[Exclusion::Busy], &[]).retry_after, Some(secs(1)));
}

#[test]
fn nothing_that_can_ever_do_it_is_404_with_reasons() {
    let refusal = verdict(&[NO_TOOLS, NO_TOOLS, Exclusion::NotInOnly], &[]);
    assert_eq!((refusal.status, refusal.retry_after), (404, None));
    let reasons: Vec<_> = refusal.reasons.iter().map(|r| (r.reason.as_str(), r.offers)).collect();
    assert_eq!(reasons, [("lacks_feature:tools", 2), ("not_in_only", 1)]);
    assert!(refusal.message.contains("2 of 3: no tools"), "{}", refusal.message);
}

#[test]
fn a_prompt_that_fits_nowhere_is_413() {
    let exceeds = Exclusion::ExceedsLimit { meter: Meter::Tokens, have: 8500, need: 9000 };
    let refusal = verdict(&[NO_TOOLS, SMALL, exceeds], &[]);
    assert_eq!((refusal.status, refusal.code), (413, "context_length_exceeded"));
    assert!(refusal.message.contains("9000") && refusal.message.contains("8500"));
}

#[test]
fn all_attempts_failed_is_502_and_all_throttled_429() {
    let broken = attempt(Class::Overloaded, Some(500));
    let throttled = attempt(Class::RateLimited, Some(429));
    let both = [broken.clone(), throttled.clone()];
    let refusal = verdict(&[dry(60)], &both);
    assert_eq!(
        (refusal.status, refusal.retry_after),
        (502, None),
        "a mixed failure promises nothing"
    );
    assert_eq!(refusal.attempts, both);
    let refusal = verdict(&[dry(60)], &[throttled.clone(), throttled]);
    assert_eq!((refusal.status, refusal.retry_after), (429, Some(secs(60))));
    assert!(verdict(&[], &[broken]).message.contains("it said no"));
}

#[test]
fn a_clients_fault_is_passed_on() {
    let attempts = [attempt(Class::Overloaded, None), attempt(Class::ClientFault, Some(422))];
    assert_eq!(verdict(&[], &attempts).status, 422);
    assert_eq!(verdict(&[], &[attempt(Class::ClientFault, Some(500))]).status, 400);
}

#[test]
fn a_request_that_fits_none_of_those_tried() {
    let misfit = attempt(Class::DoesNotFit, Some(400));
    assert_eq!(verdict(&[NO_TOOLS], std::slice::from_ref(&misfit)).status, 400);
    assert_eq!(verdict(&[], &[attempt(Class::DoesNotFit, Some(413))]).status, 413);
    assert_eq!(verdict(&[dry(9)], &[misfit]).status, 429, "another one is only waiting");
}

#[test]
fn an_empty_or_shut_pool_is_503() {
    let refusal = verdict(&[], &[]);
    assert_eq!((refusal.status, refusal.code), (503, "pool_is_empty"));
    assert!(refusal.retry_after.is_some());
    let shut = [NO_TOOLS, Exclusion::CredentialRefused, Exclusion::Retired(Class::NotFree)];
    assert_eq!(verdict(&shut, &[]).status, 503);
}

#[test]
fn a_filter_s_refusal_is_called_that() {
    let policy =
        |class| AttemptNote { cause: Some(Cause::ContentPolicy), ..attempt(class, Some(403)) };
    let refusal = verdict(&[], &[attempt(Class::Overloaded, None), policy(Class::ClientFault)]);
    assert_eq!((refusal.status, refusal.code), (403, "content_refused"));
    let alone = verdict(&[NO_TOOLS], &[policy(Class::DoesNotFit)]);
    assert_eq!((alone.status, alone.code), (403, "content_refused"));
    let mixed = verdict(&[], &[policy(Class::DoesNotFit), attempt(Class::DoesNotFit, Some(400))]);
    assert_eq!(mixed.code, "request_does_not_fit");
}

#[test]
fn a_prompt_that_is_too_long_for_every_painter_is_said_in_characters() {
    let long = |have| Exclusion::PromptTooLong { have, need: 5_000 };
    let refusal = verdict(&[long(1_000), long(4_000), NO_TOOLS], &[]);
    assert_eq!((refusal.status, refusal.code), (413, "prompt_too_long"));
    assert!(
        refusal.message.contains("5000 characters") && refusal.message.contains("at most 4000")
    );
    assert_eq!(refusal.param.as_deref(), Some("prompt"));
}
