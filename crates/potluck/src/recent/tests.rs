use potluck_core::replay;

use super::*;

/// A request of which nothing but its id is known.
pub(crate) fn fact(id: &str) -> Fact {
    Fact {
        id: id.to_owned(),
        came: Moment::from_millis(0),
        asked: Vec::new(),
        streamed: false,
        session: None,
        needs: Requirements::plain(),
        draw: None,
        waited: Duration::ZERO,
        tries: Vec::new(),
        server: None,
        failed: Vec::new(),
        ending: Ending::Left,
        finish: None,
        usage: None,
        first_content: None,
        serving: None,
        total: Duration::ZERO,
        dropped: Vec::new(),
    }
}

/// A draw among `count` offers, each of which could serve.
pub(crate) fn table(count: u32) -> Table {
    let seat =
        |offer| Seat { offer, weight: 0.1 + f32::from(u16::try_from(offer).unwrap()), tier: 0 };
    Table {
        seed: u64::MAX - 3,
        strategy: potluck_core::choose::Strategy::Balanced,
        considered: count,
        sticky: None,
        eligible: (0..count).map(seat).collect(),
        excluded: Vec::new(),
    }
}

fn numbered(id: usize) -> Arc<Fact> {
    Arc::new(fact(&format!("gen-{id}")))
}

#[test]
fn the_oldest_are_forgotten() {
    let recent = Recent::default();
    for id in 0..KEPT + 3 {
        recent.keep(numbered(id));
    }
    assert!(recent.find("gen-2").is_none());
    assert_eq!(recent.find("gen-3").unwrap().id, "gen-3");
    assert_eq!(recent.kept().facts.len(), KEPT);
    assert!(recent.find(&format!("gen-{}", KEPT + 2)).is_some());
}

#[test]
fn draws_among_many_offers_are_forgotten_sooner() {
    let recent = Recent::default();
    let draw = Arc::new(Drawn::Read(table(3000)));
    let most = DRAWS / draw.size();
    assert!(most < KEPT);
    for id in 0..KEPT {
        let draw = Some(Arc::clone(&draw));
        recent.keep(Arc::new(Fact { draw, ..fact(&format!("gen-{id}")) }));
    }
    assert_eq!(recent.kept().facts.len(), most);
    assert!(recent.kept().draws <= DRAWS);
    assert!(recent.find(&format!("gen-{}", KEPT - 1)).is_some());
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_without_a_gap() {
    let recent = Recent::default();
    for id in 0..KEPT + 100 {
        recent.keep(numbered(id));
    }
    let mut seen = Vec::new();
    let mut wanted = Wanted { limit: 100, ..Wanted::default() };
    loop {
        let page = recent.list(&wanted);
        let Some(last) = page.last() else { break };
        wanted.before = Some(last.number);
        seen.extend(page.iter().map(|listed| listed.fact.id.clone()));
    }
    let expected: Vec<String> = (100..KEPT + 100).rev().map(|id| format!("gen-{id}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn pages_hold_what_was_asked_for() {
    let recent = Recent::default();
    for (id, ending) in [("a", Ending::Served), ("b", Ending::Left), ("c", Ending::Served)] {
        let server = Server { offer: format!("p/{id}"), provider: "P".into(), simulated: true };
        let came = Moment::from_millis(1000 * i64::from(id.as_bytes()[0]));
        recent.keep(Arc::new(Fact { ending, came, server: Some(server), ..fact(id) }));
    }
    let ids = |wanted: Wanted| {
        let listed = recent.list(&wanted);
        listed.iter().map(|listed| listed.fact.id.clone()).collect::<Vec<_>>().concat()
    };
    let all = Wanted::default();
    assert_eq!(ids(all.clone()), "cba");
    assert_eq!(ids(Wanted { ending: Some("served".to_owned()), ..all.clone() }), "ca");
    assert_eq!(ids(Wanted { offer: Some("p/b".to_owned()), ..all.clone() }), "b");
    assert_eq!(ids(Wanted { since: Some(Moment::from_millis(98_000)), ..all }), "cb");
}

#[test]
fn the_pick_of_a_table_is_the_pick_of_the_draw_again() {
    let table = table(12);
    let seat = |seat: &Seat| replay::Seat {
        offer: seat.offer,
        provider: 0,
        family: 0,
        weight: seat.weight,
        tier: seat.tier,
    };
    let (seed, strategy) = (table.seed, table.strategy);
    let seats = table.eligible.iter().map(seat).collect();
    let drawn = replay::Past { seed, strategy, sticky: None, seats }.draw();
    let chances: Vec<(u32, f64)> =
        table.eligible.iter().map(|seat| seat.offer).zip(table.chances()).collect();
    assert_eq!(drawn.chances, chances);
    assert!((chances.iter().map(|(_, chance)| chance).sum::<f64>() - 1.0).abs() < 1e-9);
}
