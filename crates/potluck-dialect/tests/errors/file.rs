//! The parts of a provider file that this crate reads at run time, loaded without the doors' strictness.

use std::path::Path;
use std::time::Duration;

use potluck_core::outcome::{Class, Scope};
use potluck_core::quota::Meter;
use potluck_dialect::fault::{Rule, Until};
use potluck_dialect::rates::{Format, On, RateHeader};
use toml::{Table, Value};

/// What a file says of errors and rate headers.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) rules: Vec<Rule>,
    pub(crate) headers: Vec<RateHeader>,
}

/// Of `providers/NAME.toml`.
pub(crate) fn known(name: &str) -> Known {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../providers");
    let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).expect(name);
    let file: Table = text.parse().expect(name);
    Known {
        rules: tables(&file, "errors").map(rule).collect(),
        headers: tables(&file, "rate_headers").map(header).collect(),
    }
}

fn tables<'a>(file: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    let list = file.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().map(|entry| entry.as_table().expect("a table"))
}

fn text(table: &Table, key: &str) -> Option<Box<str>> {
    table.get(key).map(|value| value.as_str().expect(key).into())
}

fn rule(table: &Table) -> Rule {
    let statuses: Vec<u16> = match table.get("status") {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(status).collect(),
        Some(one) => vec![status(one)],
    };
    let class = text(table, "class").expect("class");
    Rule {
        pointer: text(table, "pointer"),
        equals: text(table, "equals"),
        contains: text(table, "contains"),
        header: text(table, "header"),
        scope: text(table, "scope").map(|word| scope(&word)),
        wait: text(table, "wait").map(|word| until(&word)),
        wait_pointer: text(table, "wait_pointer"),
        note: text(table, "note"),
        ..Rule::new(
            &statuses,
            Class::ALL.into_iter().find(|each| each.word() == &*class).expect("a class"),
        )
    }
}

fn status(value: &Value) -> u16 {
    value.as_integer().and_then(|status| status.try_into().ok()).expect("a status")
}

fn scope(word: &str) -> Scope {
    match word {
        "offer" | "model" => Scope::Offer,
        "account" | "ip" => Scope::Account,
        "credential" => Scope::Credential,
        "provider" => Scope::Provider,
        "none" => Scope::None,
        _ => panic!("{word} is no scope"),
    }
}

fn until(word: &str) -> Until {
    match word {
        "reset" => Until::Reset,
        "month" => Until::Month,
        span => Until::For(potluck_dialect::rates::span(span).expect("a span")),
    }
}

fn header(table: &Table) -> RateHeader {
    let meters = [
        Meter::Requests,
        Meter::Tokens,
        Meter::InputTokens,
        Meter::OutputTokens,
        Meter::MilliNeurons,
        Meter::Images,
        Meter::AudioSeconds,
        Meter::MicroDollars,
        Meter::Concurrent,
    ];
    let counts = text(table, "counts").expect("counts");
    let format = text(table, "format").unwrap_or_else(|| "auto".into());
    let every = table.get("every").and_then(Value::as_integer).unwrap_or(1);
    let every = u32::try_from(every).expect("every");
    RateHeader {
        limit: text(table, "limit"),
        remaining: text(table, "remaining"),
        reset: text(table, "reset"),
        meter: meters.into_iter().find(|meter| meter.word() == &*counts).expect("a meter"),
        window: text(table, "per").map(|word| window(&word) * every),
        format: Format::ALL.into_iter().find(|each| each.word() == &*format).expect("a format"),
        on: if text(table, "on").as_deref() == Some("errors") { On::Errors } else { On::Every },
    }
}

fn window(word: &str) -> Duration {
    Duration::from_secs(match word {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "month" => 30 * 86_400,
        _ => panic!("{word} is no window"),
    })
}
