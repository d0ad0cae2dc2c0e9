//! The table of providers for people.

use potluck_core::forecast::grouped;

use super::candidate::{Amount, Candidate, Has};
use crate::cli::entry::Entry;
use crate::cli::gauge;
use crate::cli::screen::{Cell, Look, Screen};
use crate::probe::Finding;

/// Shows what is here, what there is, and what it comes to.
pub(super) fn show(
    candidates: &[Candidate],
    local: &[Finding],
    screen: &mut Screen,
) -> std::io::Result<()> {
    let rows = candidates.iter().map(row);
    let head = [
        "PROVIDER",
        "HERE",
        "ADDS UP TO, A DAY",
        "MODELS",
        "TRAINS",
        "SIGNING UP ASKS",
        "GET A KEY AT",
    ];
    screen.table(&head, rows)?;
    screen.say("")?;
    for server in local {
        let models = server.models.as_ref().map_or(0, |models| models.free);
        screen.say(&format!("on this machine: {} with {models} models", server.provider))?;
    }
    for line in sums(candidates) {
        screen.say(&line)?;
    }
    screen.aside(
        "by the limits in the provider files, an upper bound; `potluck check PROVIDER` names their sources. TRAINS: \
         whether it says that it trains on prompts",
    )
}

/// What to do next.
pub(super) fn next(entry: Entry, screen: &mut Screen) -> std::io::Result<()> {
    screen.note("next: `potluck chat hello` asks, `potluck serve` is the router, `potluck connect` sets up your programs")?;
    screen.note(&format!("as their key your programs send {}", entry.words()))
}

fn row(one: &Candidate) -> Vec<Cell> {
    let here = match one.has {
        Has::Key => Look::Good.on("a key"),
        Has::NoNeed => Look::Good.on("needs none"),
        Has::Nothing => Look::Faint.on("no key"),
    };
    let mut name = one.name.clone();
    if one.off_because.is_some() {
        name = format!("{name} (off)");
    }
    let models = one.models.map_or_else(|| "by its list".to_owned(), |count| count.to_string());
    vec![
        name.into(),
        here,
        a_day(&one.a_day).into(),
        models.into(),
        one.trains_on_prompts.into(),
        one.sign_up_asks.clone().unwrap_or_else(|| "not known".to_owned()).into(),
        one.signup.clone().unwrap_or_else(|| "not known".to_owned()).into(),
    ]
}

/// `3,000 requests, 600k tokens`; what only limits of minutes say is no promise for a day.
pub(super) fn a_day(amounts: &[Amount]) -> String {
    let daily: Vec<String> =
        amounts.iter().filter(|one| one.daily).map(|one| counted(one.amount, one.counts)).collect();
    match (daily.is_empty(), amounts.is_empty()) {
        (false, _) => daily.join(", "),
        (true, false) => "no limit of a day is known".to_owned(),
        (true, true) => "not known".to_owned(),
    }
}

fn counted(amount: f64, counts: &str) -> String {
    match counts {
        "usd" => format!("{amount:.3} USD of credit"),
        "tokens" | "input_tokens" | "output_tokens" => {
            // an amount of tokens is a whole number far below 2^52
            format!("{} {}", gauge::tokens(amount as u64), counts.replace('_', " "))
        }
        _ => format!("{} {}", grouped(amount as u64), counts.replace('_', " ")),
    }
}

/// What those that are here come to, and what the others would add.
fn sums(candidates: &[Candidate]) -> Vec<String> {
    let sum = |wanted: &dyn Fn(&Candidate) -> bool| -> (u64, usize) {
        let mut total = (0, 0);
        for one in candidates.iter().filter(|one| one.off_because.is_none() && wanted(one)) {
            let requests = one.a_day.iter().find(|it| it.counts == "requests" && it.daily);
            total.0 += requests.map_or(0, |it| it.amount as u64);
            total.1 += usize::from(requests.is_none());
        }
        total
    };
    let line = |(requests, silent): (u64, usize), words: &str| match (requests, silent) {
        (0, silent) => {
            format!("{words} {silent} providers that promise no number of requests a day")
        }
        (some, 0) => format!("{words} up to {} requests a day", grouped(some)),
        (some, silent) => format!(
            "{words} up to {} requests a day, and {silent} providers that promise no number",
            grouped(some)
        ),
    };
    vec![
        line(sum(&|one| one.has != Has::Nothing), "what is here comes to"),
        line(sum(&|one| one.has == Has::Nothing), "the others would add"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_in_short_and_nothing_is_made_up() {
        let amount = |amount, counts, daily| Amount { counts, amount, daily };
        let both = [amount(3000.0, "requests", true), amount(600_000.0, "tokens", true)];
        assert_eq!(a_day(&both), "3,000 requests, 600k tokens");
        assert_eq!(a_day(&[amount(28_800.0, "requests", false)]), "no limit of a day is known");
        assert_eq!(a_day(&[]), "not known");
        assert_eq!(a_day(&[amount(0.003, "usd", true)]), "0.003 USD of credit");
    }
}
