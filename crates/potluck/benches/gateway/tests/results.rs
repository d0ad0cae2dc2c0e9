//! Ratios, differences and aims.

use crate::figures;
use crate::gateway::Column;
use crate::results::{Results, Verdict};

#[test]
fn an_aim_is_held_against_medians() {
    let mut results = Results::default();
    assert_eq!(results.verdict(&figures::REQUEST_CPU), None);
    for (nginx, potluck) in [(20.0, 50.0), (22.0, 44.0), (21.0, 900.0)] {
        results.note(&figures::REQUEST_CPU, Column::Nginx, nginx);
        results.note(&figures::REQUEST_CPU, Column::Potluck, potluck);
    }
    let verdict = results.verdict(&figures::REQUEST_CPU).unwrap();
    assert!((verdict.reached - 50.0 / 21.0).abs() < 1e-9 && verdict.met);
    results.note(&figures::BURST_CPU, Column::Potluck, 3.5);
    assert_eq!(results.verdict(&figures::BURST_CPU), Some(Verdict { reached: 3.5, met: false }));
}

#[test]
fn what_is_added_is_taken_round_by_round() {
    let mut results = Results::default();
    for (direct, nginx) in [(20.0, 120.0), (30.0, 150.0)] {
        results.note(&figures::WHOLE_P50, Column::Direct, direct);
        results.note(&figures::WHOLE_P50, Column::Nginx, nginx);
        results.note_added(&figures::ADDED_P50, &figures::WHOLE_P50);
    }
    assert_eq!(results.rounds(&figures::ADDED_P50, Column::Nginx), [100.0, 120.0]);
    assert_eq!(results.spread(&figures::ADDED_P50, Column::Potluck), None);
}
