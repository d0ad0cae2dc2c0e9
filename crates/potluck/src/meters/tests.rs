use super::names::{ALL, Kind};
use super::*;
use crate::recent::Server;
use crate::recent::tests::fact;

fn served(offer: &str) -> Fact {
    Fact {
        server: Some(Server { offer: offer.to_owned(), provider: "A".into(), simulated: true }),
        ending: Ending::Served,
        streamed: true,
        first_content: Some(Duration::from_millis(70)),
        total: Duration::from_millis(300),
        waited: Duration::from_millis(20),
        ..fact("gen-1")
    }
}

fn written(meters: &Meters) -> String {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &meters.registry).unwrap();
    Format::Plain.of(text)
}

#[test]
fn a_request_is_counted_by_its_end_and_each_of_its_attempts() {
    let meters = Meters::default();
    let mut fact = served("sound/m@work");
    fact.failed.push(potluck_core::verdict::AttemptNote {
        offer: "broken/vendor/m".to_owned(),
        class: "overloaded",
        cause: None,
        status: Some(503),
        detail: String::new(),
        took: Duration::ZERO,
    });
    meters.opens();
    let asking = Some(Duration::from_micros(42));
    meters.closes("chat", &fact, Own { asking, answering: None });
    let text = written(&meters);
    for line in [
        "potluck_requests_total{door=\"chat\",status=\"200\",class=\"served\"} 1",
        "potluck_attempts_total{provider=\"broken\",outcome=\"overloaded\"} 1",
        "potluck_attempts_total{provider=\"sound\",outcome=\"served\"} 1",
        "potluck_time_to_first_token_seconds_bucket{le=\"0.1\",provider=\"sound\"} 1",
        "potluck_overhead_seconds_bucket{le=\"0.00003\",part=\"request\"} 0",
        "potluck_overhead_seconds_bucket{le=\"0.00005\",part=\"request\"} 1",
        "potluck_queue_wait_seconds_count 1",
        "potluck_requests_open 0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn no_name_that_a_client_invents_becomes_a_label() {
    let meters = Meters::default();
    let mut fact = served("a/m");
    let names = ["temperature", "tool_choice", "my_secret_field", "options.whatever"];
    fact.dropped = names.map(str::to_owned).to_vec();
    meters.closes("chat", &fact, Own::default());
    let text = written(&meters);
    assert!(text.contains("{parameter=\"temperature\"} 1"), "{text}");
    assert!(text.contains("{parameter=\"tool_choice\"} 1"), "{text}");
    assert!(text.contains("{parameter=\"other\"} 2"), "{text}");
    assert!(!text.contains("secret") && !text.contains("whatever"), "{text}");
}

#[test]
fn names_keep_to_the_conventions_of_prometheus() {
    for named in ALL {
        let is_counter = named.kind == Kind::Counter;
        assert_eq!(named.name.ends_with("_total"), is_counter, "{}", named.name);
        assert!(named.help.ends_with('.'), "{}", named.name);
        assert!(!named.name.contains("millis") && !named.name.contains("micros"), "{}", named.name);
    }
    let mut names: Vec<&str> = ALL.iter().map(|named| named.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len(), "a name stands twice");
}
