//! Numbers, whose digits may say more than a machine word holds.

/// A count from a provider: what is below nothing is nothing, what is beyond 64 bits is the largest,
/// a fraction is cut off. `None` where the text is no number.
#[must_use]
pub fn whole(digits: &str) -> Option<u64> {
    if let Ok(exact) = digits.parse() {
        return Some(exact);
    }
    let near: f64 = digits.parse().ok()?;
    // `as` saturates, which is what is wanted here.
    Some(near as u64)
}

/// A whole number from a client, also when written as `3.0` or `3e2`; `None` where it is not exact.
#[must_use]
pub fn whole_exact(digits: &str) -> Option<i64> {
    if let Ok(exact) = digits.parse() {
        return Some(exact);
    }
    let near: f64 = digits.parse().ok()?;
    // Above 2^53 a float no longer names one whole number.
    (near.fract() == 0.0 && near.abs() <= 9_007_199_254_740_992.0).then_some(near as i64)
}
