//! What is measured of requests that are over, since the start. Attributes are of the catalog and of closed lists: the name that
//! a client asked for is none of them.

use std::collections::BTreeMap;
use std::time::Duration;

use potluck_core::Moment;
use serde_json::{Value, json};

use super::convention as words;
use super::shape::{Attribute, attributes, text};
use super::span::{Attempt, attempts};
use crate::recent::{Ending, Fact};

/// Sums since the start, as OTLP's word for it.
const CUMULATIVE: u8 = 2;

/// Instruments: each with its unit and its bounds.
const INSTRUMENTS: [(&str, &str, &[f64]); 4] = [
    (words::REQUEST_DURATION, "s", &words::SECONDS),
    (words::ATTEMPT_DURATION, "s", &words::SECONDS),
    (words::TIME_TO_FIRST_TOKEN, "s", &words::SECONDS),
    (words::TOKEN_USAGE, "{token}", &words::TOKENS),
];

/// What tells the points of an instrument apart.
type About = Vec<(&'static str, String)>;

/// Everything that was measured.
#[derive(Debug)]
pub(super) struct Measures {
    since: Moment,
    points: BTreeMap<(&'static str, About), Point>,
}

#[derive(Debug, Default)]
struct Point {
    count: u64,
    sum: f64,
    cells: Vec<u64>,
}

impl Measures {
    /// Nothing yet.
    pub(super) const fn begin(since: Moment) -> Self {
        Self { since, points: BTreeMap::new() }
    }

    /// Takes in a request.
    pub(super) fn record(&mut self, door: &'static str, fact: &Fact) {
        let operation = words::operation(door).to_owned();
        let mut of_request =
            vec![(words::OPERATION, operation.clone()), ("potluck.door", door.to_owned())];
        if fact.ending != Ending::Served {
            of_request.push((words::ERROR_TYPE, fact.ending.word().to_owned()));
        }
        self.add(words::REQUEST_DURATION, of_request, fact.total.as_secs_f64());
        let attempts = attempts(fact);
        for attempt in &attempts {
            let mut about = of_attempt(&operation, attempt);
            about.extend(attempt.failure.map(|class| (words::ERROR_TYPE, class.to_owned())));
            self.add(words::ATTEMPT_DURATION, about, attempt.took.as_secs_f64());
        }
        if let Some(last) = attempts.last().filter(|_| fact.server.is_some()) {
            self.record_answer(&of_attempt(&operation, last), fact);
        }
    }

    fn record_answer(&mut self, about: &About, fact: &Fact) {
        if let Some(first) = fact.first_content.filter(|_| fact.streamed) {
            self.add(words::TIME_TO_FIRST_TOKEN, about.clone(), first.as_secs_f64());
        }
        let Some(usage) = &fact.usage else { return };
        for (kind, tokens) in [("input", usage.prompt), ("output", usage.completion)] {
            let mut about = about.clone();
            about.push((words::TOKEN_TYPE, kind.to_owned()));
            #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
            self.add(words::TOKEN_USAGE, about, tokens as f64);
        }
    }

    fn add(&mut self, name: &'static str, about: About, value: f64) {
        let Some((_, _, bounds)) = INSTRUMENTS.iter().find(|(known, ..)| *known == name) else {
            return;
        };
        let point = self.points.entry((name, about)).or_default();
        point.cells.resize(bounds.len() + 1, 0);
        point.count += 1;
        point.sum += value;
        let cell = bounds.partition_point(|bound| *bound < value);
        if let Some(cell) = point.cells.get_mut(cell) {
            *cell += 1;
        }
    }

    /// All of it, at `now`.
    pub(super) fn told(&self, now: Moment) -> Vec<Value> {
        let each = INSTRUMENTS.iter().map(|(name, unit, bounds)| {
            let own = self.points.iter().filter(|((known, _), _)| known == name);
            let points: Vec<Value> =
                own.map(|((_, about), point)| self.point(about, point, bounds, now)).collect();
            json!({
                "name": name,
                "unit": unit,
                "histogram": { "aggregationTemporality": CUMULATIVE, "dataPoints": points },
            })
        });
        each.filter(|metric| metric["histogram"]["dataPoints"] != json!([])).collect()
    }

    fn point(&self, about: &About, point: &Point, bounds: &[f64], now: Moment) -> Value {
        let about: Vec<Attribute> =
            about.iter().map(|(name, value)| (*name, text(value.as_str()))).collect();
        let cells: Vec<String> = point.cells.iter().map(u64::to_string).collect();
        json!({
            "attributes": attributes(&about),
            "startTimeUnixNano": nanos(self.since),
            "timeUnixNano": nanos(now),
            "count": point.count.to_string(),
            "sum": point.sum,
            "bucketCounts": cells,
            "explicitBounds": bounds,
        })
    }
}

fn of_attempt(operation: &str, attempt: &Attempt<'_>) -> About {
    vec![
        (words::OPERATION, operation.to_owned()),
        (words::PROVIDER, attempt.provider().to_owned()),
        (words::RESPONSE_MODEL, attempt.model().to_owned()),
    ]
}

fn nanos(moment: Moment) -> String {
    let millis = u64::try_from(moment.as_millis()).unwrap_or(0);
    Duration::from_millis(millis).as_nanos().to_string()
}
