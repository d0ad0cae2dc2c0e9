use potluck_core::choose::Strategy;
use potluck_core::exclusion::Why;
use potluck_core::names::{Family, OfferName};
use potluck_core::outcome::{Cause, Class};
use potluck_core::requirements::Requirements;
use potluck_core::response::{FinishReason, Usage};
use potluck_core::verdict::AttemptNote;

use super::*;
use crate::recent::tests::{fact, table};
use crate::recent::{Drawn, Ending, Named, Server, Table, Try};

const NOW: Moment = Moment::from_millis(1_800_000_000_000);
const KEPT: Retention = Retention { rows: 100, age: Duration::from_hours(24) };

/// A path in a folder of its own, which goes with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("potluck-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn open(&self, kept: Retention, roster: &Arc<Roster>, now: Moment) -> Store {
        Store::open(&self.0.join("it.journal.db"), kept, Arc::clone(roster), now).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn named(number: u32) -> Named {
    Named { name: OfferName::new(format!("p/{number}")), family: Family::new("f") }
}

fn roster(count: u32) -> Arc<Roster> {
    let roster = Arc::new(Roster::default());
    for number in 0..count {
        roster.enlist(named(number));
    }
    roster
}

/// A request with everything that can be kept.
fn full() -> Fact {
    let why = |text| Why::from_text(text).unwrap();
    let draw = Table {
        sticky: Some(3),
        strategy: Strategy::Uniform,
        excluded: vec![
            (7, why("busy")),
            (8, why("lacks_feature:tools")),
            (9, why("busy")),
            (4, why("out_of_quota:tokens")),
        ],
        ..table(4)
    };
    let note = AttemptNote {
        offer: "p/1".to_owned(),
        class: Class::DoesNotFit.word(),
        cause: Some(Cause::ContentPolicy),
        status: Some(400),
        detail: "you said: my secret prompt".to_owned(),
        took: Duration::from_millis(31),
    };
    let server = Server { offer: "p/2".to_owned(), provider: "P".into(), simulated: true };
    let ended = |begun, sticky| Try { begun: Duration::from_millis(begun), chance: 0.25, sticky };
    Fact {
        came: NOW,
        asked: vec!["free".to_owned()],
        streamed: true,
        session: Some("mine".to_owned()),
        needs: Requirements { prompt_tokens: 9, ..Requirements::plain() },
        draw: Some(Arc::new(Drawn::Read(draw))),
        waited: Duration::from_millis(5),
        tries: vec![ended(1, false), ended(40, true)],
        server: Some(server),
        failed: vec![note],
        ending: Ending::Served,
        finish: Some(FinishReason::Length),
        usage: Some(Usage {
            prompt: 3,
            completion: 4,
            total: 7,
            cached: Some(1),
            ..Usage::default()
        }),
        first_content: Some(Duration::from_millis(90)),
        serving: Some(Duration::from_millis(99)),
        total: Duration::from_millis(140),
        dropped: vec!["top_k".to_owned()],
        ..fact("gen-full")
    }
}

fn written(store: &mut Store, facts: impl IntoIterator<Item = Fact>) {
    let facts: Vec<Arc<Fact>> = facts.into_iter().map(Arc::new).collect();
    store.write(&facts, NOW).unwrap();
}

fn ids(store: &Store, wanted: &Wanted) -> Vec<String> {
    store.list(wanted).unwrap().iter().map(|listed| listed.fact.id.clone()).collect()
}

#[test]
fn what_was_written_is_read_again_but_for_a_provider_s_words() {
    let place = Place::new();
    written(&mut place.open(KEPT, &roster(10), NOW), [full()]);
    let again = Arc::new(Roster::default());
    let store = place.open(KEPT, &again, NOW);
    let read = store.find("gen-full").unwrap().unwrap();
    let mut expected = full();
    expected.failed[0].detail = String::new();
    // By reason, as they stand in the file.
    let mut table = expected.draw.take().unwrap().table().into_owned();
    table.excluded.sort_by_key(|(_, why)| why.word() != "busy");
    expected.draw = Some(Arc::new(Drawn::Read(table)));
    assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    assert_eq!(again.since(0), roster(10).since(0), "names keep their numbers");
    assert!(store.find("gen-none").unwrap().is_none());
}

#[test]
fn nothing_of_a_prompt_is_in_the_file() {
    let place = Place::new();
    written(&mut place.open(KEPT, &roster(10), NOW), [full()]);
    for file in std::fs::read_dir(&place.0).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"secret"));
    }
}

