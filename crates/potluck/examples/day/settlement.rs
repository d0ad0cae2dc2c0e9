//! What potluck's pool is told of an attempt that is over.

use std::time::Duration;

use potluck_core::outcome::{Class, Failure, Outcome, Settlement, Stage, Wait};
use potluck_core::response::Usage;

use crate::load::Ask;
use crate::provider::Answer;

/// A window so long is a day's.
const DAY: i64 = 86_400_000;

fn span(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// What an answer teaches the pool.
pub(crate) fn settlement(answer: &Answer, ask: &Ask) -> Settlement {
    let (prompt, completion) = (u64::from(ask.prompt), u64::from(ask.answer));
    let usage = Usage { prompt, completion, total: prompt + completion, ..Usage::default() };
    match answer {
        Answer::Served(first, end) => Settlement {
            outcome: Outcome::Success,
            usage: Some(usage),
            dispatched: true,
            first_event: Some(span(*first)),
            streamed: true,
            total: span(*end),
        },
        Answer::Throttled { meter, window, stated } => {
            let long = *window >= DAY;
            let class = if long { Class::QuotaSpent } else { Class::RateLimited };
            let wait = stated.map_or(Wait::Guess, |wait| Wait::Stated(span(wait)));
            let named = stated.is_some();
            failed(Failure {
                meter: named.then_some(*meter),
                window: named.then_some(span(*window)),
                ..failure(class, wait, 429)
            })
        }
        Answer::Broken => failed(failure(Class::Overloaded, Wait::Guess, 503)),
    }
}

fn failure(class: Class, wait: Wait, status: u16) -> Failure {
    Failure {
        class,
        cause: None,
        scope: class.scope(),
        wait,
        meter: None,
        window: None,
        stage: Stage::Status,
        status: Some(status),
        detail: "simulated".to_owned(),
    }
}

fn failed(failure: Failure) -> Settlement {
    Settlement {
        outcome: Outcome::Failure(failure),
        usage: None,
        dispatched: true,
        first_event: None,
        streamed: false,
        total: Duration::from_millis(100),
    }
}
