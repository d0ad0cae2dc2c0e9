//! What is looked at when somebody asks: the pool, the line, the journal, the process.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use potluck_core::pool::{LimitView, OfferView, PoolView};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::names::{self, Named};
use super::{Format, process, register};
use crate::house::House;

/// A gauge of a number that may be a fraction.
type Number = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    provider: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Offer {
    offer: String,
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Provider {
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    provider: String,
    limit: String,
    counts: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// Everything that there is to tell now, as text.
#[must_use]
pub fn scrape(house: &House, format: Format) -> String {
    let (shelf, view) = house.view();
    let mut now = Registry::default();
    tell_offers(&mut now, &view.offers);
    tell_limits(&mut now, &view);
    tell_house(&mut now, house, &view);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    tell(&mut now, &names::STOCKED, shelf.stocked.as_millis() as f64 / 1e3);
    process::tell(&mut now);
    if let Some(traffic) = house.meters.traffic.get() {
        register(&mut now, &names::HTTP, Shared(Arc::clone(traffic)));
    }
    let mut text = String::with_capacity(32 << 10);
    // Writing into a string cannot fail.
    let _ = encode_registry(&mut text, &house.meters.registry)
        .and_then(|()| encode_registry(&mut text, &now))
        .and_then(|()| encode_eof(&mut text));
    format.of(text)
}

fn tell_offers(now: &mut Registry, offers: &[OfferView]) {
    let states = Family::<Standing, Gauge>::default();
    let available = Family::<Offer, Gauge>::default();
    let in_flight = Family::<Provider, Gauge>::default();
    for offer in offers {
        let provider = offer.provider.to_string();
        states.get_or_create(&Standing { provider: provider.clone(), state: offer.state }).inc();
        let in_flight = in_flight.get_or_create_owned(&Provider { provider: provider.clone() });
        in_flight.inc_by(i64::from(offer.in_flight));
        let labels = Offer { offer: offer.name.to_string(), provider };
        available.get_or_create(&labels).set(i64::from(offer.exclusion.is_none()));
    }
    register(now, &names::OFFERS, states);
    register(now, &names::AVAILABLE, available);
    register(now, &names::IN_FLIGHT, in_flight);
}

/// Several offers share a limit: it is told once.
fn tell_limits(now: &mut Registry, view: &PoolView) {
    let [amount, remaining, reset] = [(); 3].map(|()| Family::<Limit, Number>::default());
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let limits = view.offers.iter().flat_map(|offer| {
        let provider = &offer.provider;
        offer.limits.iter().map(move |limit| (provider, limit))
    });
    for (provider, limit) in limits.filter(|(_, limit)| seen.insert(&limit.key)) {
        let labels = labels(provider.as_str(), limit);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        let (has, left) = (limit.amount as f64, limit.remaining as f64);
        amount.get_or_create(&labels).set(has);
        remaining.get_or_create(&labels).set(left);
        if let Some(turn) = limit.resets {
            reset.get_or_create(&labels).set(turn.until_from(view.now).as_secs_f64());
        }
    }
    register(now, &names::AMOUNT, amount);
    register(now, &names::REMAINING, remaining);
    register(now, &names::RESET, reset);
}

fn labels(provider: &str, limit: &LimitView) -> Limit {
    Limit {
        provider: provider.to_owned(),
        limit: limit.key.to_string(),
        counts: limit.meter.word(),
    }
}

fn tell_house(now: &mut Registry, house: &House, view: &PoolView) {
    #[expect(clippy::cast_precision_loss, reason = "far below what a float holds")]
    let count = |count: usize| count as f64;
    tell(now, &names::WAITING, count(house.queue.len()));
    tell(now, &names::BUDGET, view.retry_budget);
    tell(now, &names::SESSIONS, count(view.sessions));
    tell(now, &names::LISTENERS, count(house.events.listeners()));
    tell(now, &names::JOURNAL_WAITING, count(house.journal.waiting()));
    let dropped = Counter::<u64>::default();
    dropped.inc_by(house.journal.dropped());
    register(now, &names::JOURNAL_DROPPED, dropped);
    let untold = Counter::<u64>::default();
    untold.inc_by(house.export.dropped());
    register(now, &names::EXPORT_DROPPED, untold);
    let build = Family::<Build, Gauge>::default();
    build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
    register(now, &names::BUILD, build);
}

fn tell(now: &mut Registry, named: &Named, value: f64) {
    let gauge = Number::default();
    gauge.set(value);
    register(now, named, gauge);
}

/// The table of routes is counted on elsewhere while it is told here.
#[derive(Debug)]
struct Shared(Arc<super::Traffic>);

impl prometheus_client::encoding::EncodeMetric for Shared {
    fn encode(
        &self,
        encoder: prometheus_client::encoding::MetricEncoder<'_>,
    ) -> Result<(), std::fmt::Error> {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> prometheus_client::metrics::MetricType {
        self.0.metric_type()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
