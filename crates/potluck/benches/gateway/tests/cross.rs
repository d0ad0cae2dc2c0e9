//! Doors over dialects: every pair answers as the measurement expects, and ratios are those of their own round.

use potluck_testkit::{InstantOptions, InstantUpstream};

use crate::cross::{ANSWER, Asks, CHUNKS, Cost, Costs, Door, PROVIDERS, files};
use crate::gateway::{Gateway, Setup};
use crate::{run, system};

#[test]
fn every_pair_is_answered() {
    run(async {
        let options =
            InstantOptions { chunks: CHUNKS, body_bytes: ANSWER, ..InstantOptions::default() };
        let upstream = InstantUpstream::start(options).await.unwrap();
        let folder = std::env::temp_dir().join(format!("gateway-cross-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let core = system::cores().unwrap()[0];
        let setup = Setup {
            upstream: upstream.address(),
            nginx: None,
            potluck: env!("CARGO_BIN_EXE_potluck").into(),
            folder: folder.clone(),
            core,
            home: core,
        };
        let gateway = Gateway::start_over(&files(upstream.address()), &setup).unwrap();
        for door in Door::ALL {
            for provider in PROVIDERS {
                let proof = Asks::prove(gateway.address, door, provider).await;
                assert!(proof.is_ok(), "{} over {provider}: {proof:?}", door.name());
            }
        }
        std::fs::remove_dir_all(folder).unwrap();
    });
}

#[test]
fn a_pair_is_held_against_the_passthrough_of_its_round() {
    let cost = |whole, stream| Cost { whole, stream };
    let mut costs = Costs::default();
    for (pair, passthrough) in [(120.0, 100.0), (330.0, 300.0), (260.0, 200.0)] {
        costs.note(Door::Chat, "gemini", cost(pair, pair), cost(passthrough, passthrough));
        costs.note(Door::Messages, "gemini", cost(0.0, pair), cost(passthrough, 0.0));
    }
    let [dearest, other] = costs.by_chat()[..] else { panic!("two pairs: {costs:?}") };
    assert_eq!((dearest.0, other.0), (Door::Chat, Door::Messages));
    assert!((dearest.2 - 1.2).abs() < 1e-9, "the median of 1.2, 1.1 and 1.3: {}", dearest.2);
    let drawn = costs.draw();
    assert!(drawn.contains("1.20 (1.10–1.30)") && drawn.contains("2 of 2 pairs"), "{drawn}");
}
