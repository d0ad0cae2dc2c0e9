//! What a request costs in the core: filter and draw from a thousand offers, admit, settle.
//!
//! Aims: below 60 µs to filter and draw from 1,000 offers; below 1 µs to reserve and below 1 µs to settle with four
//! limits. Run: `cargo bench -p potluck-core`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use potluck_core::Moment;
use potluck_core::capability::{Feature, Modalities, Modality, Parameters};
use potluck_core::catalog::{
    Bucket, BucketIndex, Capability, Catalog, NamedPool, Offer, OfferIndex, Price, Privacy,
    Provider, ProviderIndex, Selection,
};
use potluck_core::names::{AccountId, CredentialId, Family, ModelId, OfferName, ProviderId};
use potluck_core::outcome::{Outcome, Settlement};
use potluck_core::pool::{Pool, Settings, Ticket};
use potluck_core::quota::{Limit, LimitScope, Meter, Window};
use potluck_core::requirements::Requirements;
use potluck_core::response::Usage;

const OFFERS: u32 = 1000;
const PROVIDERS: u32 = 40;
const NOON: Moment = Moment::from_millis(1_795_348_800_000);

/// A thousand offers at forty providers, each with four limits of its own that never run out.
fn catalog() -> Arc<Catalog> {
    let mut catalog = Catalog::default();
    for at in 0..PROVIDERS {
        let id = format!("provider-{at}");
        let title = id.as_str().into();
        let privacy = Privacy::Unclear;
        let id = ProviderId::new(id);
        catalog.providers.push(Provider { id, title, privacy, local: false, simulated: false });
    }
    for at in 0..OFFERS {
        let buckets = limits()
            .into_iter()
            .enumerate()
            .map(|(which, limit)| {
                let key = format!("{at}/{which}").into();
                catalog.buckets.push(Bucket { key, limit });
                BucketIndex(u32::try_from(catalog.buckets.len() - 1).unwrap_or_default())
            })
            .collect();
        catalog.offers.push(offer(at, buckets));
    }
    Arc::new(catalog)
}

fn limits() -> [Limit; 4] {
    let limit = |meter, seconds| Limit {
        meter,
        amount: 1_000_000_000,
        window: Window::Sliding { length: Duration::from_secs(seconds) },
        scope: LimitScope::Model,
        counts_failures: true,
    };
    [
        limit(Meter::Requests, 60),
        limit(Meter::Requests, 86_400),
        limit(Meter::Tokens, 60),
        limit(Meter::Tokens, 86_400),
    ]
}

fn offer(at: u32, buckets: Vec<BucketIndex>) -> Offer {
    let provider = at * PROVIDERS / OFFERS;
    Offer {
        name: OfferName::new(format!("provider-{provider}/model-{at}")),
        provider: ProviderIndex(provider),
        model: ModelId::new(format!("model-{at}")),
        family: Family::new(format!("family-{}", at % 140)),
        credential: CredentialId::new("default"),
        account: AccountId::new("default"),
        weight: 1.0,
        capability: Capability {
            context: 131_072,
            max_output: Some(8192),
            input: Modality::Text.into(),
            output: Modality::Text.into(),
            features: Feature::Tools | Feature::JsonObject,
            drops: Parameters::empty(),
            only_with_input: Modalities::empty(),
            quality: Some(0.5),

            dimensions: Default::default(),
            max_texts: None,
            image: None,
        },
        buckets,
        concurrency: 1_000_000,
        price: Price::default(),
    }
}

fn asked() -> Requirements {
    let features = Feature::Tools.into();
    Requirements { prompt_tokens: 500, features, ..Requirements::plain() }
}

fn success() -> Settlement {
    Settlement {
        outcome: Outcome::Success,
        usage: Some(Usage { prompt: 480, completion: 200, total: 680, ..Usage::default() }),
        dispatched: true,
        first_event: Some(Duration::from_millis(300)),
        streamed: true,
        total: Duration::from_secs(2),
    }
}

