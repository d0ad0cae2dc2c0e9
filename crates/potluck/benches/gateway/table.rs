//! The table that a person reads, and the JSON file that a program does.

use comfy_table::{Attribute, Cell, CellAlignment, Table, presets};
use serde_json::{Map, Value, json};

use super::figures::{ALL, Aim, Figure, Section};
use super::gateway::Column;
use super::results::{Results, Spread};

/// Draws every figure that was measured.
pub(crate) fn draw(results: &Results, columns: &[Column]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let names = columns.iter().map(|column| column.name());
    let titles = ["", "unit"].into_iter().chain(names).chain(["to nginx", "aim"]);
    table.set_header(titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for section in Section::ALL {
        let rows: Vec<_> = ALL
            .iter()
            .filter(|figure| figure.section == section)
            .filter(|figure| columns.iter().any(|column| results.spread(figure, *column).is_some()))
            .map(|figure| row(figure, results, columns))
            .collect();
        if !rows.is_empty() {
            table.add_row([Cell::new(section.title()).add_attribute(Attribute::Bold)]);
            table.add_rows(rows);
        }
    }
    for at in 2..columns.len() + 3 {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

pub(crate) fn row(figure: &Figure, results: &Results, columns: &[Column]) -> Vec<String> {
    let mut cells = vec![format!("  {}", figure.label), figure.unit.to_owned()];
    cells.extend(columns.iter().map(|column| match results.spread(figure, *column) {
        Some(spread) => show(figure, spread),
        None => "–".to_owned(),
    }));
    cells.push(results.to_nginx(figure).map_or(String::new(), |ratio| format!("{ratio:.2}×")));
    cells.push(aim(figure, results));
    cells
}

fn show(figure: &Figure, spread: Spread) -> String {
    let digits = figure.digits;
    let Spread { median, least, most } = spread;
    if least == most {
        return format!("{median:.digits$}");
    }
    format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
}

/// The aim, what was reached, and whether that is enough.
pub(crate) fn aim(figure: &Figure, results: &Results) -> String {
    let Some(aim) = figure.aim else { return String::new() };
    let (wanted, sign, digits) = match aim {
        Aim::TimesNginx(most) => (format!("≤ {most:.1}×"), "×", 2),
        Aim::AtMost(most) => (format!("≤ {most} {}", figure.unit), "", figure.digits),
    };
    match results.verdict(figure) {
        None => wanted,
        Some(verdict) => {
            let word = if verdict.met { "met" } else { "MISSED" };
            format!("{wanted}: {:.digits$}{sign}, {word}", verdict.reached)
        }
    }
}

/// Every figure of every round.
pub(crate) fn json(
    results: &Results,
    columns: &[Column],
    machine: &[String],
) -> Map<String, Value> {
    let figures: Vec<_> = ALL.iter().map(|figure| figure_json(figure, results, columns)).collect();
    let (loads, disturbed, worst) = results.disturbance();
    Map::from_iter([
        ("machine".to_owned(), json!(machine)),
        ("loads".to_owned(), json!(loads)),
        ("disturbed_loads".to_owned(), json!(disturbed)),
        ("most_others_cores".to_owned(), json!(worst)),
        ("figures".to_owned(), json!(figures)),
    ])
}

fn figure_json(figure: &Figure, results: &Results, columns: &[Column]) -> Value {
    let mut by_column = Map::new();
    for column in columns {
        if let Some(spread) = results.spread(figure, *column) {
            let Spread { median, least, most } = spread;
            let rounds = results.rounds(figure, *column);
            let entry = json!({"median": median, "least": least, "most": most, "rounds": rounds});
            by_column.insert(column.name().to_owned(), entry);
        }
    }
    let aim = figure.aim.map(|aim| {
        let (kind, most) = match aim {
            Aim::TimesNginx(most) => ("times_nginx", most),
            Aim::AtMost(most) => ("at_most", most),
        };
        let verdict = results.verdict(figure);
        json!({
            "kind": kind,
            "most": most,
            "reached": verdict.map(|verdict| verdict.reached),
            "met": verdict.map(|verdict| verdict.met),
        })
    });
    json!({
        "key": figure.key,
        "label": figure.label,
        "unit": figure.unit,
        "columns": by_column,
        "to_nginx": results.to_nginx(figure),
        "aim": aim,
    })
}