#[test]
fn endings_of_every_kind_are_kept() {
    let place = Place::new();
    let mut store = place.open(KEPT, &roster(1), NOW);
    let refused = Ending::Refused { status: 429, code: "pool_exhausted".into() };
    let endings = [Ending::Served, Ending::Broke { class: "too_slow" }, refused, Ending::Left];
    for ending in endings {
        let came = NOW;
        written(&mut store, [Fact { ending: ending.clone(), came, ..fact(ending.word()) }]);
        assert_eq!(store.find(ending.word()).unwrap().unwrap().ending, ending);
        let wanted = Wanted { ending: Some(ending.word().to_owned()), ..Wanted::default() };
        assert_eq!(ids(&store, &wanted), [ending.word()]);
    }
}

#[test]
fn only_so_many_are_kept_and_numbers_go_on_after_a_restart() {
    let place = Place::new();
    let of = |id: u32| Fact { came: NOW, draw: full().draw, ..fact(&format!("gen-{id}")) };
    let mut store = place.open(KEPT, &roster(10), NOW);
    written(&mut store, (0..150).map(of));
    drop(store);
    let mut store = place.open(KEPT, &roster(10), NOW);
    written(&mut store, (150..170).map(of));
    let all = store.list(&Wanted { limit: 1000, ..Wanted::default() }).unwrap();
    assert_eq!(all.len(), 100);
    assert_eq!((all[0].number, all[99].number), (170, 71));
    assert_eq!((all[0].fact.id.as_str(), all[99].fact.id.as_str()), ("gen-169", "gen-70"));
    let page =
        store.list(&Wanted { before: Some(171 - 10), limit: 2, ..Wanted::default() }).unwrap();
    assert_eq!(page.iter().map(|listed| listed.number).collect::<Vec<_>>(), [160, 159]);
}

#[test]
fn what_is_too_old_is_forgotten() {
    let place = Place::new();
    let of =
        |id: &str, hours: u64| Fact { came: NOW.before(Duration::from_hours(hours)), ..fact(id) };
    written(&mut place.open(KEPT, &roster(1), NOW), [of("old", 30), of("older", 25), of("new", 2)]);
    let store = place.open(KEPT, &roster(1), NOW);
    assert_eq!(ids(&store, &Wanted::default()), ["new"]);
    let later = NOW.after(Duration::from_hours(48));
    let mut store = place.open(KEPT, &roster(1), later);
    assert!(ids(&store, &Wanted::default()).is_empty());
    written(&mut store, [of("next", 0)]);
    assert_eq!(store.list(&Wanted::default()).unwrap()[0].number, 4, "no number is given twice");
}

#[test]
fn pages_hold_what_was_asked_for() {
    let place = Place::new();
    let mut store = place.open(KEPT, &roster(10), NOW);
    let plain = Fact { came: NOW.before(Duration::from_mins(9)), ..fact("gen-plain") };
    written(&mut store, [plain, full()]);
    let tried = |offer: &str| Wanted { offer: Some(offer.to_owned()), ..Wanted::default() };
    assert_eq!(ids(&store, &tried("p/1")), ["gen-full"], "one that failed was tried too");
    assert_eq!(ids(&store, &tried("p/2")), ["gen-full"]);
    assert!(ids(&store, &tried("p/")).is_empty());
    let since = Wanted { since: Some(NOW), ..Wanted::default() };
    assert_eq!(ids(&store, &since), ["gen-full"]);
}

#[test]
fn a_desk_without_room_drops_and_counts() {
    let journal = Journal::default();
    journal.keep(&Arc::new(full()));
    assert_eq!(journal.dropped(), 0, "where there is no journal nothing is missing in it");
    journal.desk().kept = Some(KEPT);
    for _ in 0..ROOM + 7 {
        journal.keep(&Arc::new(full()));
    }
    assert_eq!((journal.desk().facts.len(), journal.dropped()), (ROOM, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_handed_over_is_found_at_once_and_after_a_restart() {
    let place = Place::new();
    let path = place.0.join("it.journal.db");
    let tasks = Tasks::default();
    let journal = Arc::new(Journal::default());
    journal.begin(&path, KEPT, roster(10), &tasks).unwrap();
    // The thread measures age by the true clock.
    let came = Clock.now();
    journal.keep(&Arc::new(Fact { came, ..full() }));
    assert!(journal.find("gen-full").await.is_some());
    journal.keep(&Arc::new(Fact { came, ..fact("gen-last") }));
    journal.close();
    tasks.stop();
    tasks.wait().await;
    assert!(journal.find("gen-full").await.is_none(), "nobody is there to answer");
    let store = Store::open(&path, KEPT, roster(0), came).unwrap();
    assert_eq!(ids(&store, &Wanted::default()), ["gen-last", "gen-full"]);
}
