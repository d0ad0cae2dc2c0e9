//! What a refusal says of the limit that it names: how much there is in all, and how much is left.
//!
//! Some providers send no headers at all, and their numbers are published nowhere: the refusal is the only
//! place where the true amount can be read (Google's `quotaValue`). Others put the headers into the body.

use potluck_core::Moment;
use potluck_core::quota::Claim;
use serde_json::Value;

use super::limit::{self, Named};
use super::told::Told;
use crate::rates::forwarded;

/// The claims of a refusal's body. Only limits that are named with their meter and their window are
/// claimed, as the numbers of another limit do harm.
#[must_use]
pub fn claims(body: &[u8], now: Moment) -> Vec<Claim> {
    let told = Told::read(body);
    let violated: Vec<Claim> = told.json().map(violations).unwrap_or_default();
    if !violated.is_empty() {
        return violated;
    }
    let named = limit::named(told.words());
    let in_headers = told.json().and_then(|json| forwarded(json, now));
    let said = in_headers.or_else(|| in_words(told.words()));
    said.and_then(|(amount, left, resets)| claim(named, Some(amount), left, resets))
        .into_iter()
        .collect()
}

fn claim(
    named: Named,
    amount: Option<u64>,
    remaining: Option<u64>,
    resets: Option<Moment>,
) -> Option<Claim> {
    let (meter, window) = (named.meter?, named.window?);
    Some(Claim { meter, window: Some(window), amount, remaining, resets })
}

/// Google's: each violated quota with its id and its amount; nothing is left of it.
fn violations(json: &Value) -> Vec<Claim> {
    let root = json.as_array().and_then(|array| array.first()).unwrap_or(json);
    let details = root.pointer("/error/details").and_then(Value::as_array);
    let lists =
        details.into_iter().flatten().filter_map(|detail| detail.get("violations")?.as_array());
    lists
        .flatten()
        .filter_map(|violation| {
            let named = limit::named(&violation.get("quotaId")?.as_str()?.to_lowercase());
            let amount = violation.get("quotaValue")?.as_str()?.parse().ok()?;
            claim(named, Some(amount), Some(0), None)
        })
        .collect()
}

/// `Limit 8000, Used 7400, Requested 1200`, in lower case.
fn in_words(words: &str) -> Option<(u64, Option<u64>, Option<Moment>)> {
    let amount = limit::number_after(words, "limit ")?;
    let used = limit::number_after(words, "used ")?;
    Some((amount, Some(amount.saturating_sub(used)), None))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use potluck_core::quota::Meter;

    use super::*;

    const NOW: Moment = Moment::from_millis(1_795_348_800_000);

    fn claimed(meter: Meter, seconds: u64, amount: u64, remaining: u64) -> Claim {
        let window = Some(Duration::from_secs(seconds));
        Claim { meter, window, amount: Some(amount), remaining: Some(remaining), resets: None }
    }

    #[test]
    fn a_refusal_tells_the_true_amount() {
        let google = r#"[{"error":{"details":[{"violations":[
            {"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaValue":"20"},
            {"quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier","quotaValue":"250000"},
            {"quotaId":"Unknown","quotaValue":"3"}]}]}}]"#;
        let wanted =
            [claimed(Meter::Requests, 86_400, 20, 0), claimed(Meter::InputTokens, 60, 250_000, 0)];
        assert_eq!(claims(google.as_bytes(), NOW), wanted);

        let groq = r#"{"error":{"message":"Rate limit reached for model `m` on tokens per minute (TPM): Limit 8000, Used 7400, Requested 1200."}}"#;
        assert_eq!(claims(groq.as_bytes(), NOW), [claimed(Meter::Tokens, 60, 8_000, 600)]);

        let openrouter = r#"{"error":{"message":"Rate limit exceeded: free-models-per-day","metadata":{"headers":
            {"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1795392000000"}}}}"#;
        let resets = Some(Moment::from_millis(1_795_392_000_000));
        let wanted = Claim { resets, ..claimed(Meter::Requests, 86_400, 50, 0) };
        assert_eq!(claims(openrouter.as_bytes(), NOW), [wanted]);
    }

    #[test]
    fn a_refusal_that_names_no_limit_claims_nothing() {
        for body in ["", "{}", "Limit 5, Used 5", r#"{"error":{"message":"too many requests"}}"#] {
            assert_eq!(claims(body.as_bytes(), NOW), [], "{body}");
        }
    }
}
