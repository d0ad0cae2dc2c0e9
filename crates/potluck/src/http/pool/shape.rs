//! The JSON of the pool. Times are RFC 3339 in UTC and seconds from now; the words are those of the core.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use potluck_core::Moment;
use potluck_core::capability::{Feature, Modality};
use potluck_core::catalog::{OfferIndex, Privacy};
use potluck_core::choose::Strategy;
use potluck_core::exclusion::Exclusion;
use potluck_core::forecast::{Cause, Forecast, Reset};
use potluck_core::health::Percentiles;
use potluck_core::pool::{Explanation, FailureView, LimitView, OfferView, PoolView};
use potluck_core::quota::{Source, Unit};
use potluck_core::requirements::Requirements;
use potluck_core::verdict::Refusal;
use serde_json::{Value, json};

use crate::house::House;
use crate::http::pool::{journal, named};
use crate::http::reach::Reach;
use crate::recent::Needs;
use crate::shelf::Shelf;

/// The whole pool, as far as whoever asks may use it.
pub(super) fn pool(house: &House, shelf: &Shelf, view: &PoolView, reach: &Reach) -> Value {
    let offers: Vec<&OfferView> = view.offers.iter().filter(|o| reach.has(o.offer)).collect();
    let available = offers.iter().filter(|offer| offer.exclusion.is_none()).count();
    let providers: BTreeSet<&str> = offers.iter().map(|o| o.provider.as_str()).collect();
    // Whom nobody uses, and what is in the files, is the business of whoever may use everybody.
    let idle = shelf.idle.iter().filter(|_| !reach.is_bound());
    let idle = idle.map(|idle| json!({ "provider": idle.provider, "why": idle.why.to_string() }));
    let configuration = (!reach.is_bound()).then(|| house.reloads.standing().told());
    let pools = shelf.catalog.pools.iter().filter(|pool| reach.names(pool));
    json!({
        "now": time(view.now),
        "strategy": match view.strategy {
            Strategy::Balanced => "balanced",
            Strategy::Uniform => "uniform",
        },
        "summary": {
            "providers": providers.len(),
            "offers": offers.len(),
            "available": available,
            "retry_budget": (view.retry_budget * 10.0).round() / 10.0,
            "sessions": view.sessions,
            "listeners": house.events.listeners(),
            "shared_with": house.sharers(),
            "stocked_at": time(shelf.stocked),
        },
        "offers": offers.iter().map(|o| offer(shelf, o, view.now, reach)).collect::<Vec<_>>(),
        "idle": idle.collect::<Vec<_>>(),
        "configuration": configuration,
        "journal": journal::retention(house),
        "pools": pools.map(|pool| named::describe(pool, view, reach)).collect::<Vec<_>>(),
    })
}

/// One offer.
pub(super) fn offer(shelf: &Shelf, view: &OfferView, now: Moment, reach: &Reach) -> Value {
    let offer = shelf.catalog.offer(view.offer);
    let provider = shelf.catalog.provider(offer.provider);
    let capability = &offer.capability;
    json!({
        "offer": view.name.as_str(),
        "provider": view.provider.as_str(),
        "provider_name": &*provider.title,
        "model": view.model.as_str(),
        "credential": view.credential.as_str(),
        "account": view.account.as_str(),
        "family": view.family.as_str(),
        "pools": named::of(&shelf.catalog, view.offer, reach).collect::<Vec<_>>(),
        "state": view.state,
        "since": view.since.map(time),
        "reasons": view.reasons.iter().map(|e| reason(e, now)).collect::<Vec<_>>(),
        "context": capability.context,
        "max_output": capability.max_output,
        "input": capability.input.iter().map(Modality::word).collect::<Vec<_>>(),
        "output": capability.output.iter().map(Modality::word).collect::<Vec<_>>(),
        "features": capability.features.iter().map(Feature::word).collect::<Vec<_>>(),
        "quality": capability.quality,
        "limits": view.limits.iter().map(|l| limit(l, now)).collect::<Vec<_>>(),
        "in_flight": view.in_flight,
        "concurrency": view.concurrency,
        "success": view.success,
        "attempts": view.attempts,
        "served": view.served,
        "failures": view.failures.iter().map(|(class, count)| json!({ "class": class, "count": count })).collect::<Vec<_>>(),
        "last_failure": view.last_failure.as_ref().map(failure),
        "total_ms": view.total_millis.map(spread),
        "first_event_ms": view.first_event_millis.map(spread),
        "tokens_per_s": view.tokens_per_second.map(spread),
        "estimated_wait_s": view.wait.map(seconds),
        "simulated": provider.simulated,
        "local": provider.local,
        "privacy": privacy(provider.privacy),
    })
}

/// How an offer stands, without the rest.
pub(super) fn standing(view: &OfferView, now: Moment) -> Value {
    json!({
        "offer": view.name.as_str(),
        "state": view.state,
        "since": view.since.map(time),
        "reasons": view.reasons.iter().map(|e| reason(e, now)).collect::<Vec<_>>(),
        "estimated_wait_s": view.wait.map(seconds),
    })
}

