//! Every row of "rate-limit signals" whose provider sends headers: headers as it writes them, and what a person reads
//! in them. The refusals of that table, with and without headers, are in `rows`.

use std::time::Duration;

use potluck_core::quota::{Claim, Meter};
use potluck_dialect::rates::read;

use crate::NOW;
use crate::file::known;
use crate::headers::shapes_of;

/// Meter, window in seconds, amount, what is left, and in how many milliseconds it is whole.
type Reading = (Meter, Option<u64>, Option<u64>, Option<u64>, Option<u64>);

struct Signal {
    provider: &'static str,
    headers: &'static [(&'static str, &'static str)],
    says: &'static [Reading],
}

const DAY: Option<u64> = Some(86_400);
const MINUTE: Option<u64> = Some(60);

const SIGNALS: &[Signal] = &[
    Signal {
        provider: "groq",
        headers: &[
            ("x-ratelimit-limit-requests", "14400"),
            ("x-ratelimit-remaining-requests", "14370"),
            ("x-ratelimit-reset-requests", "2m59.56s"),
            ("x-ratelimit-limit-tokens", "18000"),
            ("x-ratelimit-remaining-tokens", "17997"),
            ("x-ratelimit-reset-tokens", "7.66s"),
        ],
        says: &[
            (Meter::Requests, DAY, Some(14_400), Some(14_370), Some(179_560)),
            (Meter::Tokens, MINUTE, Some(18_000), Some(17_997), Some(7_660)),
        ],
    },
    Signal {
        provider: "openrouter",
        headers: &[
            ("X-RateLimit-Limit", "50"),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "1795392000000"),
        ],
        says: &[(Meter::Requests, None, Some(50), Some(0), Some(43_200_000))],
    },
    Signal {
        provider: "mistral",
        headers: &[
            ("x-ratelimit-limit-tokens-minute", "500000"),
            ("x-ratelimit-remaining-tokens-minute", "499973"),
            ("x-ratelimit-tokens-query-cost", "27"),
            ("x-ratelimit-limit-req-minute", "60"),
            ("x-ratelimit-remaining-req-minute", "59"),
        ],
        says: &[
            (Meter::Requests, MINUTE, Some(60), Some(59), None),
            (Meter::Tokens, MINUTE, Some(500_000), Some(499_973), None),
        ],
    },
    Signal {
        provider: "ovhcloud",
        headers: &[
            ("X-RateLimit-Limit-Minute", "2"),
            ("X-RateLimit-Remaining-Minute", "1"),
            ("RateLimit-Reset", "18"),
        ],
        says: &[(Meter::Requests, MINUTE, Some(2), Some(1), Some(18_000))],
    },
    Signal {
        provider: "ai-horde",
        headers: &[
            ("X-RateLimit-Limit", "90"),
            ("X-RateLimit-Remaining", "89"),
            ("X-RateLimit-Reset", "1795348830"),
        ],
        says: &[(Meter::Requests, None, Some(90), Some(89), Some(30_000))],
    },
    Signal {
        provider: "cerebras",
        headers: &[
            ("x-ratelimit-limit-requests-day", "1440000"),
            ("x-ratelimit-remaining-requests-day", "1439992"),
            ("x-ratelimit-reset-requests-day", "3564.3686974048615"),
            ("x-ratelimit-limit-tokens-minute", "1000000"),
            ("x-ratelimit-remaining-tokens-minute", "99999999999999999999"),
            ("x-ratelimit-reset-tokens-minute", "24.36869740486145"),
        ],
        says: &[
            (Meter::Requests, DAY, Some(1_440_000), Some(1_439_992), Some(3_564_368)),
            // beyond 64 bits: the largest
            (Meter::Tokens, MINUTE, Some(1_000_000), Some(u64::MAX), Some(24_368)),
        ],
    },
    Signal {
        provider: "llmgateway",
        headers: &[
            ("X-RateLimit-Limit", "5"),
            ("X-RateLimit-Remaining", "4"),
            ("X-RateLimit-Reset", "1795349400"),
        ],
        says: &[(Meter::Requests, None, Some(5), Some(4), Some(600_000))],
    },
    Signal {
        provider: "cohere",
        headers: &[
            ("x-trial-endpoint-call-limit", "20"),
            ("x-trial-endpoint-call-remaining", "19"),
            ("x-endpoint-monthly-call-limit", "1000"),
        ],
        says: &[
            (Meter::Requests, MINUTE, Some(20), Some(19), None),
            (Meter::Requests, Some(30 * 86_400), Some(1_000), None, None),
        ],
    },
    Signal {
        provider: "modelscope",
        headers: &[
            ("modelscope-ratelimit-requests-limit", "2000"),
            ("modelscope-ratelimit-requests-remaining", "1958"),
            ("modelscope-ratelimit-model-requests-limit", "500"),
            ("modelscope-ratelimit-model-requests-remaining", "499"),
        ],
        says: &[
            (Meter::Requests, DAY, Some(2_000), Some(1_958), None),
            (Meter::Requests, DAY, Some(500), Some(499), None),
        ],
    },
];

fn claim(reading: &Reading) -> Claim {
    let (meter, window, amount, remaining, resets) = *reading;
    Claim {
        meter,
        window: window.map(Duration::from_secs),
        amount,
        remaining,
        resets: resets.map(|millis| NOW.after(Duration::from_millis(millis))),
    }
}

#[test]
fn every_rate_limit_signal_is_read() {
    for signal in SIGNALS {
        // no file of it is shipped
        let shapes = match signal.provider {
            "cerebras" => shapes_of(signal.provider),
            file => known(file).headers,
        };
        let mut claims = read(&signal.headers, &shapes, NOW);
        claims.sort_by_key(|claim| signal.says.iter().position(|says| claim_is(claim, says)));
        let wanted: Vec<Claim> = signal.says.iter().map(claim).collect();
        assert_eq!(claims, wanted, "{}", signal.provider);
        for (says, (name, text)) in signal.says.iter().zip(signal.headers) {
            eprintln!("{} | {name}: {text} ... | {says:?}", signal.provider);
        }
    }
    let readings: usize = SIGNALS.iter().map(|signal| signal.says.len()).sum();
    eprintln!("{readings} of {readings} limits of {} providers read", SIGNALS.len());
}

fn claim_is(claim: &Claim, says: &Reading) -> bool {
    (claim.meter, claim.amount) == (says.0, says.2)
}
