//! Every answer's status, by the route that it came from: counted in a table that never changes its shape.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;

/// The statuses that are told apart.
const STATUSES: [u16; 20] = [
    200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 502,
    503,
];

/// What is counted where nothing is routed.
const OTHER: &str = "other";

/// Counts by route and status.
#[derive(Debug)]
pub struct Traffic {
    routes: HashMap<String, Row>,
    other: Row,
}

/// One for each status, and one for all others.
#[derive(Debug, Default)]
struct Row([AtomicU64; STATUSES.len() + 1]);

impl Traffic {
    /// Nothing has been counted yet.
    #[must_use]
    pub fn over(routes: Vec<String>) -> Self {
        let routes = routes.into_iter().map(|route| (route, Row::default())).collect();
        Self { routes, other: Row::default() }
    }

    /// One more answer of a route; `None` where nothing was routed.
    pub fn count(&self, route: Option<&str>, status: u16) {
        let row = route.and_then(|route| self.routes.get(route)).unwrap_or(&self.other);
        let place = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len());
        if let Some(count) = row.0.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All counts above zero, in the order of the routes.
    fn counted(&self) -> Vec<(&str, String, u64)> {
        let mut rows: Vec<(&str, &Row)> =
            self.routes.iter().map(|(route, row)| (route.as_str(), row)).collect();
        rows.sort_unstable_by_key(|(route, _)| *route);
        rows.push((OTHER, &self.other));
        let each = rows.into_iter().flat_map(|(route, row)| {
            let statuses = STATUSES.iter().map(u16::to_string).chain([OTHER.to_owned()]);
            let counts = row.0.iter().map(|count| count.load(Ordering::Relaxed));
            statuses.zip(counts).map(move |(status, count)| (route, status, count))
        });
        each.filter(|(_, _, count)| *count > 0).collect()
    }
}

impl EncodeMetric for Traffic {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (route, status, count) in self.counted() {
            let labels = [("route", route), ("status", status.as_str())];
            encoder
                .encode_family(&labels)?
                .encode_counter::<[(&str, &str); 0], _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }

    fn is_empty(&self) -> bool {
        self.counted().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_counted_together() {
        let traffic = Traffic::over(vec!["/v1/models/{*id}".to_owned(), "/pool".to_owned()]);
        traffic.count(Some("/pool"), 200);
        traffic.count(Some("/pool"), 418);
        traffic.count(Some("/whatever/a/client/sends"), 404);
        traffic.count(None, 404);
        let counted = traffic.counted();
        let told: Vec<(&str, &str, u64)> = counted
            .iter()
            .map(|(route, status, count)| (*route, status.as_str(), *count))
            .collect();
        assert_eq!(told, [("/pool", "200", 1), ("/pool", "other", 1), ("other", "404", 2)]);
    }
}