/// One limit.
pub(super) fn limit(view: &LimitView, now: Moment) -> Value {
    json!({
        "counts": view.meter.word(),
        "amount": view.amount,
        "per": view.window.map_or_else(|| "at once".to_owned(), per),
        "calendar": view.calendar.map(turn),
        "used": view.used,
        "remaining": view.remaining,
        "resets_at": view.resets.map(time),
        "resets_in_s": view.resets.map(|at| seconds(at.until_from(now))),
        "source": match view.source {
            Source::Table => "table",
            Source::Ledger => "ledger",
            Source::Provider => "header",
            Source::Learnt => "learnt",
        },
        "heard_at": view.heard.map(time),
        "drift": view.drift.map_or(0, |drift| drift.by),
        "last_word": view.drift.map(|drift| json!({
            "provider_counted": drift.counted,
            "own_count": drift.own,
            "at": time(drift.at),
        })),
        "margin": view.margin,
        "used_elsewhere": view.elsewhere,
        "held_elsewhere": view.lent.min(view.amount),
        "bucket": &*view.key,
    })
}

fn spread(of: Percentiles) -> Value {
    json!({ "p50": of.p50, "p95": of.p95, "samples": of.samples })
}

fn failure(view: &FailureView) -> Value {
    json!({
        "class": view.class.word(),
        "status": view.status,
        "detail": view.detail,
        "at": time(view.at),
    })
}

/// Who would be drawn, with what chance, and who would not.
pub(super) fn explanation(
    shelf: &Shelf,
    requirements: &Requirements,
    explanation: &Explanation,
    verdict: Option<&Refusal>,
    now: Moment,
) -> Value {
    let name = |offer| shelf.catalog.offer(offer).name.as_str();
    let candidates: Vec<Value> = explanation
        .eligible
        .iter()
        .map(|one| {
            json!({
                "offer": name(one.offer),
                "weight": one.weight,
                "probability": one.probability,
                "sticky": one.sticky,
            })
        })
        .collect();
    let excluded: Vec<Value> = explanation
        .excluded
        .iter()
        .map(|(offer, exclusion)| {
            let mut told = reason(exclusion, now);
            told["offer"] = json!(name(*offer));
            told
        })
        .collect();
    json!({
        "requirements": Needs::from(requirements),
        "candidates": candidates,
        "excluded": excluded,
        "considered": explanation.considered,
        "verdict": verdict.map(|refusal| json!({
            "status": refusal.status,
            "code": refusal.code,
            "message": refusal.message,
            "retry_after_s": refusal.retry_after.map(seconds),
        })),
    })
}

/// How many requests can be served, and when more.
pub(super) fn forecast(
    shelf: &Shelf,
    requirements: &Requirements,
    forecast: &Forecast,
    zone: &TimeZone,
    sentence: &str,
) -> Value {
    let reset = |reset: &Reset| {
        let Reset { at, cause, offers, more } = reset;
        let name = |offer: &OfferIndex| shelf.catalog.offer(*offer).name.as_str();
        let (word, unit, place) = match cause {
            Cause::Turn { unit, zone } => ("turn", Some(turn(*unit)), zone.as_deref()),
            Cause::Return => ("return", None, None),
            Cause::Rest => ("rest", None, None),
        };
        json!({
            "at": time(*at),
            "in_s": seconds(at.until_from(forecast.now)),
            "when": reset.when(zone),
            "cause": word,
            "unit": unit,
            "zone": place,
            "offers": offers.iter().map(name).collect::<Vec<_>>(),
            "more": more,
        })
    };
    json!({
        "sentence": sentence,
        "now": time(forecast.now),
        "zone": zone.iana_name(),
        "day_ends_at": time(forecast.day_ends),
        "requirements": Needs::from(requirements),
        "offers": {
            "ready": forecast.ready,
            "fit": forecast.fit,
            "unlimited": forecast.unlimited,
        },
        "requests": {
            "at_once": forecast.at_once,
            "hour": forecast.hour,
            "today": forecast.today,
            "day": forecast.day,
        },
        "resets": forecast.resets.iter().map(reset).collect::<Vec<_>>(),
    })
}

fn reason(exclusion: &Exclusion, now: Moment) -> Value {
    json!({
        "reason": exclusion.word(),
        "detail": exclusion.to_string(),
        "until": exclusion.ends().map(time),
        "in_s": exclusion.ends().map(|end| seconds(end.until_from(now))),
    })
}

const fn turn(unit: Unit) -> &'static str {
    match unit {
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Month => "month",
    }
}

const fn privacy(privacy: Privacy) -> &'static str {
    match privacy {
        Privacy::NoTraining => "no-training",
        Privacy::Trains => "trains",
        Privacy::Unclear => "unclear",
    }
}

fn per(window: Duration) -> String {
    match window.as_secs() {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        2_592_000 | 2_678_400 => "month".to_owned(),
        other => format!("{other} seconds"),
    }
}

fn time(moment: Moment) -> String {
    jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default().to_string()
}

/// Seconds with their thousandths.
fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}
