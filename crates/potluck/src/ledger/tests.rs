use std::path::PathBuf;
use std::sync::Arc;

use potluck_core::health::{KeptRest, KeptStanding};
use potluck_core::names::{AccountId, CredentialId, OfferName, ProviderId};
use potluck_core::outcome::Class;
use potluck_core::pool::{KeptFailure, KeptOffer};
use potluck_core::quota::{Drift, Kept, Margin, Unit, Uses};

use super::*;

/// By which clock rows are written.
const EPOCH: Epoch = Epoch(1_799_999_000_000);

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
        asks: 3,
    }
}

fn notes() -> Notes {
    let entries = vec![(NOW.before(Duration::from_secs(9)), 1), (NOW, 2)];
    let sliding = Uses::Sliding { length: 60_000, entries, beyond: Some((4, NOW)) };
    let day = Uses::Calendar { unit: Unit::Day, start: NOW, end: NOW, used: 5, late: 1 };
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
            (Arc::from("p/flight"), kept(Uses::InFlight { lingering: Some((2, NOW)) })),
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

fn write(ledger: &mut Ledger, notes: Notes) {
    ledger.store.write(NOW, |_| (notes, Some(EPOCH))).unwrap();
}

#[test]
fn what_was_written_is_read_again() {
    let place = Place::new();
    let mut ledger = Ledger::open(&place.file(), NOW).unwrap();
    assert!(ledger.notes.is_empty() && ledger.notes.made.is_none());
    write(&mut ledger, notes());
    drop(ledger);
    assert_eq!(Ledger::open(&place.file(), NOW).unwrap().notes, notes());
}

/// What another hears of one counter.
fn heard(ledger: &mut Ledger, key: &str) -> Vec<Kept> {
    let mut news = ledger.store.listen().unwrap();
    news.remove(key).unwrap_or_default().rows.iter().map(|row| row.by(None)).collect()
}

#[test]
fn a_second_potluck_hears_what_the_first_was_granted() {
    let place = Place::new();
    let mut first = Ledger::open(&place.file(), NOW).unwrap();
    let mut second = Ledger::open(&place.file(), NOW).unwrap();
    assert_eq!((first.seat(), second.seat()), (0, 1));
    assert!(second.notes.is_empty());
    write(&mut first, notes());
    assert!(second.store.has_changed().unwrap() && !second.store.has_changed().unwrap());
    let news = second.store.listen().unwrap();
    assert_eq!(news.len(), 3);
    assert!(news.values().all(|told| told.asked), "each asks");
    assert!(second.store.listen().unwrap().is_empty(), "nothing is heard twice");
    assert!(first.store.listen().unwrap().is_empty(), "nobody hears of oneself");
}

#[test]
fn what_the_dead_left_is_forgotten_too_and_what_the_living_hold_is_not() {
    let place = Place::new();
    let mut first = Ledger::open(&place.file(), NOW).unwrap();
    let mut second = Ledger::open(&place.file(), NOW).unwrap();
    write(&mut second, notes());
    write(&mut first, Notes::default());
    let later = NOW.after(Duration::from_hours(24 * 63));
    let kept = || heard(&mut Ledger::open(&place.file(), later).unwrap(), "p/minute").len();
    assert_eq!(kept(), 1, "the second is there, and may use it");
    drop(second);
    write(&mut first, Notes::default());
    assert_eq!(kept(), 0, "closed two months before");
}

#[test]
fn what_the_dead_were_granted_counts_as_used_and_is_granted_no_more() {
    let place = Place::new();
    let mut first = Ledger::open(&place.file(), NOW).unwrap();
    let mut second = Ledger::open(&place.file(), NOW).unwrap();
    let mut third = Ledger::open(&place.file(), NOW).unwrap();
    write(&mut first, notes());
    assert_eq!(heard(&mut third, "p/minute")[0].allowance, 7);
    // it knows of the first when it writes, and of its end the next time
    write(&mut second, Notes::default());
    drop(first);
    write(&mut second, Notes::default());
    let closed = heard(&mut third, "p/minute").remove(0);
    assert_eq!((closed.allowance, closed.asks), (0, 0));
    let Uses::Sliding { entries, .. } = closed.uses else { panic!("of another clock") };
    assert_eq!(entries.iter().map(|(_, amount)| amount).sum::<u64>(), 1 + 2 + 7);
    assert_eq!(Ledger::open(&place.file(), NOW).unwrap().seat(), 0, "its seat is free");
}

#[test]
fn a_clock_that_was_set_moves_a_row_and_one_of_another_start_of_the_machine_does_not() {
    let place = Place::new();
    let first = Ledger::open(&place.file(), NOW).unwrap();
    let mut second = Ledger::open(&place.file(), NOW).unwrap();
    let kept = Kept { allowance: 0, asks: 0, ..kept(Uses::InFlight { lingering: Some((2, NOW)) }) };
    let buckets = [(Arc::from("p/flight"), kept)].into();
    write(&mut second, Notes { made: Some(NOW), buckets, ..Notes::default() });
    let mut third = Ledger::open(&place.file(), NOW).unwrap();
    let later = Epoch(EPOCH.0 + 3_600_000);
    let until = |ledger: &mut Ledger, epoch| {
        let kept = ledger.store.listen().unwrap()["p/flight"].rows[0].by(Some(epoch));
        let Uses::InFlight { lingering } = kept.uses else { panic!("of another clock") };
        lingering.unwrap().1
    };
    assert_eq!(until(&mut third, later), NOW.moved(3_600_000), "an hour forward");
    drop((first, second, third));
    // nobody is there who knows of that clock: the machine may have started anew
    let mut fourth = Ledger::open(&place.file(), NOW).unwrap();
    assert_eq!(until(&mut fourth, Epoch::now().unwrap()), NOW);
}

#[test]
fn counts_of_the_first_layout_are_those_of_the_first_seat() {
    let place = Place::new();
    let file = rusqlite::Connection::open(place.file()).unwrap();
    let record = r#"{"uses": {"calendar": {"per": "day", "start": 0, "end": 9, "used": 5}},
        "claimed": null, "blocked": null, "heard": null, "allowance": 2}"#;
    file.execute_batch(
        "CREATE TABLE counters (key TEXT PRIMARY KEY, record TEXT NOT NULL, touched INTEGER NOT NULL) WITHOUT ROWID;
         CREATE TABLE health (kind TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL, touched INTEGER NOT NULL,
            PRIMARY KEY (kind, key)) WITHOUT ROWID;
         CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
         PRAGMA user_version = 1;",
    )
    .unwrap();
    let insert = "INSERT INTO counters VALUES ('p/day', ?1, ?2)";
    file.execute(insert, rusqlite::params![record, NOW.as_millis()]).unwrap();
    drop(file);
    let ledger = Ledger::open(&place.file(), NOW).unwrap();
    let (start, end) = (Moment::from_millis(0), Moment::from_millis(9));
    let kept = ledger.notes.buckets.get("p/day").unwrap();
    assert_eq!(kept.uses, Uses::Calendar { unit: Unit::Day, start, end, used: 5, late: 0 });
    assert_eq!((kept.allowance, place.asides()), (2, 0));
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
    write(&mut ledger, notes());
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
    write(&mut ledger, notes());
    drop(ledger);
    let later = NOW.after(Duration::from_hours(24 * 63));
    assert!(Ledger::open(&place.file(), later).unwrap().notes.is_empty());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept_unless_its_owner_lets_them() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let mode = || std::fs::metadata(place.file()).unwrap().permissions().mode() & 0o777;
    drop(Ledger::open(&place.file(), NOW).unwrap());
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(place.file(), PermissionsExt::from_mode(0o640)).unwrap();
    drop(Ledger::open(&place.file(), NOW).unwrap());
    assert_eq!(mode(), 0o640, "for a backup, say");
}
