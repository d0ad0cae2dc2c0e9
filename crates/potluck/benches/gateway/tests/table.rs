//! Rows as a person reads them.

use crate::figures;
use crate::gateway::Column;
use crate::results::Results;
use crate::table::{aim, draw, json, row};

#[test]
fn a_row_shows_the_spread_the_ratio_and_the_aim() {
    let mut results = Results::default();
    for (nginx, potluck) in [(20.0, 50.0), (22.0, 44.0), (21.0, 47.0)] {
        results.note(&figures::REQUEST_CPU, Column::Nginx, nginx);
        results.note(&figures::REQUEST_CPU, Column::Potluck, potluck);
    }
    let cells = row(&figures::REQUEST_CPU, &results, &Column::ALL);
    let wanted = ["–", "21.0 (20.0–22.0)", "47.0 (44.0–50.0)", "2.24×", "≤ 3.0×: 2.24×, met"];
    assert_eq!(cells[2..], wanted);
    let drawn = draw(&results, &Column::ALL);
    assert!(drawn.contains("PLAIN REQUESTS") && !drawn.contains("STREAMS"), "{drawn}");
}

#[test]
fn an_aim_without_a_figure_stands_alone() {
    assert_eq!(aim(&figures::BURST_CPU, &Results::default()), "≤ 3 µs");
    let document = json(&Results::default(), &Column::ALL, &[]);
    assert_eq!(document["figures"].as_array().unwrap().len(), figures::ALL.len());
}
