//! The files that potluck is started with: it must understand them, or it is not measured as meant.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::date;
use potluck::pantry::{Pantry, TextFile, World, lower};
use potluck::settings::{Environment, Settings};

use crate::gateway::potluck::{CONFIGURATION, provider};

#[test]
fn potluck_reads_its_configuration() {
    let path = Path::new("potluck.toml");
    let environment = Environment::from_iter::<[(&str, &str); 0]>([]);
    let settings = Settings::from_text(path, CONFIGURATION, environment).unwrap();
    assert!(!settings.catalog.builtin && !settings.catalog.local);
}

#[test]
fn potluck_has_one_offer_with_room_for_every_stream() {
    let text = provider("127.0.0.1:9".parse().unwrap());
    let path = "simulated.toml".to_owned();
    let pantry = Pantry::new([TextFile { path, text }]).unwrap();
    let listed = BTreeMap::new();
    let today = date(2026, 11, 22);
    let lowered = lower(
        &pantry,
        &World {
            is_set: &|_| false,
            credentials: &Default::default(),
            listed: &listed,
            today,
            concurrency: 4,
        },
    );
    let [offer] = lowered.catalog.offers.as_slice() else { panic!("{:?}", lowered.catalog) };
    assert_eq!((offer.name.as_str(), offer.concurrency), ("simulated/tiny", 1024));
}
