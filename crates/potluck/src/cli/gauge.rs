//! Numbers of the pool in words: what is left of a limit, how long a wait is.

use super::screen::{Cell, Look};
use super::view::{Limit, Offer, Reason};

/// Whether an offer can serve now, else why not.
pub(super) fn state(offer: &Offer) -> Cell {
    let look = match offer.state.as_str() {
        "available" if offer.is_available() => Look::Good,
        "retired" | "credential_refused" => Look::Bad,
        _ => Look::Wait,
    };
    let why: Vec<&str> = offer.reasons.iter().map(Reason::words).collect();
    look.on(match (why.as_slice(), offer.state.as_str()) {
        ([], "available") => "available".to_owned(),
        ([], resting) => format!("{}, may be tried", resting.replace('_', " ")),
        (why, _) => why.join("; "),
    })
}

/// What is left of the limits of a day or longer: the tightest of them.
pub(super) fn left_today(offer: &Offer) -> String {
    match offer.tightest_of_day() {
        None => "no daily limit".to_owned(),
        Some(limit) => format!("{} {}", count(limit.remaining), limit.counts.replace('_', " ")),
    }
}

/// How long until something of a limit is back; nothing where nothing is used of it.
pub(super) fn countdown(limit: &Limit) -> String {
    match limit.resets_in_s {
        Some(seconds) if limit.remaining < limit.amount => wait(seconds),
        _ => String::new(),
    }
}

/// How long until an offer can serve.
pub(super) fn until_ready(offer: &Offer) -> String {
    match offer.estimated_wait_s {
        _ if offer.is_available() => String::new(),
        Some(seconds) => wait(seconds),
        None => "unknown".to_owned(),
    }
}

/// One limit: `28/30 requests a minute`.
pub(super) fn limit_words(limit: &Limit) -> String {
    let (left, all) = (count(limit.remaining), count(limit.amount));
    let counts = limit.counts.replace('_', " ");
    match limit.per.as_str() {
        "at once" => format!("{left}/{all} at once"),
        per if per.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{left}/{all} {counts} in {per}")
        }
        per => format!("{left}/{all} {counts} {} {per}", article(per)),
    }
}

/// A limit as a bar of eight places.
pub(super) fn bar(limit: &Limit) -> String {
    const PLACES: f64 = 8.0;
    // between 0 and 8, so the cast loses only the fraction that it is meant to lose
    let full = (limit.part_left() * PLACES).ceil() as usize;
    (0..PLACES as usize).map(|place| if place < full { '█' } else { '░' }).collect()
}

/// 8192 as `8k`, 1048576 as `1M`, so that columns stay narrow.
pub(super) fn tokens(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{}k", number / 1_000),
        _ => format!("{}M", number / 1_000_000),
    }
}

/// How far something is, as a bar of 24 places, with what is being waited for.
pub(super) fn progress(done: usize, all: usize, what: &str) -> String {
    const PLACES: usize = 24;
    let full = done * PLACES / all.max(1);
    let bar: String = (0..PLACES).map(|place| if place < full { '█' } else { '░' }).collect();
    format!("{bar} {done}/{all}  {what}")
}

/// A wait: `12 s`, `5 min`, `3 h 10 min`.
pub(super) fn wait(seconds: f64) -> String {
    // a wait is no longer than years, far below what the cast can hold
    let whole = seconds.max(0.0).ceil() as u64;
    match whole {
        0..120 => format!("{whole} s"),
        120..7200 => format!("{} min", whole / 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// `1 offer`, `3 offers`.
pub(super) fn several(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

fn article(word: &str) -> &'static str {
    if word == "hour" { "an" } else { "a" }
}

fn count(number: f64) -> String {
    match number {
        big if big >= 100_000.0 => tokens(big as u64),
        exact if exact.fract() == 0.0 => format!("{exact:.0}"),
        rough => format!("{rough:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(remaining: f64, amount: f64, per: &str) -> Limit {
        let counts = "requests".to_owned();
        let (per, source) = (per.to_owned(), "ledger".to_owned());
        Limit { counts, amount, per, remaining, resets_in_s: Some(41.0), source, drift: 0 }
    }

    #[test]
    fn limits_read_as_sentences() {
        assert_eq!(limit_words(&limit(28.0, 30.0, "minute")), "28/30 requests a minute");
        assert_eq!(limit_words(&limit(1.0, 2.0, "at once")), "1/2 at once");
        assert_eq!(limit_words(&limit(3.0, 5.0, "300 seconds")), "3/5 requests in 300 seconds");
        assert_eq!(limit_words(&limit(60.0, 60.0, "hour")), "60/60 requests an hour");
        assert_eq!(limit_words(&limit(199_000.0, 200_000.0, "day")), "199k/200k requests a day");
    }

    #[test]
    fn a_bar_is_empty_only_when_nothing_is_left() {
        assert_eq!(bar(&limit(0.0, 30.0, "day")), "░░░░░░░░");
        assert_eq!(bar(&limit(0.1, 30.0, "day")), "█░░░░░░░");
        assert_eq!(bar(&limit(30.0, 30.0, "day")), "████████");
    }

    #[test]
    fn a_limit_of_which_nothing_is_used_counts_down_to_nothing() {
        assert_eq!(countdown(&limit(28.0, 30.0, "minute")), "41 s");
        assert_eq!(countdown(&limit(30.0, 30.0, "minute")), "");
    }

    #[test]
    fn waits_and_windows_are_short() {
        assert_eq!(
            [wait(0.2), wait(119.0), wait(600.0), wait(11_400.0)],
            ["1 s", "119 s", "10 min", "3 h 10 min"]
        );
        assert_eq!(progress(1, 2, "x"), "████████████░░░░░░░░░░░░ 1/2  x");
        assert_eq!([tokens(512), tokens(8192), tokens(1_048_576)], ["512", "8k", "1M"]);
    }
}
