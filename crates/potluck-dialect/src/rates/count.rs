//! Amounts: how much there is in all, and how much is left.

use potluck_core::quota::Meter;

/// Reads an amount in the unit of `meter`: neurons become thousandths, dollars millionths. Below nothing is
/// nothing; what is larger than 64 bits is the largest; what is no number is `None`.
pub(super) fn read(text: &str, meter: Meter) -> Option<u64> {
    let text = text.trim();
    let scale: u32 = match meter {
        Meter::MilliNeurons => 1_000,
        Meter::MicroDollars => 1_000_000,
        Meter::Requests
        | Meter::Tokens
        | Meter::InputTokens
        | Meter::OutputTokens
        | Meter::Images
        | Meter::AudioSeconds
        | Meter::Concurrent => 1,
    };
    whole(text)
        .map(|number| number.saturating_mul(u64::from(scale)))
        .or_else(|| broken(text, f64::from(scale)))
}

/// An amount without a unit.
pub(super) fn plain(text: &str) -> Option<u64> {
    read(text, Meter::Requests)
}

/// A whole number of any length, exact up to 64 bits.
fn whole(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

/// Anything else that is a decimal number. Rounded down: half a request left is none.
fn broken(text: &str, scale: f64) -> Option<u64> {
    let number = super::span::decimal(text)? * scale;
    // a float becomes the nearest number that fits, so that nothing overflows
    Some(number as u64)
}
