//! Quantiles and medians.

use std::time::Duration;

use crate::samples::{Samples, median};

fn millis(figures: impl IntoIterator<Item = u64>) -> Samples {
    Samples::new(figures.into_iter().map(Duration::from_millis).collect())
}

#[test]
fn quantiles_are_nearest_rank() {
    let samples = millis((1..=100).rev());
    assert_eq!(samples.micros(0.5), 50_000.0);
    assert_eq!(samples.micros(0.99), 99_000.0);
    assert_eq!(samples.micros(1.0), 100_000.0);
    assert!(millis([]).micros(0.5).is_nan());
}

#[test]
fn a_stall_is_between_35_and_48_ms() {
    assert_eq!(millis([1, 34, 35, 41, 48, 49, 90, 200]).stalled_percent(), 37.5);
}

#[test]
fn the_median_of_an_even_number_is_between() {
    assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
    assert!(median(&[]).is_nan());
}
