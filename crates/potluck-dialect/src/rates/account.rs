//! What an account endpoint says of limits: a JSON document, in which pointers of the provider's file find the numbers.

use std::time::Duration;

use potluck_core::Moment;
use potluck_core::quota::{Claim, Meter};
use serde_json::Value;

use super::{Format, count, span};

/// Where an account endpoint speaks of one limit: data of its file. All are JSON pointers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLimit {
    /// The whole amount.
    pub limit: Option<Box<str>>,
    /// What is used.
    pub used: Option<Box<str>>,
    /// What is left.
    pub remaining: Option<Box<str>>,
    /// When it is whole again.
    pub reset: Option<Box<str>>,
    /// What is counted.
    pub meter: Meter,
    /// The length of the window, where it is known.
    pub window: Option<Duration>,
    /// How the reset is written.
    pub format: Format,
}

impl AccountLimit {
    /// What the document says of the limit; `None` where it says nothing that can be read. What is left is what is said to
    /// be, else the whole amount without what is used.
    #[must_use]
    pub fn read(&self, document: &Value, now: Moment) -> Option<Claim> {
        let amount_at = |pointer: &Option<Box<str>>| {
            count::read(&text(document.pointer(pointer.as_deref()?)?)?, self.meter)
        };
        let amount = amount_at(&self.limit).filter(|amount| *amount > 0);
        let unused = || Some(amount?.saturating_sub(amount_at(&self.used)?));
        let remaining = amount_at(&self.remaining).or_else(unused);
        let reset = || {
            let text = text(document.pointer(self.reset.as_deref()?)?)?;
            span::moment(&text, self.format, now)
        };
        (amount.is_some() || remaining.is_some()).then(|| Claim {
            meter: self.meter,
            window: self.window,
            amount,
            remaining,
            resets: reset(),
        })
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Moment = Moment::from_millis(1_795_348_800_000);

    fn limit() -> AccountLimit {
        let at = |text: &str| Some(text.into());
        AccountLimit {
            limit: at("/data/daily/limit"),
            used: at("/data/daily/used"),
            remaining: at("/data/daily/remaining"),
            reset: at("/data/resets"),
            meter: Meter::Requests,
            window: Some(Duration::from_hours(24)),
            format: Format::Auto,
        }
    }

    #[test]
    fn what_is_left_is_said_or_follows() {
        let read = |daily: Value| {
            let claim = limit().read(&json!({ "data": { "daily": daily } }), NOW)?;
            Some((claim.amount, claim.remaining))
        };
        let all = json!({ "used": 8, "limit": 50, "remaining": 42 });
        assert_eq!(read(all), Some((Some(50), Some(42))));
        assert_eq!(read(json!({ "used": "8", "limit": "50" })), Some((Some(50), Some(42))));
        assert_eq!(read(json!({ "used": 60, "limit": 50 })), Some((Some(50), Some(0))));
        assert_eq!(read(json!({ "remaining": 3 })), Some((None, Some(3))));
        assert_eq!(read(json!({ "limit": 0, "remaining": 0 })), Some((None, Some(0))));
        for nothing in [json!({ "used": 8 }), json!({ "limit": null }), json!([1]), json!("no")] {
            assert_eq!(read(nothing), None);
        }
    }

    #[test]
    fn dollars_are_millionths_and_a_reset_is_a_time() {
        let dollars = AccountLimit {
            remaining: Some("/balance".into()),
            meter: Meter::MicroDollars,
            ..limit()
        };
        let document = json!({ "balance": "4.25", "data": { "resets": "2026-11-23T00:00:00Z" } });
        let claim = dollars.read(&document, NOW).unwrap();
        assert_eq!(claim.remaining, Some(4_250_000));
        assert_eq!(claim.resets, Some(NOW.after(Duration::from_hours(12))));
    }
}
