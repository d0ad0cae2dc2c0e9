use std::path::PathBuf;
use std::sync::Arc;

use potluck_core::health::{KeptRest, KeptStanding};
use potluck_core::names::{AccountId, CredentialId, OfferName, ProviderId};
use potluck_core::outcome::Class;
use potluck_core::pool::{KeptFailure, KeptOffer};
use potluck_core::quota::{Drift, Kept, Margin, Unit, Uses};

use super::*;

const NOW: Moment = Moment::from_millis(1_800_000_000_000);

/// A path in a folder of its own, which goes with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("potluck-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("potluck.db")
    }

    fn asides(&self) -> usize {
        let names = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains(".damaged-")).count()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn kept(uses: Uses) -> Kept {
    Kept {
        uses,
        claimed: Some((u64::MAX >> 1, NOW)),
        blocked: Some(NOW),
        learnt: Some((12, NOW)),
        heard: None,
        drift: Some(Drift { counted: 9, own: 12, by: -3, at: NOW }),
        margin: Margin { recent: 3, held: 2, since: Some(NOW) },
        allowance: 7,
    }
}

fn notes() -> Notes {
    let entries = vec![(NOW.before(Duration::from_secs(9)), 1), (NOW, 2)];
    let sliding = Uses::Sliding { length: 60_000, entries, beyond: Some((4, NOW)) };
    let day = Uses::Calendar { unit: Unit::Day, start: NOW, end: NOW, used: 5 };
    let rest = KeptRest { class: Class::Overloaded, since: NOW, until: NOW, stated: true };
    let standing =
        KeptStanding { rest: Some(rest), repeats: 2, retired: Some((Class::NotFree, NOW)) };
    let detail = "it said \"no\"\nand hung up".to_owned();
    let failure = KeptFailure { class: Class::BadAnswer, status: Some(502), detail, at: NOW };
    let credential = (ProviderId::new("p"), CredentialId::new("default"));
    let account = (ProviderId::new("p"), AccountId::new("firm"));
    Notes {
        made: Some(NOW),
        buckets: [
            (Arc::from("p/minute"), kept(sliding)),
            (Arc::from("p/day"), kept(day)),
            (Arc::from("p/flight"), kept(Uses::InFlight)),
        ]
        .into(),
        offers: [(
            OfferName::new("p/m"),
            KeptOffer { standing: Some(standing), last_failure: Some(failure) },
        )]
        .into(),
        credentials: [(credential, None)].into(),
        accounts: [(account, Some(standing))].into(),
        providers: [(ProviderId::new("p"), Some(standing)), (ProviderId::new("q"), None)].into(),
    }
}

#[test]
fn what_was_written_is_read_again() {
    let place = Place::new();
    let mut ledger = Ledger::open(&place.file(), NOW).unwrap();
    assert!(ledger.notes.is_empty() && ledger.notes.made.is_none());
    ledger.store.write(&notes()).unwrap();
    drop(ledger);
    assert_eq!(Ledger::open(&place.file(), NOW).unwrap().notes, notes());
}

#[test]
fn a_second_potluck_is_told_that_the_file_is_in_use() {
    let place = Place::new();
    let _first = Ledger::open(&place.file(), NOW).unwrap();
    let refused = Ledger::open(&place.file(), NOW).unwrap_err();
    assert!(matches!(refused, OpenError::InUse(_)), "{refused}");
}

#[test]
fn a_damaged_file_is_set_aside() {
    let place = Place::new();
    std::fs::write(place.file(), b"this was a database once".repeat(400)).unwrap();
    let ledger = Ledger::open(&place.file(), NOW).unwrap();
    assert!(ledger.notes.is_empty());
    assert_eq!(place.asides(), 1);
}

#[test]
fn a_file_with_damage_in_the_middle_is_set_aside() {
    let place = Place::new();
    let mut ledger = Ledger::open(&place.file(), NOW).unwrap();
    ledger.store.write(&notes()).unwrap();
    drop(ledger);
    let mut bytes = std::fs::read(place.file()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].fill(0xA5);
    std::fs::write(place.file(), bytes).unwrap();
    let ledger = Ledger::open(&place.file(), NOW).unwrap();
    assert!(ledger.notes.is_empty());
    assert_eq!(place.asides(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_said_with_what_to_do() {
    let refused = Ledger::open(&PathBuf::from("/dev/null/at/all/potluck.db"), NOW).unwrap_err();
    let told = refused.to_string();
    assert!(told.contains("/dev/null/at/all/potluck.db") && told.contains("--state"), "{told}");
}

#[test]
fn what_nobody_touched_for_two_months_is_forgotten() {
    let place = Place::new();
    let mut ledger = Ledger::open(&place.file(), NOW).unwrap();
    ledger.store.write(&notes()).unwrap();
    drop(ledger);
    let later = NOW.after(Duration::from_hours(24 * 63));
    assert!(Ledger::open(&place.file(), later).unwrap().notes.is_empty());
}
