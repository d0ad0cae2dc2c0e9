//! A forecast in one sentence.

use jiff::tz::TimeZone;

use crate::capability::{Feature, Modality};
use crate::forecast::{Cause, Forecast, Reset};
use crate::quota::Unit;
use crate::requirements::Requirements;
use crate::time::Moment;

/// Resets that a sentence names: those that bring most.
const NAMED: usize = 3;

/// The forecast in one sentence. `context` is what prompt and answer were taken to be together, in tokens; times
/// of day are those of `zone`.
#[must_use]
pub fn sentence(
    forecast: &Forecast,
    requirements: &Requirements,
    context: u32,
    zone: &TimeZone,
) -> String {
    let with = wants(requirements, context);
    if forecast.fit == 0 {
        return format!("With {with}: nobody in the pool can serve that.");
    }
    let mut parts = vec![ready(forecast), today(forecast)];
    parts.extend(named(forecast).iter().map(|reset| more(reset, forecast, zone)));
    parts.extend(unlimited(forecast));
    format!("With {with}: {}.", parts.join(", "))
}

fn wants(requirements: &Requirements, context: u32) -> String {
    let inputs = requirements.input.iter().filter(|kind| *kind != Modality::Text);
    let outputs = requirements.output.iter().filter(|kind| *kind != Modality::Text);
    let words = requirements.features.iter().map(Feature::word);
    let words = words.chain(inputs.chain(outputs).map(Modality::word));
    let words: Vec<String> = words.map(|word| word.replace('_', " ")).collect();
    let tokens = format!("{} tokens of context", grouped(u64::from(context)));
    if words.is_empty() { tokens } else { format!("{} and {tokens}", words.join(", ")) }
}

fn ready(forecast: &Forecast) -> String {
    match forecast.ready {
        0 => format!("none of {} now", offers(forecast.fit)),
        ready => format!("{} now", offers(ready)),
    }
}

fn today(forecast: &Forecast) -> String {
    if forecast.unlimited == forecast.fit {
        format!("{} at once", requests(forecast.at_once))
    } else {
        format!("{} today", requests(forecast.today))
    }
}

fn unlimited(forecast: &Forecast) -> Option<String> {
    match forecast.unlimited {
        0 => None,
        all if all == forecast.fit => Some("no limit over time known".to_owned()),
        1 => Some("and 1 offer without a known limit".to_owned()),
        some => Some(format!("and {some} offers without a known limit")),
    }
}

/// The resets that bring most, in order of time.
fn named(forecast: &Forecast) -> Vec<&Reset> {
    let mut by_size: Vec<&Reset> = forecast.resets.iter().collect();
    by_size.sort_by_key(|reset| std::cmp::Reverse(reset.more));
    by_size.truncate(NAMED);
    by_size.sort_by_key(|reset| reset.at);
    by_size
}

fn more(reset: &Reset, forecast: &Forecast, zone: &TimeZone) -> String {
    let how = if reset.at < forecast.day_ends { "of them from" } else { "more at" };
    format!("{} {how} {}", grouped(reset.more), reset.when(zone))
}

impl Reset {
    /// When, in words: `midnight in Los Angeles`, or the time of day in `zone`.
    #[must_use]
    pub fn when(&self, zone: &TimeZone) -> String {
        match &self.cause {
            Cause::Turn { unit: Unit::Day, zone: Some(name) } => {
                format!("midnight {}", place(name))
            }
            Cause::Turn { unit: Unit::Month, zone: Some(name) } => {
                format!("the first of the month {}", place(name))
            }
            Cause::Turn { .. } | Cause::Return | Cause::Rest => time_of_day(self.at, zone),
        }
    }
}

/// `America/Los_Angeles` as `in Los Angeles`; UTC, which is no place, by its name.
fn place(zone: &str) -> String {
    let city = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
    if zone.contains('/') && !zone.starts_with("Etc/") { format!("in {city}") } else { city }
}

fn time_of_day(at: Moment, zone: &TimeZone) -> String {
    let stamp = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    let there = stamp.to_zoned(zone.clone());
    format!(
        "{:02}:{:02} {}",
        there.hour(),
        there.minute(),
        zone.iana_name().map_or_else(String::new, place)
    )
    .trim_end()
    .to_owned()
}

fn offers(count: usize) -> String {
    if count == 1 { "1 offer".to_owned() } else { format!("{} offers", grouped(count as u64)) }
}

fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{} requests", grouped(count)) }
}

/// A number as people read it: 14400 as `14,400`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_stand_in_groups_of_three() {
        assert_eq!([grouped(7), grouped(1000), grouped(1_234_567)], ["7", "1,000", "1,234,567"]);
    }
}