fn draw(criterion: &mut Criterion) {
    let catalog = catalog();
    let mut pool = Pool::new(Arc::clone(&catalog), Settings::default());
    // Counters that hold something, as they do after an hour of traffic.
    for step in 0..20_000u32 {
        let now = NOON.before(Duration::from_millis(u64::from(20_000 - step) * 4));
        if let Ok(ticket) = pool.admit(OfferIndex(step % OFFERS), &asked(), now) {
            pool.settle(ticket, &success(), now);
        }
    }
    let (asked, everything) = (asked(), catalog.everything());
    let mut seed = 0;
    criterion.bench_function("filter and draw from 1,000 offers", |bencher| {
        bencher.iter(|| {
            seed += 1;
            black_box(pool.draw(black_box(&asked), &everything, NOON, seed).order.next())
        });
    });
    let kept = pool.draw(&asked, &everything, NOON, 1);
    criterion.bench_function("keep what a draw from 1,000 offers saw", |bencher| {
        bencher.iter(|| black_box(black_box(&kept).decision()));
    });
    let impossible = Requirements { features: Feature::Logprobs.into(), ..asked.clone() };
    criterion.bench_function("filter 1,000 offers of which none can serve", |bencher| {
        bencher.iter(|| black_box(pool.draw(black_box(&impossible), &everything, NOON, 1)));
    });
    let kept = pool.draw(&impossible, &everything, NOON, 1);
    criterion.bench_function("keep why 1,000 offers could not serve", |bencher| {
        bencher.iter(|| black_box(black_box(&kept).decision()));
    });
    let names = ["family-7".to_owned()];
    criterion.bench_function("find a family among 1,000 offers", |bencher| {
        bencher.iter(|| black_box(catalog.select(black_box(&names))));
    });
    find_pool(criterion, &catalog);
    let mut now = NOON;
    criterion.bench_function("a request among 1,000 offers, one each millisecond", |bencher| {
        bencher.iter(|| {
            (seed, now) = (seed + 1, now.after(Duration::from_millis(1)));
            serve(&mut pool, &asked, &everything, now, seed);
        });
    });
}

/// All that a request asks of the core.
fn serve(pool: &mut Pool, asked: &Requirements, from: &Selection, now: Moment, seed: u64) {
    let picked = pool.draw(black_box(asked), from, now, seed).order.next();
    let ticket = picked.and_then(|picked| pool.admit(picked.offer, asked, now).ok());
    if let Some(ticket) = ticket {
        pool.settle(ticket, &success(), now);
    }
}

/// A pool of the settings, of which half of the offers are members.
fn find_pool(criterion: &mut Criterion, catalog: &Catalog) {
    let half = (0..OFFERS / 2).map(|at| format!("provider-{}/model-{at}", at * PROVIDERS / OFFERS));
    let coder =
        NamedPool { name: "coder".to_owned(), only: half.collect(), ..NamedPool::default() };
    let mut catalog = catalog.clone();
    catalog.define(&[coder]);
    let names = ["coder".to_owned()];
    criterion.bench_function("find a pool by name among 1,000 offers", |bencher| {
        bencher.iter(|| black_box(catalog.select(black_box(&names))));
    });
}

/// Reserves from a thousand offers, or settles what was reserved; only what is asked for is timed.
fn round(
    pool: &mut Pool,
    asked: &Requirements,
    end: &Settlement,
    now: Moment,
) -> (Duration, Duration) {
    let begun = watch();
    let tickets: Vec<Ticket> = (0..OFFERS)
        .filter_map(|at| pool.admit(OfferIndex(at), black_box(asked), now).ok())
        .collect();
    let reserved = watch();
    for ticket in tickets {
        pool.settle(ticket, black_box(end), now);
    }
    (reserved - begun, watch() - reserved)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn watch() -> Instant {
    Instant::now()
}

fn admit(criterion: &mut Criterion) {
    let catalog = catalog();
    let (asked, success) = (asked(), success());
    let mut step = 0u64;
    for (name, reserves) in [("reserve, four limits", true), ("settle, four limits", false)] {
        let mut pool = Pool::new(Arc::clone(&catalog), Settings::default());
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let rounds = iterations.div_ceil(u64::from(OFFERS));
                let spent = (0..rounds).map(|_| {
                    step += 1;
                    let now = NOON.after(Duration::from_millis(step * 100));
                    let (reserve, settle) = round(&mut pool, &asked, &success, now);
                    if reserves { reserve } else { settle }
                });
                let spent: Duration = spent.sum();
                // whole rounds were made: the part that was asked for
                spent.mul_f64(iterations as f64 / (rounds * u64::from(OFFERS)) as f64)
            });
        });
    }
}

criterion_group!(benches, draw, admit);
criterion_main!(benches);
